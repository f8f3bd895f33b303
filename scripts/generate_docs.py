"""Make the documents that are generated from code, or check that they are up to date (`--check`, exit code 1)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from kryonix_tui.config.reference import configuration_page, example_yaml
from kryonix_tui.view.status import json_schema
from scripts import translations
from scripts.keys_page import keys_page
from scripts.messages import CATALOGUE, catalogue

ROOT: Final = Path(__file__).resolve().parent.parent


def status_schema() -> str:
    """Return the JSON Schema of `kryonix status --json` as text."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"


DOCUMENTS: Final[tuple[tuple[str, Callable[[], str | bytes]], ...]] = (
    ("config.example.yaml", example_yaml),
    ("docs/configuration.md", configuration_page),
    ("docs/keys.md", keys_page),
    ("docs/status.schema.json", status_schema),
    (CATALOGUE, catalogue),
    *translations.documents(),
)
"""Each document, relative to the top level, and the function that returns its text or bytes; some are made of earlier ones."""


def outdated(root: Path = ROOT) -> list[str]:
    """Return the documents under `root` whose text is not what their function returns."""
    return [name for name, produce in DOCUMENTS if _content(root / name) != _bytes(produce())]


def write(root: Path = ROOT) -> None:
    """Write every document under `root`."""
    for name, produce in DOCUMENTS:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(produce()))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _bytes(document: str | bytes) -> bytes:
    return document if isinstance(document, bytes) else document.encode()


def main(arguments: list[str]) -> int:
    """Write the documents, or check them."""
    if "--check" not in arguments:
        write()
        return 0
    names = outdated()
    for name in names:
        print(f"{name} is out of date: run `make docs`", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
