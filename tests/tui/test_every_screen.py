"""Every screen and whatever opens over it, in every size and theme: nothing is cut, outside, empty, unseen or out of reach.

What must hold of each is in `faults.py`. Where things are does not depend on the theme, so one size after the other is
gone through in one theme, and one theme after the other in two sizes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.alerts import Alerts
from kryonix_tui.config.schema import Ui
from kryonix_tui.i18n import use_language
from kryonix_tui.model.alert import Silence
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.keys import FoundKey, Ground, KeyPage, KeyValue, Part
from kryonix_tui.model.matchers import exactly
from kryonix_tui.model.operation import Plan, Purpose, Scope, Target
from kryonix_tui.model.queues import QueuePage, WaitingItem
from kryonix_tui.model.source import Reading
from kryonix_tui.tui import browsing, themes
from kryonix_tui.tui.queueing import Field
from kryonix_tui.tui.screens import MODES
from kryonix_tui.tui.screens.confirm import Ask, Confirm
from kryonix_tui.tui.screens.page import Reader
from kryonix_tui.tui.screens.proposal import Proposal
from kryonix_tui.tui.screens.queue_form import QueueForm
from kryonix_tui.tui.screens.restore_form import Inside, RestoreForm
from kryonix_tui.tui.screens.silence_form import LengthForm, SilenceForm
from kryonix_tui.tui.starting import nothing_yet
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view.cells import line
from tests.tui.console import Console, console
from tests.tui.faults import faults, is_laid_out
from tests.tui.updates import START, Stage

pytestmark = pytest.mark.timeout(400)

SIZES = [(160, 45), (120, 30), (80, 24), (50, 30), (40, 12)]
SIXTEEN = "16 colours"
THEMES = [*(theme.name for theme in themes.THEMES if theme.name != themes.DEFAULT), "nord", "ansi-dark", SIXTEEN, ""]
"""The console's own but the one of the sizes, one of Textual's, the terminal's own colours, ours on a terminal that has few, and none at all."""

LONG = "consultorio-de-nome-muito-comprido"


@dataclass
class Port:
    """Keys and items of a server, as many as somebody looks at."""

    async def page(self, ground: Ground, cursor: int = 0) -> KeyPage:
        """As the key browser's port."""
        del cursor
        found = (
            FoundKey(ground.db, b"tenant:%s:mobile:session:%d" % (LONG.encode(), n), "mobile", LONG) for n in range(60)
        )
        return KeyPage(tuple(found), 7, 60, 400)

    async def value(self, found: FoundKey) -> KeyValue:
        """As the key browser's port."""
        del found
        parts = tuple(Part(b"field_%d" % n, b"a value of some length, " * 4) for n in range(20))
        return KeyValue("hash", 5000, 20, 4096, parts)

    async def items(self, queue: QueueKey, start: int = 0, count: int = 0, kept: int = 0) -> QueuePage:
        """As the port of queues."""
        del queue, count, kept
        text = b'{"module": "whatsapp", "number": "+5511987654321"}'
        return QueuePage(120, tuple(WaitingItem(n, text, len(text), START.wall - 60) for n in range(start, start + 50)))


def known() -> Update:
    """Return an update with tenants, alerts, silences and queues."""
    made = Stage().update()
    facts, census = made.snapshot.alerts, made.snapshot.census
    assert facts is not None
    assert census is not None
    silences = (
        Silence("1f", (exactly("tenant_id", "beta"),), START.wall - 60, START.wall + 3600, "ops", "moving tonight"),
        Silence("2e", (exactly("tenant_id", "gone"),), START.wall - 60, START.wall + 90_000, "ops", "left in spring"),
    )
    queues = tuple(
        QueueKey(2, f"queue:tenant:{tenant}:whatsapp".encode(), "whatsapp", tenant) for tenant in made.platform.tenants
    )
    snapshot = replace(
        made.snapshot,
        alerts=Reading(replace(facts.value, silences=silences), facts.at),
        census=Reading(replace(census.value, queues=queues), census.at),
    )
    return replace(made, snapshot=snapshot)


def plan(**changes: Any) -> Plan:
    """Return a plan that says much."""
    said: dict[str, Any] = {
        "action": "tenant.purge",
        "purpose": Purpose.MAINTAIN,
        "target": Target("127.0.0.1:6379/0", "redis", "7.0.15", role="master"),
        "scope": Scope((LONG,), (0, 2, 3)),
        "counts": {"keys": 1234, "0/session": 1000, "3/metrics": 234},
        "made_at": START.wall,
        "expires_at": START.wall + 300,
        "estimates": {"seconds": 12.0},
        "effects": ("All 1,234 keys of it are removed, from 3 databases.", "It is in use: 12 sessions are open."),
        "undo": "kryonix restore kryonix-tenant-20250101.kxa --policy replace",
    }
    return Plan(**{**said, **changes})


Open = Callable[[Console], Awaitable[object]]
PAGE = [
    line(f"line {number} of a page that is longer than any screen, and wider than a narrow one") for number in range(90)
]


def keys(*names: str) -> Open:
    """Press keys."""
    return lambda running: running.press(*names)


def over(make: Callable[[], Any]) -> Open:
    """Open a dialog."""

    async def go(running: Console) -> None:
        running.app.push_screen(make())
        await running.settle()

    return go


def shown(name: str) -> Open:
    """Show a screen."""

    async def go(running: Console) -> None:
        running.app.navigation.go(name)
        await running.settle()

    return go


