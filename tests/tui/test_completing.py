"""What is typed after `:` is completed from what there is at the moment, and what there is not stays in the prompt."""

from __future__ import annotations

import time

import pytest
from textual.widgets import Input

from kryonix_tui.config.schema import Config
from kryonix_tui.tui.commands import COMMANDS
from kryonix_tui.tui.completing import MOST_OFFERED, Completer
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view.cells import plain
from kryonix_tui.view.screens import screen_names
from tests.tui.console import NARROW, WIDE, Console, console
from tests.tui.test_hostile import HOSTILE, assert_printable
from tests.tui.updates import Stage


def entry(running: Console) -> Input:
    """The line that is typed into."""
    return running.app.screen.query_one(Input)


def test_every_command_with_arguments_says_what_they_are() -> None:
    for command in COMMANDS:
        assert len(command.takes) == len(command.arguments.split()), command.name


async def test_each_kind_of_argument_is_completed_from_what_there_is() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        complete = Completer(running.app).complete
        assert complete("tenant ") == ["tenant alfa", "tenant beta", "tenant delta", "tenant gama"]
        assert complete("purge G") == ["purge gama"]
        assert complete("ten be") == ["ten beta"]
        assert complete("databases 1")[:2] == ["databases 10", "databases 11"]
        assert complete("databases mobile s") == ["databases Mobile sessions"]
        assert complete("keys 0 mob") == ["keys 0 mobile_session"]
        assert complete("keys mob") == []
        assert complete("screen ") == [f"screen {name}" for name in screen_names()]
        assert complete("theme kryonix-c") == ["theme kryonix-contrast", "theme kryonix-colorblind"]
        assert complete("sort se") == ["sort sessions", "sort sector"]
        assert "filter hit<" in complete("filter hit")
        assert complete("filter hit<9 sector=m") == ["filter hit<9 sector=medicina"]
        assert complete("span ") == ["span 5m", "span 15m", "span 1h", "span 6h", "span 24h"]
        assert complete("tune ") == ["tune kryonix", "tune conservative", "tune undo"]
        assert complete("verify d") == ["verify data", "verify drill"]
        assert complete("census ") == ["census full"]
        assert complete("quit ") == complete("variable ") == complete("nonsense ") == []
        assert complete("optimize a") == ["optimize alfa"]
        await running.press("7")
        assert Completer(running.app).complete("optimize u") == ["optimize undo"]
        await running.press("4")
        assert "sort unattributed" in Completer(running.app).complete("sort ")
        await running.press("3")
        variables = Completer(running.app).complete("variable ")
        assert variables == [f"variable {one.name}" for one in running.app.view.described.variables]  # type: ignore[union-attr]


async def test_the_ghost_is_what_enter_carries_out() -> None:
    async with console(WIDE, Stage().update()) as running:
        complete = Completer(running.app).complete
        assert complete("q")[0] == "quit"
        assert complete("tenant")[0] == "tenant "
        assert complete(":s")[0] == ":sort"
        assert complete("") == complete(":") == []
        await running.press("colon")
        await running.type("te")
        assert entry(running)._suggestion == "tenant"
        await running.press("tab", "tab", "shift+tab")
        assert entry(running).value == "tenant"
        await running.press("space", "tab", "tab", "tab", "shift+tab", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", "beta")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_below_stands_what_is_expected_and_what_may_follow(size: tuple[int, int]) -> None:
    async with console(size, Stage().update()) as running:
        await running.press("colon")
        assert "Tab completes" in running.line("below")
        await running.type("tenant")
        assert ":tenant [TENANT]" in running.line("below")
        await running.type(" ")
        assert plain(running.app.screen.query_one(Prompt)._below("tenant ")) == (
            " :tenant [TENANT]  Tab alfa  beta  delta  gama"
        )
        assert ":tenant [TENANT]  Tab alfa  beta" in running.text
        below = running.app.screen.query_one(Prompt)._below
        assert plain(below("databases 1")).startswith(" :databases [DB]  Tab 10 (")
        assert plain(below("pause")) == " :pause  Hold what is shown; reading goes on"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("tenant alf", "there is no tenant alf; did you mean alfa?"),
        ("databases 99", "there is no database 99"),
        ("keys first", "there is no database first"),
        ("keys 0 mobile_sesion", "there is no kind of keys mobile_sesion; did you mean mobile_session?"),
        ("screen nowhere", "there is no screen nowhere"),
        ("theme kryonix-drak", "there is no theme kryonix-drak; did you mean kryonix-dark"),
        ("sort hitt", "there is no column hitt; did you mean hit"),
        ("filter hit<x", "hit<x needs a number"),
        ("tune kryo", "there is no profile kryo"),
        ("verify dat", "there is no level dat; did you mean data?"),
        ("census fast", "there is only `census full`"),
        ("span 7m", "there is no window of 7m"),
        ("quit now", "Leave the console: takes nothing"),
    ],
)
async def test_what_there_is_not_stays_in_the_prompt(typed: str, complaint: str) -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        await running.enter_command(typed)
        assert complaint in running.line("below")
        assert running.app.screen.query_one(Prompt).is_open
        assert entry(running).value == typed
        wrong = "x" if "<x" in typed else typed.rsplit(maxsplit=1)[-1]
        assert running.line("below").index("▲") == 3 + typed.rindex(wrong)
        assert running.said == []
        await running.press("left")
        assert running.mode == "tenants"


