"""An RDB, counted offline: it costs the server nothing. Memory is O(tenants x kinds)."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

import zstandard

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import N_, _
from kryonix_tui.maintenance.backup.archive.encryption import configured_identities
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.rdb import ByteSource, CorruptRdbError, RdbReader, Record
from kryonix_tui.maintenance.backup.rdb.types import VALUE_TYPES
from kryonix_tui.maintenance.seen import out_of_sight
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.key_statistics import MEDIUM_MS, SHORT_MS, BigKey, Expiry, KeyStatistics, Volume
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.safetext import safe

BIGGEST: Final = 20
"""The keys that are named."""

_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_LARGEST_WINDOW: Final = 1 << 27
"""Bytes that zstd may ask us to hold: what its command line tool takes by default."""

_FAMILIES: Final = {code: found.family.value for code, found in VALUE_TYPES.items()}


def analyse(source: ByteSource, keyspace: KeyspaceMap) -> KeyStatistics:
    """Count what an RDB holds, to its end.

    Time left is measured from when the snapshot was taken; where the file does not say that, from now.

    Raises:
        CorruptRdbError: it is damaged: nothing is known then.
        UnknownTypeError: it holds values whose end cannot be found.
        OSError, or what else the source raises.
    """
    reader = RdbReader(source)
    taken = _number(reader.aux.get(b"ctime"))
    tally = _Tally(keyspace, int(1000 * (time.time() if taken is None else taken)))
    for record in reader:
        tally.add(record)
    checked = reader.ending is not None and reader.ending.checked
    return KeyStatistics(
        format=f"{reader.header.magic} {reader.header.version}",
        server=_server(reader.aux),
        taken_at=taken,
        checked=checked,
        functions=len(reader.functions),
        databases={db: counts.volume() for db, counts in sorted(tally.databases.items())},
        groups={group: counts.volume() for group, counts in tally.groups.items()},
        unattributed=tally.unattributed,
        biggest=tuple(sorted(tally.biggest, key=lambda big: (-big.size, big.db, big.key))),
    )


@contextmanager
def opened_source(text: str, config: Config) -> Iterator[ByteSource]:
    """Yield the RDB that `text` names: an archive (a path, or a name at the configured destination), or a file.

    Raises:
        ArchiveError: the archive is not there, damaged, or sealed for somebody else.
        UsageError: as `open_rdb`.
        RefusedError: this console sees some tenants only, and the file may hold others.
    """
    if ArchiveName.parse(Path(text).name) is None:
        if config.tenants:
            raise out_of_sight()
        with open_rdb(Path(text).expanduser()) as source:
            yield source
        return
    destination, name = Maintenance(config).located(text)
    identities = configured_identities(config.backup.identity_file) if name.encrypted else ()
    with opened(destination, name, identities) as archive:
        yield cast("ByteSource", archive.payload())


@contextmanager
def open_rdb(path: Path) -> Iterator[ByteSource]:
    """Yield the RDB in a file: plain, or compressed by zstd.

    Raises:
        UsageError: the file cannot be read.
        CorruptRdbError: it does not decompress.
    """
    shown = safe(str(path))
    try:
        with path.open("rb") as file:
            yield _plain(file)
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        raise UsageError(_("{path}: {reason}").format(path=shown, reason=reason)) from error
    except zstandard.ZstdError as error:
        raise CorruptRdbError(0, N_("data that can be decompressed")) from error


def _plain(file: BinaryIO) -> ByteSource:
    start = file.read(len(_ZSTD_MAGIC))
    file.seek(0)
    if start != _ZSTD_MAGIC:
        return cast("ByteSource", file)
    zstd = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    return cast("ByteSource", zstd.stream_reader(file, read_across_frames=True))


class _Counts:
    """A volume while it grows."""

    __slots__ = ("bytes", "expiry", "keys", "types")

    def __init__(self) -> None:
        self.keys = 0
        self.bytes = 0
        self.types: dict[str, int] = {}
        self.expiry: dict[Expiry, int] = {}

    def add(self, size: int, family: str, expiry: Expiry) -> None:
        self.keys += 1
        self.bytes += size
        self.types[family] = self.types.get(family, 0) + 1
        self.expiry[expiry] = self.expiry.get(expiry, 0) + 1

    def volume(self) -> Volume:
        return Volume(self.keys, self.bytes, self.types, self.expiry)


class _Tally:
    """The counts so far. `now_ms` is when time left is measured from."""

    def __init__(self, keyspace: KeyspaceMap, now_ms: int) -> None:
        self._keyspace = keyspace
        self._now_ms = now_ms
        self._heap: list[tuple[int, int, BigKey]] = []
        self._order = 0
        self.databases: dict[int, _Counts] = {}
        self.groups: dict[tuple[str | None, str], _Counts] = {}
        self.unattributed = 0

    @property
    def biggest(self) -> list[BigKey]:
        """The largest values, in no order."""
        return [big for _size, _order, big in self._heap]

    def add(self, record: Record) -> None:
        """Count a record."""
        kind, tenant, pattern = self._keyspace.attribute(record.db, record.key)
        if pattern is None and tenant is None:
            self.unattributed += 1
        size, family, expiry = len(record.value), _FAMILIES[record.type], self._expiry(record.expires_at_ms)
        for counts in (self._group((tenant, kind)), self._database(record.db)):
            counts.add(size, family, expiry)
        if len(self._heap) < BIGGEST or size > self._heap[0][0]:
            self._order -= 1  # of equal sizes the first stays
            big = BigKey(size, record.db, record.key, family, kind, tenant, record.expires_at_ms)
            (heapq.heappush if len(self._heap) < BIGGEST else heapq.heapreplace)(self._heap, (size, self._order, big))

    def _group(self, group: tuple[str | None, str]) -> _Counts:
        found = self.groups.get(group)
        if found is None:
            found = self.groups[group] = _Counts()
        return found

    def _database(self, db: int) -> _Counts:
        found = self.databases.get(db)
        if found is None:
            found = self.databases[db] = _Counts()
        return found

    def _expiry(self, expires_at_ms: int | None) -> Expiry:
        if expires_at_ms is None:
            return Expiry.NONE
        left = expires_at_ms - self._now_ms
        if left < SHORT_MS:
            return Expiry.EXPIRED if left <= 0 else Expiry.SHORT
        return Expiry.MEDIUM if left < MEDIUM_MS else Expiry.LONG


def _server(aux: dict[bytes, bytes]) -> str:
    """Return which server wrote the file, printable; empty where it does not say."""
    for name in (b"valkey-ver", b"redis-ver"):
        if name in aux:
            return f"{name.partition(b'-')[0].decode()} {safe(aux[name], 40)}"
    return ""


def _number(raw: bytes | None) -> float | None:
    """Return epoch seconds; None where there are none that a calendar has."""
    if raw is None or not raw.isdigit() or len(raw) > 11:
        return None
    return float(raw)
