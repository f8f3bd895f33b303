"""Hashes that are computed beside reading: the same hashes, in order, not far behind, and no thread is left."""

from __future__ import annotations

import hashlib
import io
import threading
from unittest.mock import Mock

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError
from kryonix_tui.maintenance.backup.archive.hashing import CHUNK, THREAD, HashBeside
from kryonix_tui.maintenance.backup.archive.manifest import Payload
from kryonix_tui.maintenance.backup.archive.payload import PayloadReader

BLOCK = bytes(range(256)) * (CHUNK // 256)
DATA = b"".join(BLOCK[shift:] + b"%d" % shift for shift in range(5))


@given(st.lists(st.sampled_from([0, 1, 1000, 65_535, 65_536, 200_000]), max_size=12), st.booleans())
def test_it_is_the_hash_of_all_blocks_in_their_order(sizes: list[int], looked_at: bool) -> None:
    beside, plain = HashBeside(), hashlib.sha256()
    for number, size in enumerate(sizes):
        block = BLOCK[number : number + size]
        beside.update(block)
        plain.update(block)
        if looked_at:
            assert beside.hexdigest() == plain.hexdigest()
    assert beside.hexdigest() == plain.hexdigest()


def test_no_more_than_one_block_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    beside, plain = HashBeside(), hashlib.sha256()

    class Counted:
        def update(self, data: bytes) -> None:
            plain.update(data)
            done.append(len(data))

    monkeypatch.setattr(beside, "_hash", Counted())
    for number in range(1, 60):
        beside.update(BLOCK)
        assert number - len(done) <= 1


def test_where_no_thread_can_begin_it_hashes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    beside, plain = HashBeside(), hashlib.sha256()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        for _number in range(2):
            beside.update(BLOCK)
            plain.update(BLOCK)
    beside.update(DATA)
    plain.update(DATA)
    assert beside.hexdigest() == plain.hexdigest()


def payload(raw: bytes, stored: bytes) -> Payload:
    return Payload(
        magic="REDIS",
        version=11,
        raw_bytes=len(DATA),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        stored_bytes=len(stored),
        stored_sha256=hashlib.sha256(stored).hexdigest(),
    )


def beside() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(THREAD)}


def test_a_large_payload_is_read_and_any_other_is_refused() -> None:
    stored = zstandard.ZstdCompressor(level=1).compress(DATA)
    assert PayloadReader(io.BytesIO(stored), 0, payload(DATA, stored)).read() == DATA
    other = zstandard.ZstdCompressor(level=5).compress(DATA)[: len(stored)].ljust(len(stored), b"\0")
    with pytest.raises(DamagedArchiveError, match="the data is not what"):
        PayloadReader(io.BytesIO(stored), 0, payload(DATA[::-1], stored)).drain()
    with pytest.raises(DamagedArchiveError, match="the stored data is not what"):
        PayloadReader(io.BytesIO(stored), 0, payload(DATA, other)).drain()


def test_no_thread_is_left_of_what_is_not_read_to_its_end() -> None:
    stored = zstandard.ZstdCompressor(level=1).compress(DATA)
    before = beside()
    half = PayloadReader(io.BytesIO(stored), 0, payload(DATA, stored))
    assert half.read(CHUNK) == DATA[:CHUNK]
    begun = beside() - before
    assert begun
    del half
    for thread in begun:
        thread.join()
