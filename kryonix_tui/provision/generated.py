"""What generators are given, and what they give back.

A generator is a function from a `Description` to files. It asks nobody and writes nothing: the same description makes
the same files. `parts` knows the generators, `checking` has their files examined, `writing` puts them into a folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from kryonix_tui.config.provision import Provision
from kryonix_tui.config.schema import Config

PUBLIC: Final = 0o644
PRIVATE: Final = 0o600
"""For what only its owner should read."""

HEAD: Final = (
    "# Made by `kryonix provision`: change the configuration and run it again, as edits here are overwritten.\n"
)


@dataclass(frozen=True, slots=True)
class Description:
    """The platform to make files for. `tenants` are those that must have figures; without any, nobody is missed."""

    config: Config
    tenants: tuple[str, ...] = ()

    @property
    def provision(self) -> Provision:
        """The section that describes the stack."""
        return self.config.provision


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file to be written. `path` is relative to the output folder, with `/`; `mode` are its permission bits."""

    path: str
    text: str
    mode: int = PUBLIC

    def __post_init__(self) -> None:
        if not is_inside(self.path):
            raise ValueError(self.path)


def is_inside(path: str) -> bool:
    """Tell whether `path` is relative and stays where it begins."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and str(PurePosixPath(*parts)) == path


class _Dumper(yaml.SafeDumper):
    """Writes what is used twice twice: not every reader of these files knows YAML's anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Indent lists below their key, as people write them."""
        super().increase_indent(flow, indentless=False)


def yaml_file(path: str, document: Any, mode: int = PUBLIC) -> GeneratedFile:
    """Return a YAML file of plain data, keys in their order, under a line that says where it comes from."""
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return GeneratedFile(path, HEAD + text, mode)
