"""Restore: an archive, or a tenant or database of it, into a server.

Keys are written in batches by RESTORE with their own expiry. A key is looked at again in the batch that writes it: what
is there and was not when the plan was made is left alone and reported. Running the same restore again goes on where one
was cut off, for keys that are already as they should be are not written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from kryonix_tui.errors import DriftError, RefusedError, VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.archive import encryption, signature
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.opened import model_scope
from kryonix_tui.maintenance.backup.create import keeper
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.rdb import RdbReader
from kryonix_tui.maintenance.backup.restore import preflight, undo
from kryonix_tui.maintenance.backup.restore.comparison import reread
from kryonix_tui.maintenance.backup.restore.journal import Journal
from kryonix_tui.maintenance.backup.restore.left_out import LeftOut
from kryonix_tui.maintenance.backup.restore.libraries import restore_functions
from kryonix_tui.maintenance.backup.restore.missing import keys_of
from kryonix_tui.maintenance.backup.restore.preview import Diff, compare
from kryonix_tui.maintenance.backup.restore.selection import Selection
from kryonix_tui.maintenance.backup.restore.writing import Tally, Writing
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.maintenance.permissions import require
from kryonix_tui.maintenance.redis_operation import RedisOperation
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.archive.manifest import Manifest
    from kryonix_tui.maintenance.backup.archive.opened import OpenArchive

_FOR_FUNCTIONS: Final = ("function|restore", "function|dump")
"""What the restore's user has for a whole backup that holds function libraries."""

_NOT_ALWAYS: Final = ("unlink", "exists", "type")
"""What it has for other occasions."""


class Policy(StrEnum):
    """What to do where a key of the archive exists: refuse everything, leave it, or overwrite it."""

    FAIL = "fail"
    SKIP = "skip"
    REPLACE = "replace"


