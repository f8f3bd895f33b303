"""What screens share whose panels are described as data: drawing them, asking for them, choosing what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.screen import Panel, Screen, Variable
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.model.question import Question
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.tui.charted import ChartedView
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.view import titled
from kryonix_tui.tui.widgets.chart import Chart, Plot
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.panels import PanelGrid, content_size
from kryonix_tui.tui.widgets.scrolling import Page
from kryonix_tui.view import formats, panel_questions, panels, platform_panels, trends
from kryonix_tui.view import tenant as tenant_view
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.panel_questions import Asked, Frame
from kryonix_tui.view.screens import load_screen

EVENTS = 3
"""Events that are told above the panels; the charts mark them all."""
ALL = "*"
"""What is chosen where nothing is."""


class PanelledView(ChartedView):
    """A screen that draws the panels of a file."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.described = described(name)
        self.choices: dict[str, str] = {}
        self._choosing: Variable | None = None

    def panel_widgets(self) -> Iterable[Widget]:
        """What is wrong with the file, the panels, and which are left out."""
        mistakes = [line(Cell(f"▲ {text}", Tone.WARNING)) for text in self.described.mistakes]
        if mistakes:
            yield Lines(mistakes, wrap=True, id="mistakes")
        yield Lines(wrap=True, id="left-out")
        yield Page(PanelGrid(self.described.panels), id="panels")

    def current(self, update: Update) -> Tenant | None:
        """Return the tenant to show: the chosen one, else the first that needs attention."""
        known = update.platform.tenants
        if self.console.tenant is None and known:
            self.console.tenant = min(known.values(), key=lambda found: (found.health.rank, found.tenant)).tenant
        return known.get(self.console.tenant) if self.console.tenant is not None else None

    def on_mount(self) -> None:
        """Show what is known already, and ask for what scrolls into sight."""
        super().on_mount()
        self.follow_scrolling()

    def on_panel_grid_laid_out(self) -> None:
        """Draw for the widths that the panels are getting."""
        self.call_after_refresh(self.redraw)

    def follow_scrolling(self) -> None:
        """Ask for what scrolls into sight."""
        self.watch(self.query_one("#panels", Page), "scroll_y", self._scrolled, init=False)

    def _scrolled(self) -> None:
        self.call_after_refresh(self.console.look)

    @property
    def grid(self) -> PanelGrid:
        """The panels."""
        return self.query_one(PanelGrid)

    # What is asked ----------------------------------------------------------------------------------------------------

    def questions_in_view(self) -> list[Question]:
        """Return what the panels in sight ask Prometheus, but for what the regular reading knows."""
        if not self.is_complete or not self.is_attached:
            return []
        update, frame = self.console.latest, self._frame()
        tenant = self._tenant()
        found = [
            one
            for panel, widget in self.grid.in_sight
            for one in panel_questions.questions(panel, frame, content_size(widget)[0])
            if panel_questions.from_rules(one, update, tenant) is None
        ]
        wanted = [one.question for one in [*found, *self._annotations(frame)] if one.question is not None]
        choice = panel_questions.choices_of(self._choosing, frame) if self._choosing else None
        return [*wanted, choice] if choice is not None else wanted

    def _tenant(self) -> str | None:
        return self.console.tenant if self.described.about_tenant else None

    def _frame(self) -> Frame:
        until = self.window.until
        values = panel_questions.values_of(self.described, self._tenant(), self.choices)
        return Frame(values, self.window.span, until.wall if until is not None else None)

    def _annotations(self, frame: Frame) -> list[Asked]:
        """Return what the annotations ask, where there are charts in sight that they may mark."""
        if not any(panel_questions.over_time(panel) for panel, _widget in self.grid.in_sight):
            return []
        return panel_questions.annotations_of(self.described, frame)

    # What is shown ----------------------------------------------------------------------------------------------------

    def draw_panels(self, update: Update, now: Instant, tenant: Tenant | None) -> None:
        """Show the figures in the panels, those of Redis about `tenant` or else the platform."""
        self._leave_out()
        frame = self._frame()
        happened = self.events(update, now)
        marks = tuple(event.at - round(now.wall - now.steady) for event in happened)
        for panel, widget in self.grid.shown:
            if panel.redis:
                self._draw_figure(panel, widget, update, now, tenant, marks)
            else:
                asked = panel_questions.questions(panel, frame, content_size(widget)[0])
                self._draw_answers(panel, widget, panel_questions.answered(asked, update, self._tenant()), now, marks)
        self._offer(update, frame)
        # What is in sight is known when it has been laid out.
        self.call_after_refresh(self.console.look)

    def _leave_out(self) -> None:
        """Hide the panels that need Prometheus behind one remark, where there is none."""
        out = self.left_out
        self.grid.leave_out(out)
        remark = self.query_one("#left-out", Lines)
        remark.display = bool(out)
        remark.show([line(Cell(f"  {panels.left_out(out)}", Tone.MUTED))] if out else [])

    def _draw_figure(
        self,
        panel: Panel,
        widget: Lines | Chart,
        update: Update,
        now: Instant,
        tenant: Tenant | None,
        marks: tuple[float, ...],
    ) -> None:
        width = content_size(widget)[0]
        subject = tenant_view.Subject(tenant, update) if tenant is not None else None
        if isinstance(widget, Chart):
            track = tenant_view.series(panel, subject) if subject else platform_panels.series(panel, update)
            if track is not None:
                high = 100 if panel.unit == "percent" and panel.high is None else panel.high
                widget.show((), replace(self.plot(track, now, low=panel.low, high=high), marks=marks))
                return
        # A figure that does not exist is said where the chart would be.
        _say(
            widget,
            tenant_view.panel_lines(panel, subject, width)
            if subject
            else platform_panels.panel_lines(panel, update, width),
        )

    def _draw_answers(
        self, panel: Panel, widget: Lines | Chart, asked: Sequence[Asked], now: Instant, marks: tuple[float, ...]
    ) -> None:
        titled(widget, safe(_(panel.title), 60), panels.age(asked, now), content_size(widget)[0])
        if not panel_questions.over_time(panel):
            _say(widget, panels.lines(panel, asked, content_size(widget)[0]))
            return
        ahead = round(now.wall - now.steady)
        start, end = self.window.bounds(now)
        alone = trends.single(asked, ahead) if panel.kind == "timeseries" else None
        if alone is None or panels.troubles(asked) or not isinstance(widget, Chart):
            _say(widget, trends.rows(panel, asked, (start + ahead, end + ahead), content_size(widget)))
            return
        high = 100 if panel.unit == "percent" and panel.high is None else panel.high
        widget.show((), Plot(alone, start, end, ahead, panel.low, high, marks))

    def events(self, update: Update, now: Instant) -> list[trends.Event]:
        """Return what happened in the window, the newest first."""
        start, end = (moment + now.wall - now.steady for moment in self.window.bounds(now))
        asked = panel_questions.answered(
            panel_questions.annotations_of(self.described, self._frame()), update, self._tenant()
        )
        found = (
            event
            for annotation, one in zip(self.described.annotations, asked, strict=True)
            for event in trends.events(annotation, one)
        )
        return sorted((event for event in found if start <= event.at <= end), key=lambda event: -event.at)

    def event_lines(self, update: Update, now: Instant) -> list[Line]:
        """Return the newest events, a line each."""
        return [
            line(Cell(f"  ▼ {formats.clock_time(event.at, today=now.wall)} ", Tone.INFO), event.text)
            for event in self.events(update, now)[:EVENTS]
        ]

    def window_lines(self, update: Update, now: Instant) -> list[Line]:
        """Return the charts' window, what the variables stand for, and what happened lately."""
        if not self.has_charts:
            return []
        window = line(Cell(f"  {_('charts')} ", Tone.MUTED), *self.window_line(now), *self.choice_line())
        return [window, *self.event_lines(update, now)]

    def choice_line(self) -> Line:
        """Return what the variables stand for; empty where there are none, or nobody to ask about them."""
        cells: list[Cell] = []
        for variable in () if self.alone else self.described.variables:
            chosen = self.choices.get(variable.name)
            cells.append(Cell(f"  {safe(_(variable.title) if variable.title else variable.name, 40)}: ", Tone.MUTED))
            cells.append(Cell(safe(chosen, 40), Tone.STRONG) if chosen is not None else Cell(_("all")))
        return tuple(cells)

    def hidden(self) -> str:
        """Charts move where there are any."""
        return "" if self.has_charts else _("this screen has no charts")

    @property
    def has_charts(self) -> bool:
        """Whether any panel that has a place shows a stretch of time."""
        out = self.left_out
        return any(panel_questions.over_time(panel) for panel in self.described.panels if panel not in out)

    @property
    def left_out(self) -> tuple[Panel, ...]:
        """The panels that have no place, as there is no Prometheus to ask."""
        return panels.without_prometheus(self.described.panels) if self.alone else ()

    @property
    def alone(self) -> bool:
        """Whether there is no Prometheus."""
        prometheus = self.console.shown.snapshot.sources[SourceName.PROMETHEUS]
        return prometheus.condition is Condition.NOT_CONFIGURED

    # Commands ---------------------------------------------------------------------------------------------------------

    def why_not_variable(self) -> str:
        """The screen must have variables, and Prometheus tells what they may stand for."""
        if self.alone:
            return _("Prometheus is not configured (prometheus.url)")
        return "" if self.described.variables else _("the panels of this screen have no variables")

    def command_variable(self, text: str = "") -> None:
        """Choose what a variable stands for: `NAME VALUE`, or from a menu."""
        name, _blank, value = text.strip().partition(" ")
        variables = {variable.name: variable for variable in self.described.variables}
        variable = variables.get(name) if name else next(iter(variables.values()))
        if variable is None:
            names = ", ".join(variables)
            self.console.notify(
                _("no variable {name}; there are {names}").format(name=safe(name, 40), names=names),
                severity="warning",
                markup=False,
            )
        elif value.strip():
            self._choose(variable, value.strip())
        else:
            self._choosing = variable
            self.console.look()
            self.redraw()

    def _offer(self, update: Update, frame: Frame) -> None:
        """Open the menu of a variable's values, once they are known."""
        variable = self._choosing
        question = panel_questions.choices_of(variable, frame) if variable else None
        known = update.snapshot.answers.get(question) if question else None
        if variable is None or known is None or (known.reading is None and known.trouble is None):
            return
        self._choosing = None
        if known.reading is None:
            self.console.notify(panels.message(known), severity="warning", markup=False)
            return
        values = sorted({series.labels.get(variable.label, "") for series in known.reading.value.series} - {"", ALL})
        choices = [(ALL, _("all")), *((value, value) for value in values)]

        def chosen(value: str | None) -> None:
            if value is not None:
                self._choose(variable, value)

        self.console.push_screen(Menu(safe(variable.title or variable.name, 60), choices, ALL), chosen)

    def _choose(self, variable: Variable, value: str) -> None:
        if value in (ALL, _("all")):
            self.choices.pop(variable.name, None)
        else:
            self.choices[variable.name] = value
        self.console.look()
        self.redraw()

    def command_charts(self) -> None:
        """Scroll to the charts."""
        page = self.query_one("#panels", Page)
        charts = [widget for _panel, widget in self.grid.shown if isinstance(widget, Chart)]
        if charts:
            # Panels lie where their grid puts them, which `scroll_visible` does not know.
            row = charts[0].region.y - page.region.y + page.scroll_offset.y
            page.scroll_to(y=row, animate=False)


def _say(widget: Lines | Chart, lines: Sequence[Line]) -> None:
    if isinstance(widget, Chart):
        widget.say(lines)
    else:
        widget.show(lines)


def described(name: str) -> Screen:
    """Return the screen that is described under a name; where its file cannot be used, one without panels says why."""
    try:
        return load_screen(name)
    except ConfigError as error:
        return Screen(name, name, (), (error.message,))
