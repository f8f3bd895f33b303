"""What people read of an alert, and who gets it how often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from kryonix_tui.config.schema import Notifications
from kryonix_tui.errors import ConfigError, ReplyError
from kryonix_tui.maintenance.notify.alerts import Posted, alert_message, posted
from kryonix_tui.maintenance.notify.destinations import AppriseUrl, Destination, WhatsApp, destinations
from kryonix_tui.maintenance.notify.hand_over import EVERYBODY, REPEAT_SECONDS, RETRY_SECONDS, HandOver, routes
from kryonix_tui.maintenance.notify.message import Message
from kryonix_tui.maintenance.notify.notifier import AppriseNotifier
from kryonix_tui.maintenance.notify.texts import ENGLISH, PORTUGUESE


def payload(**changes: Any) -> dict[str, Any]:
    """Return a message as Alertmanager posts it: one alert of a tenant."""
    labels = {"alertname": "QueueBacklog", "tenant_id": "clinica_x", "severity": "critical", "category": "queue"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "clinica_x: 1200 jobs wait in queue whatsapp"},
        "startsAt": "2026-01-02T03:04:05.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "aabb",
    }
    found = {
        "version": "4",
        "groupKey": '{}:{category="queue"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "kryonix-notify",
        "groupLabels": {"category": "queue"},
        "commonLabels": labels,
        "commonAnnotations": {
            "description": "See whether its workers run.",
            "runbook_url": "https://docs.example.test/queue",
            "dashboard_url": "https://ana:hunter2@grafana.example.test/d/x?var-tenant=clinica_x",
        },
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }
    return found | changes


def group(**changes: Any) -> Posted:
    return posted(json.dumps(payload(**changes)).encode())


def with_summary(text: str) -> Posted:
    alert = payload()["alerts"][0]
    return group(alerts=[alert | {"annotations": {"summary": text}}], commonAnnotations={"description": text})


def test_what_is_said_in_english() -> None:
    found = alert_message(group(), ENGLISH)
    assert found.title == "KRYONIX · ALERT critical · clinica_x · queue (1)"
    first, *others = found.body.splitlines()
    assert first.startswith("▲ clinica_x: 1200 jobs wait in queue whatsapp (since 2026-01-0")
    assert others == [
        "See whether its workers run.",
        "Runbook: https://docs.example.test/queue",
        "Dashboard: https://ana:•••@grafana.example.test/d/x?var-tenant=clinica_x",
    ]


def test_what_is_said_in_portuguese_when_it_is_over() -> None:
    alert = payload()["alerts"][0] | {"status": "resolved", "annotations": {}, "startsAt": "never"}
    found = alert_message(group(status="resolved", alerts=[alert], truncatedAlerts=7), PORTUGUESE)
    assert found.title == "KRYONIX · resolvido crítico · clinica_x · queue (8)"
    assert found.body.splitlines()[:2] == ["✓ QueueBacklog clinica_x", "e mais 7"]


def test_of_many_alerts_some_are_spelt_out() -> None:
    alert = payload()["alerts"][0]
    found = alert_message(group(alerts=[alert | {"fingerprint": str(number)} for number in range(50)]), ENGLISH)
    assert found.title.endswith("(50)")
    assert (found.body.count("▲"), "and 30 more" in found.body) == (20, True)


def test_nothing_secret_and_nothing_that_acts_is_said() -> None:
    hostile = "\x1b]0;x\x07 <!channel> redis://u:hunter2@h/ token=hunter2 password: hunter2 verify:phone:+5511999990000"
    found = alert_message(with_summary(hostile), ENGLISH)
    said = found.title + found.body
    assert not {"\x1b", "\x07", "<", ">"} & set(said)
    assert "hunter2" not in said
    assert "+5511999990000" not in said
    assert "redis://u:•••@h/" in said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("@everyone look", "＠everyone look"),
        ("x@here", "x＠here"),
        ("(@ana) and @all", "(＠ana) and ＠all"),
        ("root@host-1 did it", "root@host-1 did it"),
    ],
)
def test_nobody_is_called_by_a_name_in_an_alert(said: str, told: str) -> None:
    (shown,) = payload()["alerts"]
    group = posted(json.dumps(payload(alerts=[shown | {"annotations": {"summary": said}}])).encode())
    assert f"▲ {told} (" in alert_message(group, ENGLISH).body


@pytest.mark.parametrize("begun", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "soon", "2026-01-02"])
def test_a_time_that_is_none_is_left_out(begun: str) -> None:
    (shown,) = payload()["alerts"]
    group = posted(json.dumps(payload(alerts=[shown | {"startsAt": begun}])).encode())
    assert "since" not in alert_message(group, ENGLISH).body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"version": "4", "status": "firing", "alerts": [{"status": "firing"}], "x": '
        + b"[" * 90_000
        + b"]" * 90_000
        + b"}",
        b"\xff\xfe",
        b'{"version": "4", "status": "firing", "alerts": []}',
        b'{"version": "3", "status": "firing", "alerts": [{"status": "firing"}]}',
        b'{"version": "4", "status": "firing", "alerts": [{"status": "firing", "labels": {"a": 1}}]}',
        b"[" * 100_000,
    ],
)
def test_what_alertmanager_does_not_post_is_refused(body: bytes) -> None:
    with pytest.raises(ReplyError):
        posted(body)


def test_the_route_of_a_destination_is_its_kind(tmp_path: Any) -> None:
    secret = tmp_path / "url"
    secret.write_text("pover://user@token\n")
    settings = Notifications(
        urls=(f"file:{secret}", "mailto://user:pw@gmail.com", "json://127.0.0.1:1"),
        evolution_url="http://127.0.0.1:1/x",
        evolution_numbers=("5511999990000",),
    )
    found = routes(destinations(settings))
    assert {route: len(places) for route, places in found.items()} == {
        EVERYBODY: 4,
        "pushover": 1,
        "email": 1,
        "json": 1,
        "whatsapp": 1,
    }
    assert isinstance(found["whatsapp"][0], WhatsApp)


@pytest.mark.parametrize("url", ["nonsense", "${KRYONIX_ABSENT_VARIABLE}"])
def test_a_destination_that_cannot_be_understood_is_said_at_once(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        routes([AppriseUrl("notifications.urls[0]", url)])
    assert "notifications.urls[0]" in caught.value.message


class Place(Destination):
    """A destination that remembers what it got, and answers with `troubles` in turn."""

    def __init__(self, name: str, *troubles: str) -> None:
        self.label = name
        self.troubles = list(troubles)
        self.got: list[Message] = []
        self.free = asyncio.Event()
        self.free.set()

    @property
    def name(self) -> str:
        return self.label

    def kind(self) -> str:
        return self.label

    async def send(self, message: Message, seconds: float) -> str:
        await self.free.wait()
        self.got.append(message)
        return self.troubles.pop(0) if self.troubles else ""


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def handing(places: Sequence[Destination], clock: Clock | None = None) -> HandOver:
    return HandOver(AppriseNotifier(Notifications()), routes(places), clock or Clock())


async def test_who_was_told_is_not_told_again_because_another_was_not() -> None:
    well, ill = Place("well"), Place("ill", "no answer", "no answer")
    hand_over = handing([well, ill])
    assert [bool(told.trouble) for told in await hand_over.take(EVERYBODY, group())] == [False, True]
    assert [told.destination for told in await hand_over.take(EVERYBODY, group())] == ["ill"]
    assert [told.trouble for told in await hand_over.take(EVERYBODY, group())] == [""]
    assert (len(well.got), len(ill.got)) == (1, 3)


async def test_a_repeat_is_dropped_and_a_reminder_is_not() -> None:
    place, clock = Place("place"), Clock()
    hand_over = handing([place], clock)
    await hand_over.take(EVERYBODY, group())
    clock.now = REPEAT_SECONDS - 1
    assert await hand_over.take(EVERYBODY, group()) == []
    clock.now = REPEAT_SECONDS + 1
    assert len(await hand_over.take(EVERYBODY, group())) == 1
    assert len(place.got) == 2


@pytest.mark.parametrize("change", [{"status": "resolved"}, {"startsAt": "2026-01-03T00:00:00Z"}, {"fingerprint": "b"}])
async def test_what_is_news_is_told_at_once(change: dict[str, str]) -> None:
    place = Place("place")
    hand_over = handing([place])
    await hand_over.take(EVERYBODY, group())
    await hand_over.take(EVERYBODY, group(alerts=[payload()["alerts"][0] | change]))
    assert len(place.got) == 2


async def test_the_same_from_two_alertmanagers_at_once_is_told_once() -> None:
    place = Place("place")
    place.free.clear()
    hand_over = handing([place])
    both = [asyncio.create_task(hand_over.take(EVERYBODY, group())) for _ in range(2)]
    await asyncio.sleep(0)
    place.free.set()
    assert sorted(len(deliveries) for deliveries in await asyncio.gather(*both)) == [0, 1]
    assert len(place.got) == 1


async def test_each_route_tells_its_own() -> None:
    one, other = Place("one"), Place("other")
    hand_over = handing([one, other])
    await hand_over.take("one", group())
    await hand_over.take("other", group())
    assert (len(one.got), len(other.got), hand_over.knows("third")) == (1, 1, False)


async def test_what_is_remembered_is_bounded_and_ends() -> None:
    place, clock = Place("place", *["no answer"] * 5000), Clock()
    hand_over = handing([place], clock)
    for number in range(1500):
        await hand_over.take(EVERYBODY, group(groupKey=str(number)))
    assert len(hand_over._told) == 1000
    clock.now = RETRY_SECONDS + 1
    await hand_over.take(EVERYBODY, group())
    assert len(hand_over._told) == 1
