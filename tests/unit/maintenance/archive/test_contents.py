"""Counts of an RDB: for any keys, those that the keyspace map gives one by one."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.archive import contents
from kryonix_tui.maintenance.backup.archive.manifest import Contents, Keys, tenant_text
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.kryonix_map import KRYONIX
from tests.archives import STRING, rdb

NAMED_LAST = KeyspaceMap((), (KeyPattern(None, "{t}:a:settings", "settings"), KeyPattern(0, "{t}:b", "b")))
"""Here the last segment of a key decides whether it has a tenant."""

SEGMENT = st.sampled_from([b"", b"tenant", b"acme", b"zeta", b"a", b"b", b"settings", b"mobile", b"session", b"\xff"])
KEY = st.lists(SEGMENT, min_size=1, max_size=5).map(b":".join)


def one_by_one(records: list[Record], keyspace: KeyspaceMap) -> tuple[dict[int, Keys], dict[str, Keys]]:
    databases: dict[int, Keys] = {}
    tenants: dict[str, Keys] = {}
    for record in records:
        expires = record.expires_at_ms is not None
        before = databases.get(record.db, Keys())
        databases[record.db] = Keys(keys=before.keys + 1, expires=before.expires + expires)
        tenant = keyspace.attribute(record.db, record.key).tenant
        if tenant is not None:
            before = tenants.get(tenant_text(tenant), Keys())
            tenants[tenant_text(tenant)] = Keys(keys=before.keys + 1, expires=before.expires + expires)
    return databases, tenants


def counted(records: list[Record], keyspace: KeyspaceMap) -> Contents:
    return contents.count(io.BytesIO(rdb(records)), keyspace)


@given(
    st.lists(st.builds(Record, st.integers(0, 2), KEY, st.just(STRING), st.just(b"\x01v"), st.none() | st.just(9))),
    st.sampled_from([KRYONIX, NAMED_LAST]),
)
def test_counts_are_those_of_every_key_asked_alone(records: list[Record], keyspace: KeyspaceMap) -> None:
    found = counted(records, keyspace)
    assert (found.databases, found.tenants) == one_by_one(records, keyspace)
    assert (found.keys, found.functions) == (len(records), 0)


def test_more_prefixes_than_are_remembered_are_counted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_MAX_PREFIXES", 3)
    records = [Record(number % 2, b"tenant:t%d:k:%d" % (number % 7, number), STRING, b"\x01v") for number in range(100)]
    found = counted(records, KRYONIX)
    assert (found.databases, found.tenants) == one_by_one(records, KRYONIX)


@pytest.mark.parametrize("size", [1, 3, 8, 9, 1000])
def test_a_checksum_is_checked_whatever_pieces_a_file_comes_in(size: int) -> None:
    class Pieces(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(size)

    raw = rdb()
    assert contents.checksum_holds(Pieces(raw))
    assert contents.checksum_holds(Pieces(raw[:-8] + bytes(8)))
    for position in range(len(raw)):
        assert not contents.checksum_holds(Pieces(raw[:position] + bytes((raw[position] ^ 1,)) + raw[position + 1 :]))
