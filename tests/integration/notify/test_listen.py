"""`kryonix notify listen` as a process: a real Alertmanager before it, a web server that is told behind it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from kryonix_tui.config.load import load
from kryonix_tui.provision import alertmanager
from kryonix_tui.provision.generated import Description
from tests.metrics_servers import alertmanager as running_alertmanager
from tests.unit.maintenance.test_alerts import payload
from tests.webhooks import SECONDS, Hook, hook

TOKEN = "s3cret-token"


@contextmanager
def listening(
    folder: Path, notifications: dict[str, Any], *arguments: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run it on a free port with these settings; yield host:port and the process."""
    (folder / "config.yaml").write_text(json.dumps({"notifications": notifications}))
    (folder / "config.yaml").chmod(0o600)
    (folder / "token").write_text(TOKEN + "\n")
    (folder / "token").chmod(0o600)
    command = [sys.executable, "-m", "kryonix_tui", "notify", "listen", "--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(
        [*command, "--config", str(folder / "config.yaml")],
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C", "NO_PROXY": "127.0.0.1"},
    ) as process:
        try:
            assert process.stdout
            name, _equals, url = process.stdout.readline().strip().partition("=")
            assert name == "notify", (folder / "log").read_text()
            yield urllib.parse.urlsplit(url).netloc, process
        finally:
            process.kill()


def told_to(place: Hook, **more: Any) -> dict[str, Any]:
    return {"urls": [f"json://127.0.0.1:{place.port}/told"], "timeout": 60, **more}


def post(address: str, body: bytes | dict[str, Any], path: str = "/", **headers: str) -> int:
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        connection.request("POST", path, content, headers)
        return connection.getresponse().status


def test_alertmanager_is_heard_and_people_are_told(tmp_path: Path) -> None:
    with (
        hook(503, 200) as place,
        listening(tmp_path, told_to(place, lang="pt_BR"), "--token-file", str(tmp_path / "token")) as (
            address,
            process,
        ),
    ):
        provision = {"alerting": {"notifier": {"url": f"http://{address}", "token_file": str(tmp_path / "token")}}}
        (tmp_path / "provision.yaml").write_text(json.dumps({"provision": provision}))
        description = Description(load(tmp_path / "provision.yaml", environ={}).config)
        folder = tmp_path / "alertmanager"
        for file in alertmanager.generate(description):
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.path).write_text(file.text)
        with running_alertmanager(folder, yaml.safe_load((folder / "alertmanager.yml").read_text())) as server:
            alert = {
                "labels": {"alertname": "RedisDown", "severity": "critical", "category": "redis", "instance": "r1"},
                "annotations": {"summary": "Redis r1 does not answer"},
            }
            request = urllib.request.Request(
                f"{server.url}/api/v2/alerts", json.dumps([alert]).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()
            # The first attempt fails at the place itself: Alertmanager tries again until it is told.
            refused, told = place.next(), place.next()
        assert refused.body["title"] == told.body["title"] == "KRYONIX · ALERTA crítico · redis (1)"
        assert told.body["message"].startswith("▲ Redis r1 does not answer (desde ")
        deadline = time.monotonic() + SECONDS
        # It writes that down when the place has answered, which may be later than the message came there.
        while "told 1, not told 0" not in (tmp_path / "log").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    log = (tmp_path / "log").read_text()
    assert "told 0, not told 1" in log
    assert TOKEN not in log


def test_only_who_shows_the_token_is_heard(tmp_path: Path) -> None:
    with hook() as place, listening(tmp_path, told_to(place), "--token-file", str(tmp_path / "token")) as (address, _):
        assert post(address, payload()) == 401
        assert post(address, payload(), Authorization="Bearer wrong") == 401
        assert place.received.empty()
        assert post(address, payload(), Authorization=f"Bearer {TOKEN}") == 200
        assert place.next().body["title"].startswith("KRYONIX · ALERT critical")


def test_what_cannot_be_taken_is_answered_so(tmp_path: Path) -> None:
    with hook(503) as place, listening(tmp_path, told_to(place)) as (address, _process):
        assert post(address, b"{}") == 400
        assert post(address, b"x" * 3_000_000) == 413
        assert post(address, payload(), "/pager") == 404
        assert post(address, payload(), Host="evil.example") == 403
        assert place.received.empty()
        assert post(address, payload(), "/json") == 502
        with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
            for path, status in (("/healthz", 200), ("/", 405)):
                connection.request("GET", path)
                answer = connection.getresponse()
                assert (answer.read() != b"", answer.status) == (True, status)


@pytest.mark.parametrize(
    ("settings", "arguments", "said"),
    [
        ({}, [], "nobody is to be notified"),
        ({"urls": ["json://127.0.0.1:1"]}, ["--listen", "0.0.0.0:0"], "needs a token"),
        ({"urls": ["json://127.0.0.1:1"]}, ["--listen", "here"], "expected host:port"),
        ({"urls": ["json://127.0.0.1:1"]}, ["--token-file", "/nowhere/token"], "there is no file"),
        ({"urls": ["nonsense"]}, [], "no URL that Apprise understands"),
    ],
)
def test_it_does_not_start_where_it_could_not_work(
    tmp_path: Path, settings: dict[str, Any], arguments: list[str], said: str
) -> None:
    with pytest.raises(AssertionError, match=said), listening(tmp_path, settings, *arguments):
        pass
