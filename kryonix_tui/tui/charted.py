"""What screens with charts share: one window of time, and the commands that move it."""

from __future__ import annotations

from kryonix_tui.analysis.series import Track
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.tui.commands import Scope, bindings
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.chart import Plot
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.window import SPANS, Window, named_span, state


class ChartedView(View):
    """A screen with charts, which all show the same window of time."""

    BINDINGS = bindings(Scope.CHARTS)

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()

    def plot(self, track: Track, now: Instant, *, low: float | None = None, high: float | None = None) -> Plot:
        """Return a figure in the window of the moment."""
        start, end = self.window.bounds(now)
        return Plot(track, start, end, round(now.wall - now.steady), low, high, told_until=track.told_until)

    def window_line(self, now: Instant) -> Line:
        """Return what the window is, and the keys that move it."""
        keys = " ".join(self.console.key_of(name) for name in ("earlier", "later", "wider", "closer"))
        hint: Line = (Cell(f"  {keys}", Tone.ACCENT), Cell(" " + _("move, zoom"), Tone.MUTED))
        back = (Cell(f"  {self.console.key_of('live')}", Tone.ACCENT), Cell(" " + _("live"), Tone.MUTED))
        held = self.window.until is not None or self.console.paused
        shown = state(self.window, now, paused=self.console.paused)
        if self.has_class("-narrow"):
            hint = ()
        return (*shown, *self._told(now), *hint, *(back if held else ()))

    def _told(self, now: Instant) -> Line:
        """Return until when the charts are as Prometheus told them, where such a time is in sight."""
        until = self.console.shown.history.told_until
        if until is None or until <= self.window.bounds(now)[0]:
            return ()
        moment = formats.clock_time(until + now.wall - now.steady, today=now.wall)
        return (Cell("  " + _("until {time} by Prometheus").format(time=moment), Tone.MUTED),)

    def hidden(self) -> str:
        """Return why no chart can be seen here; empty where they can."""
        return ""

    def command_earlier(self) -> None:
        """Go back in time."""
        self._use(self.window.earlier(self.console.moment()))

    def why_not_earlier(self) -> str:
        """The past ends with what is kept."""
        end = self.window.earlier(self.console.moment()) == self.window
        return self.hidden() or (_("a day is kept, not more") if end or self.window.span == SPANS[-1] else "")

    def command_later(self) -> None:
        """Come back to the present."""
        self._use(self.window.later(self.console.moment()))

    def why_not_later(self) -> str:
        """There is nothing after now."""
        return self.hidden() or (_("it ends now already") if self.window.until is None else "")

    def command_wider(self) -> None:
        """Show more time."""
        self._use(self.window.wider(self.console.moment()))

    def why_not_wider(self) -> str:
        """There is a longest window."""
        return self.hidden() or (_("a day is kept, not more") if self.window.span == SPANS[-1] else "")

    def command_closer(self) -> None:
        """Show less time."""
        self._use(self.window.closer())

    def why_not_closer(self) -> str:
        """There is a shortest window."""
        return self.hidden() or (_("it is the shortest window") if self.window.span == SPANS[0] else "")

    def command_span(self, text: str = "") -> None:
        """Show a window of the length that is named."""
        span = named_span(text)
        if span is None:
            self.console.notify(_("there are 5m, 15m, 1h, 6h and 24h"), severity="warning", markup=False)
            return
        self._use(Window(span, self.window.until).fitted(self.console.moment()))

    def why_not_span(self) -> str:
        """As for all others."""
        return self.hidden()

    def command_live(self) -> None:
        """Follow the time again."""
        self.window = self.window.live()
        if self.console.paused:
            self.console.command_pause()
        else:
            self.redraw()

    def _use(self, window: Window) -> None:
        self.window = window
        self.redraw()


def chart_title(title: str, age: Cell) -> Line:
    """Return what stands over a chart: what it shows, and how old its newest figure is."""
    return line(Cell(title, Tone.MUTED), "  ", age)