@dataclass(slots=True)
class Restore(RedisOperation):
    """One restore of the archive `name` at `destination`.

    `trusted`: a foreign signature is accepted on purpose. `convert`: values are written in an older format where the
    server needs that; `skip_unrestorable`: without those that this format cannot hold, which else refuse the restore.
    """

    destination: Destination
    name: ArchiveName
    scope: Scope = field(default_factory=Scope)
    policy: Policy = Policy.FAIL
    trusted: bool = False
    convert: bool = False
    skip_unrestorable: bool = False
    action: str = "restore"
    purpose: Purpose = field(default=Purpose.RESTORE, init=False)
    _diff: Diff = field(default_factory=Diff)
    _seen: Overview | None = None
    _before: Overview | None = None
    _version: int = 0
    _whole: Scope = field(default_factory=Scope)
    """The scope, or that of the archive where all of it is meant."""
    _converts: bool = False
    _left_out: LeftOut = field(default_factory=LeftOut)
    _kept: int = 0
    _manifest: Manifest | None = None
    """What was judged for the plan: nothing else is carried out."""
    _journal: Journal | None = None

    async def plan(self, run: Run | None = None) -> Plan:
        """Check everything that can be checked, and compare every key. Nothing is written.

        Raises:
            RefusedError: the archive is not ours, or the server cannot take it.
            KryonixError: the archive has nothing of what the scope names, or is damaged.
            SourceError: the server could not be read.
            StoppedError: `run` was stopped.
        """
        run = run or Run()
        clients = self.writer
        seen = self._seen = await look(clients)
        preflight.check_server(seen)
        await require(clients, self.keyspace, optional=(*_FOR_FUNCTIONS, *_NOT_ALWAYS))
        with self._archive() as archive:
            manifest = self._manifest = archive.manifest
            key = signature.load_key(signature.key_file(self.config.backup.signing_key_file))
            preflight.check_signature(signature.judge(manifest, key), trusted=self.trusted)
            payload = archive.payload()
            reader = RdbReader(payload)
            self._version = await preflight.payload_version(clients, reader.header.version, convert=self.convert)
            self._converts = self._version != reader.header.version
            selection = self._selection()
            archived = _archived(manifest)

            def breath() -> None:
                _told(run, selection.walked, archived, _("comparing"))

            selection.breath = breath
            self._diff = await compare(selection, reader, clients, seen)
            self._left_out = selection.left_out
            # Only now it is certain that the data is what was signed.
            payload.drain()
        selection.check()
        preflight.check_room(seen, self._diff.memory)
        self._whole = scope = self.scope if self.scope != Scope() else model_scope(manifest.scope)
        there = await keys_of(
            scope, clients, seen, keeper(scope, self.keyspace), partial(_told, run, step=_("counting"))
        )
        if reader.functions and self.scope == Scope():
            await require(clients, self.keyspace, optional=_NOT_ALWAYS)
        return self._plan(seen, manifest, there, len(reader.functions))

    def _plan(self, seen: Overview, manifest: Manifest, there: int, libraries: int) -> Plan:
        now, diff = time.time(), self._diff
        overwrites = self._overwrites
        resumed = Journal(manifest.id, self.scope, seen.target.place).unfinished
        parameters = {
            "archive": str(self.name),
            "from": self.destination.place,
            "policy": self.policy.value,
            "format": str(self._version),
        }
        if self.skip_unrestorable:
            parameters["unrestorable"] = "skip"
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=self._whole,
            counts=self._counts(there),
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters=parameters,
            estimates={"bytes": diff.size, "seconds": diff.seconds(_archived(manifest))},
            effects=(
                *self._effects(libraries, resumed=resumed),
                *preflight.remarks(seen, int(now * 1000), _origin_ahead_ms(manifest)),
                *self.writer.notices,
            ),
            undo=_("what is overwritten is saved first, as an archive; new keys stay") if overwrites else "",
            confirmation=f"{seen.target.place}/{self._named(manifest)}" if overwrites else "",
            backup_age=max(0.0, now - self.name.made_at.timestamp()),
            refusal="; ".join(self._refusals(resumed=resumed)),
        )

    @property
    def _overwrites(self) -> int:
        return self._diff.changed if self.policy is Policy.REPLACE else 0

    def _counts(self, there: int) -> dict[str, int]:
        """Return the counts of a plan; `there`: keys of the scope on the server."""
        diff, left_out = self._diff, self._left_out.count
        return {
            "new": diff.new,
            "changed": diff.changed,
            "same": diff.same,
            "missing": max(0, there - diff.existing),
            "expired": diff.expired,
            **({"unrestorable": left_out} if left_out else {}),
        }

    def _effects(self, libraries: int, *, resumed: bool) -> Iterator[str]:
        overwrites = self._overwrites
        yield ngettext("{count} key is written.", "{count} keys are written.", self._diff.new + overwrites).format(
            count=formats.full_count(self._diff.new + overwrites)
        )
        if overwrites:
            yield ngettext("{count} key is overwritten.", "{count} keys are overwritten.", overwrites).format(
                count=formats.full_count(overwrites)
            )
        if self._left_out.count and self.skip_unrestorable:
            yield _("Left out: {reason}.").format(reason=self._left_out.reason(self._version))
        if libraries and self.scope == Scope():
            text = ngettext(
                "{count} function library is added; one that exists is never overwritten.",
                "{count} function libraries are added; one that exists is never overwritten.",
                libraries,
            )
            yield text.format(count=libraries)
        if resumed:
            yield _("An earlier restore of this backup did not end: this one goes on.")

    def _refusals(self, *, resumed: bool) -> Iterator[str]:
        """Yield what forbids this restore unless the operator chooses otherwise."""
        in_the_way = self._diff.changed if resumed else self._diff.existing
        if self.policy is Policy.FAIL and in_the_way:
            yield ngettext(
                "{count} key of the backup exists: choose --policy skip or replace",
                "{count} keys of the backup exist: choose --policy skip or replace",
                in_the_way,
            ).format(count=formats.full_count(in_the_way))
        if self._left_out.count and not self.skip_unrestorable:
            yield _("{reason}; --skip-unrestorable restores the others").format(
                reason=self._left_out.reason(self._version)
            )

    def _named(self, manifest: Manifest) -> str:
        """Return what is typed to have it overwritten: the tenants, those of the archive where none was chosen."""
        tenants = self.scope.tenants or model_scope(manifest.scope).tenants
        return "+".join(safe(name) for name in tenants) or "all"

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Save what is overwritten, then write batch by batch."""
        clients, seen, diff = self.writer, self._seen, self._diff
        if seen is None:
            raise DriftError(_("the restore was not planned in this run"))
        self._before = await look(clients)
        saved = ""
        if self.policy is Policy.REPLACE and diff.overwritten:
            saved = await self._saved(seen, run)
            run.say(_("what is overwritten was saved as {path}").format(path=saved))
        with self._judged() as archive:
            journal = Journal(archive.manifest.id, self.scope, plan.target.place)
            payload = archive.payload()
            reader = RdbReader(payload)
            resumed = journal.unfinished
            journal.begin(saved)
            notices = await self._functions(reader, run)
            if notices and self.policy is Policy.FAIL and not resumed:
                journal.end()
                raise RefusedError(
                    notices[0], hint=_("No key was written. Remove the libraries, or choose --policy skip.")
                )
            self._journal = journal
            tally = await self._write_all(reader, run)
            payload.drain()
        self._kept = tally.kept
        if tally.meanwhile:
            notices += (
                ngettext(
                    "{count} key was written by others meanwhile and left alone",
                    "{count} keys were written by others meanwhile and left alone",
                    tally.meanwhile,
                ).format(count=tally.meanwhile),
            )
        text = ngettext(
            "{written} key written, {unchanged} already so, {skipped} left, {expired} expired",
            "{written} keys written, {unchanged} already so, {skipped} left, {expired} expired",
            tally.written,
        )
        summary, figures = text.format(**asdict(tally)), asdict(tally)
        left_out = self._left_out.count
        if left_out:
            figures["unrestorable"] = left_out
            summary += _(", {count} left out as not restorable").format(count=formats.full_count(left_out))
        return Outcome(Result.DONE, summary, figures, notices, saved)

    async def _saved(self, seen: Overview, run: Run) -> str:
        """Save what is overwritten, and return as which archive."""
        total = len(self._diff.overwritten)

        def progress(done: int) -> None:
            run.checkpoint()
            run.progress(done, total, "keys", _("saving what is overwritten"))

        return await undo.save(self._diff, self.writer, self.config, self.keyspace, seen, self._whole, progress)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read every key again; nothing that was written may be gone, and nothing evicted unseen."""
        del plan
        before = self._before or await look(self.writer)

        def progress(done: int) -> None:
            run.progress(done, self._diff.total, "keys", _("comparing"))

        with self._judged() as archive:
            reader = RdbReader(archive.payload())
            found = await reread(self._selection(), reader, self.writer, before.now_ms, progress)
        after = await look(self.writer)
        evicted = after.evicted - before.evicted
        figures = {
            **outcome.figures,
            "missing": found.missing,
            "differing": found.differing,
            "evicted": evicted,
            "expired_meanwhile": after.expired - before.expired,
        }
        if found.missing or evicted > 0:
            raise VerificationError(
                ", ".join(
                    (
                        ngettext("{count} key is gone again", "{count} keys are gone again", found.missing).format(
                            count=found.missing
                        ),
                        ngettext("{count} was evicted", "{count} were evicted", evicted).format(count=evicted),
                    )
                ),
                hint=_("Look at maxmemory and its policy, and at who else deletes keys there."),
            )
        if self._journal is not None:
            self._journal.end()
        notices = outcome.notices
        if found.differing > self._kept:
            notices += (
                ngettext(
                    "{count} key has already changed again",
                    "{count} keys have already changed again",
                    found.differing - self._kept,
                ).format(count=found.differing - self._kept),
            )
        return replace(outcome, figures=figures, notices=notices)

    @contextmanager
    def _archive(self) -> Iterator[OpenArchive]:
        identities = encryption.configured_identities(self.config.backup.identity_file) if self.name.encrypted else ()
        with opened(self.destination, self.name, identities) as archive:
            yield archive

    @contextmanager
    def _judged(self) -> Iterator[OpenArchive]:
        """Yield the archive that the plan was made of. Raises DriftError where another has taken its name since."""
        with self._archive() as archive:
            if archive.manifest != self._manifest:
                raise DriftError(
                    _("{name} is another archive than when the plan was made").format(name=self.name),
                    hint=_("Find out who changed it. Nothing of it was written."),
                )
            yield archive

    def _selection(self) -> Selection:
        return Selection(self.scope, self.keyspace, self._version if self._converts else None)

    async def _write_all(self, reader: RdbReader, run: Run) -> Tally:
        seen = self._before or await look(self.writer)
        writing = Writing(
            self.writer,
            self._version,
            self._diff.overwritten,
            self._diff.large,
            self.policy is Policy.REPLACE,
            seen.now_ms,
        )
        done = 0
        selection = self._selection()
        selection.breath = run.checkpoint
        async for batch in selection.alive(reader, seen.now_ms, writing.tally.count_expired):
            await run.between_batches()
            await writing.take(batch)
            done += len(batch)
            run.progress(done + writing.tally.expired, self._diff.total, "keys", _("writing"))
        self._left_out = selection.left_out
        return writing.tally

    async def _functions(self, reader: RdbReader, run: Run) -> tuple[str, ...]:
        if self.scope != Scope() or not reader.functions:
            return ()
        await run.between_batches()
        return await restore_functions(self.writer, reader.functions, self._version)


def _told(run: Run, done: int, total: int, step: str) -> None:
    """Tell how many keys were looked at. Raises StoppedError where the run was stopped."""
    run.checkpoint()
    run.progress(done, total or None, "keys", step)


def _archived(manifest: Manifest) -> int:
    """Return how many keys an archive holds, 0 where that is not known."""
    return manifest.contents.keys if manifest.contents else 0


def _origin_ahead_ms(manifest: Manifest) -> int:
    """Return by how much the clock of the server was ahead of ours when the archive was begun, 0 where it is not known."""
    return manifest.server.time - manifest.created * 1000 if manifest.server.time else 0
