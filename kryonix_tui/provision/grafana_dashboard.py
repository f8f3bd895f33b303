"""A screen as a dashboard of Grafana."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from kryonix_tui.config.screen import COLUMNS, Annotation, Panel, Screen, Variable
from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.provision.dashboards import TENANT_VARIABLE, dashboard_uid
from kryonix_tui.provision.grafana_panels import SOURCE, grafana_panel

_LOWEST, _HIGHEST = 4, 12
"""Rows of the grid (38 pixels each) that a panel has at least and at most; the console's rows are lines of text."""

_TENANTS: Final = f'label_values({{__name__=~"kryonix_tenant_info|tenant:request_rate"}}, {TENANT_LABEL})'
_PLACE_OF_TENANT: Final = "{tenant}"
_ICON_COLOURS: Final = ("blue", "orange", "purple")


class _Events(dashboard.AnnotationQuery):
    """An annotation by Prometheus, which has a text that the SDK does not know."""

    text: str = ""

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "titleFormat": self.name, "textFormat": self.text}


def dashboard_text(screen: Screen) -> str:
    """Return the dashboard as JSON. Panels that only show what the console itself reads are left out."""
    made = (
        Dashboard(_title(screen))
        .uid(dashboard_uid(screen.name))
        .description(_("Made by `kryonix provision` from screens/{name}.yaml").format(name=screen.name))
        .tags(["kryonix", screen.name])
        .time("now-1h", "now")
        .refresh("10s")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .build()
    )
    made.panels = list(_panels(screen))
    made.templating = dashboard.DashboardDashboardTemplating(list(_variables(screen)))
    made.annotations = dashboard.AnnotationContainer(
        [_annotation(one, _ICON_COLOURS[index % len(_ICON_COLOURS)]) for index, one in enumerate(screen.annotations)]
    )
    return json.dumps(made, cls=JSONEncoder, indent=1, ensure_ascii=False) + "\n"


def _title(screen: Screen) -> str:
    title = screen.title.replace(_PLACE_OF_TENANT, "").strip(" -·") or _("Tenant")
    return f"KRYONIX · {title}"


def _panels(screen: Screen) -> Iterator[dashboard.Panel]:
    shown = [panel for panel in screen.panels if panel.asked]
    for number, (panel, place) in enumerate(zip(shown, _places(shown), strict=True), start=1):
        title = panel.title.replace(_PLACE_OF_TENANT, f"${TENANT_VARIABLE}")
        yield grafana_panel(panel, title, number, place)


def _places(panels: list[Panel]) -> Iterator[dashboard.GridPos]:
    """Place panels beside each other until a row is full, and rows below each other."""
    left = top = tallest = 0
    for panel in panels:
        width, height = panel.span[0], min(max(panel.span[1], _LOWEST), _HIGHEST)
        if left + width > COLUMNS:
            left, top, tallest = 0, top + tallest, 0
        yield dashboard.GridPos(h=height, w=width, x=left, y=top)
        left, tallest = left + width, max(tallest, height)


def _variables(screen: Screen) -> Iterator[dashboard.VariableModel]:
    if screen.about_tenant:
        yield (
            QueryVariable(TENANT_VARIABLE)
            .label(_("Tenant"))
            .query(_TENANTS)
            .datasource(SOURCE)
            .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
            .build()
        )
    for variable in screen.variables:
        yield _choice(variable)


def _choice(variable: Variable) -> dashboard.VariableModel:
    return (
        QueryVariable(variable.name)
        .label(variable.title or variable.name)
        .query(f"label_values({variable.series}, {variable.label})")
        .datasource(SOURCE)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .build()
    )


def _annotation(annotation: Annotation, colour: str) -> dashboard.AnnotationQuery:
    made = _Events(name=annotation.name, datasource=SOURCE, icon_color=colour, expr=annotation.query)
    made.text = annotation.text
    return made
