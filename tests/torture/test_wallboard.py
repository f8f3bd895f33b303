"""The wall while everything fails: always drawn, honest about age, back within one reading, and never anything but reads.

`make test` kills Redis a few times; `make torture` twenty times, and then lets the wall hang for SOAK_MINUTES.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from tests.metrics_servers import RunningServer, alertmanager, prometheus
from tests.pty.conftest import fill
from tests.pty.terminal import Terminal
from tests.pty.walls import USER, foreign_calls, proven, server, wall
from tests.servers import Server

KILLS = 20 if int(os.environ.get("TORTURE", "0")) else 2
SOAK_SECONDS = 60 * float(os.environ.get("SOAK_MINUTES", "0.03"))
BACK_SECONDS = 6.0
"""Only `make torture` measures it: there is nobody else at work then."""
"""One reading, one drawing, and what a loaded machine adds."""


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def redis() -> Iterator[Server]:
    """Three tenants, and a user that reads."""
    with server() as running:
        fill(running)
        yield running


@pytest.fixture
def metrics(tmp_path: Path) -> Iterator[RunningServer]:
    """A Prometheus that scrapes nothing."""
    (tmp_path / "prometheus").mkdir()
    with prometheus(tmp_path / "prometheus", {}, {"groups": []}) as running:
        yield running


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[RunningServer]:
    """An Alertmanager that has the alert that always fires."""
    (tmp_path / "alertmanager").mkdir()
    with alertmanager(tmp_path / "alertmanager") as running:
        fire(running, minutes=600)
        yield running


def fire(alerts: RunningServer, *, minutes: float) -> None:
    """Let the alert that always fires do so for so long; a time that is over ends it."""
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    posted = [{"labels": {"alertname": "Watchdog", "severity": "none"}, "endsAt": until.isoformat()}]
    request = urllib.request.Request(
        f"{alerts.url}/api/v2/alerts", json.dumps(posted).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 200


def well(text: str) -> bool:
    """Tell whether nothing is wrong with the wall or its servers."""
    return proven(text) and "● alerting" in text and "STALE" not in text and "[showing" not in text


def killed(redis: Server, terminal: Terminal) -> float:
    """Kill Redis, wait until the wall says so and how old its figures are, start it, return the seconds until it is well."""
    redis.stop(signal.SIGKILL)
    terminal.until("✖ Redis: ")
    terminal.until("STALE")
    redis.start()
    fill(redis)
    began = time.monotonic()
    terminal.until(lambda text: proven(text) and "✖ Redis" not in text and "✖ redis" not in text)
    return time.monotonic() - began


@pytest.mark.timeout(120 + 15 * KILLS)
def test_it_goes_on_whatever_fails(redis: Server, metrics: RunningServer, alerts: RunningServer) -> None:
    with wall(redis, "--prometheus", metrics.url, "--alertmanager", alerts.url) as terminal:
        terminal.until(well)
        times = sorted(killed(redis, terminal) for _kill in range(KILLS))
        assert KILLS < 20 or times[len(times) // 2] < BACK_SECONDS, times
        with redis.client() as client:
            client.config_resetstat()

        metrics.process.send_signal(signal.SIGSTOP)
        terminal.until("✖ Prometheus: Timed out")
        metrics.process.send_signal(signal.SIGCONT)
        terminal.until(lambda text: "✖ Prometheus" not in text)
        terminal.until(well)

        since = asyncio.run(AlertmanagerSource(HttpServer(url=alerts.url)).fetch()).started
        assert time.time() - 600 < since < time.time()
        bells = terminal.raw.count(b"\a")
        fire(alerts, minutes=-1)
        terminal.until("ALERTING IS DEAD")
        assert terminal.raw.count(b"\a") > bells
        fire(alerts, minutes=600)
        terminal.until(lambda text: "ALERTING IS DEAD" not in text)
        alerts.process.kill()
        terminal.until(lambda text: "✖ Alertmanager" in text and "○ alerting" in text)
        assert foreign_calls(redis) == set()

        with redis.client() as client:
            client.execute_command("ACL", "SETUSER", USER, "~*", "+set", "+restore")
        terminal.until(f"NOT READ-ONLY: the Redis user {USER} could write")
        with redis.client() as client:
            client.execute_command("ACL", "SETUSER", USER, "-restore", "-set")
        terminal.until(proven)
        terminal.press("q")
        assert terminal.end() == 0
        assert b"Traceback" not in terminal.raw
        assert b"could not be drawn" not in terminal.raw


@pytest.mark.timeout(120 + 2 * SOAK_SECONDS)
def test_what_hangs_for_long_stays_as_small_as_it_was(redis: Server) -> None:
    with wall(redis) as terminal:
        terminal.until(proven)
        process = psutil.Process(terminal.child.pid)
        settle(terminal, SOAK_SECONDS / 4)
        before, began, work = process.memory_info().rss, time.monotonic(), sum(process.cpu_times()[:2])
        settle(terminal, SOAK_SECONDS)
        share = (sum(process.cpu_times()[:2]) - work) / (time.monotonic() - began)
        assert process.memory_info().rss < 1.05 * before + (3_000_000 if SOAK_SECONDS >= 300 else 15_000_000), (
            "warm by then"
        )
        # Five sources twice a second, and a picture every second, on a machine that is busy with other tests.
        assert share < 0.5
        terminal.press("q")
        assert terminal.end() == 0


def settle(terminal: Terminal, seconds: float) -> None:
    """Let the wall live for so long, and read what it sends."""
    end = time.monotonic() + seconds
    terminal.until(lambda _text: time.monotonic() >= end, seconds + 60)
