"""Layers of settings: file, context, environment, flags. Each is flat, {path of a leaf: value and origin}.

A layer that names a server replaces all that lower layers say about where that server is. When it stands outside the
file (environment, flags) it also drops the credentials and TLS settings that the lower layers meant for *their* server:
a password is never sent to a host that it was not written for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.config.fields import leaves
from kryonix_tui.i18n import _


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of the configuration and where it came from."""

    value: object
    origin: str


Path = tuple[str, ...]
Layer = dict[Path, Setting]


@dataclass(frozen=True, slots=True)
class Server:
    """The keys of one server: those that name it, those that say where it is, those that prove who we are to it.

    A path covers everything below it.
    """

    name: str
    naming: tuple[Path, ...]
    address: tuple[Path, ...]
    identity: tuple[Path, ...]


def _http(name: str) -> Server:
    identity = (
        "headers",
        "username",
        "password",
        "bearer_token",
        "tls",
        *(("per_tenant",) if name == "prometheus" else ()),
    )
    return Server(name, ((name, "url"),), ((name, "url"),), tuple((name, key) for key in identity))


SERVERS: Final = (
    Server(
        "redis",
        naming=(("redis", "url"), ("redis", "host"), ("redis", "socket"), ("redis", "sentinel", "name")),
        address=tuple(("redis", key) for key in ("url", "host", "port", "socket", "replica_url", "sentinel")),
        identity=(("redis", "credentials"), ("redis", "tls")),
    ),
    _http("prometheus"),
    _http("alertmanager"),
)


def flatten(data: Mapping[str, object], origin: Callable[[Path], str]) -> Layer:
    """Return nested data as a layer. Empty sections vanish; keys that are no leaf of the schema are ignored."""
    layer: Layer = {}
    for leaf in leaves():
        value: object = data
        for part in leaf.path:
            value = value.get(part, _ABSENT) if isinstance(value, Mapping) else _ABSENT
        if value is not _ABSENT:
            layer[leaf.path] = Setting(value, origin(leaf.path))
    return layer


def nest(layer: Layer) -> dict[str, object]:
    """Return a layer's values as nested data."""
    data: dict[str, object] = {}
    for path, setting in layer.items():
        section = data
        for part in path[:-1]:
            below = section.setdefault(part, {})
            assert isinstance(below, dict)  # noqa: S101 - a leaf has no leaves below it
            section = below
        section[path[-1]] = setting.value
    return data


def overlay(lower: Layer, upper: Layer, *, keep_identity: bool) -> tuple[Layer, list[str]]:
    """Return `upper` over `lower`, and a note for each server whose credentials were left behind."""
    kept = dict(lower)
    notes: list[str] = []
    for server in SERVERS:
        if not _names(upper, server):
            continue
        dropped = server.address if keep_identity or not _names(lower, server) else server.address + server.identity
        before = [path for path in kept if _under(path, server.identity) and kept[path].value]
        kept = {path: setting for path, setting in kept.items() if not _under(path, dropped)}
        if any(path not in kept and path not in upper for path in before):
            origin = next(upper[path].origin for path in server.naming if path in upper)
            text = _(
                "{origin} names another server: the credentials and TLS settings of {server} below it are not used"
            )
            notes.append(text.format(origin=origin, server=server.name))
    return kept | upper, notes


def _names(layer: Layer, server: Server) -> bool:
    return any(path in layer and layer[path].value != "" for path in server.naming)


def _under(path: Path, tops: tuple[Path, ...]) -> bool:
    return any(path[: len(top)] == top for top in tops)


_ABSENT: Final = object()
