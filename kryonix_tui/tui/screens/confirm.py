"""Before anything is changed: what would happen, and what must be typed for it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Label

from kryonix_tui.i18n import _, agrees
from kryonix_tui.model.operation import Plan
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog, is_small
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view import plans


class Confirm(Dialog[str | None]):
    """Returns the confirmation of a plan, None where it was not given.

    The plan scrolls; the question below it is always in sight.
    """

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = [
        Binding("escape,n", "dismiss(None)", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,ctrl+d", "page(1)", show=False),
        Binding("pageup,ctrl+u", "page(-1)", show=False),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Lay out the blast radius, and the question."""
        with Vertical(classes="dialog confirm"):
            yield Label(plans.title(self._plan.action), classes="dialog-title", markup=False)
            yield Lines(wrap=True, id="radius")
            with Vertical(id="answer"):
                yield Label(self._question(), id="question", markup=False)
                if self._typed:
                    yield Input(compact=True, id="typed")

    def on_mount(self) -> None:
        """Take the keys that the question asks for."""
        if self._typed:
            self.query_one(Input).focus()

    def on_resize(self) -> None:
        """Say it in fewer lines where there is little room, and give the plan what the question leaves."""
        words = plans.brief_radius if is_small(self.app.size) else plans.blast_radius
        self.query_one("#radius", Lines).show(words(self._plan))
        self.call_after_refresh(self._share)

    def _share(self) -> None:
        """Let the plan be as high as it is long, up to what title and question leave of the screen."""
        dialog, radius = self.query_one(".dialog"), self.query_one("#radius")
        around = dialog.gutter.height + radius.styles.margin.height
        others = sum(self.query_one(name).outer_size.height for name in (".dialog-title", "#answer"))
        radius.styles.max_height = max(1, self.app.size.height - others - around)

    @property
    def _typed(self) -> bool:
        return bool(self._plan.confirmation) and not self._plan.refusal

    def _question(self) -> str:
        if self._plan.refusal:
            return _("Esc: close")
        if self._typed:
            return _("Type {text} and Enter to go on; Esc: no").format(text=self._plan.confirmation)
        return _("y: go on   n, Esc: no")

    def action_scroll(self, rows: int) -> None:
        """Move the plan by rows."""
        self.query_one("#radius", Lines).scroll_relative(y=rows, animate=False, immediate=True)

    def action_page(self, pages: int) -> None:
        """Move the plan by what is seen of it."""
        radius = self.query_one("#radius", Lines)
        radius.scroll_relative(y=pages * max(1, radius.size.height - 1), animate=False, immediate=True)

    def on_key(self, event: events.Key) -> None:
        """Take the first letter of yes in the language of the console, too."""
        if agrees(event.character or ""):
            event.stop()
            self.action_yes()

    def action_yes(self) -> None:
        """Confirm what needs no typing."""
        if not self._typed and not self._plan.refusal:
            self.dismiss("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Confirm what was typed right; say where it was not."""
        if event.value == self._plan.confirmation:
            self.dismiss(event.value)
        else:
            self.query_one("#question", Label).update(_("That is not {text}").format(text=self._plan.confirmation))
            self.call_after_refresh(self._share)


class Ask(Dialog[bool]):
    """A question with yes or no."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        Binding("escape,n", "dismiss(False)", show=False),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="dialog"):
            yield Label(self._question, classes="dialog-title", markup=False)
            yield Label(_("y: yes   n, Esc: no"), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Take the first letter of yes in the language of the console, too."""
        if agrees(event.character or ""):
            event.stop()
            self.dismiss(True)