async def test_names_are_understood_in_capitals_and_a_database_by_its_name() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.enter_command("tenant ALFA")
        assert (running.mode, running.app.tenant) == ("tenant", "alfa")
        await running.enter_command("databases websocket")
        assert running.app.screen.query_one(Prompt).is_open
        name = next(entry.name for entry in Config().keyspace.databases if entry.db == 11)
        await running.press("escape")
        await running.enter_command(f"databases {name.upper()}")
        assert (running.mode, running.current()) == ("databases", "11")


async def test_hostile_names_are_offered_as_they_are_shown_and_mean_what_they_are() -> None:
    names = dict.fromkeys((*HOSTILE.values(), "a b", " a b ", "␛[2J", "\x1b[2J"), 40.0)
    async with console(WIDE, Stage(names, []).update()) as running:
        completer = Completer(running.app)
        offered = completer.complete("tenant ")
        assert all(text.isprintable() for text in offered)
        assert len(offered) == len(names) - 3  # one is empty, and two look like others
        (tenant,) = [command for command in COMMANDS if command.name == "tenant"]
        meant = {completer.understood(tenant, text.removeprefix("tenant ")) for text in offered}
        assert meant == set(names) - {"", " a b ", "\x1b[2J"}
        await running.press("colon")
        await running.type("tenant caf")
        assert_printable(running.app.screen)
        await running.press("tab", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", HOSTILE["not text"])
        await running.enter_command(f"queues {completer.complete('queues caf')[0].removeprefix('queues ')}")
        assert running.mode == "queues"
        assert_printable(running.app.screen)
        assert len(running.rows()) == 1


async def test_a_tenant_that_is_only_in_backups_can_be_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, Stage().update()) as running:
        asked: list[str] = []
        monkeypatch.setattr(running.app.archiving, "ask_restore_of", asked.append)
        await running.press("2", "enter")
        await running.enter_command("restore gone_since")
        await running.enter_command("restore GAMA")
        assert asked == ["gone_since", "gama"]


async def test_ten_thousand_tenants_do_not_slow_typing_down() -> None:
    stage = Stage({f"tenant_{number:05}": 90.0 for number in range(10_000)}, [])
    async with console(WIDE, stage.update()) as running:
        await running.press("colon")
        await running.type("tenant ")
        complete, below = running.app.prompting.completer.complete, running.app.prompting.completer.below
        assert len(complete("tenant t")) == MOST_OFFERED
        for text in ("tenant t", "tenant tenant_0999", "tenant zzz", "tenant tenant_09999"):
            seconds = []
            for _round in range(5):
                started = time.thread_time()
                complete(text)
                complete(text)
                below(text)
                seconds.append(time.thread_time() - started)
            # A key press feels slow from some 50 ms on; this takes 3 on a machine that has nothing else to do.
            assert min(seconds) < 0.05
        await running.type("tenant_0999")
        assert entry(running)._suggestion == "tenant tenant_09990"
        await running.type("x")
        await running.press("enter")
        assert "there is no tenant tenant_0999x" in running.line("below")


async def test_the_arrows_bring_back_what_was_entered_before() -> None:
    async with console(WIDE, Stage().update()) as running:
        for typed in ("tenant alfa", "tenant nobody", "overview", "tenant alfa"):
            await running.enter_command(typed)
            await running.press("escape")
        await running.press("2", "colon")
        await running.type("ser")
        seen = []
        for key in ("up", "up", "up", "up", "down", "down", "down", "down"):
            await running.press(key)
            seen.append(entry(running).value)
        assert seen == [
            *("tenant alfa", "overview", "tenant nobody", "tenant nobody"),
            *("overview", "tenant alfa", "ser", "ser"),
        ]
        await running.press("escape", "slash")
        await running.type("hit<90")
        await running.press("enter", "escape", "6", "slash", "up")
        assert entry(running).value == "hit<90"
