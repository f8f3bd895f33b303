"""Make a backup: of the whole server, or of some tenants or databases, as one consistent snapshot.

The snapshot comes over the replication protocol. Where a part is wanted, it is cut from a snapshot of the whole, which
passes through a file without a name. A server that refuses replication is read key by key, and the archive says
`consistency: fuzzy`. Which way it will be is found out for the plan (`way`), and kept to.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import DriftError, KryonixError, RefusedError, ReplyError, StoppedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup import holdings
from kryonix_tui.maintenance.backup.archive import encryption, signature
from kryonix_tui.maintenance.backup.archive.part import writing_to
from kryonix_tui.maintenance.backup.archive.writer import ArchiveWriter, Description
from kryonix_tui.maintenance.backup.described import server_of
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.fuzzy import FuzzyReader
from kryonix_tui.maintenance.backup.rdb import ByteSink, RdbReader, RdbWriter, Record, UnknownTypeError
from kryonix_tui.maintenance.backup.redis_cli import redis_cli_rdb
from kryonix_tui.maintenance.backup.refusals import SyncRefusedError
from kryonix_tui.maintenance.backup.replication import stream_rdb
from kryonix_tui.maintenance.backup.way import Choice, Way, choose
from kryonix_tui.maintenance.connections import PurposeClients, purpose_address
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.maintenance.permissions import missing_permissions, not_permitted
from kryonix_tui.model.census import Census
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope
from kryonix_tui.view import formats

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.intake import Snapshot

CONSOLE: Final = "console"
"""The kind of the console's own keys, which are never part of a tenant's or a database's backup."""

_LOOK: Final = frozenset(("info", "time"))
"""What every plan needs."""

_BREATH: Final = 5000
"""Records of a snapshot between two looks whether to go on."""

_OLDEST_LOADED: Final = 10
"""Format version of a backup key by key that found no key: every supported server loads it."""

_BYTES_PER_SECOND: Final = 20e6
_FORK_MS_PER_GB: Final = 10.0
"""Estimates where nothing better is known: measured on a small machine, orders of magnitude."""

Keep = Callable[[int, bytes], bool]


def keeper(scope: Scope, keyspace: KeyspaceMap) -> Keep:
    """Return the question whether a key is in `scope`. The console's own keys never are."""
    tenants, databases = frozenset(scope.tenants), frozenset(scope.databases)
    attribute = keyspace.attribution()

    def keep(db: int, key: bytes) -> bool:
        if databases and db not in databases:
            return False
        attribution = attribute(db, key)
        return attribution.kind != CONSOLE and (not tenants or attribution.tenant in tenants)

    return keep


