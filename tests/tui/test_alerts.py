"""The list of alerts: groups, matchers, detail, what is new; and silences from the console, for all to see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.schema import HttpServer, Ui
from kryonix_tui.model.alert import AlertFacts, AlertState, Matcher, Severity, Silence
from kryonix_tui.model.matchers import text_of
from kryonix_tui.model.source import Reading
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from kryonix_tui.tui.alerting import matchers_for
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.silence_form import SilenceForm
from kryonix_tui.tui.widgets.table import Table
from tests.integration.alerts.operators import amtool, post, silences
from tests.metrics_servers import RunningServer, alertmanager
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.operations import until_job
from tests.tui.updates import START, Stage, alert, later

MIXED = (
    alert("QueueBacklog", "gama", Severity.CRITICAL, {"category": "queue", "module": "whatsapp"}),
    alert("CacheHitRateLow", "gama", Severity.WARNING, {"category": "cache"}),
    alert("CacheHitRateLow", "beta", Severity.WARNING, {"category": "cache", "pod": "web-1"}),
    replace(alert("TargetDown", None, Severity.WARNING), receivers=("mail", "pager")),
    replace(alert("Slow", "alfa", Severity.INFO), state=AlertState.SILENCED, silences=("s-1",)),
)


HERE = HttpServer(url="http://127.0.0.1:1")


def names(running: Console) -> list[str]:
    return [item.name for item in running.table().items]


async def filtered(running: Console, text: str) -> list[str]:
    running.app.run_command("filter", text)
    await running.settle()
    return names(running)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("severity=critical", ["QueueBacklog"]),
        ('tenant=~"ga.*"', ["QueueBacklog", "CacheHitRateLow"]),
        ('tenant=~"ga"', []),
        ('severity=warning tenant!~"gam.*" category=cache', ["CacheHitRateLow"]),
        ('pod="web-1"', ["CacheHitRateLow"]),
        ("@silenced", ["Slow"]),
        ("!@state:firing", ["Slow"]),
        ("@age>1m @state:firing category=queue", ["QueueBacklog"]),
        ("@age>10m", []),
        ("@receiver:pager", ["TargetDown"]),
        ("backlog", ["QueueBacklog"]),
    ],
)
async def test_filters_take_matchers_and_predicates(text: str, expected: list[str]) -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6")
        assert await filtered(running, text) == expected


@pytest.mark.parametrize("text", ["@nothing", "@age>soon", 'tenant=~"("'])
async def test_a_mistake_in_a_filter_is_said(text: str) -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6")
        assert len(await filtered(running, text)) == 5
        assert running.said


def shape(running: Console) -> list[str]:
    """The rows of the grouped list: headings by what they name, alerts by theirs, a step to the right."""
    return [f"  {item.alert.name}" if item.alert else item.group.value for item in running.table().items]


async def test_alerts_stand_under_headings_that_fold() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6", "o", "j", "enter")
        assert shape(running) == [
            *("gama", "  QueueBacklog", "  CacheHitRateLow"),
            *("beta", "  CacheHitRateLow"),
            *("", "  TargetDown"),
            *("alfa", "  Slow"),
        ]
        assert "by Tenant" in running.line("filter-line")
        assert "(2) gama" in running.text
        assert "▾ ✖ critical" in running.text
        assert "CacheHitRateLow" not in running.line("detail")
        await running.press("k")
        assert "CacheHitRateLow" in running.line("detail")
        await running.press("enter")
        assert shape(running)[:2] == ["gama", "beta"]
        assert "▸ ✖ critical" in running.text
        await running.tell(Stage(alerts=MIXED[:3]).update(later(5)))
        assert shape(running) == ["gama", "beta", "  CacheHitRateLow"]
        await running.press("enter", "j", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", "gama")


async def test_all_headings_fold_and_open_and_an_alert_that_is_asked_for_is_shown() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6", "o", "j", "enter", "k", "x", "end", "k", "enter")
        assert shape(running) == ["gama", "beta", "", "alfa"]
        running.app.navigation.open_alert("alertmanager/" + MIXED[2].fingerprint)
        await running.settle()
        assert running.current() == "tenant/beta/alertmanager/" + MIXED[2].fingerprint
        await running.press("o", "home", "enter")
        assert names(running)[0] == "QueueBacklog"
        assert running.current() == "alertmanager/" + MIXED[2].fingerprint


async def test_filters_and_orders_go_on_under_headings() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6", "o", "j", "enter")
        running.app.run_command("filter", "severity=warning")
        await running.settle()
        assert shape(running) == ["beta", "  CacheHitRateLow", "gama", "  CacheHitRateLow", "", "  TargetDown"]
        assert "3 of 5" in running.line("filter-line")
        running.app.run_command("sort", "tenant")
        await running.press("r")
        assert shape(running)[::2] == ["gama", "beta", ""]
        await running.press("escape")
        assert shape(running)[0] == "gama"
        assert shape(running)[-2:] == ["", "  TargetDown"]


async def test_other_headings_and_a_silence_for_all_below_one() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6")
        for by, expected in (
            (4, ["", "mail", "pager"]),
            (2, ["critical", "warning", "info"]),
            (3, ["queue", "cache", ""]),
        ):
            await running.press("o", "home", *("j" for _step in range(by)), "enter")
            assert [text for text in shape(running) if not text.startswith(" ")] == expected
            assert shape(running).count("  TargetDown") == (2 if by == 4 else 1)
        await running.press("home", "m")
        assert running.app.screen.query_one("#matchers", Input).value == 'category="queue"'


async def test_predicates_and_labels_are_completed() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6", "o", "j", "enter", "slash")
        for typed, expected in (("@sil", "@silenced"), ("severity=critical po", "severity=critical pod")):
            running.app.screen.query_one(Input).value = typed
            await running.press("tab")
            assert running.app.screen.query_one(Input).value == expected


async def test_the_detail_has_all_that_is_known() -> None:
    told = replace(
        MIXED[0],
        annotations={"summary": "1,188 wait", "runbook_url": "https://docs.invalid/queue", "advice": "start workers"},
        rule="tenants / QueueBacklog",
        expression="queue > 1000",
        lasting=120.0,
        receivers=("pager",),
        generator_url="http://prometheus.invalid/graph",
    )
    async with console(WIDE, Stage(alerts=[told]).update()) as running:
        await running.press("6")
        detail = running.line("detail")
        for part in ("tenants / QueueBacklog", "queue > 1000", "fires after    2 min", "pager", "whatsapp", "24 h"):
            assert part in detail
        links = detail[detail.index("Links") : detail.index("Labels")]
        assert "https://docs.invalid/queue" in links
        assert "http://prometheus.invalid/graph" in links
        assert "advice" in detail[detail.index("Annotations") :]
        assert "runbook" not in detail[detail.index("Annotations") :]


async def test_prometheus_is_asked_for_the_past_of_the_alert_in_front() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6")
        (question,) = running.app.view.questions_in_view()  # type: ignore[union-attr]
        assert 'alertname="QueueBacklog",tenant_id="gama"' in question.expression
        assert question.span / question.step < 100


async def test_from_an_alert_to_its_tenant_and_back_to_its_alerts() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", "gama")
        await running.press("a")
        assert running.mode == "alerts"
        assert names(running) == ["QueueBacklog", "CacheHitRateLow"]


# What is new -----------------------------------------------------------------------------------------------------------


class Bells:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rung = 0
        monkeypatch.setattr("kryonix_tui.tui.app.ConsoleApp.bell", self._ring)

    def _ring(self, *_arguments: object) -> None:
        self.rung += 1


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> Bells:
    return Bells(monkeypatch)


NEW = alert("RedisDown", None, Severity.CRITICAL)


async def test_a_new_critical_alert_rings_once_and_is_marked_until_it_was_seen(bells: Bells) -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        assert bells.rung == 0
        await running.press("2", "slash")
        await running.tell(Stage(alerts=[NEW, *MIXED]).update(later(5)))
        assert bells.rung == 1
        assert isinstance(running.app.focused, Input)
        await running.type("alf")
        assert running.app.focused.value == "alf"
        await running.press("enter")
        assert "✖ 1 new" in running.line("status")
        await running.tell(Stage(alerts=[NEW, *MIXED]).update(later(10)))
        assert bells.rung == 1
        await running.press("6")
        assert "★ RedisDown" in running.text
        await running.tell(Stage(alerts=[NEW, *MIXED]).update(later(15)))
        assert "1 new" not in running.line("status")
        await running.tell(Stage(alerts=[NEW, *MIXED]).update(later(90)))
        await running.tell(Stage(alerts=[NEW, *MIXED]).update(later(95)))
        assert "★" not in running.text


async def test_one_that_comes_and_goes_rings_once(bells: Bells) -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        for second in range(5, 120, 10):
            await running.tell(Stage(alerts=[NEW, *MIXED] if second % 20 == 5 else MIXED).update(later(second)))
        assert bells.rung == 1


async def test_the_bell_can_be_switched_off_and_warnings_are_silent(bells: Bells) -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.tell(Stage(alerts=[replace(NEW, severity=Severity.WARNING), *MIXED]).update(later(5)))
    assert bells.rung == 0
    async with console(WIDE, Stage(alerts=MIXED).update(), ui=Ui(bell=False)) as running:
        await running.tell(Stage(alerts=[NEW, *MIXED]).update(later(5)))
        assert "✖ 1 new" in running.line("status")
    assert bells.rung == 0


# Silences --------------------------------------------------------------------------------------------------------------


def silence(name: str, *, ends: float = 3600, began: float = 0, text: str = "alfa") -> Silence:
    return Silence(
        name, (Matcher("tenant_id", text),), START.wall - began, START.wall + ends, "ops@console", "planned work"
    )


def quiet(*known: Silence) -> Update:
    """Return an update in which these silences are known."""
    return having(AlertFacts(MIXED, known, version="0.25"))


def having(facts: AlertFacts) -> Update:
    """Return an update with what Alertmanager says."""
    made = Stage(alerts=facts.alerts).update()
    reading = Reading(facts, made.snapshot.taken_at)
    return replace(made, snapshot=replace(made.snapshot, alerts=reading))


@pytest.mark.parametrize("size", [WIDE, NORMAL, NARROW])
async def test_the_list_of_silences(size: tuple[int, int]) -> None:
    told = quiet(silence("s-1", ends=600), silence("s-2", began=7200), silence("s-3", began=60))
    async with console(size, told) as running:
        await running.press("S")
        assert running.rows() == ["s-1", "s-2", "s-3"]
        assert "1 holds back nothing" in running.line("filter-line") or size == NARROW
        assert "10 min" in running.text
        await running.press("enter")
        assert "Slow" in running.line("detail")
        assert "planned work" in running.line("detail")
        await running.press("escape")
        assert running.mode == "silences"


async def test_what_is_done_with_a_marked_silence_is_done_with_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, quiet(silence("s-1", ends=600), silence("s-2")), alertmanager=HERE) as running:
        ended: list[str] = []
        asked: list[str] = []
        monkeypatch.setattr(running.app.alerting, "expire_silence", ended.append)
        monkeypatch.setattr(running.app.alerting, "ask_silence_like", asked.append)
        # The cursor goes on to the next one.
        await running.press("S", "space", "x", "end", "enter")
        assert ended == ["s-1"]
        await running.press("e", "m")
        assert (ended, asked) == (["s-1", "s-1"], ["s-1"])
        await running.press("space", "e", "E", "m")
        assert (ended, asked) == (["s-1", "s-1"], ["s-1"])
        assert running.said[-1].endswith("for one row at a time")


async def test_a_marked_alert_is_the_one_that_is_silenced_and_opened() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update(), alertmanager=HERE) as running:
        await running.press("6")
        first, second = list(running.app.screen.query_one("#list", Table).in_view)[:2]
        await running.press("space", "m")
        assert running.app.screen.query_one("#matchers", Input).value == text_of(matchers_for(first))
        await running.press("escape", "x", "down", "enter")
        assert first.tenant != second.tenant
        assert (running.mode, running.app.tenant) == ("tenant", first.tenant)


async def test_a_viewer_has_no_silences_to_make() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update(), role="viewer") as running:
        await running.press("6", "m")
        assert not isinstance(running.app.screen, SilenceForm)
        await running.press("S", "e", "E")
        assert running.app.work.jobs.all == []


async def test_the_form_says_what_is_wrong_and_counts() -> None:
    async with console(WIDE, Stage(alerts=MIXED).update()) as running:
        await running.press("6", "m")
        form = running.app.screen
        assert isinstance(form, SilenceForm)
        assert form.query_one("#matchers", Input).value == 'alertname="QueueBacklog" tenant_id="gama" module="whatsapp"'
        await running.press("enter")
        assert "needs a reason" in running.text
        await running.type("move")
        form.query_one("#length", Input).value = "3d"
        await running.press("enter")
        assert "at most 24 h" in running.text or "at most 1 d" in running.text
        form.query_one("#matchers", Input).value = "category=cache"
        await running.settle()
        assert "fits 2 of 5" in running.text
        form.query_one("#matchers", Input).value = "nonsense"
        await running.press("enter")
        assert "is no matcher" in running.text
        await running.press("escape")
        assert running.app.work.jobs.all == []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    with alertmanager(folder) as running:
        yield running


async def told_by(server: RunningServer, running: Console) -> None:
    """Let a console learn what Alertmanager says now, as its monitor would."""
    source = AlertmanagerSource(HttpServer(url=server.url))
    facts = await source.fetch()
    await source.close()

    await running.tell(having(facts))


async def silence_in(running: Console, reason: str) -> None:
    await running.press("m")
    await running.type(reason)
    await running.press("enter")
    await until_job(running, Phase.ASKING)
    assert isinstance(running.app.screen, Confirm)


@pytest.mark.xdist_group("metrics")
async def test_a_silence_of_one_console_is_seen_by_amtool_and_by_another(server: RunningServer) -> None:
    post(server, "QueueBacklog", "gama", "critical")
    post(server, "CacheHitRateLow", "beta")
    at = HttpServer(url=server.url)
    async with console(WIDE, alertmanager=at) as one:
        await told_by(server, one)
        await one.press("6")
        await silence_in(one, "move to new host")
        assert "holds back 1 alert " in one.text
        assert "QueueBacklog" in one.text
        assert silences(server) == []
        await one.press("y")
        job = await until_job(one, Phase.ENDED)
        assert job.outcome is not None, job.trouble
        (seen,) = silences(server)
        assert seen["comment"] == "move to new host"
        assert "gama" not in amtool(server, "alert", "query", "-o", "extended")
        assert one.monitor.refreshed == 1
    async with console(WIDE, alertmanager=at) as other:
        await told_by(server, other)
        await other.press("6")
        assert await filtered(other, "@silenced") == ["QueueBacklog"]
        assert "move to new host" in other.line("detail")
        await other.press("S")
        assert other.rows() == [seen["id"]]
        await other.press("E")
        other.app.screen.query_one(Input).value = "12h"
        await other.press("enter")
        await until_job(other, Phase.ASKING)
        await other.press("y")
        await until_job(other, Phase.ENDED)
        assert silences(server)[0]["endsAt"] > seen["endsAt"]
        await other.press("e")
        await until_job(other, Phase.ASKING)
        assert "reaches people again" in other.text
        await other.press("y")
        await until_job(other, Phase.ENDED)
    assert silences(server) == []


@pytest.mark.xdist_group("metrics")
async def test_silencing_everything_has_to_be_typed(server: RunningServer) -> None:
    post(server, "QueueBacklog", "gama", "critical")
    post(server, "CacheHitRateLow", "beta")
    async with console(WIDE, alertmanager=HttpServer(url=server.url)) as running:
        await told_by(server, running)
        await running.press("6", "m")
        running.app.screen.query_one("#matchers", Input).value = 'alertname=~".+"'
        await running.type("storm")
        await running.press("enter")
        await until_job(running, Phase.ASKING)
        await running.press("y", "enter")
        assert silences(server) == []
        assert isinstance(running.app.screen, Confirm)
        running.app.screen.query_one(Input).value = "everything"
        await running.press("enter")
        await until_job(running, Phase.ENDED)
        assert len(silences(server)) == 1


@pytest.mark.xdist_group("metrics")
async def test_alertmanager_dies_while_somebody_reads_the_plan(server: RunningServer) -> None:
    post(server, "QueueBacklog", "gama", "critical")
    async with console(WIDE, alertmanager=HttpServer(url=server.url)) as running:
        await told_by(server, running)
        await running.press("6")
        await silence_in(running, "move")
        server.process.terminate()
        await asyncio.to_thread(server.process.wait)
        await running.press("y")
        job = await until_job(running, Phase.ENDED)
        assert job.outcome is None
        assert "refused" in job.trouble
        assert running.said
        await running.press("2")
        assert running.mode == "tenants"
