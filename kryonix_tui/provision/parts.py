"""The parts of the stack that can be generated, by the names that `--only` knows.

A part is a module of this package with two functions:

    generate(description) -> list of GeneratedFile
    problems(folder) -> one sentence for each mistake in the part's files, which lie in `folder` beside those of the
                        other parts; `checking.examined` asks programs like promtool where they are installed
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol, cast

from kryonix_tui.provision.checking import Report
from kryonix_tui.provision.generated import Description, GeneratedFile

PARTS: Final[Mapping[str, str]] = {
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "grafana": "grafana",
    "compose": "compose",
    "systemd": "systemd",
    "acl": "acl",
}
"""The module of each part."""

Generated = Mapping[str, tuple[GeneratedFile, ...]]
"""The files of each part."""


class PartModule(Protocol):
    """What a part's module offers."""

    def generate(self, description: Description) -> list[GeneratedFile]:
        """Return the part's files."""

    def problems(self, folder: Path) -> Report:
        """Examine the part's files in `folder`."""


def part(name: str) -> PartModule:
    """Return the module of a part."""
    return cast("PartModule", importlib.import_module(f"kryonix_tui.provision.{PARTS[name]}"))


def generated(names: Iterable[str], description: Description) -> Generated:
    """Return the files of the parts `names`.

    Raises:
        KryonixError: something of them cannot be said.
    """
    return {name: tuple(part(name).generate(description)) for name in names}