@dataclass(slots=True)
class BackupCreate:
    """One backup. `census` counts what is in the scope, for the plan; None where the whole server is meant.

    `written` hears of each record of a part when it is in the archive.
    """

    config: Config
    keyspace: KeyspaceMap
    scope: Scope
    destination: Destination
    census: Callable[[], Census | None] = lambda: None
    written: Callable[[Record], object] = lambda _record: None
    action: str = "backup.create"
    purpose: Purpose = Purpose.BACKUP
    writer: None = None
    _clients: PurposeClients | None = None

    @property
    def clients(self) -> PurposeClients:
        """The connections of the backup's user."""
        if self._clients is None:
            self._clients = PurposeClients(self.config.redis, Purpose.BACKUP)
        return self._clients

    async def plan(self, run: Run | None = None) -> Plan:
        """Look at server and destination; nothing is written."""
        del run
        missing = await missing_permissions(self.clients, self.keyspace)
        if _LOOK & {*missing}:
            raise await not_permitted(self.clients, self.keyspace, missing)
        seen = await look(self.clients)
        if seen.loading:
            raise RefusedError(_("{place} is loading its data").format(place=seen.target.place))
        choice = await choose(self.clients, self.keyspace, self.scope, missing)
        keys = self._keys(seen)
        if not keys and self.scope != Scope():
            raise KryonixError(_("there is no key in what was named"), title=_("Nothing to back up"))
        now = time.time()
        encrypted = bool(self.config.backup.recipients)
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=self.scope,
            counts={"keys": keys},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={
                "destination": self.destination.place,
                "encrypted": "yes" if encrypted else "no",
                "way": choice.way.value,
            },
            estimates=_estimates(seen, keys, choice),
            effects=(*self._effects(choice, encrypted=encrypted), *self.clients.notices),
            undo=_("delete the archive"),
            backup_age=holdings.age(self.destination, self.config, self.scope, now),
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Stream, describe, verify, publish."""
        key = signature.load_or_make_key(signature.key_file(self.config.backup.signing_key_file))
        recipients = encryption.recipients_of(self.config.backup.recipients)
        self.destination.sweep()
        with ArchiveWriter(
            self.destination.staging, self.keyspace, level=self.config.backup.compression_level, recipients=recipients
        ) as writer:
            description = await self._fill(writer, run, Way(plan.parameters["way"]))
            run.checkpoint()
            run.progress(0, None, "bytes", _("verifying"))
            staged = writer.finish(description, key)
            run.checkpoint()
            run.progress(0, None, "bytes", _("publishing"))
            self.destination.publish(staged)
        manifest = staged.archive.manifest
        keys = manifest.contents.keys if manifest.contents else plan.counts["keys"]
        return Outcome(
            Result.DONE,
            _("{name}: {keys}, {size}").format(
                name=staged.sidecar.name, keys=formats.keys(keys), size=formats.size(staged.sidecar.size)
            ),
            {"keys": keys, "bytes": staged.sidecar.size, "raw_bytes": manifest.payload.raw_bytes},
            (*self._fuzzy(description), *staged.notices),
            str(staged.sidecar.name),
        )

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read the published archive once more, as deep as `backup.verify` says."""
        del plan
        run.progress(0, None, "bytes", _("reading back"))
        name = outcome.artefact
        try:
            # In a thread: a drill may take minutes, and whoever wants to stop it is heard in the event loop.
            drilled, notices = await asyncio.to_thread(
                holdings.prove, self.destination, self.config, self.keyspace, name, run
            )
        except StoppedError as stopped:
            text = _("{reason}; {name} is there and its data was verified, its drill did not end")
            raise StoppedError(text.format(reason=stopped.message, name=name), hint=stopped.hint) from stopped
        outcome = replace(outcome, notices=(*outcome.notices, *notices))
        if drilled is None:
            return outcome
        figures = {**outcome.figures, "compared": drilled.compared}
        return replace(outcome, summary=f"{outcome.summary}; {drilled.sentence}", figures=figures)

    async def close(self) -> None:
        """Close connections."""
        if self._clients is not None:
            await self._clients.close()

    def _effects(self, choice: Choice, *, encrypted: bool) -> Iterator[str]:
        yield choice.effect
        if choice.forks and self.scope != Scope():
            yield _("The part is cut from a snapshot of everything, which passes through this machine.")
        if not encrypted:
            yield _("The archive will not be encrypted: backup.recipients is empty.")

    @staticmethod
    def _fuzzy(description: Description) -> tuple[str, ...]:
        if description.consistency == "snapshot":
            return ()
        return (_("This backup is fuzzy: replication was refused, so keys were read one after the other."),)

    def _keys(self, seen: Overview) -> int:
        """Return how many keys the scope has, as exactly as is known."""
        if not self.scope.tenants:
            databases = self.scope.databases or tuple(seen.databases)
            return sum(seen.databases.get(db, 0) for db in databases)
        census = self.census()
        found = [census.tenants.get(tenant) for tenant in self.scope.tenants] if census else []
        missing = [name for name, known in zip(self.scope.tenants, found, strict=False) if known is None]
        if missing:
            raise KryonixError(
                _("there is no tenant {name}").format(name=", ".join(missing)), title=_("Nothing to back up")
            )
        wanted = self.scope.databases
        return sum(
            count
            for known in found
            if known is not None
            for (db, _kind), count in known.counts.items()
            if not wanted or db in wanted
        )

    async def _fill(self, sink: ArchiveWriter, run: Run, way: Way) -> Description:
        """Write the RDB into the archive, and say what it is. Raises DriftError where the planned way is closed now."""
        seen = await look(self.clients)
        if way is not Way.KEYS:
            try:
                return Description(server_of(seen, await self._snapshot(sink, run, way)), self.scope)
            except SyncRefusedError as refusal:
                if way is not Way.TRIED:
                    raise DriftError(
                        _("a snapshot was planned, and it is refused now: {reason}").format(reason=refusal.message),
                        hint=refusal.hint,
                    ) from refusal
                run.say(f"{refusal}: {_('reading key by key, the backup will be fuzzy')}")
        await self._key_by_key(sink, run)
        return Description(server_of(seen, None), self.scope, "fuzzy")

    async def _snapshot(self, sink: ArchiveWriter, run: Run, way: Way) -> Snapshot:
        if self.scope == Scope():
            return await self._stream(sink, run, way)
        folder = self.destination.staging
        with writing_to(folder), tempfile.TemporaryFile(dir=folder) as unnamed:
            whole = cast("BinaryIO", unnamed)
            snapshot = await self._stream(whole, run, way)
            whole.seek(0)
            await self._cut(whole, sink, run, snapshot.bytes)
        return snapshot

    async def _stream(self, sink: ByteSink, run: Run, way: Way) -> Snapshot:
        """Take a snapshot by our own hand; where its beginning is not understood, by that of redis-cli."""
        redis = self.config.redis
        address = await purpose_address(redis, Purpose.BACKUP)
        received = 0

        def progress(done: int, total: int | None) -> None:
            nonlocal received
            received = done
            run.checkpoint()
            run.progress(done, total, "bytes", _("streaming"))

        if way is Way.REDIS_CLI:
            return await redis_cli_rdb(address, sink, progress=progress)
        try:
            return await stream_rdb(address, sink, connect_timeout=redis.connect_timeout, progress=progress)
        except SyncRefusedError:
            raise
        except ReplyError as error:
            if received:
                raise
            run.say(_("{error}; trying redis-cli").format(error=error))
            return await redis_cli_rdb(address, sink, progress=progress)

    async def _cut(self, whole: BinaryIO, sink: ByteSink, run: Run, size: int) -> None:
        """Copy the records of the scope from a snapshot into a new RDB."""
        try:
            reader = RdbReader(whole)
            part = RdbWriter(sink, reader.header.version, aux=reader.aux)
            keep = keeper(self.scope, self.keyspace)
            for number, record in enumerate(reader):
                if keep(record.db, record.key):
                    part.write(record)
                    self.written(record)
                if number % _BREATH == 0:
                    # A moment for signals: whoever wants to stop is heard here.
                    await asyncio.sleep(0)
                    run.checkpoint()
                    run.progress(whole.tell(), size, "bytes", _("cutting"))
            part.close()
        except UnknownTypeError as error:
            raise KryonixError(
                _("the snapshot cannot be cut: {reason}").format(reason=error.message),
                hint=_("A backup of the whole server is possible: it is copied as it is."),
            ) from error

    async def _key_by_key(self, sink: ByteSink, run: Run) -> None:
        def breath() -> None:
            run.checkpoint()
            run.progress(reader.met, max(reader.met, reader.there), "keys", _("reading keys"))

        reader = FuzzyReader(self.clients, keeper(self.scope, self.keyspace), breath)
        part: RdbWriter | None = None
        async for record in reader.records():
            part = part or await self._begun(sink, reader)
            part.write(record)
            self.written(record)
        (part or await self._begun(sink, reader)).close()

    async def _begun(self, sink: ByteSink, reader: FuzzyReader) -> RdbWriter:
        """Return an RDB with the function libraries, where everything is meant: a server may have them and no key."""
        part = RdbWriter(sink, reader.version or _OLDEST_LOADED)
        for code in await reader.functions() if self.scope == Scope() else ():
            part.function(code)
        return part


def _estimates(seen: Overview, keys: int, choice: Choice) -> dict[str, float]:
    found = {
        "bytes": seen.used_memory * (keys / seen.keys if seen.keys else 1.0),
        "seconds": seen.used_memory / _BYTES_PER_SECOND,
    }
    if choice.forks:
        found["blocking_ms"] = seen.last_fork_ms or seen.used_memory / 2**30 * _FORK_MS_PER_GB
    return found
