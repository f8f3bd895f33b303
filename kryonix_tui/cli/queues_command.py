"""`kryonix queues`: what waits, what is in it, and the work of operators on it."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from kryonix_tui.cli import completing
from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.operations import carried_out, operating
from kryonix_tui.cli.questions import confirmed
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import RefusedError, UsageError
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.config.load import Loaded
    from kryonix_tui.config.schema import Config
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.queues.work import QueueWork
    from kryonix_tui.model.census import QueueKey
    from kryonix_tui.model.queues import QueuePage, QueueState

_QUEUE = click.argument("queue", metavar="QUEUE")
_DB = click.option(
    "--db", type=click.IntRange(0), metavar="N", help=_("The database, where the name alone says too little.")
)
_COUNT = click.option(
    "--count", type=click.IntRange(1), metavar="N", help=_("The N oldest items; else all that wait now.")
)
_TO = click.option("--to", default="", metavar="FILE", help=_("Where to save them. Else a file of the state folder."))


@click.group(
    "queues",
    no_args_is_help=False,
    help=_("Queues: what waits, and work on it. QUEUE is TENANT/MODULE, or the key. The oldest item goes next."),
)
@shared_flags
def command() -> None:
    """Hold the commands on queues."""


@command.command(
    "list",
    help=_(
        "List queues, those without a consumer first: all, or those that fit every TERM (depth>100, consumer=none,"
        " tenant=x). Rates need two looks: --over says how many seconds apart."
    ),
)
@click.argument("terms", nargs=-1, metavar="[TERM]...")
@click.option("--over", type=click.FloatRange(0, 3600), default=0.0, metavar="SECONDS", help=_("Look twice."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.queues/1)."))
@shared_flags
@click.pass_context
def list_command(context: click.Context, *, terms: tuple[str, ...], over: float, json_output: bool) -> int:
    """Print the queues."""
    loaded = shared_of(context).load()
    from kryonix_tui.view.columns import column_named, sort_items
    from kryonix_tui.view.filters import compile_filter
    from kryonix_tui.view.queue_documents import queues
    from kryonix_tui.view.queues import columns

    now = time.time()
    # What is written wrong is said before a server is asked.
    passes = compile_filter(" ".join(terms), columns(now))
    states = asyncio.run(_states(loaded, over))
    now = time.time()
    found = [state for state in states if passes(state)]
    first = column_named(columns(now), "consumer")
    if first is not None:
        found = sort_items(sorted(found, key=lambda state: -state.depth), first, reverse=True)
    if json_output:
        click.echo(queues(found, now))
        return FINE
    from kryonix_tui.headless import table

    for line in table(columns(now), found, shutil.get_terminal_size((160, 24)).columns):
        click.echo(line.rstrip())
    return FINE


async def _states(loaded: Loaded, over: float) -> list[QueueState]:
    """Look at all queues, twice where rates are wanted. Raises SourceError."""
    from kryonix_tui.analysis.queue_flow import QueueLedger
    from kryonix_tui.bootstrap import monitor_of
    from kryonix_tui.headless import CENSUS_SECONDS, collect

    monitor = monitor_of(loaded.config)
    ledger = QueueLedger(loaded.config.alerts.checks.queue_lasting, span=0.0)
    if over:
        ledger.take((await monitor.collect(CENSUS_SECONDS)).snapshot)
        await asyncio.sleep(over)
    ledger.take((await collect(monitor, wait_census=False)).snapshot)
    return list(ledger.queues().states.values())


@command.command("peek", help=_("Show items of QUEUE without taking any, the oldest first. What is in them is hidden."))
@_QUEUE
@_DB
@click.option("--start", type=click.IntRange(0), default=0, metavar="N", help=_("Leave out the N that go next."))
@click.option("--count", type=click.IntRange(1, 50), default=20, show_default=True, metavar="N", help=_("At most N."))
@click.option("--reveal", is_flag=True, help=_("Show what is in them (operators). The audit log says that you looked."))
@click.option("--yes", is_flag=True, help=_("Do not ask before items are revealed."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.queue_peek/1)."))
@shared_flags
@click.pass_context
def peek_command(
    context: click.Context,
    *,
    queue: str,
    db: int | None,
    start: int,
    count: int,
    reveal: bool,
    yes: bool,
    json_output: bool,
) -> int:
    """Print some items."""
    config = shared_of(context).load().config
    from kryonix_tui.config.keyspace import keyspace_map
    from kryonix_tui.model.queues import named
    from kryonix_tui.view import queue_documents, queue_items
    from kryonix_tui.view.cells import plain

    wanted = named(keyspace_map(config.keyspace), queue, db)
    if reveal and not yes:
        _ask_to_reveal(config, count)
    page = asyncio.run(_page(config, wanted, start, count, reveal=reveal))
    now = time.time()
    if json_output:
        click.echo(queue_documents.peek(wanted, page, now, revealed=reveal))
        return FINE
    for line in queue_items.lines(page, now, revealed=reveal):
        click.echo(plain(line).rstrip())
    return FINE


async def _page(config: Config, queue: QueueKey, start: int, count: int, *, reveal: bool) -> QueuePage:
    from kryonix_tui.bootstrap import queues_of

    port = queues_of(config)
    try:
        if not reveal:
            return await port.items(queue, start, count)
        return await _work(config).reveal(port, queue, start, count)
    finally:
        await port.close()


def _ask_to_reveal(config: Config, count: int) -> None:
    """Ask whether items are to be shown as they are.

    Raises:
        UsageError: nobody can be asked.
        RefusedError: the answer was no, or this console may not.
    """
    from kryonix_tui.maintenance.queues.reveal import warning

    _work(config).door.admit()
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(_("nobody can be asked here: --yes is needed"))
    if not confirmed(warning(count), err=True):
        raise RefusedError(_("not confirmed"))


@command.command("move", help=_("Move the oldest items of QUEUE to TARGET, of the same tenant or of the platform."))
@_QUEUE
@click.argument("target", metavar="TARGET")
@_DB
@_COUNT
@operating
def move_command(
    context: click.Context, *, queue: str, target: str, db: int | None, count: int | None, **flags: Any
) -> int:
    """Plan, ask, move."""

    def make(work: QueueWork) -> Operation:
        return work.move(work.named(queue, db), work.named(target), count)

    return _carried_out(context, make, "queues.move", **flags)


@command.command("requeue", help=_("Put the items of QUEUE that would go next behind all others."))
@_QUEUE
@_DB
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, metavar="N", help=_("How many."))
@operating
def requeue_command(context: click.Context, *, queue: str, db: int | None, count: int, **flags: Any) -> int:
    """Plan, ask, requeue."""
    return _carried_out(context, lambda work: work.move(work.named(queue, db), None, count), "queues.requeue", **flags)


@command.command("drop", help=_("Take the items of QUEUE that match out of it. They are saved in a file first."))
@_QUEUE
@_DB
@click.option(
    "--where", multiple=True, metavar="FIELD=VALUE", help=_("This field has this value; a.b is b inside of a.")
)
@click.option("--text", default="", metavar="TEXT", help=_("This text is in it."))
@_TO
@operating
def drop_command(
    context: click.Context, *, queue: str, db: int | None, where: tuple[str, ...], text: str, to: str, **flags: Any
) -> int:
    """Plan, ask, drop."""

    def make(work: QueueWork) -> Operation:
        from kryonix_tui.maintenance.queues.matching import Matching, parse_fields

        return work.drop(work.named(queue, db), Matching(parse_fields(where), text), to)

    return _carried_out(context, make, "queues.drop", **flags)


@command.command("drain", help=_("Take the items of QUEUE out of it, into a file. `queues replay` brings them back."))
@_QUEUE
@_DB
@_COUNT
@_TO
@operating
def drain_command(
    context: click.Context, *, queue: str, db: int | None, count: int | None, to: str, **flags: Any
) -> int:
    """Plan, ask, drain."""
    return _carried_out(context, lambda work: work.drain(work.named(queue, db), count, to), "queues.drain", **flags)


@command.command("replay", help=_("Push the items of FILE into the queue that they are from, behind what waits there."))
@click.argument("file", metavar="FILE", shell_complete=completing.paths)
@click.option("--into", default="", metavar="QUEUE", help=_("Another queue of the same tenant, or of the platform."))
@_DB
@click.option("--first", is_flag=True, help=_("Before what waits: they go next."))
@click.option("--again", is_flag=True, help=_("Also where the file was replayed before."))
@operating
def replay_command(
    context: click.Context, *, file: str, into: str, db: int | None, first: bool, again: bool, **flags: Any
) -> int:
    """Plan, ask, replay."""

    def make(work: QueueWork) -> Operation:
        return work.replay(file, work.named(into, db) if into else None, first=first, again=again)

    return _carried_out(context, make, "queues.replay", **flags)


@command.command("prune", help=_("Delete the files of drained and dropped items that are old enough to go."))
@operating
def prune_command(context: click.Context, **flags: Any) -> int:
    """Plan, ask, delete."""
    return carried_out(context, lambda at: at.queues.prune(), "queues.prune", "", **flags)


def _work(config: Config) -> QueueWork:
    from kryonix_tui.maintenance.service import Maintenance

    return Maintenance(config).queues


def _carried_out(context: click.Context, make: Callable[[QueueWork], Operation], action: str, **flags: Any) -> int:
    """Make the operation and take it to its end."""
    return carried_out(context, lambda at: make(at.queues), action, "maintain", **flags)
