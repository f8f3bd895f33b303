"""The sums of all tenants without series of their own. A tenant is summed anew only when something of it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kryonix_tui.exporter.page import Labels, Page
from kryonix_tui.model.exported import OTHER, Metric

Figure = tuple[Metric, float, Labels]
"""A figure that can be summed, and its labels behind `tenant_id`."""
MadeFrom = tuple[object, ...]
"""The objects that a tenant's figures are made from."""


@dataclass(slots=True)
class _Sum:
    value: float = 0
    parts: int = 0


@dataclass(slots=True)
class Others:
    """Running sums of one kind of figures. What nobody has a figure for is absent, not 0."""

    _parts: dict[str, tuple[MadeFrom, list[Figure]]] = field(default_factory=dict)
    _sums: dict[tuple[Metric, Labels], _Sum] = field(default_factory=dict)

    def follow(self, states: Iterable[tuple[str, MadeFrom, Callable[[], list[Figure]]]]) -> None:
        """Sum exactly these tenants: (name, what its figures are made from, how they are made).

        They are made again where the second are not the very same objects any more.
        """
        there: dict[str, tuple[MadeFrom, list[Figure]]] = {}
        for name, made_from, figures in states:
            before = self._parts.pop(name, None)
            if before is not None and _same(before[0], made_from):
                there[name] = before
                continue
            if before is not None:
                self._count(before[1], -1)
            there[name] = made_from, figures()
            self._count(there[name][1], 1)
        for _made_from, gone in self._parts.values():
            self._count(gone, -1)
        self._parts = there

    def write(self, page: Page) -> None:
        """Write the sums."""
        for (metric, labels), total in self._sums.items():
            page.add(metric, total.value, OTHER, *labels)

    def _count(self, figures: Iterable[Figure], sign: int) -> None:
        for metric, value, labels in figures:
            total = self._sums.setdefault((metric, labels), _Sum())
            total.value += sign * value
            total.parts += sign
            if not total.parts:
                del self._sums[metric, labels]


def _same(now: MadeFrom, before: MadeFrom) -> bool:
    return all(one is other for one, other in zip(now, before, strict=True))
