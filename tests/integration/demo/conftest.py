"""One running platform for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kryonix_tui.demo.platform import DemoPlatform


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoPlatform]:
    """A small platform without metrics, all tenants seeded."""
    with DemoPlatform(tenants=15, keys=4000, metrics=False) as platform:
        platform.wait_seeded()
        yield platform
