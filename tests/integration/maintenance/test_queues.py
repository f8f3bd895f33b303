"""Operators move, drop, drain and replay items of queues while producers push and consumers pop: none is lost or doubled."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from kryonix_tui.config.schema import Credential, Credentials, Redis
from kryonix_tui.errors import (
    DriftError,
    KryonixError,
    LockedError,
    RefusedError,
    SourceError,
    StoppedError,
    UsageError,
)
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.queues import held as holding
from kryonix_tui.maintenance.queues import unfinished
from kryonix_tui.maintenance.queues.drop import TRIES
from kryonix_tui.maintenance.queues.item_file import ItemFile, batch_at, contents
from kryonix_tui.maintenance.queues.matching import Matching
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Progress, Purpose
from kryonix_tui.model.permissions import acl_line
from tests.acl import run_line
from tests.faults import proxied
from tests.integration.maintenance.queue_desk import CRM, Desk, numbered, saved_in
from tests.servers import FLAVOURS, Server, running

MAIL = b"queue:tenant:alfa:mail"
HOSTILE = [b"", b"\x00\xff\xfe", b'{"broken": ', b"\x1b]52;c;aGk=\x07", b"[" * 5000, b"same", b"same", "ção".encode()]


@pytest.fixture(params=FLAVOURS, scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server for all tests here."""
    yield from running(request.param)


@pytest.fixture
def server(shared: Server) -> Server:
    """It, empty."""
    shared.client().flushall()
    return shared


