"""What `make pictures` takes pictures of, and how one gets there. Names are those of the files, without size or theme."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from kryonix_tui.model.keys import Ground
from kryonix_tui.model.operation import Scope
from kryonix_tui.tui import browsing
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens import MODES
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.screens.proposal import Proposal
from kryonix_tui.tui.screens.restore_form import RestoreForm
from kryonix_tui.tui.screens.silence_form import SilenceForm
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.prompt import Prompt

SIZES: Final = {"wide": (160, 45), "normal": (80, 24), "narrow": (50, 30)}
THEME_SIZE: Final = "normal"
THEMES: Final = {"light": "kryonix-light", "colorblind": "kryonix-colorblind", "monochrome": ""}
"""What is drawn besides kryonix-dark, in that one size, and the theme for it; without one, no colour at all."""

TENANT: Final = "centro_medico_ipe_violeta"

Shot = Callable[[Pilot[int], ConsoleApp], Awaitable[None]]
"""Goes to what the picture is of. The console is as the picture before has left it."""


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    while not holds():
        await pilot.pause(0.1)


async def leave_dialogs(pilot: Pilot[int], app: ConsoleApp) -> None:
    """Close what is open over the screen, let jobs end that were asking, and clear the filter."""
    while app.view is None:
        await pilot.press("escape")
        await pilot.pause(0.2)
    prompt = app.view.query_one(Prompt)
    if prompt.is_open:
        await prompt.action_cancel()
    while app.view.escape():
        await pilot.pause(0.1)
    await until(pilot, lambda: not app.work.jobs.running)


def screen(name: str) -> Shot:
    """A screen, as it opens."""

    async def go(pilot: Pilot[int], app: ConsoleApp) -> None:
        await leave_dialogs(pilot, app)
        app.tenant = TENANT
        app.run_command(name)

    return go


def over(name: str, command: str, argument: str = "") -> Shot:
    """What a command opens on a screen."""

    async def go(pilot: Pilot[int], app: ConsoleApp) -> None:
        await screen(name)(pilot, app)
        await pilot.pause(0.3)
        app.run_command(command, argument)

    return go


def dialog(kind: type[Screen[Any]], name: str, act: Callable[[ConsoleApp], object]) -> Shot:
    """A dialog of a kind that opens some time after something was begun on a screen."""

    async def go(pilot: Pilot[int], app: ConsoleApp) -> None:
        await screen(name)(pilot, app)
        await pilot.pause(0.3)
        act(app)
        await until(pilot, lambda: isinstance(app.screen, kind))

    return go


async def keys(pilot: Pilot[int], app: ConsoleApp) -> None:
    """The keys of a tenant, some of one kind."""
    await leave_dialogs(pilot, app)
    browsing.show(app, Ground(0, TENANT, "mobile_session"))
    await until(pilot, lambda: bool(app.screen.query("#list")))
    await pilot.pause(1.0)


async def value(pilot: Pilot[int], app: ConsoleApp) -> None:
    """The value of a key."""
    await keys(pilot, app)
    await pilot.press("enter")
    await until(pilot, lambda: bool(app.screen.query_one("#detail", Lines)._lines))  # noqa: SLF001 - nothing else says so


async def peek(pilot: Pilot[int], app: ConsoleApp) -> None:
    """What waits in a queue."""
    await screen("queues")(pilot, app)
    await pilot.pause(0.3)
    await pilot.press("enter")
    await pilot.pause(0.5)


async def prompt(pilot: Pilot[int], app: ConsoleApp) -> None:
    """A filter while it is typed, with what may follow."""
    await screen("tenants")(pilot, app)
    await pilot.pause(0.3)
    await pilot.press("slash", *"hit", "less_than_sign", *"92", "space", *"sec")


async def maintenance(pilot: Pilot[int], app: ConsoleApp) -> None:
    """Say yes to the plan of a backup, and look at what was made."""
    if isinstance(app.screen, Confirm):
        app.screen.dismiss("")
    await until(pilot, lambda: not app.work.jobs.running)
    await screen("maintenance")(pilot, app)


async def restore(pilot: Pilot[int], app: ConsoleApp) -> None:
    """What of a backup is to be restored."""
    await screen("maintenance")(pilot, app)
    await pilot.pause(0.5)
    await pilot.press("R")
    await until(pilot, lambda: isinstance(app.screen, RestoreForm))


async def restoring(pilot: Pilot[int], app: ConsoleApp) -> None:
    """The plan of that restore."""
    await restore(pilot, app)
    app.screen.query_one("#tenants", Input).value = TENANT
    await pilot.press("tab", "tab", "end", "enter")
    await until(pilot, lambda: isinstance(app.screen, Confirm) or app.work.jobs.all[-1].phase is Phase.ENDED)


VIEWER: Final[dict[str, Shot]] = {
    **{name: screen(name) for name in MODES if name not in ("keys", "maintenance")},
    "keys": keys,
    "value": value,
    "filter": over("tenants", "filter", "hit<92 sector=medicina"),
    "prompt": prompt,
    "sort": over("tenants", "sort"),
    "help": over("overview", "help"),
    "palette": over("overview", "palette"),
}
"""What somebody sees who may look only."""

OPERATOR: Final[dict[str, Shot]] = {
    "plan": dialog(Confirm, "maintenance", lambda app: app.archiving.back_up(Scope())),
    "maintenance": maintenance,
    "restore": restore,
    "restoring": restoring,
    "optimise": dialog(Proposal, "tenant", lambda app: app.optimizing.optimize((TENANT,))),
    "tune": dialog(Proposal, "server", lambda app: app.tuning.choose("conservative")),
    "suspend": dialog(Confirm, "tenant", lambda app: app.tenant_life.end_sessions(TENANT)),
    "purge": dialog(Confirm, "tenant", lambda app: app.tenant_life.purge(TENANT)),
    "silence": dialog(SilenceForm, "alerts", lambda app: app.run_command("silence")),
    "actions": dialog(Menu, "tenant", lambda app: app.run_command("actions")),
    "peek": peek,
}
"""What an operator sees besides."""

WALL: Final = ("wall-overview", "wall-wallboard", "wall-critical")
"""The wall: the first pages of its screens, and what interrupts them."""


def names() -> list[str]:
    """Return the names of all files, without suffix."""
    suffixes = (*SIZES, *THEMES)
    return [f"{shot}-{suffix}" for shot in (*VIEWER, *OPERATOR, *WALL) for suffix in suffixes]
