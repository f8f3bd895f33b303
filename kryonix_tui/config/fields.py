"""The keys of the configuration, as the schema declares them: path, type, default, and how a person would call it."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from kryonix_tui.config.schema import Config, Section
from kryonix_tui.i18n import _

VARIABLE_PREFIX: Final = "KRYONIX_"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A key that holds a value and no further section. `kind` is its type with annotations."""

    path: tuple[str, ...]
    kind: Any
    default: object

    @property
    def key(self) -> str:
        """The key as people write it: `redis.census.count`."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """The environment variable that sets it: `KRYONIX_REDIS_CENSUS_COUNT`."""
        return VARIABLE_PREFIX + "_".join(self.path).upper()


@functools.cache
def leaves() -> tuple[Leaf, ...]:
    """Return every leaf of the configuration, in the order of the schema."""
    return tuple(_leaves(Config(), ()))


def _leaves(section: Section, above: tuple[str, ...]) -> Iterator[Leaf]:
    for info in msgspec.structs.fields(section):
        default = getattr(section, info.name)
        path = (*above, info.name)
        if isinstance(default, Section):
            yield from _leaves(default, path)
        else:
            yield Leaf(path, info.type, default)


def section_of(kind: Any) -> type[Section] | None:
    """Return the section that a type stands for (`Redis`, `Redis | None`), or None for other types."""
    if isinstance(kind, type) and issubclass(kind, Section):
        return kind
    if get_origin(kind) in (types.UnionType, Union):
        return next((found for part in get_args(kind) if (found := section_of(part))), None)
    return None


def item_kind(kind: Any, container: type) -> Any:
    """Return the type of the values of a `dict` or of the items of a `tuple`, None where `kind` is no `container`."""
    if get_origin(kind) is not container:
        return None
    return get_args(kind)[1 if container is dict else 0]


def is_optional(kind: Any) -> bool:
    """Tell whether nothing (`null`) is a value of the type."""
    return get_origin(kind) in (types.UnionType, Union) and type(None) in get_args(kind)


def is_secret(kind: Any) -> bool:
    """Tell whether values of this type are credentials."""
    return any((meta.extra or {}).get("secret") for meta in _metas(kind))


def is_text(kind: Any) -> bool:
    """Tell whether the type is text, free or of a fixed choice."""
    base = _base(kind)
    return base is str or (get_origin(base) is Literal and all(isinstance(choice, str) for choice in get_args(base)))


def describe(kind: Any) -> str:
    """Return what a value of this type looks like, for the sentence "expected ..."."""
    base = _base(kind)
    if get_origin(base) is Literal:
        return _("one of {choices}").format(choices=", ".join(str(choice) or '""' for choice in get_args(base)))
    if is_optional(base):
        parts = [part for part in get_args(base) if part is not type(None)]
        return _("{kind} or nothing").format(kind=describe(parts[0]))
    if get_origin(base) is tuple:
        return _("a list")
    if section_of(base) or get_origin(base) is dict:
        return _("a mapping")
    names = {bool: _("true or false"), int: _("a whole number"), float: _("a number"), str: _("text")}
    return names[base] + _bounds(kind)


def _bounds(kind: Any) -> str:
    for meta in _metas(kind):
        if meta.gt is not None:
            return " (" + _("over {low}, at most {high}").format(low=f"{meta.gt:g}", high=f"{meta.le:g}") + ")"
        if meta.ge is not None and meta.le is not None:
            return f" ({meta.ge}..{meta.le})"
        if meta.ge is not None:
            return " (" + _("at least {low}").format(low=meta.ge) + ")"
    return ""


def _base(kind: Any) -> Any:
    """Return a type without its annotations."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _metas(kind: Any) -> Iterator[msgspec.Meta]:
    if get_origin(kind) is Annotated:
        yield from (meta for meta in get_args(kind)[1:] if isinstance(meta, msgspec.Meta))
    elif is_optional(kind):
        for part in get_args(kind):
            yield from _metas(part)
