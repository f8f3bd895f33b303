"""How the configuration comes together: flags over environment over file (context over top level) over defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import msgspec

from kryonix_tui.config import environment, files
from kryonix_tui.config.document import Document, KeyPath, dotted, parse
from kryonix_tui.config.fields import Leaf, leaves
from kryonix_tui.config.layers import Layer, Setting, flatten, nest, overlay
from kryonix_tui.config.reading import Problem, Reading, did_you_mean
from kryonix_tui.config.rules import broken_rules
from kryonix_tui.config.schema import Config, HttpServer, Keyspace, Prometheus, Redis
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

DEFAULT: Final = "default"
MAX_PROBLEMS: Final = 10
"""Problems named in one error; of more, the rest is counted."""

FLAGS: Final[Mapping[str, str]] = {
    "redis.url": "--redis",
    "prometheus.url": "--prometheus",
    "alertmanager.url": "--alertmanager",
    "context": "--context",
    "role": "--role",
    "read_only": "--read-only",
    "lang": "--lang",
    "ui.mouse": "--no-mouse",
}
"""The keys that have a flag of the command line, and its name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration in effect.

    `config` has the context merged over the top level. `origins` says for every dotted key, and for every entry of
    `ui.keys` in the file, where its value is from: `default`, `FILE:LINE`, `env KRYONIX_X` or `flag --x`. `path` is the
    file, None where none was found. `context` is the name of the context, empty for the top level. `notes` are printable
    sentences that the user should read.
    """

    config: Config
    origins: Mapping[str, str]
    path: Path | None
    context: str
    notes: tuple[str, ...] = ()


def load(
    explicit: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    context: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Loaded:
    """Return the configuration in effect.

    `explicit` is the file of --config; `overrides` are values by dotted key (those of flags); `context` is that of
    --context.

    Raises:
        ConfigError: file, environment or overrides cannot be used; the message has a line for each problem.
    """
    found = files.find(explicit, environ)
    text = files.read_text(found.path) if found.path else ""
    document = parse(text, str(found.path or ""))
    flags = dict(overrides or {})
    if context is not None:
        flags["context"] = context
    unknown = environment.unknown_variables(environ, text)
    if unknown:
        _refuse(unknown)
    return combine(document, environment.layer_of(environ), flags, path=found.path, notes=found.notes)


class Servers(Protocol):
    """Where a set of servers is; empty text for one that is not there."""

    redis_url: str
    prometheus_url: str
    alertmanager_url: str


def over(loaded: Loaded, servers: Servers, origin: str = "demo") -> Loaded:
    """Return the same console over other servers.

    Nothing of the configured ones remains, neither credentials nor context nor keyspace map.
    """
    changes = {
        "context": "",
        "production": False,
        "tenants": (),
        "redis": Redis(url=servers.redis_url),
        "prometheus": Prometheus(url=servers.prometheus_url),
        "alertmanager": HttpServer(url=servers.alertmanager_url),
        "keyspace": Keyspace(),
        "contexts": {},
    }
    config = msgspec.structs.replace(loaded.config, **changes)
    origins = {key: origin if key.split(".")[0] in changes else was for key, was in loaded.origins.items()}
    return Loaded(config, origins, loaded.path, "", loaded.notes)


def combine(
    document: Document,
    variables: Layer,
    overrides: Mapping[str, object],
    *,
    path: Path | None = None,
    notes: tuple[str, ...] = (),
) -> Loaded:
    """Return the configuration of a parsed file, variables and overrides. Raises as `load`."""
    stack = _Stack(document)
    stack.read_file()
    outside = [stack.checked(layer) for layer in (variables, _flag_layer(overrides))]
    name = stack.choose_context(outside[0] | outside[1])
    for layer in outside:
        stack.put(layer, keep_identity=False)
    config = msgspec.structs.replace(msgspec.convert(nest(_defaults() | stack.layer), Config), context=name)
    # The chosen context is judged as it was merged.
    others = {other: context for other, context in config.contexts.items() if other != name}
    judged = msgspec.structs.replace(config, contexts=others)
    _refuse([stack.sentence(problem) for problem in broken_rules(judged)])
    origins = {leaf.key: _origin(stack.layer, leaf) for leaf in leaves()}
    if origins["ui.keys"].startswith(f"{safe(document.name)}:"):
        origins |= {f"ui.keys.{entry}": stack.place(("ui", "keys", entry)) for entry in config.ui.keys}
    return Loaded(config, origins, path, name, (*notes, *stack.notes))


def _defaults() -> Layer:
    return flatten(msgspec.to_builtins(Config()), lambda _path: DEFAULT)


def _origin(layer: Layer, leaf: Leaf) -> str:
    return layer[leaf.path].origin if leaf.path in layer else DEFAULT


def _flag_layer(overrides: Mapping[str, object]) -> Layer:
    return {
        tuple(key.split(".")): Setting(value, f"flag {FLAGS[key]}" if key in FLAGS else "override")
        for key, value in overrides.items()
    }


@dataclass(slots=True)
class _Stack:
    """The layers as they are put one upon another."""

    document: Document
    data: dict[str, object] = field(default_factory=dict)
    layer: Layer = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def read_file(self) -> None:
        """Start from the file's top level."""
        reading = Reading()
        data = reading.read(self.document.data, Config, ())
        _refuse([self.sentence(problem) for problem in reading.problems])
        assert isinstance(data, dict)  # noqa: S101 - a section reads as a mapping
        self.data = data
        self.layer = flatten(data, self._line)

    def checked(self, layer: Layer) -> Layer:
        """Return a layer as it reads when held against the schema."""
        kinds = {leaf.path: leaf.kind for leaf in leaves()}
        reading, problems, read = Reading(), [], dict(layer)
        for path, setting in layer.items():
            if path in kinds:
                read[path] = Setting(reading.read(setting.value, kinds[path], path), setting.origin)
            else:
                reading.problems.append(Problem(path, _("unknown key")))
            problems += [f"{setting.origin}: {dotted(p.path)}: {p.text}" for p in reading.problems]
            reading.problems.clear()
        _refuse(problems)
        return read

    def choose_context(self, upper: Layer) -> str:
        """Put the wanted context over the top level and return its name."""
        wanted = upper.get(("context",)) or self.layer.get(("context",))
        name = str(wanted.value) if wanted else ""
        if not name or not wanted:
            return ""
        contexts = self.data.get("contexts")
        chosen = contexts.get(name) if isinstance(contexts, dict) else None
        if not isinstance(chosen, dict):
            text = _("{origin}: there is no context {name}").format(origin=wanted.origin, name=safe(name, 80))
            raise ConfigError(text + did_you_mean(name, contexts if isinstance(contexts, dict) else ()))
        self.put(flatten(chosen, lambda path: self._line(("contexts", name, *path))), keep_identity=True)
        return name

    def put(self, upper: Layer, *, keep_identity: bool) -> None:
        """Put a layer on top."""
        self.layer, notes = overlay(self.layer, upper, keep_identity=keep_identity)
        self.notes += notes

    def sentence(self, problem: Problem) -> str:
        """Return a problem with its place: `config.yaml:12: redis.port: expected ...`."""
        return f"{self.place(problem.path)}: {dotted(problem.path)}: {problem.text}"

    def place(self, path: KeyPath) -> str:
        """Return where the value at `path` is from: the exact line inside a file, else the origin of its setting."""
        from_file = self.document.name and path in self.document.lines
        for leaf, setting in self.layer.items():
            if path[: len(leaf)] == leaf:
                inside = from_file and setting.origin == self._line(leaf)
                return self._line(path) if inside else setting.origin
        # A default that does not go together with what was given beside it.
        beside = (setting.origin for leaf, setting in self.layer.items() if leaf[:-1] == path[:-1])
        return next(beside, self._line(path))

    def _line(self, path: KeyPath) -> str:
        """Return the file and the line of `path`, or of the nearest section around it."""
        while path and path not in self.document.lines:
            path = path[:-1]
        return f"{safe(self.document.name)}:{self.document.lines.get(path, 1)}"


def _refuse(problems: list[str]) -> None:
    if not problems:
        return
    more = len(problems) - MAX_PROBLEMS
    if more > 0:
        problems = [*problems[:MAX_PROBLEMS], _("... and {count} more").format(count=more)]
    hint = _("`kryonix config path` names the file; docs/configuration.md has every key.")
    raise ConfigError("\n".join(problems), hint=hint)
