"""A pytest plugin: the order of files. One that waits long begins first, so that no worker ends with it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

FIRST: Final[Sequence[str]] = (
    "integration/provision/test_many_tenants.py",
    "tui/test_visible_tenants.py",
    "torture/test_kills.py",
    "integration/test_wheel.py",
    "pty/test_slow_link.py",
    "pty/test_demo.py",
    "integration/demo/test_stack.py",
    "pty/test_servers_in_trouble.py",
    "integration/exporter/test_exporter.py",
)
"""Files that take longer than ten seconds for a few tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of FIRST in front, in their order; all others stay as they are."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    file = item.path.as_posix()
    return next((place for place, name in enumerate(FIRST) if file.endswith(f"/tests/{name}")), len(FIRST))
