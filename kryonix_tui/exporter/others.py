"""The sums of all tenants without series of their own. A tenant is summed anew only when something of it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from kryonix_tui.exporter.page import Labels, Page
from kryonix_tui.model.exported import OTHER, Metric

T = TypeVar("T")

Figure = tuple[Metric, float, Labels]
"""A figure that can be summed, and its labels behind `tenant_id`."""


class Others(Generic[T]):
    """Running sums of the `figures` of some values. What no value has a figure for is absent, not 0.

    `same` tells whether two values have the same figures. Of a value that left, the figures are made once more to take
    them away: to keep those of ten thousand tenants would cost more, most of it in the collector of cycles.
    """

    def __init__(self, figures: Callable[[T], Iterable[Figure]], same: Callable[[T, T], bool]) -> None:
        self._figures = figures
        self._same = same
        self._summed: Mapping[str, T] = {}
        self._sums: dict[tuple[Metric, Labels], float] = {}
        self._parts: dict[tuple[Metric, Labels], int] = {}

    def follow(self, values: Mapping[str, T]) -> None:
        """Sum exactly these values, by tenant."""
        for name, before in self._summed.items():
            if name not in values:
                self._count(before, -1)
        for name, value in values.items():
            known = self._summed.get(name)
            if known is not None:
                if self._same(known, value):
                    continue
                self._count(known, -1)
            self._count(value, 1)
        self._summed = values

    def write(self, page: Page) -> None:
        """Write the sums."""
        for (metric, labels), value in self._sums.items():
            page.add(metric, value, OTHER, *labels)

    def _count(self, value: T, sign: int) -> None:
        sums, parts = self._sums, self._parts
        for metric, amount, labels in self._figures(value):
            key = metric, labels
            sums[key] = sums.get(key, 0) + sign * amount
            parts[key] = parts.get(key, 0) + sign
            if not parts[key]:
                del sums[key], parts[key]
