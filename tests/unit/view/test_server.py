"""The server in groups of names and values, each by itself where the others are silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.model.metrics import Target
from kryonix_tui.model.server import Clients, LatencyEvent, Memory, Replication
from kryonix_tui.model.source import SourceName
from kryonix_tui.view.cells import Cell, Tone, plain
from kryonix_tui.view.server import groups
from tests.unit.builders import METRICS, NOW, WALL, alerts, census, failing, metrics, server, snapshot, update


def _groups(shown: Update) -> dict[str, dict[str, str]]:
    return {group.title: {name: cell.text for name, cell in group.pairs} for group in groups(shown, NOW)}


OWN = "This console's own cost"


def test_before_any_answer() -> None:
    shown = update()
    assert list(_groups(shown)) == ["Server", OWN]
    assert plain(groups(shown, NOW)[0].lines()[0]) == "Server  waiting"


def test_a_dead_redis_does_not_hide_the_metrics_stack() -> None:
    shown = update(
        snapshot(failing(SourceName.REDIS), metrics=metrics({}, version="2.42.0"), alerts=alerts(version="0.25.0"))
    )
    found = _groups(shown)
    assert found["Prometheus"]["version"] == "2.42.0"
    assert found["Alertmanager"]["version"] == "0.25.0"


def test_empty_facts_divide_by_nothing() -> None:
    found = _groups(update(snapshot(server=server(), metrics=metrics({}), alerts=alerts())))
    assert list(found) == [
        "Server",
        "Memory",
        "Traffic",
        "Clients",
        "Persistence",
        "Replication",
        OWN,
        "Prometheus",
        "Alertmanager",
    ]
    assert found["Memory"]["limit"] == "▲ none"
    assert found["Memory"]["fragmentation"] == "–"
    assert found["Traffic"]["hit ratio"] == "–"
    assert found["Clients"]["connected"] == "0 / –"
    assert found["Persistence"]["last save"] == "–"
    assert found["Prometheus"]["targets up"] == "0 / 0"


def test_full_facts() -> None:
    facts = server(
        memory=Memory(used=2**29, limit=2**30, policy="volatile-lru"),
        clients=Clients(connected=7, limit=100),
        replication=Replication("slave", primary="10.0.0.1:6379", link_up=False, lag_bytes=2048),
        latency=(LatencyEvent("command", int(WALL) - 60, 12, 40),),
        unavailable=frozenset({"slowlog", "latency"}),
    )
    found = _groups(update(snapshot(server=facts)))
    assert found["Memory"]["used"] == "512.0 MiB (50.0 %)"
    assert found["Clients"]["connected"] == "7 / 100"
    assert found["Replication"] == {
        "role": "slave",
        "primary": "10.0.0.1:6379",
        "link": "✖ failed",
        "lag": "2.0 KiB behind",
    }
    assert found["Latency events"] == {"command": "12 ms, max 40 ms, 1m"}
    assert found["Server"]["not permitted"] == "latency, slowlog"


def test_what_the_metrics_stack_could_not_give_is_said() -> None:
    target = Target("redis", "127.0.0.1:9121", up=False)
    found = _groups(
        update(
            snapshot(
                metrics=metrics({}, targets=(target,), missing={"rules": "404"}, discarded=3, truncated=True),
                alerts=alerts(discarded=1),
            )
        )
    )
    assert found["Prometheus"]["targets up"] == "0 / 1"
    assert found["Prometheus"]["rules"] == found["Prometheus"]["rules failing"] == "404"
    assert found["Prometheus"]["unreadable"] == "3"
    assert found["Prometheus"]["shown"] == "not all: there are too many"
    assert found["Alertmanager"]["unreadable"] == "1"
    assert "shown" not in found["Alertmanager"]


def test_the_sample_explains_a_part_of_what_is_used() -> None:
    counted = census({"a": {METRICS: 5}})
    sized = replace(counted.tenants["a"], sizes={METRICS: 930_000})
    counted = replace(counted, tenants={"a": sized}, sampled=5)
    found = _groups(update(snapshot(server=server(memory=Memory(used=1_000_000)), census=counted)))
    assert found["Memory"]["keys, sampled"] == "~908.2 KiB, 93 % of used"
    assert "keys, sampled" not in _groups(update(snapshot(server=server())))["Memory"]


@pytest.mark.parametrize(
    ("limit", "policy", "shown", "tone"),
    [
        (100, "allkeys-lru", "✖ allkeys-lru", Tone.CRITICAL),
        (0, "allkeys-random", "▲ allkeys-random", Tone.WARNING),
        (100, "volatile-lru", "volatile-lru", Tone.PLAIN),
        (0, "noeviction", "noeviction", Tone.PLAIN),
    ],
)
def test_a_policy_that_evicts_queues_is_marked(limit: int, policy: str, shown: str, tone: Tone) -> None:
    facts = server(memory=Memory(used=1, limit=limit, policy=policy))
    (group,) = [group for group in groups(update(snapshot(server=facts)), NOW) if group.title == "Memory"]
    assert dict(group.pairs)["policy"] == Cell(shown, tone)
