"""The console is composed: a feature is an object that is given it, and its commands are commands everywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

import pytest

from kryonix_tui.errors import KryonixError
from kryonix_tui.model.operation import Plan, Scope, Target
from kryonix_tui.model.source import SourceName
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.commands import BY_NAME, COMMANDS, describe
from kryonix_tui.tui.feature import beside
from kryonix_tui.tui.help_page import Place, entries_of
from kryonix_tui.tui.jobs import Job, JobChanged, Phase
from tests.tui.console import WIDE, FakeMonitor, console, loaded
from tests.tui.updates import START, Stage


class Checking:
    """A feature that carries out a command which Maintenance alone has otherwise."""

    def __init__(self, app: ConsoleApp) -> None:
        self.console = app
        self.checked: list[str] = []
        self.reason = "the key is lost"
        self.held = asyncio.Event()

    def why_not_verify(self) -> str:
        """Say what the test wants."""
        return self.reason

    def command_verify(self, level: str = "") -> None:
        """Remember it."""
        self.checked.append(level)

    @beside("checking")
    async def check(self, level: str) -> None:
        """Check when the test lets it."""
        await self.held.wait()
        if self.reason:
            raise KryonixError(self.reason, hint="Look under the mat.")
        self.checked.append(level)


async def test_a_feature_is_one_line_and_its_commands_are_commands_everywhere() -> None:
    async with console(WIDE, Stage().update()) as running:
        app, verify = running.app, BY_NAME["verify"]
        (entry,) = entries_of([verify], (app.screen, *app.everywhere), app)
        assert entry.place is Place.ELSEWHERE
        feature = app._part(Checking(app))
        app.run_command("verify", "drill")
        await running.settle()
        assert (running.said, feature.checked) == ([f"{describe(verify)}: the key is lost"], [])
        (entry,) = entries_of([verify], (app.screen, *app.everywhere), app)
        assert (entry.place, entry.why_not) == (Place.ANYWHERE, "the key is lost")
        feature.reason = ""
        app.run_command("verify", "drill")
        assert feature.checked == ["drill"]


async def test_the_footer_asks_the_feature_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, Stage().update()) as running:
        feature = running.app._part(Checking(running.app))
        monkeypatch.setattr(type(running.app.screen), "hints", ("verify",))
        assert running.app.view is not None
        assert "verify" not in running.app.view.hinted()
        feature.reason = ""
        assert "verify" in running.app.view.hinted()


def test_features_inherit_nothing_and_share_no_command() -> None:
    app = ConsoleApp(loaded(), lambda: cast("Monitor", FakeMonitor()))
    assert [type(part).__mro__[1:] for part in app.parts] == [(object,)] * len(app.parts)
    carried = Counter(
        command.name for command in COMMANDS for place in app.everywhere if hasattr(place, f"command_{command.name}")
    )
    assert set(carried.values()) == {1}


async def test_what_begins_beside_the_screens_ends_what_began_before_it() -> None:
    async with console(WIDE, Stage().update()) as running:
        feature = Checking(running.app)
        feature.reason = ""
        first, second = feature.check("quick"), feature.check("drill")
        feature.held.set()
        await second.wait()
        assert first.is_cancelled
        assert feature.checked == ["drill"]


async def test_what_goes_wrong_beside_the_screens_is_said_and_the_console_goes_on() -> None:
    async with console(WIDE, Stage().update()) as running:
        feature = Checking(running.app)
        feature.held.set()
        await feature.check("quick").wait()
        await running.settle()
        assert running.said == ["the key is lost\nLook under the mat."]
        assert running.app.is_running


async def test_what_an_operation_has_changed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[SourceName | None] = []
    async with console(WIDE) as running:
        monkeypatch.setattr(running.monitor, "refresh", read.append)
        for phase in (Phase.RUNNING, Phase.ENDED):
            for action in ("queues.drop", "tenant.purge", "alerts.silence", "backup"):
                plan = Plan(action, None, Target("here"), Scope(), {}, START.wall, START.wall + 60)
                running.app.work.follow(JobChanged(Job("a job", phase, plan)))
            assert read == (
                [] if phase is Phase.RUNNING else [SourceName.TENANTS, SourceName.CENSUS, SourceName.ALERTMANAGER]
            )
