"""The page that is written for one scrape: figures by metric and labels. What is not known is not on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from prometheus_client import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from kryonix_tui.model.exported import METRICS, Metric

Labels = tuple[str, ...]
Figures = Mapping[Labels, float]


class Page:
    """Figures by metric. Two figures with the same labels are summed: no series stands twice."""

    def __init__(self) -> None:
        self.figures: dict[Metric, dict[Labels, float]] = {}

    def add(self, metric: Metric, value: float | None, *labels: str) -> None:
        """Write a figure, or add it to the one with the same labels. None and what is no number are left out."""
        if value is None or not math.isfinite(value):
            return
        figures = self.figures.setdefault(metric, {})
        figures[labels] = figures.get(labels, 0) + value


class Press:
    """Turns pages into text. A family that is as it was on the page before is not written again."""

    def __init__(self) -> None:
        self._written: dict[Metric, tuple[Figures, bytes]] = {}

    def text(self, page: Page) -> bytes:
        """Return `page` in Prometheus' text format 0.0.4, in the order of `METRICS`."""
        self._written = {
            metric: self._family(metric, page.figures[metric]) for metric in METRICS if metric in page.figures
        }
        return b"".join(text for _figures, text in self._written.values())

    def _family(self, metric: Metric, figures: Figures) -> tuple[Figures, bytes]:
        before = self._written.get(metric)
        if before is not None and before[0] == figures:
            return before
        return figures, generate_latest(_One(metric, figures))


class _One(Collector):
    """A single family, for the library that writes it."""

    def __init__(self, metric: Metric, figures: Figures) -> None:
        self._metric = metric
        self._figures = figures

    def collect(self) -> Iterator[Family]:
        metric = self._metric
        family = (CounterMetricFamily if metric.counter else GaugeMetricFamily)(
            metric.name, metric.help, labels=metric.labels
        )
        for labels, value in self._figures.items():
            family.add_metric(labels, value)
        yield family
