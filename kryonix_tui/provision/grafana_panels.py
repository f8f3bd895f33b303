"""A panel of a screen as one of Grafana's: the same figures in the same unit, with the same limits, drawn alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import ascii_uppercase
from typing import Final

from grafana_foundation_sdk.builders import gauge, heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.heatmap import HeatmapColorOptions
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common, dashboard, prometheus
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from kryonix_tui.config.screen import Kind, Panel, Query
from kryonix_tui.i18n import _
from kryonix_tui.provision.grafana_fields import UNITS, defaults, own_fields, thresholds

SOURCE: Final = dashboard.DataSourceRef("prometheus", "kryonix-prometheus")

_LAST: Final = "lastNotNull"
_LAST_COLUMN: Final = "Last *"
"""What Grafana calls the column of the last figures."""


def grafana_panel(panel: Panel, title: str, number: int, place: dashboard.GridPos) -> dashboard.Panel:
    """Return the panel `number` at a place of the grid. It must have a query."""
    if panel.by:
        made = _matrix(panel)
    else:
        made = _DRAWN[panel.kind](panel).build()
        own = [override for query, reference in _queries(panel) for override in own_fields(panel, query, reference)]
        _fields(made).overrides += own
    custom = _fields(made).defaults.custom
    _fields(made).defaults = defaults(panel)
    _fields(made).defaults.custom = custom
    made.id_val, made.title, made.description = number, title, panel.description or None
    made.grid_pos, made.datasource = place, SOURCE
    made.targets = [
        prometheus.Dataquery(
            expr=query.query,
            legend_format=query.legend or "__auto",
            ref_id=reference,
            instant=_is_now(panel),
            range_val=not _is_now(panel),
            format_val=prometheus.PromQueryFormat.TABLE if panel.by else prometheus.PromQueryFormat.TIME_SERIES,
            datasource=SOURCE,
        )
        for query, reference in _queries(panel)
    ]
    return made


def _queries(panel: Panel) -> list[tuple[Query, str]]:
    """Return the queries with the letters by which Grafana refers to them."""
    return list(zip(panel.asked, ascii_uppercase, strict=False))


def _is_now(panel: Panel) -> bool:
    """Tell whether a panel only shows how things are now."""
    return bool(panel.by) or panel.kind in ("table", "feed")


def _fields(made: dashboard.Panel) -> dashboard.FieldConfigSource:
    if made.field_config is None:
        made.field_config = dashboard.FieldConfigSource()
    return made.field_config


def _stat(panel: Panel) -> Builder[dashboard.Panel]:
    several = len(panel.asked) > 1
    text = common.BigValueTextMode.VALUE_AND_NAME if several else common.BigValueTextMode.VALUE
    return (
        stat.Panel()
        .reduce_options(ReduceDataOptions().calcs([_LAST]))
        .text_mode(text)
        .color_mode(common.BigValueColorMode.BACKGROUND if panel.thresholds else common.BigValueColorMode.NONE)
        .graph_mode(common.BigValueGraphMode.AREA)
    )


def _gauge(_panel: Panel) -> Builder[dashboard.Panel]:
    return gauge.Panel().reduce_options(ReduceDataOptions().calcs([_LAST])).show_threshold_markers(True)


def _timeseries(panel: Panel) -> Builder[dashboard.Panel]:
    legend = VizLegendOptions().display_mode(common.LegendDisplayMode.LIST).placement(common.LegendPlacement.BOTTOM)
    drawn = (
        timeseries.Panel()
        .legend(legend.show_legend(True))
        .tooltip(VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
        .show_points(common.VisibilityMode.NEVER)
        .fill_opacity(10)
    )
    if panel.thresholds:
        drawn.thresholds_style(GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED))
    return drawn


def _heatmap(panel: Panel) -> Builder[dashboard.Panel]:
    """Return rows of coloured cells over time, one for each series."""
    limits = panel.thresholds
    high_is_bad = limits is None or limits.critical >= limits.warn
    colours = HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("RdYlGn").reverse(high_is_bad).steps(64)
    if limits:
        ends = (0.0, limits.critical) if high_is_bad else (limits.critical, limits.warn)
        colours.min(ends[0]).max(ends[1])
    return (
        heatmap.Panel()
        .calculate(False)
        .color(colours)
        .cell_gap(2)
        .show_legend()
        .cell_values(heatmap.CellValues().unit(UNITS[panel.unit]))
    )


def _table(panel: Panel) -> Builder[dashboard.Panel]:
    """Return a row for each series: what it is called, and its figure now."""
    names, figures = _("Name"), _("Value")
    drawn = (
        table.Panel()
        .with_transformation(DataTransformerConfig("reduce", options={"reducers": [_LAST], "mode": "seriesToRows"}))
        .with_transformation(_renamed({"Field": names, _LAST_COLUMN: figures}))
    )
    return drawn.override_by_name(figures, [_COLOURED]) if panel.thresholds else drawn


def _feed(_panel: Panel) -> Builder[dashboard.Panel]:
    """Return a line for each series: what it is called."""
    hidden = {_LAST_COLUMN: True}
    return (
        table.Panel()
        .show_header(False)
        .with_transformation(DataTransformerConfig("reduce", options={"reducers": [_LAST], "mode": "seriesToRows"}))
        .with_transformation(_renamed({"Field": _("Name")}, hidden))
    )


def _matrix(panel: Panel) -> dashboard.Panel:
    """Return a table with a row for each value of a label and a column for each query."""
    columns = {f"Value #{reference}": query.legend or query.query for query, reference in _queries(panel)}
    # Each query has columns for its time and for the name of its series; joined, they are numbered.
    others = [
        f"{name}{number}"
        for name in ("Time", "__name__")
        for number in ("", *(f" {n}" for n in range(1, len(columns) + 1)))
    ]
    drawn = (
        table.Panel()
        .with_transformation(DataTransformerConfig("joinByField", options={"byField": panel.by, "mode": "outer"}))
        .with_transformation(_renamed(columns, dict.fromkeys(others, True)))
    )
    for query, name in zip(panel.asked, columns.values(), strict=False):
        limits = panel.limits_of(query)
        properties = [DynamicConfigValue("unit", UNITS[panel.unit_of(query)])]
        properties += [DynamicConfigValue("thresholds", thresholds(limits)), _COLOURED] if limits else []
        drawn.override_by_name(name, properties)
    return drawn.build()


def _renamed(names: Mapping[str, str], hidden: Mapping[str, bool] | None = None) -> DataTransformerConfig:
    options = {"renameByName": dict(names), "excludeByName": dict(hidden or {}), "indexByName": {}}
    return DataTransformerConfig("organize", options=options)


_COLOURED: Final = DynamicConfigValue(
    "custom.cellOptions",
    common.TableColoredBackgroundCellOptions(common.TableCellBackgroundDisplayMode.BASIC),
)

_DRAWN: Final[Mapping[Kind, Callable[[Panel], Builder[dashboard.Panel]]]] = {
    "stat": _stat,
    "gauge": _gauge,
    "timeseries": _timeseries,
    "heatmap": _heatmap,
    "table": _table,
    "feed": _feed,
}
