"""The drill: load an archive into a server that is thrown away, and compare what it then has with what was stored.

Compared are the number of keys per database, the functions, and key by key what DUMP and PEXPIRETIME say. Where a DUMP
differs from the stored bytes (compression, the order of a hash table), the stored value is restored beside it and both
are asked again; unordered types are compared by their sorted members. Keys that expire meanwhile are left out.
The archive is walked again for that, a batch at a time: memory does not grow with it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from kryonix_tui.errors import KryonixError, StoppedError, VerificationError
from kryonix_tui.i18n import _, numerals
from kryonix_tui.maintenance.backup.archive.hashing import CHUNK
from kryonix_tui.maintenance.backup.archive.opened import OpenArchive
from kryonix_tui.maintenance.backup.archive.part import Part, writing_to
from kryonix_tui.maintenance.backup.rdb import Magic, RdbReader, Record, UnknownTypeError, ends_at_ms, payload
from kryonix_tui.maintenance.backup.throwaway import Throwaway, program_for
from kryonix_tui.masking import mask_key_name
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

if TYPE_CHECKING:
    from redis import Redis

COMPARED: Final = 2_000_000
"""Keys that are compared at most: all of a smaller archive, else so many spread evenly over the file."""

_BATCH: Final = 200
_BATCH_BYTES: Final = 16 << 20
"""Keys and bytes of values that are on their way at once."""

_PROBE: Final = b"kryonix:drill:%d"
_LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class DrillResult:
    """How a drill went. `differences` are sentences, none where all is well; `notes` do not matter to the data.

    `compared` keys were compared, of the `keys` that the server had; `complete`: all that did not expire meanwhile.
    """

    server: str
    seconds: float
    keys: int
    compared: int
    complete: bool
    differences: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What was done, without a full stop."""
        text = _("{server} loaded {keys} in {seconds} s; all {compared} compared")
        if not self.complete:
            text = _("{server} loaded {keys} in {seconds} s; {compared} of {all} compared")
        return text.format(
            server=self.server,
            keys=formats.keys(self.keys),
            seconds=numerals(f"{self.seconds:.1f}"),
            compared=formats.full_count(self.compared),
            all=formats.full_count(self.keys),
        )


Tell = Callable[[int, int], None]
"""Gets how many keys of an archive have been passed, and how many it has; what it raises ends the drill."""


def unheard(_done: int, _total: int) -> None:
    """Tell nobody."""


def drill(archive: OpenArchive, scratch: Path, *, compare: int = COMPARED, tell: Tell = unheard) -> DrillResult:
    """Load `archive` into a server. The RDB lies in `scratch` meanwhile, private.

    Raises:
        ArchiveError: it is damaged, or does not fit into `scratch`.
        VerificationError: the server does not load it.
        KryonixError: there is no server for it here.
    """
    began = time.monotonic()
    manifest = archive.manifest
    with writing_to(scratch):
        part = Part.create(scratch)
    with part as rdb:
        with writing_to(scratch), archive.payload() as stored:
            while content := stored.read(CHUNK):
                rdb.file.write(content)
            rdb.file.flush()
        databases = max((16, *(db + 1 for db in manifest.contents.databases))) if manifest.contents else 16
        keys = manifest.contents.keys if manifest.contents else 0
        with Throwaway(rdb.path, databases=databases, breath=lambda: tell(0, keys)) as server:
            program = program_for(
                manifest.server.flavour, Magic(manifest.payload.magic), manifest.payload.version, server.folder
            )
            comparison = _Comparison(server, tell, started_ms=_now_ms())
            try:
                server.start(program)
            except StoppedError:
                raise
            except KryonixError as error:
                raise VerificationError(error.message, title=error.title) from error
            if program.note:
                comparison.notes.append(program.note)
            comparison.run(archive, rdb.path, compare)
    return DrillResult(
        server=program.name,
        seconds=time.monotonic() - began,
        keys=sum(comparison.sizes.values()),
        compared=comparison.compared,
        complete=comparison.complete,
        differences=tuple(comparison.differences),
        notes=tuple(comparison.notes),
    )