class Traffic:
    """Producers and consumers of a queue while something else happens."""

    def __init__(self, server: Server, key: bytes = CRM) -> None:
        self.pushed: list[bytes] = []
        self.popped: list[bytes] = []
        self._stop = threading.Event()
        self._moved = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._produce, args=(server, key))]
        self._threads += [threading.Thread(target=self._consume, args=(server, key))]

    def _produce(self, server: Server, key: bytes) -> None:
        with contextlib.closing(server.client(2)) as client:
            for number in itertools.count(1_000_000):
                item = b'{"number": %d, "module": "mail"}' % number
                client.lpush(key, item)
                self.pushed.append(item)
                self._moved.release()
                if self._stop.wait(0.002):
                    return

    def _consume(self, server: Server, key: bytes) -> None:
        with contextlib.closing(server.client(2)) as client:
            while not self._stop.wait(0.003):
                item = client.rpop(key)
                if isinstance(item, bytes):
                    self.popped.append(item)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        for _ in range(5):
            self._moved.acquire(timeout=10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


async def test_items_move_in_their_order_behind_those_that_wait(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(500))
    desk.push(b"there", key=MAIL)
    plan, outcome = await desk.do(desk.work.move(desk.queue(), desk.queue("alfa/mail"), 300))
    assert plan.counts == {"items": 300}
    assert (plan.scope.tenants, plan.scope.databases) == (("alfa",), (2,))
    assert outcome.figures["items"] == 300
    assert desk.waiting(MAIL) == [b"there", *numbered(300)]
    assert desk.waiting() == numbered(200, 300)


async def test_requeued_items_wait_behind_all_others(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(5))
    _plan, outcome = await desk.do(desk.work.move(desk.queue(), count=2))
    assert desk.waiting() == [*numbered(3, 2), *numbered(2)]
    assert "behind" in outcome.summary


async def test_items_go_to_no_other_tenant_and_to_no_other_database(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    for target in ("beta/crm", "perf:timescale_queue:tenant:alfa"):
        with pytest.raises(RefusedError):
            await desk.do(desk.work.move(desk.queue(), desk.queue(target)))
    assert desk.waiting() == numbered(3)
    await desk.do(desk.work.move(desk.queue(), desk.queue("queue:system:auto_client_creation")))
    assert desk.waiting(b"queue:system:auto_client_creation") == numbered(3)


async def test_what_is_no_list_is_left_alone(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    desk.jobs.set(MAIL, "not a queue")
    for operation in (
        desk.work.move(desk.queue(), desk.queue("alfa/mail")),
        desk.work.drain(desk.queue("alfa/mail")),
        desk.work.drop(desk.queue("alfa/mail"), Matching(text="x")),
    ):
        with pytest.raises(RefusedError, match="no list"):
            await desk.do(operation)
    assert desk.waiting() == numbered(3)
    assert desk.jobs.get(MAIL) == b"not a queue"


async def test_a_queue_that_becomes_something_else_meanwhile(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    operation = desk.work.drain(desk.queue())
    plan = await desk.maintenance.door.plan(operation)
    desk.jobs.set(CRM, "not a queue")
    with pytest.raises(KryonixError):
        await operation.apply(plan, Run())
    await operation.close()
    assert desk.jobs.get(CRM) == b"not a queue"
    assert desk.held == []


async def test_a_queue_that_vanishes(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    operation = desk.work.drain(desk.queue())
    plan = await desk.maintenance.door.plan(operation)
    desk.jobs.delete(CRM)
    outcome = await operation.apply(plan, Run())
    await operation.close()
    assert (outcome.figures["items"], outcome.artefact, desk.held) == (0, "", [])
    empty = await desk.work.drain(desk.queue()).plan()
    assert empty.refusal


async def test_drained_items_are_in_a_private_file_whatever_they_are(server: Server) -> None:
    desk = Desk(server)
    items = [*HOSTILE, b"x" * 10_000_000, *numbered(50)]
    desk.push(*items)
    plan, outcome = await desk.do(desk.work.drain(desk.queue()))
    assert plan.counts == {"items": len(items)}
    assert saved_in(outcome.artefact) == items
    assert desk.waiting() == []
    assert desk.held == []
    assert stat.S_IMODE(os.stat(outcome.artefact).st_mode) == 0o600  # noqa: PTH116 - it waits for nobody
    found = contents(Path(outcome.artefact))
    assert (found.heading.queue, found.items) == (desk.queue(), len(items))


async def test_a_file_that_exists_is_not_written_to(server: Server, tmp_path: Path) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UsageError):
        await desk.do(desk.work.drain(desk.queue(), to=str(tmp_path / "mine")))
    _plan, outcome = await desk.do(desk.work.drain(desk.queue(), 1, to=str(tmp_path / "other")))
    assert saved_in(tmp_path / "other") == numbered(1)
    assert outcome.artefact == str(tmp_path / "other")


async def test_no_item_is_lost_or_doubled_while_others_push_and_pop(server: Server) -> None:
    desk = Desk(server)
    before = numbered(3000)
    desk.push(*before)
    with Traffic(server) as traffic:
        files = []
        for operation in (
            desk.work.drain(desk.queue(), 700),
            desk.work.drop(desk.queue(), Matching((("module", "crm"),))),
            desk.work.move(desk.queue(), desk.queue("alfa/mail"), 200),
        ):
            _plan, outcome = await desk.do(operation)
            if outcome.artefact:
                files.append(outcome.artefact)
        _plan, outcome = await desk.do(desk.work.replay(files[0]))
        assert outcome.figures["items"] == 700
    dropped = saved_in(files[1])
    assert all(json.loads(item)["module"] == "crm" for item in dropped)
    assert len(dropped) > 500
    everything = Counter([*before, *traffic.pushed])
    assert Counter([*traffic.popped, *desk.waiting(), *desk.waiting(MAIL), *dropped]) == everything
    assert desk.held == []


async def test_dropped_items_are_those_that_match_and_the_rest_keeps_its_order(server: Server) -> None:
    desk = Desk(server)
    items = [*numbered(100), *HOSTILE, *numbered(100, 100), *numbered(3)]
    desk.push(*items)
    plan, outcome = await desk.do(desk.work.drop(desk.queue(), Matching((("module", "mail"),))))
    wanted = [item for item in items if b"mail" in item]
    assert plan.counts == {"items": len(wanted)}
    assert plan.confirmation == "alfa/crm"
    assert saved_in(outcome.artefact) == wanted
    assert desk.waiting() == [item for item in items if b"mail" not in item]


async def test_no_more_is_dropped_than_was_said(server: Server) -> None:
    desk = Desk(server)
    desk.push(*[b"a %d" % n for n in range(20)])
    operation = desk.work.drop(desk.queue(), Matching(text="a "))
    plan = await desk.maintenance.door.plan(operation)
    desk.push(*[b"a late %d" % n for n in range(20)])
    outcome = await desk.maintenance.door.run(operation, plan, Run(), confirmation=plan.confirmation)
    await operation.close()
    assert outcome.figures["items"] == 20
    assert len(desk.waiting()) == 20


async def test_where_others_are_always_faster_nothing_is_dropped(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    operation = desk.work.drop(desk.queue(), Matching(text="mail"))
    plan = await desk.maintenance.door.plan(operation)
    tried = 0

    def disturbed(_self: object, _file: object, _found: object, *, near_head: bool) -> list[tuple[Any, ...]]:
        nonlocal tried
        tried += 1
        desk.jobs.lpush(CRM, f"other {tried}")
        return [("LREM", CRM, 1, b"other")]

    monkeypatch.setattr(type(operation), "_taking_away", disturbed)
    with pytest.raises(StoppedError, match="too often"):
        await desk.maintenance.door.run(operation, plan, Run(), confirmation=plan.confirmation)
    await operation.close()
    assert tried == TRIES
    assert desk.waiting()[:3] == numbered(3)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("way", ["drain", "drop"])
async def test_a_replay_brings_items_back_in_their_order(server: Server, way: str, *, first: bool) -> None:
    desk = Desk(server)
    desk.push(*HOSTILE, *numbered(500))
    meant = Matching(text="crm")
    _plan, outcome = await desk.do(
        desk.work.drain(desk.queue()) if way == "drain" else desk.work.drop(desk.queue(), meant)
    )
    desk.jobs.delete(CRM)
    desk.push(b"already there")
    _plan, back = await desk.do(desk.work.replay(outcome.artefact, first=first))
    items = [*HOSTILE, *numbered(500)]
    taken = items if way == "drain" else [item for item in items if meant(item)]
    assert desk.waiting() == ([*taken, b"already there"] if first else [b"already there", *taken])
    assert back.figures["items"] == len(taken)
    assert desk.held == []


async def test_a_file_is_replayed_once_unless_it_is_meant(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    _plan, outcome = await desk.do(desk.work.drain(desk.queue()))
    await desk.do(desk.work.replay(outcome.artefact))
    with pytest.raises(RefusedError, match="--again"):
        await desk.do(desk.work.replay(outcome.artefact))
    assert desk.waiting() == numbered(3)
    await desk.do(desk.work.replay(outcome.artefact, again=True))
    assert desk.waiting() == [*numbered(3), *numbered(3)]


async def test_items_of_a_tenant_are_replayed_into_no_other(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    _plan, outcome = await desk.do(desk.work.drain(desk.queue()))
    with pytest.raises(RefusedError, match="tenant"):
        await desk.do(desk.work.replay(outcome.artefact, desk.queue("beta/crm")))


class _PowerCut(BaseException):
    """Stands for kill -9: nothing of ours runs after it."""


@pytest.mark.parametrize("moment", ["before it is saved", "after it was saved"])
@pytest.mark.parametrize("way", ["drain", "drop"])
async def test_what_was_cut_off_is_brought_to_its_end(
    server: Server, monkeypatch: pytest.MonkeyPatch, way: str, moment: str
) -> None:
    desk = Desk(server)
    items = numbered(100)
    desk.push(*items)
    honest = ItemFile.save

    def cut(self: ItemFile, batch: Any) -> None:
        if self.batches == 2:
            if moment.startswith("after"):
                honest(self, batch)
            raise _PowerCut
        honest(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(ItemFile, "save", cut)
        with pytest.raises(_PowerCut):
            await desk.do(
                desk.work.drain(desk.queue()) if way == "drain" else desk.work.drop(desk.queue(), Matching(text="n"))
            )
    assert len(desk.held) == 1
    (path,) = unfinished.items_folder().glob("*.jsonl")
    torn = path.read_bytes()
    path.write_bytes(torn + b'{"text": "torn')

    # Whatever comes next on this queue first brings that to its end.
    plan, outcome = await desk.do(desk.work.drain(desk.queue()))
    assert any("cut off" in effect for effect in plan.effects)
    assert desk.held == []
    assert Counter([*saved_in(path), *saved_in(outcome.artefact)]) == Counter(items)
    assert list((unfinished.items_folder() / "unfinished").iterdir()) == []


async def test_what_was_cut_off_with_the_last_items_is_brought_to_its_end_though_the_queue_is_empty(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, items = Desk(server), numbered(3)
    desk.push(*items)

    def cut(_file: ItemFile, _batch: Any) -> None:
        raise _PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(ItemFile, "save", cut)
        with pytest.raises(_PowerCut):
            await desk.do(desk.work.drain(desk.queue()))
    assert desk.held
    assert desk.waiting() == []
    _plan, outcome = await desk.do(desk.work.drain(desk.queue()))
    assert outcome.figures["items"] == 0
    (path,) = unfinished.items_folder().glob("*.jsonl")
    assert saved_in(path) == items
    assert desk.held == []
    with pytest.raises(RefusedError, match="no such item"):
        await desk.do(desk.work.drain(desk.queue()))


async def test_a_reply_that_is_lost_loses_no_item(server: Server) -> None:
    """The server has carried a batch out, and we never hear of it; afterwards the server goes by another name."""
    items = numbered(60)
    async with proxied(server.port) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}"
        desk = Desk(server, redis=Redis(url=url))
        desk.push(*items)

        def lost(data: bytes) -> bytes:
            if b'"number"' in data:
                raise ConnectionResetError
            return data

        def armed(progress: Progress) -> None:
            if progress.done:
                # From the next batch on, the link ends before what the server says of items.
                proxy.garble = lost

        with pytest.raises(SourceError) as cut:
            await desk.do(desk.work.drain(desk.queue()), armed)
    assert "may be held on the server" in cut.value.hint
    assert len(desk.held) == 1
    direct = Desk(server)
    _plan, outcome = await direct.do(direct.work.drain(direct.queue()))
    saved = [item for path in unfinished.items_folder().glob("*.jsonl") for item in saved_in(path)]
    assert Counter(saved) == Counter(items)
    assert direct.held == []
    assert outcome.figures["items"] < 56


async def test_a_link_that_is_cut_while_items_are_dropped_loses_none(server: Server) -> None:
    """The server has taken a batch out of the queue, and the link is cut before it says so."""
    items = numbered(60)
    async with proxied(server.port) as proxy:
        desk = Desk(server, redis=Redis(url=f"redis://127.0.0.1:{proxy.port}"))
        desk.push(*items)

        def cut(data: bytes) -> bytes:
            # Only what answers MULTI has this in it; nothing else is cut, so that trying again would succeed.
            if b"QUEUED" not in data:
                return data
            proxy.garble = None
            raise ConnectionResetError

        def armed(progress: Progress) -> None:
            if progress.step == "saving":
                proxy.garble = cut

        with pytest.raises(SourceError) as lost:
            await desk.do(desk.work.drop(desk.queue(), Matching(text="n")), armed)
    assert "may be held on the server" in lost.value.hint
    direct = Desk(server)
    await direct.do(direct.work.drain(direct.queue()))
    saved = [item for path in unfinished.items_folder().glob("*.jsonl") for item in saved_in(path)]
    assert Counter(saved) == Counter(items)
    assert direct.held == []


async def test_a_replay_that_was_cut_off_goes_on_behind_its_last_batch(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(server)
    items = numbered(400)
    desk.push(*items)
    _plan, outcome = await desk.do(desk.work.drain(desk.queue()))
    honest = unfinished.Replay.write
    for round_number in range(2):
        with monkeypatch.context() as patched:

            def cut(self: unfinished.Replay, **changes: Any) -> unfinished.Replay:
                # Killed between the push and the note of it on the disk.
                if changes.get("batches", 0) == 2 + round_number:  # noqa: B023 - used at once
                    raise _PowerCut
                return honest(self, **changes)

            patched.setattr(unfinished.Replay, "write", cut)
            with pytest.raises(_PowerCut):
                await desk.do(desk.work.replay(outcome.artefact))
    plan, _outcome = await desk.do(desk.work.replay(outcome.artefact))
    assert any("already" in effect for effect in plan.effects)
    assert desk.waiting() == items
    assert desk.held == []


async def test_a_replay_goes_on_only_where_it_was_begun(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(server)
    desk.push(*numbered(50))
    _plan, outcome = await desk.do(desk.work.drain(desk.queue()))

    def cut(*_arguments: Any) -> Any:
        raise _PowerCut

    with monkeypatch.context() as patched:
        patched.setattr("kryonix_tui.maintenance.queues.replay.batch_at", _cut_after(2, cut))
        with pytest.raises(_PowerCut):
            await desk.do(desk.work.replay(outcome.artefact))
    with pytest.raises(RefusedError, match="begun into another"):
        await desk.do(desk.work.replay(outcome.artefact, desk.queue("alfa/mail")))
    await desk.do(desk.work.replay(outcome.artefact, again=True))
    assert desk.waiting()[-50:] == numbered(50)
    assert desk.held == []


def _cut_after(plans: int, cut: Callable[..., Any]) -> Callable[..., Any]:
    """Read all batches for the plan; the power is cut in the midst of the batches that are pushed."""
    read: Counter[int] = Counter()

    def reading(path: Path, found: Any, number: int) -> Any:
        read[number] += 1
        return cut() if read[number] == plans and number == 3 else batch_at(path, found, number)

    return reading


async def test_a_full_disk_leaves_every_item_where_it_was(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(server)
    items = numbered(40)
    desk.push(*items)
    honest = ItemFile._append

    def full(self: ItemFile, lines: Any) -> None:
        if self.batches == 2:
            raise KryonixError("No space left on device")
        honest(self, lines)

    with monkeypatch.context() as patched:
        patched.setattr(ItemFile, "_append", full)
        with pytest.raises(KryonixError, match="No space"):
            await desk.do(desk.work.drain(desk.queue()))
    (path,) = unfinished.items_folder().glob("*.jsonl")
    found = contents(path)
    assert (found.batches, found.ended) == (2, False)
    assert desk.waiting() == items[found.items :]
    assert desk.held == []
    await desk.do(desk.work.drain(desk.queue(), 1))
    assert saved_in(path) == items[: found.items]


async def test_items_that_can_go_neither_to_disk_nor_back_stay_held(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(server)
    items = numbered(10)
    desk.push(*items)
    honest = ItemFile.save

    def full(self: ItemFile, lines: Any) -> None:
        if self.batches == 1:
            desk.jobs.set(CRM, "not a queue any more")
            raise KryonixError("No space left on device")
        honest(self, lines)

    with monkeypatch.context() as patched:
        patched.setattr(ItemFile, "save", full)
        with pytest.raises(KryonixError):
            await desk.do(desk.work.drain(desk.queue()))
    assert desk.jobs.llen(holding.held_key(desk.queue())) == 1 + len(items) - 4
    desk.jobs.delete(CRM)
    desk.push(b"later")
    await desk.do(desk.work.drain(desk.queue()))
    saved = [item for path in unfinished.items_folder().glob("*.jsonl") for item in saved_in(path)]
    assert Counter(saved) == Counter([*items, b"later"])
    assert desk.held == []


async def test_a_batch_that_the_queue_did_not_take_is_replayed_all_the_same(server: Server) -> None:
    desk = Desk(server)
    items = numbered(20)
    desk.push(*items)
    _plan, drained = await desk.do(desk.work.drain(desk.queue()))

    def meddle(progress: Progress) -> None:
        if progress.step == "pushing" and progress.done == 4:
            desk.jobs.rename(CRM, "aside")
            desk.jobs.set(CRM, "not a queue")

    with pytest.raises(KryonixError):
        await desk.do(desk.work.replay(drained.artefact), meddle)
    desk.jobs.delete(CRM)
    desk.jobs.rename("aside", CRM)
    plan, _outcome = await desk.do(desk.work.replay(drained.artefact))
    assert plan.counts["items"] == 16
    assert desk.waiting() == items


async def test_what_is_held_for_somebody_elsewhere_is_not_touched(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    queue = desk.queue()
    desk.jobs.execute_command(*holding.mark_command(queue, holding.Mark("elsewhere", 1, "other-host")))  # type: ignore[no-untyped-call]
    desk.jobs.execute_command("LMOVE", CRM, holding.held_key(queue), "RIGHT", "LEFT")  # type: ignore[no-untyped-call]
    for operation in (
        desk.work.drain(queue),
        desk.work.move(queue, count=1),
        desk.work.drop(queue, Matching(text="n")),
    ):
        with pytest.raises(RefusedError, match="other-host"):
            await desk.do(operation)
    assert desk.jobs.llen(holding.held_key(queue)) == 2


async def test_a_limited_console_touches_no_queue_of_others(server: Server) -> None:
    everybody, limited = Desk(server), Desk(server, tenants=("alfa",))
    everybody.push(*numbered(3), key=b"queue:tenant:beta:crm")
    everybody.push(*numbered(3))
    _plan, outcome = await everybody.do(everybody.work.drain(everybody.queue("beta/crm"), 1))
    for make in (
        lambda: limited.work.drain(limited.queue("beta/crm")),
        lambda: limited.work.move(limited.queue("beta/crm"), count=1),
        lambda: limited.work.move(limited.queue(), limited.queue("queue:system:auto_client_creation")),
        lambda: limited.work.replay(outcome.artefact),
        lambda: limited.work.drain(limited.queue("queue:system:auto_client_creation")),
    ):
        with pytest.raises(RefusedError):
            await limited.do(make())
    await limited.do(limited.work.drain(limited.queue(), 1))
    assert len(everybody.waiting(b"queue:tenant:beta:crm")) == 2


@pytest.mark.parametrize("name", ["alfa/crm", "perf:timescale_queue:tenant:alfa", "queue:system:auto_client_creation"])
async def test_the_user_that_is_provisioned_may_do_all_of_it(server: Server, name: str) -> None:
    admin = server.client()
    run_line(admin, acl_line("kx_maintain", grant(Purpose.MAINTAIN, KRYONIX)))
    credentials = Credentials(maintain=Credential(username="kx_maintain", password="PASSWORD"))
    desk = Desk(server, redis=Redis(url=server.url, credentials=credentials))
    queue = desk.queue(name)
    server.client(queue.db).lpush(queue.key, *numbered(30))
    _plan, dropped = await desk.do(desk.work.drop(queue, Matching(text="mail")))
    _plan, drained = await desk.do(desk.work.drain(queue))
    await desk.do(desk.work.replay(drained.artefact))
    await desk.do(desk.work.replay(dropped.artefact, first=True))
    await desk.do(desk.work.move(queue, count=1))
    assert server.client(queue.db).llen(queue.key) == 30
    assert server.client(queue.db).keys("*held*") == []
    admin.execute_command("ACL", "DELUSER", "kx_maintain")  # type: ignore[no-untyped-call]


async def test_a_plan_that_hides_what_is_meant_is_for_one_call(server: Server) -> None:
    desk = Desk(server)
    desk.push(b'{"phone": "+5511900000001"}', b'{"phone": "+5511900000002"}')
    first, second = (desk.work.drop(desk.queue(), Matching((("phone", f"+551190000000{n}"),))) for n in (1, 2))
    plan = await desk.maintenance.door.plan(first)
    with pytest.raises(DriftError):
        await desk.maintenance.door.run(second, plan, Run(), confirmation=plan.confirmation, stored=True)
    await desk.maintenance.door.run(first, plan, Run(), confirmation=plan.confirmation, stored=True)
    await first.close()
    await second.close()
    assert desk.waiting() == [b'{"phone": "+5511900000002"}']


async def test_a_plan_that_cuts_what_is_meant_is_for_one_call(server: Server) -> None:
    desk = Desk(server)
    texts = ["x" * 100 + end for end in "ab"]
    desk.push(*texts)
    first, second = (desk.work.drop(desk.queue(), Matching(text=text)) for text in texts)
    plan = await desk.maintenance.door.plan(first)
    with pytest.raises(DriftError):
        await desk.maintenance.door.run(second, plan, Run(), confirmation=plan.confirmation, stored=True)
    await first.close()
    await second.close()
    assert len(desk.waiting()) == 2


async def test_a_user_who_may_not_is_told_the_line_that_grants_it(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    admin = server.client()
    admin.execute_command(
        "ACL", "SETUSER", "weak", "on", ">pw", "~*", "+@read", "+@connection", "+info", "+acl|whoami", "+time"
    )  # type: ignore[no-untyped-call]
    credentials = Credentials(maintain=Credential(username="weak", password="pw"))
    weak = Desk(server, redis=msgspec.structs.replace(desk.config.redis, credentials=credentials))
    with pytest.raises(RefusedError) as refused:
        await weak.do(weak.work.drain(weak.queue()))
    assert "lmove" in refused.value.message
    assert "ACL SETUSER weak" in refused.value.hint
    assert desk.waiting() == numbered(3)
    admin.execute_command("ACL", "DELUSER", "weak")  # type: ignore[no-untyped-call]


async def test_no_error_quotes_an_item(server: Server) -> None:
    desk = Desk(server)
    desk.push(b'{"phone": "+5511987654321"}')
    _plan, drained = await desk.do(desk.work.drain(desk.queue()))
    admin = server.client()
    admin.execute_command("ACL", "SETUSER", "poor", "on", ">p", "~*", "+@all")  # type: ignore[no-untyped-call]
    poor = Desk(server, redis=Redis(url=f"redis://poor:p@127.0.0.1:{server.port}"))
    operation = poor.work.replay(drained.artefact)
    plan = await poor.maintenance.door.plan(operation)
    admin.execute_command("ACL", "SETUSER", "poor", "-lpush")  # type: ignore[no-untyped-call]
    with pytest.raises(SourceError, match=r"no permissions to run the 'lpush' command$") as refused:
        await poor.maintenance.door.run(operation, plan, Run())
    await operation.close()
    assert "98765" not in str(refused.value)
    assert "98765" not in "".join(json.dumps(entry.details) for entry in desk.maintenance.audited())


async def test_another_operator_at_work_is_not_disturbed(server: Server) -> None:
    desk = Desk(server)
    desk.push(*numbered(3))
    server.client().set(REDIS_LOCK, "somebody", px=20_000)
    with pytest.raises(LockedError):
        await desk.do(desk.work.drain(desk.queue()))
    assert desk.waiting() == numbered(3)


async def test_everything_is_in_the_audit_log_and_no_item(server: Server) -> None:
    desk = Desk(server)
    desk.push(b'{"phone": "+5511987654321", "x": 1}')
    await desk.do(desk.work.drop(desk.queue(), Matching((("phone", "+5511987654321"),))))
    lines = list(desk.maintenance.audited())
    assert [line.event for line in lines] == ["started", "finished"]
    assert {line.action for line in lines} == {"queues.drop"}
    assert lines[0].details["counts"] == {"items": 1}
    assert "98765" not in desk.maintenance.audit.path.read_text()


async def test_stopping_between_batches_leaves_a_whole_file(server: Server) -> None:
    desk = Desk(server)
    items = numbered(300)
    desk.push(*items)
    operation = desk.work.drain(desk.queue())
    plan = await desk.maintenance.door.plan(operation)
    run = Run()
    run._tell = lambda _progress: run.cancel()
    with pytest.raises(StoppedError):
        await desk.maintenance.door.run(operation, plan, run)
    await operation.close()
    (path,) = unfinished.items_folder().glob("*.jsonl")
    saved = saved_in(path)
    assert [*saved, *desk.waiting()] == items
    assert 0 < len(saved) < 300
