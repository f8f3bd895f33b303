"""Restore: an archive, or a tenant or database of it, into a server.

Keys are written in batches by RESTORE with their own expiry. A key is looked at again in the batch that writes it: what
is there and was not when the plan was made is left alone and reported. Running the same restore again goes on where one
was cut off, for keys that are already as they should be are not written.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import DriftError, VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import encryption, signature
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.create import keeper
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.rdb import RdbReader, Record, chosen
from kryonix_tui.maintenance.backup.restore import preflight, undo
from kryonix_tui.maintenance.backup.restore.journal import Journal
from kryonix_tui.maintenance.backup.restore.libraries import restore_functions
from kryonix_tui.maintenance.backup.restore.preview import Diff, compare, state_of
from kryonix_tui.maintenance.backup.restore.target import Batcher, present, write
from kryonix_tui.maintenance.backup.restore.values import same
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

if TYPE_CHECKING:
    from pathlib import Path

    from kryonix_tui.maintenance.backup.archive.opened import OpenArchive

_KEYS_PER_SECOND: Final = 40_000


class Policy(StrEnum):
    """What to do where a key of the archive exists: refuse everything, leave it, or overwrite it."""

    FAIL = "fail"
    SKIP = "skip"
    REPLACE = "replace"


@dataclass(slots=True)
class Tally:
    """What became of the keys."""

    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    expired: int = 0
    meanwhile: int = 0
    """Left alone because somebody wrote them after the plan was made."""


@dataclass(slots=True)
class Restore:
    """One restore of the archive `name` at `destination`. `trusted`: a foreign signature is accepted on purpose."""

    config: Config
    keyspace: KeyspaceMap
    destination: Destination
    name: ArchiveName
    scope: Scope = field(default_factory=Scope)
    policy: Policy = Policy.FAIL
    trusted: bool = False
    convert: bool = False
    action: str = "restore"
    purpose: Purpose = Purpose.RESTORE
    _clients: PurposeClients | None = None
    _diff: Diff = field(default_factory=Diff)
    _seen: Overview | None = None
    _version: int = 0

    @property
    def writer(self) -> PurposeClients:
        """The connections of the restore's user; the Redis lock is taken there."""
        if self._clients is None:
            self._clients = PurposeClients(self.config.redis, Purpose.RESTORE)
        return self._clients

    async def plan(self) -> Plan:
        """Check everything that can be checked, and compare every key. Nothing is written."""
        clients = self.writer
        seen = self._seen = await look(clients)
        with self._archive() as archive:
            manifest = archive.manifest
            key = signature.load_key(signature.key_file(self.config.backup.signing_key_file))
            preflight.check_signature(signature.judge(manifest, key), trusted=self.trusted)
            reader = RdbReader(archive.payload())
            self._version = await preflight.payload_version(clients, reader.header.version, convert=self.convert)
            self._diff = diff = await compare(self._chosen(reader), clients, seen.time_ms, lambda _done: None)
        await preflight.check_databases(clients, diff.databases)
        preflight.check_server(seen, diff.size * preflight.MEMORY_PER_BYTE)
        resumed = Journal(manifest.id, self.scope, seen.target.run_id).unfinished
        return self._plan(seen, diff, resumed=resumed)

    def _plan(self, seen: Overview, diff: Diff, *, resumed: bool) -> Plan:
        now = time.time()
        overwrites = diff.changed if self.policy is Policy.REPLACE else 0
        in_the_way = diff.changed if resumed else diff.existing
        refusal = ""
        if self.policy is Policy.FAIL and in_the_way:
            refusal = _("{count} keys of the backup exist: choose --policy skip or replace").format(
                count=formats.full_count(in_the_way)
            )
        effects = [
            _("{count} keys are written.").format(count=formats.full_count(diff.new + overwrites)),
            *preflight.remarks(seen, int(now * 1000)),
            *self.writer.notices,
        ]
        if overwrites:
            effects.append(_("{count} keys are overwritten.").format(count=formats.full_count(overwrites)))
        if resumed:
            effects.append(_("An earlier restore of this backup did not end: this one goes on."))
        place = seen.target.place
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=self.scope,
            counts={"new": diff.new, "changed": diff.changed, "same": diff.same, "expired": diff.expired},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={"archive": str(self.name), "policy": self.policy.value, "format": str(self._version)},
            estimates={"bytes": diff.size, "seconds": (diff.new + overwrites) / _KEYS_PER_SECOND},
            effects=tuple(effects),
            undo=_("what is overwritten is saved first, as an archive; new keys stay") if overwrites else "",
            confirmation=f"{place}/{'+'.join(safe(name) for name in self.scope.tenants) or 'all'}"
            if overwrites
            else "",
            backup_age=max(0.0, now - self.name.made_at.timestamp()),
            refusal=refusal,
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Save what is overwritten, then write batch by batch."""
        clients, seen, diff = self.writer, self._seen, self._diff
        if seen is None:
            raise DriftError(_("the restore was not planned in this run"))
        total = diff.new + diff.existing + diff.expired
        saved = ""
        if self.policy is Policy.REPLACE and diff.overwritten:
            run.progress(0, len(diff.overwritten), "keys", _("saving what is overwritten"))
            saved = await undo.save(
                diff.overwritten, clients, self._version, self.config, self.keyspace, seen, self.scope
            )
            run.say(_("what is overwritten was saved as {path}").format(path=saved))
        with self._archive() as archive:
            journal = Journal(archive.manifest.id, self.scope, plan.target.run_id)
            journal.begin()
            reader = RdbReader(archive.payload())
            tally = await self._write_all(reader, run, total)
            notices = await self._functions(reader)
        journal.end()
        if tally.meanwhile:
            notices += (
                _("{count} keys were written by others meanwhile and left alone").format(count=tally.meanwhile),
            )
        text = _("{written} keys written, {unchanged} already so, {skipped} left, {expired} expired")
        return Outcome(
            Result.DONE,
            text.format(written=tally.written, unchanged=tally.unchanged, skipped=tally.skipped, expired=tally.expired),
            {
                "written": tally.written,
                "unchanged": tally.unchanged,
                "skipped": tally.skipped,
                "expired": tally.expired,
                "meanwhile": tally.meanwhile,
            },
            notices,
            saved,
        )

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read every key again; nothing that was written may be gone, and nothing evicted unseen."""
        del plan
        before = self._seen or await look(self.writer)
        missing = differing = done = 0
        with self._archive() as archive:
            async for batch in self._batches(RdbReader(archive.payload()), int(time.time() * 1000)):
                there = await present(self.writer, batch[0].db, [record.key for record in batch])
                now = time.time() * 1000
                for record in batch:
                    found = there.get(record.key)
                    if found is None:
                        missing += record.expires_at_ms is None or record.expires_at_ms > now
                    else:
                        differing += not same(record, found)
                done += len(batch)
                run.progress(done, None, "keys", _("comparing"))
        after = await look(self.writer)
        evicted = after.evicted - before.evicted
        figures = {**outcome.figures, "missing": missing, "differing": differing, "evicted": evicted}
        if missing or evicted > 0:
            raise VerificationError(
                _("{missing} keys are gone again, {evicted} were evicted").format(missing=missing, evicted=evicted),
                hint=_("Look at maxmemory and its policy, and at who else deletes keys there."),
            )
        notices = outcome.notices
        kept = outcome.figures["skipped"] + outcome.figures["meanwhile"]
        if differing > kept:
            notices += (_("{count} keys have already changed again").format(count=int(differing - kept)),)
        return Outcome(outcome.result, outcome.summary, figures, notices, outcome.artefact)

    async def close(self) -> None:
        """Close connections."""
        if self._clients is not None:
            await self._clients.close()

    @contextmanager
    def _archive(self) -> Iterator[OpenArchive]:
        identity = self.config.backup.identity_file
        identities = encryption.identities_of(_path(identity)) if identity and self.name.encrypted else ()
        with opened(self.destination, self.name, identities) as archive:
            yield archive

    def _chosen(self, reader: RdbReader) -> Iterator[Record]:
        return chosen(reader, keeper(self.scope, self.keyspace))

    async def _batches(self, reader: RdbReader, now_ms: int) -> AsyncIterator[list[Record]]:
        """Yield the records of the scope that are still alive, in batches of one database."""
        batcher = Batcher()
        for record in self._chosen(reader):
            if record.expires_at_ms is None or record.expires_at_ms > now_ms:
                full = batcher.add(record)
                if full:
                    yield full
        rest = batcher.rest()
        if rest:
            yield rest

    async def _write_all(self, reader: RdbReader, run: Run, total: int) -> Tally:
        tally = Tally(expired=self._diff.expired)
        done = self._diff.expired
        now_ms = self._seen.time_ms if self._seen else 0
        async for batch in self._batches(reader, now_ms):
            run.checkpoint()
            await self._write_batch(batch, tally)
            done += len(batch)
            run.progress(done, total, "keys", _("writing"))
        return tally

    async def _write_batch(self, batch: list[Record], tally: Tally) -> None:
        db, clients = batch[0].db, self.writer
        replace = await self._still_replaceable(db, batch)
        refused = await write(clients, db, batch, self._version, replace=replace)
        tally.written += len(batch) - len(refused)
        if not refused:
            return
        there = await present(clients, db, sorted(refused))
        for record in batch:
            if record.key not in refused:
                continue
            found = there.get(record.key)
            if found is not None and same(record, found):
                tally.unchanged += 1
            elif (db, record.key) in self._diff.overwritten and self.policy is Policy.SKIP:
                tally.skipped += 1
            else:
                tally.meanwhile += 1

    async def _still_replaceable(self, db: int, batch: list[Record]) -> frozenset[bytes]:
        """Return the keys of a batch that may be overwritten: they are still what was saved."""
        if self.policy is not Policy.REPLACE:
            return frozenset()
        saved = {record.key: self._diff.overwritten.get((db, record.key)) for record in batch}
        wanted = [key for key, state in saved.items() if state is not None]
        if not wanted:
            return frozenset()
        there = await present(self.writer, db, wanted)
        return frozenset(key for key, found in there.items() if state_of(found) == saved[key])

    async def _functions(self, reader: RdbReader) -> tuple[str, ...]:
        if self.scope != Scope() or not reader.functions:
            return ()
        return await restore_functions(
            self.writer, reader.functions, self._version, replace=self.policy is Policy.REPLACE
        )


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text).expanduser()
