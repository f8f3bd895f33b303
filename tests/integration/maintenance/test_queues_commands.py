"""`kryonix queues` as scripts and people use it; and what kill -9 leaves."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from kryonix_tui.cli import main
from kryonix_tui.config.schema import Redis
from kryonix_tui.maintenance.queues.unfinished import items_folder
from tests.faults import proxied
from tests.integration.maintenance.queue_desk import CRM, Desk, numbered, saved_in
from tests.servers import RedisServer, Server

PHONE = "+5511987654321"


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with RedisServer() as own:
        yield own


@pytest.fixture
def server(shared: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """An empty server, and a home of one's own."""
    shared.client().flushall()
    for name in ("CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)
    return shared


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Queues = Callable[..., Ended]


@pytest.fixture
def queues(server: Server, capsys: pytest.CaptureFixture[str]) -> Queues:
    """What runs a command in this process: starting another one takes longer than all of it."""

    def run(*arguments: str, role: str = "operator") -> Ended:
        with pytest.raises(SystemExit) as ended:
            main(["queues", *arguments, "--redis", server.url, "--role", role])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


def test_the_list_is_for_people_and_for_scripts(server: Server, queues: Queues) -> None:
    desk = Desk(server)
    desk.push(*[b'{"enqueued_at": %d}' % (time.time() - 100 + n) for n in range(20)])
    desk.push(b"x", key=b"queue:system:auto_client_creation")
    server.client(9).lpush("perf:timescale_queue:tenant:beta", "x")
    listed = json.loads(queues("list", "--over", "1", "--json", role="viewer").out)
    assert listed["schema"] == "kryonix.queues/1"
    by_name = {(queue["tenant"], queue["module"]): queue for queue in listed["queues"]}
    assert set(by_name) == {("alfa", "crm"), ("beta", "timescale"), (None, "auto_client_creation")}
    crm = by_name["alfa", "crm"]
    assert (crm["depth"], crm["leaving"]) == (20, {"value": 0.0, "certainty": "known"})
    assert 99 <= crm["oldest_age_s"] <= 400
    text = queues("list", "tenant=alfa", role="viewer").out
    assert "alfa" in text
    assert "beta" not in text
    assert queues("list", "nothing>1").code == 2


def test_a_peek_shows_fields_and_a_reveal_is_written_down(server: Server, queues: Queues) -> None:
    desk = Desk(server)
    desk.push(json.dumps({"phone": PHONE, "api_key": "s3cr3t", "n": 1}), b"\xff")
    hidden = queues("peek", "alfa/crm", "--json", role="viewer")
    assert PHONE not in hidden.out
    document = json.loads(hidden.out)
    assert (document["schema"], document["depth"], document["revealed"]) == ("kryonix.queue_peek/1", 2, False)
    assert "phone" in document["items"][0]["text"]
    assert not desk.maintenance.audit.path.exists()

    assert queues("peek", "alfa/crm", "--reveal", "--yes", role="viewer").code == 4
    assert queues("peek", "alfa/crm", "--reveal").code == 2
    shown = queues("peek", "alfa/crm", "--reveal", "--yes")
    assert PHONE in shown.out
    assert "s3cr3t" not in shown.out
    (line,) = desk.maintenance.audited()
    assert (line.event, line.action, line.details["items"], line.details["queue"]) == (
        "revealed",
        "queues.reveal",
        2,
        "alfa/crm",
    )
    assert PHONE not in desk.maintenance.audit.path.read_text()
    assert len(desk.waiting()) == 2


def test_drain_and_replay_from_a_script(server: Server, queues: Queues, tmp_path: Path) -> None:
    desk = Desk(server)
    desk.push(*numbered(10))
    assert queues("drain", "alfa/crm").code == 2
    assert queues("drain", "alfa/crm", "--yes", role="viewer").code == 4
    done = queues("drain", "alfa/crm", "--to", str(tmp_path / "out"), "--yes", "--json")
    document = json.loads(done.out)
    assert (document["schema"], document["outcome"]["figures"]["items"]) == ("kryonix.operation/1", 10)
    assert saved_in(tmp_path / "out") == numbered(10)
    assert queues("drain", "alfa/crm", "--yes").code == 4
    assert queues("replay", str(tmp_path / "out"), "--yes").code == 0
    assert desk.waiting() == numbered(10)
    assert queues("replay", str(tmp_path / "out"), "--yes").code == 4
    assert queues("replay", str(tmp_path / "nothing"), "--yes").code == 2


def test_drop_move_and_requeue_from_a_script(server: Server, queues: Queues) -> None:
    desk = Desk(server)
    desk.push(*numbered(9))
    assert queues("drop", "alfa/crm", "--yes").code == 2
    dropped = queues("drop", "alfa/crm", "--where", "module=mail", "--yes", "--json")
    assert json.loads(dropped.out)["outcome"]["figures"]["items"] == 3
    assert queues("requeue", "alfa/crm", "--count", "2", "--yes").code == 0
    kept = [item for item in numbered(9) if b"crm" in item]
    assert desk.waiting() == [*kept[2:], *kept[:2]]
    assert queues("move", "alfa/crm", "alfa/mail", "--yes").code == 0
    assert desk.waiting(b"queue:tenant:alfa:mail") == [*kept[2:], *kept[:2]]
    assert queues("move", "alfa/mail", "beta/mail", "--yes").code == 4


async def killed(url: str, begun: Callable[[], bool], *arguments: str) -> None:
    """Run, and kill as soon as `begun`. `url` is that of a proxy of ours, so it gets no further than we look."""
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", "kryonix_tui", "queues", *arguments, "--redis", url, "--role", "operator", "--yes"]
    process = await asyncio.create_subprocess_exec(*command, stdin=quiet, stdout=quiet, stderr=quiet)
    async with asyncio.timeout(60):
        while not begun():
            assert process.returncode is None
            await asyncio.sleep(0)
    process.kill()
    await process.wait()


async def test_kill_9_loses_and_doubles_nothing(server: Server) -> None:
    async with proxied(server.port) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}"
        desk = Desk(server, redis=Redis(url=url))
        items = numbered(20_000)
        desk.push(*items)
        await killed(url, lambda: desk.jobs.llen(CRM) < 19_000, "drain", "alfa/crm")
        left = desk.waiting()
        assert 0 < len(left) < 19_500
        await desk.do(desk.work.drain(desk.queue(), 1))
        files = sorted(items_folder().glob("drain-*.jsonl"), key=lambda path: path.stat().st_mtime)
        assert Counter([*(item for path in files for item in saved_in(path)), *desk.waiting()]) == Counter(items)
        assert desk.held == []

        first = max(files, key=lambda path: path.stat().st_size)
        waiting = len(desk.waiting())
        await killed(url, lambda: desk.jobs.llen(CRM) > waiting, "replay", str(first))
        assert len(desk.waiting()) < len(items)
        await desk.do(desk.work.replay(str(first)))
    assert len(desk.waiting()) == waiting + len(saved_in(first))
    smallest = min(files, key=lambda path: path.stat().st_size)
    assert Counter(desk.waiting()) + Counter(saved_in(smallest)) == Counter(items)
    assert desk.held == []
