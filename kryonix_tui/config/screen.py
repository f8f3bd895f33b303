"""A screen as data: what its file may say.

The console draws these panels and the provisioning makes Grafana dashboards of the same ones. `view.screens` reads the
files. A query is PromQL; in its quoted texts `$tenant` and the screen's own variables may stand (see `model.promql`), and
`$__rate_interval` and `$__interval` where a duration does, as in Grafana.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

from kryonix_tui.config.section import Section
from kryonix_tui.i18n import _

COLUMNS: Final = 24
"""A screen is this many columns wide; a panel's span counts in them."""

TENANT: Final = "tenant"
"""The variable that every screen about a tenant has: the tenant's id."""

Kind = Literal["stat", "timeseries", "heatmap", "table", "gauge", "feed"]
Unit = Literal["", "percent", "ratio", "ms", "seconds", "days", "bytes", "count", "per_second"]
"""What a figure means. A ratio is 0 to 1 and is written as percent; none: the figure as it is."""

Span = tuple[Annotated[int, Meta(ge=1, le=COLUMNS)], Annotated[int, Meta(ge=1, le=60)]]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=60)]
Expression = Annotated[str, Meta(min_length=1, max_length=4000)]


class Limits(Section, frozen=True):
    """When a figure is no longer ok. `critical` under `warn` means that low figures are bad."""

    warn: float
    critical: float


class Query(Section, frozen=True):
    """One of several queries of a panel."""

    query: Expression
    legend: str = ""
    """What its series are called; `{{label}}` is the value of a label. Empty: by their labels."""
    unit: Unit | None = None
    """None: the panel's."""
    thresholds: Limits | None = None
    """None: the panel's."""


class Panel(Section, frozen=True):
    """One panel: what it is called, how it is drawn, which figures it shows, and how large it is.

    With `redis` and a query, the console shows Redis' figure and Grafana, which knows only Prometheus, the query's.
    """

    title: Text
    kind: Kind
    redis: str = ""
    """Name of a figure that the console itself reads (see `view.tenant`, `view.platform_panels`)."""
    query: str = ""
    legend: str = ""
    """As that of `Query`."""
    queries: tuple[Query, ...] = ()
    """Instead of `query`. In a table or heatmap each is a column, where `by` says what the rows are."""
    by: str = ""
    """A label: tables and heatmaps of several queries have a row for each of its values."""
    unit: Unit = ""
    thresholds: Limits | None = None
    low: float | None = None
    """The lower end of the scale. None: as the data are, 0 for gauges."""
    high: float | None = None
    """The upper end of the scale. None: as the data are, 1 or 100 for gauges of ratios and percents."""
    span: Span = (6, 3)
    """Width in columns of 24, height in rows."""
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse a panel without figures, and one that has the same thing twice."""
        if not (self.redis or self.query or self.queries):
            raise ValueError(_("expected a figure: redis, query or queries"))
        if self.query and self.queries:
            raise ValueError(_("expected query or queries, not both"))
        if self.legend and not self.query:
            raise ValueError(_("expected a query beside legend"))
        if self.by and self.kind not in ("table", "heatmap"):
            raise ValueError(_("by: expected in tables and heatmaps only"))
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(_("high: expected more than low"))

    @property
    def asked(self) -> tuple[Query, ...]:
        """Its queries, one or several; none where it shows a figure of Redis alone."""
        return self.queries or ((Query(query=self.query, legend=self.legend),) if self.query else ())

    def unit_of(self, query: Query) -> Unit:
        """Return the unit of a query's figures."""
        return self.unit if query.unit is None else query.unit

    def limits_of(self, query: Query) -> Limits | None:
        """Return when a query's figures are no longer ok."""
        return self.thresholds if query.thresholds is None else query.thresholds


class Variable(Section, frozen=True):
    """A choice that queries may name as `$name`, among the values that a label has in some series; at first all of them.

    As there may be several, queries compare with it by `=~`.
    """

    name: Name
    label: Name
    series: Expression
    """A selector, which may name `$tenant`."""
    title: str = ""


class Annotation(Section, frozen=True):
    """Events, drawn into the charts: one whenever a series of the query appears or its value changes."""

    name: Text
    query: Expression
    text: str = ""
    """What is said of one; `{{label}}` is the value of a label."""


class ScreenFile(Section, frozen=True):
    """What a file may say beside its panels."""

    title: Annotated[str, Meta(max_length=200)] = ""
    subject: Literal["platform", "tenant"] = "platform"
    """What the figures of Redis are about; screens about a tenant have the variable `$tenant`."""
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen that was read: what its file says, and what was wrong in it (the wrong parts are left out)."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    mistakes: tuple[str, ...] = ()
    subject: Literal["platform", "tenant"] = "platform"
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    @property
    def about_tenant(self) -> bool:
        """Whether it shows one tenant."""
        return self.subject == "tenant"
