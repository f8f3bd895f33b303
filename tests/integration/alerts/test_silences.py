"""Silences through the door and by the command line, against a real Alertmanager, with amtool as the witness."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.config.alerts import Alerts
from kryonix_tui.config.schema import Config, HttpServer
from kryonix_tui.errors import DriftError, KryonixError, RefusedError, SourceError, UsageError
from kryonix_tui.maintenance.door import Operation, Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.alert import AlertFacts, Matcher
from kryonix_tui.model.matchers import exactly, fits, parse, text_of
from kryonix_tui.model.operation import Outcome, Plan, Result
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from kryonix_tui.tui.alerting import matchers_for
from kryonix_tui.view.alert_documents import alert_part
from tests.integration.alerts.operators import amtool, kryonix, post, silences
from tests.metrics_servers import RunningServer

pytestmark = pytest.mark.xdist_group("metrics")


def maintenance(server: RunningServer, **changes: Any) -> Maintenance:
    return Maintenance(Config(**{"role": "operator", "alertmanager": HttpServer(url=server.url), **changes}))


async def carried_out(at: Maintenance, operation: Operation, confirmation: str | None = None) -> tuple[Plan, Outcome]:
    try:
        plan = await at.door.plan(operation)
        typed = plan.confirmation if confirmation is None else confirmation
        return plan, await at.door.run(operation, plan, Run(), confirmation=typed)
    finally:
        await operation.close()


async def silenced(server: RunningServer, text: str, seconds: float = 3600) -> tuple[Plan, Outcome]:
    at = maintenance(server)
    return await carried_out(at, at.silence(parse(text), seconds, "planned work"))


async def test_what_is_muted_is_said_before_and_is_so_afterwards(server: RunningServer) -> None:
    post(server, "QueueBacklog", "acme", "critical")
    post(server, "CacheHitRateLow", "acme")
    post(server, "QueueBacklog", "beta")
    plan, outcome = await silenced(server, 'tenant_id="acme"')
    assert plan.effects[0] == "holds back 2 alerts that are known now"
    assert sorted(plan.effects[1:]) == ["critical  QueueBacklog  acme", "warning  CacheHitRateLow  acme"]
    assert plan.confirmation == ""
    assert (outcome.result, outcome.figures["alerts"]) == (Result.DONE, 2)
    (seen,) = silences(server)
    assert seen["id"] == outcome.artefact
    assert seen["comment"] == "planned work"
    assert "@" in seen["createdBy"]
    assert seen["matchers"] == [{"name": "tenant_id", "value": "acme", "isRegex": False, "isEqual": True}]
    assert "beta" in amtool(server, "alert", "query", "-o", "extended")
    assert "acme" not in amtool(server, "alert", "query", "-o", "extended")


async def test_a_tenant_with_a_hostile_name_is_silenced_and_nobody_else(server: RunningServer) -> None:
    hostile = 'x"} or \\ vector(1) #\u202e\n{{.}}'
    post(server, "QueueBacklog", hostile)
    post(server, "QueueBacklog", "x")
    at = maintenance(server)
    _plan, outcome = await carried_out(at, at.silence((exactly("tenant_id", hostile),), 600, "why"))
    assert outcome.figures["alerts"] == 1
    plan, _outcome = await silenced(server, "alertname=QueueBacklog severity=warning")
    assert plan.effects[0].startswith("these matchers") or "2 alerts" in plan.effects[0]


async def test_what_an_alert_is_about_is_matched_as_alertmanager_has_it(server: RunningServer) -> None:
    """Labels with escape sequences, and others that are what those look like on screen."""
    name, value = "Queue\x1b[2J\u202eBacklog", "10.0.0.1:\x1b]0;\u200b+9"
    labels = {"instance": value, "job": f"{value}\n", "module": f"{value} "}
    post(server, name, "acme", **labels)
    post(server, safe(name), "acme", **{label: safe(text) for label, text in labels.items()})
    post(server, name, "acme", **{**labels, "job": safe(labels["job"])})
    before = await read(server)
    (alert,) = [alert for alert in before.alerts if alert.exact_labels.items() >= labels.items()]
    shown = {**alert.labels, "alertname": alert.name}
    assert {label: safe(text) for label, text in {**labels, "alertname": name}.items()}.items() <= shown.items()
    assert "raw" not in alert_part(alert)
    proposed = text_of(matchers_for(alert))
    assert proposed.isprintable()
    # What is said beforehand, what Alertmanager does, and what is thought of alerts that only Prometheus has yet.
    assert [one for one in before.alerts if fits(parse(proposed), one.exact_labels)] == [alert]
    plan, outcome = await silenced(server, proposed)
    assert (plan.confirmation, outcome.figures["alerts"]) == ("", 1)
    after = await read(server)
    assert [one.fingerprint for one in after.alerts if one.silences] == [alert.fingerprint]
    assert fits(after.silences[0].matchers, alert.exact_labels)


async def read(server: RunningServer) -> AlertFacts:
    source = AlertmanagerSource(HttpServer(url=server.url))
    try:
        return await source.fetch()
    finally:
        await source.close()


@pytest.mark.parametrize("text", ['alertname=~".+"', 'tenant_id!="nobody"', "severity=warning"])
async def test_who_silences_everything_must_type_it(server: RunningServer, text: str) -> None:
    post(server, "QueueBacklog", "acme")
    post(server, "CacheHitRateLow", "beta")
    at = maintenance(server)
    for wrong in ("", "yes"):
        with pytest.raises(RefusedError):
            await carried_out(at, at.silence(parse(text), 600, "why"), wrong)
    assert silences(server) == []
    plan, outcome = await carried_out(at, at.silence(parse(text), 600, "why"))
    assert plan.confirmation == "everything"
    assert outcome.figures["alerts"] == 2


def test_no_reason_or_too_long_is_refused_before_anything_is_asked(server: RunningServer) -> None:
    at = maintenance(server, alerts=Alerts(max_silence=600, silence=600))
    acme = (Matcher("tenant_id", "acme"),)
    for seconds, reason in ((60, "  "), (601, "why"), (0, "why"), (-1, "why"), (60, "x" * 501), (float("nan"), "why")):
        with pytest.raises(UsageError):
            at.silence(acme, seconds, reason)
    with pytest.raises(UsageError):
        at.extend_silence("a", 601)


async def test_a_viewer_silences_nothing(server: RunningServer) -> None:
    for changes in ({"role": "viewer"}, {"role": "operator", "read_only": True}):
        at = maintenance(server, **changes)
        with pytest.raises(RefusedError):
            await carried_out(at, at.silence(parse("a=b"), 60, "why"))
    assert silences(server) == []


async def test_extend_and_expire(server: RunningServer) -> None:
    post(server, "QueueBacklog", "acme")
    _plan, made = await silenced(server, "tenant_id=acme", 600)
    at = maintenance(server)
    before = silences(server)[0]
    _plan, extended = await carried_out(at, at.extend_silence(made.artefact, 7200))
    (after,) = silences(server)
    assert after["id"] == extended.artefact == made.artefact
    assert after["endsAt"] > before["endsAt"]
    assert (after["comment"], after["createdBy"]) == (before["comment"], before["createdBy"])
    plan, ended = await carried_out(at, at.expire_silence(made.artefact))
    assert plan.effects == ("1 alert reaches people again", "warning  QueueBacklog  acme")
    assert ended.result is Result.DONE
    assert silences(server) == []
    for operation in (at.expire_silence(made.artefact), at.extend_silence(made.artefact, 60)):
        with pytest.raises(RefusedError, match="ended"):
            await carried_out(at, operation)


async def test_two_operators_expire_at_once(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _plan, made = await silenced(server, "tenant_id=acme")
    one, other = maintenance(server), maintenance(server)
    first, second = one.expire_silence(made.artefact), other.expire_silence(made.artefact)
    plans = [await one.door.plan(first), await other.door.plan(second)]
    assert (await one.door.run(first, plans[0], Run())).result is Result.DONE
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    outcome = await other.door.run(second, plans[1], Run())
    assert outcome.summary == "somebody else has ended it meanwhile"
    await asyncio.gather(first.close(), second.close())


async def test_two_operators_silence_the_same(server: RunningServer) -> None:
    post(server, "QueueBacklog", "acme")
    await silenced(server, "tenant_id=acme")
    plan, outcome = await silenced(server, "tenant_id=acme")
    assert any("planned work" in effect and "silenced already until" in effect for effect in plan.effects)
    assert "(1 of them is silenced already)" in plan.effects[0]
    assert outcome.result is Result.DONE


async def test_a_plan_that_waited_is_compared_with_the_world(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = maintenance(server)
    operation = at.silence(parse("tenant_id=acme"), 600, "why")
    plan = await at.door.plan(operation)
    operation.reason = "another"
    with pytest.raises(DriftError):
        await at.door.run(operation, plan, Run(), stored=True)
    await operation.close()


async def test_alertmanager_dies_between_plan_and_yes(server: RunningServer) -> None:
    at = maintenance(server)
    operation = at.silence(parse("tenant_id=acme"), 600, "why")
    plan = await at.door.plan(operation)
    server.process.terminate()
    await asyncio.to_thread(server.process.wait)
    with pytest.raises(SourceError):
        await at.door.run(operation, plan, Run())
    await operation.close()
    (began, ended) = [entry for entry in at.audit.entries() if entry.action == "alerts.silence"]
    assert (began.event, ended.event) == ("started", "finished")
    assert ended.details["result"] == "failed"


async def test_what_is_no_silence_is_said(server: RunningServer) -> None:
    at = maintenance(server)
    for wrong in ("../../../api/v1/x", "", "00000000-0000-0000-0000-000000000000", "nonsense"):
        with pytest.raises(KryonixError):
            await carried_out(at, at.expire_silence(wrong))


def test_the_command_line(server: RunningServer) -> None:
    post(server, "QueueBacklog", "acme", "critical", category="queue")
    listed = kryonix(server, "alerts", "list", "severity=critical", 'tenant=~"ac.*"', "@state:firing", "--json")
    assert (listed.code, listed.document["schema"]) == (0, "kryonix.alerts/1")
    (shown,) = listed.document["alerts"]
    assert (shown["name"], shown["tenant"], shown["expression"]) == ("QueueBacklog", "acme", "up == 0")
    assert kryonix(server, "alerts", "list", "@silenced", "--json").document["alerts"] == []
    assert "QueueBacklog" in kryonix(server, "alerts", "list").out

    words = ("alerts", "silence", "tenant_id=acme", "--reason", "move", "--for", "30m")
    unasked = kryonix(server, *words, "--json")
    assert unasked.code == 2
    plan = unasked.document["plan"]["hash"]
    made = kryonix(server, *words, "--yes", "--plan", plan, "--json")
    assert made.code == 0, made.err
    (seen,) = silences(server)
    assert seen["id"] == made.document["outcome"]["artefact"]
    (row,) = kryonix(server, "alerts", "silences", "--json").document["silences"]
    assert (row["id"], row["alerts"], row["forgotten"], row["comment"]) == (seen["id"], 1, False, "move")
    assert 1700 < row["seconds_left"] <= 1800
    assert kryonix(server, "alerts", "list", "@silenced", "--json").document["alerts"][0]["silences"] == [seen["id"]]
    assert kryonix(server, "alerts", "extend", seen["id"], "--for", "1h", "--yes").code == 0
    assert kryonix(server, "alerts", "expire", seen["id"], "--yes").code == 0
    assert silences(server) == []
    assert kryonix(server, "alerts", "expire", seen["id"], "--yes").code == 4


@pytest.mark.parametrize(
    ("words", "role", "code"),
    [
        (("silence", "a=b", "--reason", "x", "--yes"), "viewer", 4),
        (("silence", "a=b", "--reason", " ", "--yes"), "operator", 2),
        (("silence", "a b", "--reason", "x", "--yes"), "operator", 2),
        (("silence", "a=b", "--yes"), "operator", 2),
        (("silence", "a=b", "--reason", "x", "--for", "2d", "--yes"), "operator", 2),
        (("silence", "a=b", "--reason", "x", "--for", "soon", "--yes"), "operator", 2),
        (("expire", "nonsense", "--yes"), "operator", 2),
        (("list", "@nothing"), "viewer", 2),
        (("list", 'a=~"("'), "viewer", 2),
    ],
)
def test_exit_codes(server: RunningServer, words: tuple[str, ...], role: str, code: int) -> None:
    ended = kryonix(server, "alerts", *words, role=role)
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert silences(server) == []


def test_nobody_answers(server: RunningServer) -> None:
    server.process.terminate()
    server.process.wait()
    for words in (("list",), ("silences", "--json"), ("silence", "a=b", "--reason", "x", "--yes")):
        assert kryonix(server, "alerts", *words).code == 3


def test_the_audit_log_has_it(server: RunningServer, tmp_path: Path) -> None:
    assert kryonix(server, "alerts", "silence", "tenant_id=acme", "--reason", "move", "--yes").code == 0
    log = json.loads(kryonix(server, "audit", "list", "--json").out)
    actions = [(entry["event"], entry["action"]) for entry in log["entries"]]
    assert actions == [("started", "alerts.silence"), ("finished", "alerts.silence")]
    assert log["entries"][0]["details"]["parameters"]["reason"] == "move"
