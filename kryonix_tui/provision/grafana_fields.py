"""Units, limits and scales of figures, as Grafana writes them."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from kryonix_tui.config.screen import Limits, Panel, Query, Unit

UNITS: Final[dict[Unit, str]] = {
    "": "none",
    "percent": "percent",
    "ratio": "percentunit",
    "ms": "ms",
    "seconds": "s",
    "days": "d",
    "bytes": "bytes",
    "count": "short",
    "per_second": "cps",
}
_HIGH_ENDS: Final[dict[Unit, float]] = {"percent": 100.0, "ratio": 1.0}

_OK, _WARN, _CRITICAL = "green", "yellow", "red"
_ABOVE_ZERO: Final = 1e-9


def thresholds(limits: Limits | None) -> dashboard.ThresholdsConfig:
    """Return the colours of a figure: below the first value that of the first step, and from each value on its own."""
    steps = [dashboard.Threshold(None, _OK)]
    if limits is not None and limits.critical < limits.warn:
        steps = [
            dashboard.Threshold(None, _CRITICAL),
            dashboard.Threshold(limits.critical, _WARN),
            dashboard.Threshold(limits.warn, _OK),
        ]
    elif limits is not None:
        # Grafana counts a figure that equals a limit as beyond it: with a limit of 0, nothing would ever be well.
        values = [
            (value or _ABOVE_ZERO, colour) for value, colour in ((limits.warn, _WARN), (limits.critical, _CRITICAL))
        ]
        steps += [dashboard.Threshold(value, colour) for value, colour in values]
    return dashboard.ThresholdsConfig(dashboard.ThresholdsMode.ABSOLUTE, steps)


def defaults(panel: Panel) -> dashboard.FieldConfig:
    """Return unit, limits and scale of a panel's figures."""
    low, high = panel.low, panel.high
    if panel.kind == "gauge":
        low = 0.0 if low is None else low
        high = _HIGH_ENDS.get(panel.unit) if high is None else high
    colour = (
        dashboard.FieldColorModeId.PALETTE_CLASSIC
        if panel.kind == "timeseries"
        else dashboard.FieldColorModeId.THRESHOLDS
    )
    return dashboard.FieldConfig(
        unit=UNITS[panel.unit],
        thresholds=thresholds(panel.thresholds),
        min_val=low,
        max_val=high,
        color=dashboard.FieldColor(mode=colour),
    )


def own_fields(panel: Panel, query: Query, reference: str) -> list[dashboard.DashboardFieldConfigSourceOverrides]:
    """Return what the figures of one query have otherwise than the panel, by the reference of the query."""
    found = []
    if panel.unit_of(query) != panel.unit:
        found.append(DynamicConfigValue("unit", UNITS[panel.unit_of(query)]))
    if panel.limits_of(query) != panel.thresholds:
        found.append(DynamicConfigValue("thresholds", thresholds(panel.limits_of(query))))
    if not found:
        return []
    matcher = dashboard.MatcherConfig("byFrameRefID", reference)
    return [dashboard.DashboardFieldConfigSourceOverrides(matcher, found)]
