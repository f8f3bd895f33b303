"""What of an archive to restore, and what to do where a key exists: asked before the plan is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.operation import Scope
from kryonix_tui.safetext import safe
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog
from kryonix_tui.tui.screens.menu import Choices

POLICIES = (
    ("fail", N_("refuse everything")),
    ("skip", N_("leave it as it is")),
    ("replace", N_("overwrite it; saved first")),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored, and the name of the policy."""

    scope: Scope
    policy: str


@dataclass(frozen=True, slots=True)
class Inside:
    """What an archive is known to hold: tenants by what they are called on screen, and databases."""

    tenants: Mapping[str, str]
    databases: Sequence[int]


class RestoreForm(Dialog[Wish | None]):
    """Returns what was chosen, None where nothing was. `inside` is None of an archive that cannot be looked into."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        # Before anything else, so that what is typed in the same breath goes into the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str, inside: Inside | None, tenant: str = "") -> None:
        super().__init__()
        self._title = title
        self._inside = inside
        self._tenant = tenant

    def compose(self) -> ComposeResult:
        """Lay out two lines to type into, the policies, and room for a mistake."""
        known = self._inside or Inside({}, ())
        databases = " ".join(map(str, known.databases))
        with Vertical(classes="dialog form"):
            yield Label(self._title, classes="dialog-title", markup=False)
            with Horizontal(classes="field"):
                yield Label(_("Tenants"), markup=False)
                yield Input(
                    safe(self._tenant, 100),
                    placeholder=_("all (several: a, b)"),
                    suggester=_LastOf(sorted(known.tenants)),
                    compact=True,
                    id="tenants",
                )
            with Horizontal(classes="field"):
                yield Label(_("Databases"), markup=False)
                there = _("all: {numbers}").format(numbers=databases) if databases else _("all (several: 0 3)")
                yield Input(placeholder=there, compact=True, id="databases")
            yield Label(_("Where a key exists already"), id="policy-title", markup=False)
            yield Choices(
                *(Option(Content(f"{name:<8} {_(text)}"), id=name) for name, text in POLICIES),
                id="policy",
                markup=False,
            )
            yield Label(_("Enter plan  Tab next  Esc no"), id="mistake", markup=False)

    def on_mount(self) -> None:
        """Start with the first thing that is open."""
        policies = self.query_one(OptionList)
        policies.highlighted = 0
        self.set_focus(policies if self._tenant else self.query_one("#tenants"))

    def on_input_submitted(self) -> None:
        """Go on with what is chosen."""
        self._finish()

    def on_option_list_option_selected(self) -> None:
        """Go on with what is chosen."""
        self._finish()

    def _finish(self) -> None:
        try:
            tenants = tuple(self._tenants(self.query_one("#tenants", Input).value))
            databases = tuple(self._databases(self.query_one("#databases", Input).value))
        except UsageError as error:
            mistake = self.query_one("#mistake", Label)
            mistake.update(error.message)
            mistake.add_class("wrong")
            return
        chosen = self.query_one(OptionList).highlighted or 0
        self.dismiss(Wish(Scope(tenants, databases), POLICIES[chosen][0]))

    def _tenants(self, text: str) -> Iterator[str]:
        """Yield the identities of the tenants that are named. Raises UsageError."""
        if self._tenant and text == safe(self._tenant, 100):
            # As it was proposed: a name may itself hold commas and blanks.
            yield self._tenant
            return
        for name in filter(None, (part.strip() for part in text.split(","))):
            if self._tenant and name == safe(self._tenant, 100):
                yield self._tenant
            elif self._inside is None:
                yield name
            elif name in self._inside.tenants:
                yield self._inside.tenants[name]
            else:
                raise UsageError(_("the backup has no tenant {name}").format(name=safe(name, 40)))

    def _databases(self, text: str) -> Iterator[int]:
        """Yield the databases that are named. Raises UsageError."""
        for part in text.replace(",", " ").split():
            if not part.isdecimal():
                raise UsageError(_("{text} is no database").format(text=safe(part, 20)))
            if self._inside is not None and int(part) not in self._inside.databases:
                raise UsageError(_("the backup has no database {number}").format(number=int(part)))
            yield int(part)


class _LastOf(Suggester):
    """Completes the last of several names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text with its last name completed."""
        before, comma, last = value.rpartition(",")
        begun = last.lstrip()
        blank = last[: len(last) - len(begun)]
        found = next((name for name in self._names if begun and name.startswith(begun)), None)
        return f"{before}{comma}{blank}{found}" if found is not None else None
