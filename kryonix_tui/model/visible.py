r"""Which tenants this console may see: ids, or globs in which `*` is any text and `?` one character. None given: all.

>>> only = Visible(("clinica", "imob*"))
>>> only.sees("imobiliaria"), only.sees("clinica2"), only.sees(None)
(True, False, False)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar

from kryonix_tui.model.operation import Scope
from kryonix_tui.model.promql import literal

T = TypeVar("T")

_WILD: Final = re.compile(r"[*?]")


@dataclass(frozen=True)
class Visible:
    """The tenants that may be seen, as `patterns`. What belongs to no tenant is seen by those without limits alone."""

    patterns: tuple[str, ...] = ()
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        joined = "|".join(_translated(pattern, re.escape) for pattern in self.patterns)
        object.__setattr__(self, "_compiled", re.compile(f"(?s:{joined})"))

    @property
    def limited(self) -> bool:
        """Whether there is anything that may not be seen."""
        return bool(self.patterns)

    def sees(self, tenant: str | None) -> bool:
        """Tell whether a tenant (an identity) may be seen; None: what belongs to nobody."""
        if not self.limited:
            return True
        return tenant is not None and self._compiled.fullmatch(tenant) is not None

    def of(self, found: Mapping[str, T]) -> Mapping[str, T]:
        """Return what is known by tenant, of the visible ones; the very same mapping where nothing is hidden."""
        return {name: value for name, value in found.items() if self.sees(name)} if self.limited else found

    def covers(self, scope: Scope) -> bool:
        """Tell whether a scope touches visible tenants and nothing else; one without tenants touches everything."""
        return not self.limited or (bool(scope.tenants) and all(self.sees(tenant) for tenant in scope.tenants))

    @cached_property
    def expression(self) -> str:
        """The same as a regular expression of PromQL (RE2), which Prometheus anchors at both ends."""
        return "|".join(_translated(pattern, literal) for pattern in self.patterns)

    @property
    def text(self) -> str:
        """The patterns in one line, as they were written."""
        return ", ".join(self.patterns)


EVERYBODY: Final = Visible()
"""No limit."""


def _translated(pattern: str, escaped: Callable[[str], str]) -> str:
    parts = [escaped(part) for part in _WILD.split(pattern)]
    wild = [".*" if mark == "*" else "." for mark in _WILD.findall(pattern)]
    return parts[0] + "".join(mark + part for mark, part in zip(wild, parts[1:], strict=True))