@dataclass(slots=True)
class _Comparison:
    server: Throwaway
    tell: Tell
    started_ms: int
    compared: int = 0
    walked: int = 0
    complete: bool = False
    sizes: dict[int, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _clients: dict[int, Redis] = field(default_factory=dict)

    def run(self, archive: OpenArchive, rdb: Path, compare: int) -> None:
        contents = archive.manifest.contents
        try:
            self.sizes = self._sizes()
            counted_ms = _now_ms()
            if contents is None:
                self.notes.append(_("keys were not compared: the RDB holds a type that cannot be walked"))
                return
            if len(self._client(0).function_list()) != contents.functions:
                self.differences.append(_("the function libraries are not those of the archive"))
            step = max(1, -(-contents.keys // max(compare, 1)))
            with rdb.open("rb") as file:
                self._walk(RdbReader(file), step, counted_ms, contents.keys)
            self.complete = step == 1
        except UnknownTypeError as error:
            self.notes.append(error.message)
        finally:
            for client in self._clients.values():
                client.close()

    def _walk(self, reader: RdbReader, step: int, counted_ms: int, total: int) -> None:
        at_least: defaultdict[int, int] = defaultdict(int)
        at_most: defaultdict[int, int] = defaultdict(int)

        def chosen() -> Iterator[Record]:
            for number, record in enumerate(reader):
                ends = ends_at_ms(record)
                at_least[record.db] += ends is None or ends > counted_ms
                at_most[record.db] += ends is None or ends > self.started_ms
                self.walked = number + 1
                if number % step == 0:
                    yield record

        for batch in _batches(chosen()):
            self.tell(self.walked, total)
            self._compare(batch, reader.header.version)
        self.tell(self.walked, total)
        for db in sorted(at_most.keys() | self.sizes.keys()):
            if not at_least[db] <= self.sizes.get(db, 0) <= at_most[db]:
                text = _("database {db}: the server has {found}, the archive {stored}")
                self.differences.append(
                    text.format(
                        db=db, found=formats.keys(self.sizes.get(db, 0)), stored=formats.full_count(at_most[db])
                    )
                )

    def _compare(self, batch: list[Record], version: int) -> None:
        by_database: defaultdict[int, list[Record]] = defaultdict(list)
        for record in batch:
            by_database[record.db].append(record)
        for db, records in by_database.items():
            pipeline = self._client(db).pipeline(transaction=False)
            for record in records:
                pipeline.dump(record.key)
                pipeline.execute_command("PEXPIRETIME", record.key)  # type: ignore[no-untyped-call]  # redis-py's
            replies = pipeline.execute(raise_on_error=False)
            now = _now_ms()
            suspects = []
            for record, dumped, expires in zip(records, replies[::2], replies[1::2], strict=True):
                if (ends := ends_at_ms(record)) is not None and ends <= now:
                    continue
                self.compared += 1
                stored = payload(record, version)
                if expires != (record.expires_at_ms or -1) or not isinstance(dumped, bytes):
                    self._differs(record)
                elif dumped != stored:
                    suspects.append(_Suspect(record, stored, dumped))
            for record in _different(self._client(db), suspects):
                self._differs(record)

    def _differs(self, record: Record) -> None:
        if len(self.differences) < _LISTED:
            key = mask_key_name(safe(record.key))
            self.differences.append(_("database {db}: {key} is not what was stored").format(db=record.db, key=key))

    def _sizes(self) -> dict[int, int]:
        found: dict[str, Any] = self._client(0).info("keyspace")
        return {int(name.removeprefix("db")): int(facts["keys"]) for name, facts in found.items()}

    def _client(self, db: int) -> Redis:
        """Return the client of a database: one each, since a SELECT is lost with its connection."""
        if db not in self._clients:
            self._clients[db] = self.server.client(db)
        return self._clients[db]


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.value)
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Suspect(NamedTuple):
    """A key whose DUMP is not what was stored."""

    record: Record
    stored: bytes
    dumped: bytes


def _different(client: Redis, suspects: list[_Suspect]) -> Iterator[Record]:
    """Restore each stored value beside its key, and yield the keys that the server makes something else of."""
    if not suspects:
        return
    probes = [_PROBE % number for number in range(len(suspects))]
    pipeline = client.pipeline(transaction=False)
    for probe, suspect in zip(probes, suspects, strict=True):
        pipeline.restore(probe, 0, suspect.stored, replace=True)
        pipeline.dump(probe)
    dumps = pipeline.execute(raise_on_error=False)[1::2]
    for probe, suspect, dumped in zip(probes, suspects, dumps, strict=True):
        if dumped != suspect.dumped and not _same_members(client, probe, suspect.record.key):
            yield suspect.record
    client.delete(*probes)


def _same_members(client: Redis, probe: bytes, key: bytes) -> bool:
    """Tell whether two values of an unordered type hold the same."""
    kind = cast("bytes", client.type(key))
    members = _MEMBERS.get(kind)
    return members is not None and client.type(probe) == kind and members(client, probe) == members(client, key)


_MEMBERS: Final[dict[bytes, Callable[[Any, bytes], object]]] = {
    b"set": lambda client, key: client.smembers(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
}
"""What an unordered value holds, whatever the order in which it is stored."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
