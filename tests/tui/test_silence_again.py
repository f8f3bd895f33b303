"""A silence that is made after the pattern of another one means what that one means, whatever its matchers hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from textual.widgets import Input

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.model.source import Reading
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.silence_form import SilenceForm
from tests.integration.alerts.operators import amtool, post, silences
from tests.metrics_servers import RunningServer, alertmanager
from tests.tui.console import WIDE, Console, console
from tests.tui.operations import until_job
from tests.tui.updates import Stage

pytestmark = pytest.mark.xdist_group("metrics")

HOSTILE = "a\x1b[2J\u202eb " + "x" * 1500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


def put(server: RunningServer, *matchers: dict[str, Any]) -> str:
    body = {
        "matchers": [{"isRegex": False, "isEqual": True, **matcher} for matcher in matchers],
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "somebody",
        "comment": "before",
    }
    reply = httpx.post(f"{server.url}/api/v2/silences", json=body, trust_env=False)
    return str(reply.raise_for_status().json()["silenceID"])


def held(server: RunningServer) -> list[tuple[str, str]]:
    """Return tenant and pod of the alerts that are held back."""
    found = httpx.get(f"{server.url}/api/v2/alerts", params={"active": "false"}, trust_env=False).json()
    return [(alert["labels"]["tenant_id"], alert["labels"]["pod"]) for alert in found]


async def told_by(server: RunningServer, running: Console) -> None:
    source = AlertmanagerSource(HttpServer(url=server.url))
    facts: AlertFacts = await source.fetch()
    await source.close()
    made = Stage(alerts=facts.alerts).update()
    await running.tell(replace(made, snapshot=replace(made.snapshot, alerts=Reading(facts, made.snapshot.taken_at))))


async def until_form(running: Console) -> SilenceForm:
    for _turn in range(200):
        await running.settle()
        if isinstance(running.app.screen, SilenceForm):
            return running.app.screen
    raise AssertionError(running.text)


async def test_it_holds_back_what_the_other_one_does_and_nothing_else(server: RunningServer) -> None:
    post(server, "QueueBacklog", HOSTILE, pod="web.1")
    # What the list shows of the one is what the other one is called.
    post(server, "QueueBacklog", "a␛[2Jb " + "x" * 1500, pod="web.1")
    post(server, "QueueBacklog", HOSTILE, pod="webx1")
    first = put(
        server,
        {"name": "tenant_id", "value": HOSTILE},
        {"name": "pod", "value": "web.1"},
        {"name": "job", "value": "x\x07+", "isRegex": True, "isEqual": False},
    )
    async with console(WIDE, alertmanager=HttpServer(url=server.url)) as running:
        await told_by(server, running)
        await running.press("S")
        assert running.rows() == [first]
        await running.press("m")
        form = await until_form(running)
        proposed = form.query_one("#matchers", Input).value
        assert proposed.isprintable()
        await running.type("again")
        await running.press("enter")
        await until_job(running, Phase.ASKING)
        assert isinstance(running.app.screen, Confirm)
        assert "holds back 1 alert " in running.text
        await running.press("y")
        job = await until_job(running, Phase.ENDED)
        assert job.outcome is not None, job.trouble
    amtool(server, "silence", "expire", first)
    (again,) = [found for found in silences(server) if found["comment"] == "again"]
    assert {(m["name"], m["isEqual"]) for m in again["matchers"]} == {
        ("tenant_id", True),
        ("pod", True),
        ("job", False),
    }
    assert held(server) == [(HOSTILE, "web.1")]
    amtool(server, "silence", "expire", again["id"])


async def test_a_secret_is_not_proposed_and_what_is_gone_is_said(server: RunningServer) -> None:
    secret = put(server, {"name": "api_key", "value": "s3cr3t"})
    async with console(WIDE, alertmanager=HttpServer(url=server.url)) as running:
        await told_by(server, running)
        await running.press("S", "m")
        for _turn in range(200):
            await running.settle()
            if running.said:
                break
        assert "holds a secret" in str(running.said)
        assert not isinstance(running.app.screen, SilenceForm)
        assert "s3cr3t" not in running.text
    amtool(server, "silence", "expire", secret)
