"""What to silence, for how long, and why: asked before the plan is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from kryonix_tui.config.alerts import Alerts
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.alert import Alert, Matcher
from kryonix_tui.model.matchers import fits, parse
from kryonix_tui.safetext import safe
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog
from kryonix_tui.view.filter_terms import number
from kryonix_tui.view.formats import duration

_KEYS: list[Binding | tuple[str, str] | tuple[str, str, str]] = [
    Binding("escape", "dismiss(None)", show=False),
    # Before anything else, so that what is typed in the same breath goes into the next field.
    Binding("tab,down", "app.focus_next", show=False, priority=True),
    Binding("shift+tab,up", "app.focus_previous", show=False, priority=True),
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be silenced, for how many seconds, and why."""

    matchers: tuple[Matcher, ...]
    seconds: float
    reason: str


class SilenceForm(Dialog[Wish | None]):
    """Returns what was asked for, None where nothing was. `alerts` are those that are on screen, for a first count."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = _KEYS

    def __init__(self, matchers: str, limits: Alerts, alerts: Sequence[Alert]) -> None:
        super().__init__()
        self._matchers = matchers
        self._limits = limits
        self._alerts = alerts

    def compose(self) -> ComposeResult:
        """Lay out three lines to type into, and room for a count or a mistake."""
        with Vertical(classes="dialog form"):
            yield Label(_("Silence alerts"), classes="dialog-title", markup=False)
            with Horizontal(classes="field"):
                yield Label(_("Matchers"), markup=False)
                yield Input(
                    self._matchers, placeholder='severity="warning" tenant_id=~"cli.*"', compact=True, id="matchers"
                )
            with Horizontal(classes="field"):
                yield Label(_("For"), markup=False)
                yield Input(_short(self._limits.silence), placeholder=longest(self._limits), compact=True, id="length")
            with Horizontal(classes="field"):
                yield Label(_("Reason"), markup=False)
                yield Input(
                    placeholder=_("why, for those who find it later"), max_length=500, compact=True, id="reason"
                )
            yield Label("", id="fitting", markup=False)
            yield Label(_("Enter: what it would hold back   Tab: next   Esc: no"), id="mistake", markup=False)

    def on_mount(self) -> None:
        """Start with what only a person knows."""
        self._count()
        self.set_focus(self.query_one("#reason" if self._matchers else "#matchers"))

    def on_input_changed(self) -> None:
        """Count anew."""
        self._count()

    def _count(self) -> None:
        try:
            matchers = parse(self._value("matchers"))
        except UsageError:
            self.query_one("#fitting", Label).update("")
            return
        count = sum(fits(matchers, alert.exact_labels) for alert in self._alerts)
        text = ngettext(
            "fits {count} of {all} alert on screen", "fits {count} of {all} alerts on screen", len(self._alerts)
        ).format(count=count, all=len(self._alerts))
        self.query_one("#fitting", Label).update(text)

    def on_input_submitted(self) -> None:
        """Go on, or say what is wrong."""
        try:
            wish = Wish(parse(self._value("matchers")), seconds_of(self._value("length"), self._limits), self._reason())
        except UsageError as error:
            _complain(self, error)
            return
        self.dismiss(wish)

    def _reason(self) -> str:
        reason = self._value("reason").strip()
        if not reason:
            self.set_focus(self.query_one("#reason"))
            raise UsageError(_("a silence needs a reason"))
        return reason

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value


class LengthForm(Dialog[float | None]):
    """Asks for a length of time; returns seconds."""

    AUTO_FOCUS = "#length"
    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = _KEYS

    def __init__(self, title: str, limits: Alerts) -> None:
        super().__init__()
        self._title = title
        self._limits = limits

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        with Vertical(classes="dialog form"):
            yield Label(self._title, classes="dialog-title", markup=False)
            with Horizontal(classes="field"):
                yield Label(_("For"), markup=False)
                yield Input(_short(self._limits.silence), placeholder=longest(self._limits), compact=True, id="length")
            yield Label(_("Enter: go on   Esc: no"), id="mistake", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on, or say what is wrong."""
        try:
            self.dismiss(seconds_of(event.value, self._limits))
        except UsageError as error:
            _complain(self, error)


def seconds_of(text: str, limits: Alerts) -> float:
    """Return the length of a silence.

    Raises:
        UsageError: it is no length of time, or too long.
    """
    seconds = number(text.replace(" ", ""), "seconds")
    if seconds is None or seconds <= 0:
        raise UsageError(_("{text} is no length of time: write 30m, 2h or 1d").format(text=safe(text, 20)))
    if seconds > limits.max_silence:
        raise UsageError(longest(limits))
    return seconds


def longest(limits: Alerts) -> str:
    """Say how long a silence may last."""
    return _("at most {longest} (alerts.max_silence)").format(longest=duration(limits.max_silence))


def _short(seconds: float) -> str:
    for size, letter in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds / size:g}{letter}"
    return f"{seconds:g}s"


def _complain(screen: Dialog[Wish | None] | Dialog[float | None], error: UsageError) -> None:
    mistake = screen.query_one("#mistake", Label)
    mistake.update(error.message)
    mistake.add_class("wrong")
