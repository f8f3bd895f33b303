"""A YAML text as plain data, with the line of every key.

Stricter than YAML: keys are text and stand once, values are plain (no tags, no aliases), nesting is bounded, and what
YAML would read as a date stays text. Every refusal is a `ConfigError` that names the document and the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys of mappings and indexes of lists, from the top."""

MAX_DEPTH: Final = 20

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
_VALUE_TAGS: Final = frozenset(_TAG + name for name in ("null", "bool", "int", "float"))
_TEXT_TAGS: Final = frozenset(_TAG + name for name in ("str", "timestamp", "value", "merge"))


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text: its name in messages, its data, and the line (from 1) of every key and list item."""

    name: str
    data: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[KeyPath, int] = field(default_factory=dict)


def parse(text: str, name: str) -> Document:
    """Return `text` as a document; an empty one is an empty mapping.

    Raises:
        ConfigError: the text is no YAML, or not the plain kind described above.
    """
    reader = _Reader(name)
    data = reader.read(text)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise reader.refusal(1, _("expected a mapping of keys to values"))
    return Document(name, data, reader.lines)


def parse_value(text: str, name: str) -> object:
    """Return the one value that `text` is in YAML: a number, a boolean, a flow list or mapping, ...

    Raises:
        ConfigError: as `parse`.
    """
    return _Reader(name).read(text)


class _Reader:
    """Builds plain data from YAML nodes and remembers lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {}

    def refusal(self, line: int, what: str) -> ConfigError:
        return ConfigError(f"{safe(self.name)}:{line}: {what}")

    def read(self, text: str) -> object:
        try:
            self._check_events(text)
            loader = _Loader(text)
            try:
                node = loader.get_single_node()
                return None if node is None else self._plain(loader, node, ())
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self.refusal(mark.line + 1 if mark else 1, self._broken(error.problem or "")) from error
        except yaml.YAMLError as error:  # characters that YAML forbids
            raise self.refusal(1, self._broken(str(error).splitlines()[0])) from error

    @staticmethod
    def _broken(reason: str) -> str:
        return _("this is not valid YAML ({reason})").format(reason=safe(reason))

    def _check_events(self, text: str) -> None:
        """Refuse what would make building the tree expensive, before it is built."""
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise self.refusal(line, _("YAML aliases (*name) are not supported: write the value out"))
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise self.refusal(line, _("nested too deeply"))
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def _plain(self, loader: Any, node: yaml.Node, path: KeyPath) -> object:
        line = _line(node)
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self._plain(loader, item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _TEXT_TAGS:
            return str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.tag in _VALUE_TAGS:
            try:
                return loader.construct_object(node)
            except (ValueError, OverflowError) as error:
                raise self.refusal(line, _("{value} cannot be read").format(value=safe(node.value, 60))) from error
        raise self.refusal(line, _("YAML tags (!name) are not supported"))

    def _mapping(self, loader: Any, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.refusal(line, _("a key must be plain text"))
            key = str(key_node.value)
            if key in found:
                first = self.lines[(*path, key)]
                text = _("{key}: stands here a second time, after line {first}")
                raise self.refusal(line, text.format(key=dotted((*path, key)), first=first))
            self.lines[(*path, key)] = line
            found[key] = self._plain(loader, value_node, (*path, key))
        return found


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def dotted(path: KeyPath) -> str:
    """Return a path as people write it: `keyspace.patterns[3].kind`. Safe to print."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{safe(part, 80)}"
    return text
