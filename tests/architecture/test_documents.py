"""What the documents point at exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").rglob("*.md"))]

LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
SOURCE = re.compile(r"`([a-z_]+/[a-z_/]*[a-z_]+\.(?:py|yaml|pot|toml|md))`")


def exists(name: str) -> bool:
    """Whether a source is there; the guide leaves the package's own name away."""
    return (TOP / name).exists() or (TOP / "kryonix_tui" / name).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if not link.startswith(("http:", "https:"))]
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [name for name in SOURCE.findall(text) if not exists(name)] == []