async def browse(running: Console) -> None:
    """Look for keys."""
    browsing.show(running.app, Ground(0, LONG, "mobile"))
    await running.settle()


async def theme_menu(running: Console) -> None:
    """Choose a theme."""
    running.app.run_command("theme")
    await running.settle()


SCREENS: dict[str, Open] = {name: shown(name) for name in MODES}
OVER: dict[str, Open] = {
    "charts in the place of lists": keys("1", "z"),
    "help": keys("question_mark"),
    "a search in the help": keys("question_mark", "slash", *"tenant"),
    "palette": keys("ctrl+p"),
    "theme menu": theme_menu,
    "a command, completed": keys("colon", *"te"),
    "a filter, completed": keys("2", "slash", *"hit", "less_than_sign", *"85", "space", *"sec"),
    "a filter": keys("2", "slash", *"hit", "less_than_sign", *"85", "enter"),
    "a filter with a mistake": keys("2", "slash", *"nonsense", "less_than_sign", *"85", "enter"),
    "sort menu": keys("2", "s"),
    "action menu": keys("2", "x"),
    "marked rows": keys("2", "space", "space"),
    "a database": keys("4", "enter"),
    "a look into a queue": keys("5", "enter"),
    "an alert": keys("6", "enter"),
    "a silence": keys("S", "enter"),
    "keys": browse,
    "a value": keys("K", "enter"),
    "a pause": keys("1", "p"),
    "a question": over(lambda: Ask("Show what is in up to 50 items? It is written down in the log of this console.")),
    "a plan": over(lambda: Confirm(plan())),
    "a plan with a name to type": over(lambda: Confirm(plan(confirmation=LONG))),
    "a plan that is refused": over(lambda: Confirm(plan(refusal="The server is not the one that was meant at first."))),
    "a proposal": over(lambda: Proposal(f"Analysis of {LONG}", PAGE, 12)),
    "a page": over(lambda: Reader(f"Contents of {LONG}", lambda _width: PAGE)),
    "a queue's form": over(
        lambda: QueueForm(f"Move from {LONG}", [Field("to", "To", "TENANT/MODULE"), Field("count", "How many")], len)
    ),
    "a restore's form": over(lambda: RestoreForm(f"Restore from {LONG}", Inside({"a": "a"}, tuple(range(16))), "a")),
    "a silence's form": over(lambda: SilenceForm('tenant_id="beta"', Alerts(), Stage().alerts)),
    "a length's form": over(lambda: LengthForm("Extend the silence: how long from now", Alerts())),
}

IN_COLOUR = (
    "help",
    "palette",
    "theme menu",
    "a filter, completed",
    "a filter with a mistake",
    "marked rows",
    "an alert",
    "a plan with a name to type",
    "a proposal",
    "a restore's form",
)
"""What has colours of its own: the rest is made of the same parts."""


async def gone_through(running: Console, opened: dict[str, Open]) -> list[str]:
    """Open one after the other; return what is wrong with each."""
    found = []
    for name, go in opened.items():
        await go(running)
        await laid_out(running)
        found += [f"{name}: {fault}" for fault in faults(running.app)]
        await back(running)
    return found


async def laid_out(running: Console) -> None:
    """Wait until everything that is shown has its place."""
    for _round in range(100):
        if is_laid_out(running.app):
            return
        await running.pilot.pause()


async def back(running: Console) -> None:
    """Close what is open, and forget where we were."""
    app = running.app
    if app.paused:
        app.command_pause()
    while app.view is None:
        app.screen.dismiss(None)
        await running.pilot.pause()
    prompt = app.view.query_one(Prompt)
    if prompt.is_open:
        await prompt.action_cancel()
    while app.view.escape():
        await running.pilot.pause()
    app.navigation.trail = []


def with_port(running: Console) -> Console:
    """Let the console look into keys and queues."""
    running.monitor.keys = running.monitor.queues = Port()
    return running


@pytest.fixture(autouse=True)
def _all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the tests run in."""
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_screen_in_every_size(size: tuple[int, int]) -> None:
    await look_at_everything(size)


async def test_every_screen_in_portuguese_where_there_is_least_room() -> None:
    use_language("pt_BR")
    await look_at_everything(SIZES[-1])


async def look_at_everything(size: tuple[int, int]) -> None:
    """Open everything in a size, with data, and the screens with nothing known."""
    async with console(size, known()) as opened:
        running = with_port(opened)
        running.app.tenant = "gama"
        # At 120 columns the screens are those of 160, with less room: what opens over them has plenty in both.
        found = await gone_through(running, SCREENS if size == (120, 30) else {**SCREENS, **OVER})
        await running.tell(nothing_yet(running.app.config))
        found += [f"nothing known: {fault}" for fault in await gone_through(running, SCREENS)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", THEMES, ids=str)
async def test_every_screen_in_every_theme(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if theme == SIXTEEN:
        monkeypatch.delenv("COLORTERM")
        monkeypatch.setenv("TERM", "xterm")
    elif not theme:
        monkeypatch.setenv("NO_COLOR", "1")
    name = themes.DEFAULT if theme in (SIXTEEN, "") else theme
    async with console((80, 24), known(), ui=Ui(theme=name)) as opened:
        running = with_port(opened)
        running.app.tenant = "gama"
        assert running.app.no_color is not bool(theme)
        found = await gone_through(running, {**SCREENS, **{name: OVER[name] for name in IN_COLOUR}})
    assert not found, "\n".join(found)
