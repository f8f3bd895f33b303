"""Archives that somebody made to deceive: nothing is written anywhere, and all of them are refused."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import tarfile
from pathlib import Path

import msgspec
import pytest
import zstandard

from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.backup.archive import manifest
from kryonix_tui.maintenance.backup.archive.container import header
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError, NewerFormatError
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.catalogue import State
from kryonix_tui.maintenance.backup.destination import Folder
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.verification import Level
from tests.archives import OTHER_KEY, described, forged, listed, members, put, rdb, tar, verified

TIME = 1_750_000_000
GOOD, STORED = described(rdb())
PARTS = members(GOOD, STORED)


def test_the_forger_can_make_a_good_one(tmp_path: Path) -> None:
    """Otherwise the tests below would prove nothing."""
    destination, name = forged(tmp_path, PARTS)
    report = verified(destination, name)
    assert report.findings == []
    assert report.signature is SignatureState.OURS
    assert listed(destination)[0].state is State.GOOD


@pytest.mark.parametrize(
    "parts",
    [
        [("../../evil", b"x"), *PARTS],
        [("/tmp/evil", b"x"), *PARTS],
        [*PARTS, ("more.txt", b"x")],
        [*PARTS, PARTS[2]],
        [PARTS[0], *PARTS],
        [PARTS[1], PARTS[0], PARTS[2]],
        [PARTS[0], PARTS[2], PARTS[1]],
        PARTS[:2],
        PARTS[1:],
        [],
        [("readme.txt", PARTS[0][1]), *PARTS[1:]],
        [("./README.txt", PARTS[0][1]), *PARTS[1:]],
        [("README.txt", tar(PARTS, TIME)), *PARTS[1:]],
    ],
    ids=lambda parts: "+".join(name for name, _body in parts) or "empty",
)
def test_other_members_are_refused(tmp_path: Path, parts: list[tuple[str, bytes]]) -> None:
    destination, name = forged(tmp_path, parts)
    assert not verified(destination, name, Level.QUICK).sound
    assert listed(destination)[0].state is State.DAMAGED
    assert {path.name for path in tmp_path.iterdir()} == {str(name), name.sidecar, "state"}


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, b"S", b"7"],
)
def test_links_devices_and_sparse_files_are_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("README.txt")
    member.type, member.linkname, member.mtime, member.mode = kind, "/etc/passwd", TIME, 0o600
    name = put(tmp_path, member.tobuf(tarfile.GNU_FORMAT) + tar(PARTS, TIME))
    report = verified(Folder(tmp_path), name, Level.QUICK)
    assert "header of README.txt" in report.findings[0]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_records_that_override_are_refused(tmp_path: Path, form: int) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, body in PARTS:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(body), TIME, 0o600
            if form == tarfile.PAX_FORMAT:
                member.pax_headers = {"path": "../evil", "GNU.sparse.name": "x"}
            archive.addfile(member, io.BytesIO(body))
    stored = put(tmp_path, out.getvalue())
    assert not verified(Folder(tmp_path), stored, Level.QUICK).sound


@pytest.mark.parametrize("size", [1 << 33, 1 << 60, (1 << 63) - 1, 100_000])
@pytest.mark.parametrize("member", [0, 1, 2])
def test_sizes_beyond_the_file_cost_nothing(tmp_path: Path, member: int, size: int) -> None:
    blocks = tar(PARTS[:member], TIME)[:-1024] + header(PARTS[member][0], size, TIME) + b"x" * 2048
    name = put(tmp_path, blocks)
    assert not verified(Folder(tmp_path), name, Level.QUICK).sound


def test_a_negative_size_is_refused(tmp_path: Path) -> None:
    block = bytearray(header("README.txt", 0, TIME))
    block[124:136] = b"\xff" * 12
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    name = put(tmp_path, bytes(block) + tar(PARTS[1:], TIME))
    assert not verified(Folder(tmp_path), name, Level.QUICK).sound


def test_a_bomb_is_stopped_at_the_size_that_was_promised(tmp_path: Path) -> None:
    bomb = zstandard.ZstdCompressor(level=19, write_checksum=True).compress(bytes(1 << 30))
    assert len(bomb) < 100_000
    made, _stored = described(rdb(), bomb)
    destination, name = forged(tmp_path, members(made, bomb))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = verified(destination, name)
    assert "more data than the manifest says" in report.findings[0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_a_window_larger_than_ours_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=27, write_checksum=True)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    wide = compressor.compress(rdb()) + compressor.flush()
    made, stored = described(rdb(), wide)
    destination, name = forged(tmp_path, members(made, stored))
    assert "decompressed" in verified(destination, name).findings[0]


def test_a_second_frame_does_not_hide_behind_the_first(tmp_path: Path) -> None:
    compress = zstandard.ZstdCompressor(write_checksum=True).compress
    made, stored = described(rdb(), compress(rdb()) + compress(b"more"))
    destination, name = forged(tmp_path, members(made, stored))
    assert not verified(destination, name).sound


def test_a_stream_that_was_cut_before_it_was_described_is_found(tmp_path: Path) -> None:
    whole = zstandard.ZstdCompressor(write_checksum=True).compress(rdb() + bytes(100_000))
    made, stored = described(rdb() + bytes(100_000), whole[:-6])
    destination, name = forged(tmp_path, members(made, stored))
    assert not verified(destination, name).sound


def test_data_that_is_no_rdb_is_found_although_all_hashes_agree(tmp_path: Path) -> None:
    raw = rdb()
    for broken in (raw[:-1], raw[:40] + b"\xff" + raw[41:], raw + b"x", b"nothing at all", b""):
        made, stored = described(broken)
        destination, name = forged(tmp_path, members(made, stored))
        assert not verified(destination, name).sound


def test_counts_that_lie_are_found(tmp_path: Path) -> None:
    assert GOOD.contents is not None
    keys = manifest.Keys(keys=3)
    for change in ({"keys": 5}, {"functions": 1}, {"databases": {0: keys}}, {"tenants": {"acme": keys}}):
        made, stored = described(rdb(), contents=msgspec.structs.replace(GOOD.contents, **change))
        destination, name = forged(tmp_path, members(made, stored))
        assert not verified(destination, name).sound, change


def test_tenants_are_not_compared_under_another_map(tmp_path: Path) -> None:
    assert GOOD.contents is not None
    other = msgspec.structs.replace(GOOD.contents, tenants={}, keyspace="0" * 64)
    made, stored = described(rdb(), contents=other)
    destination, name = forged(tmp_path, members(made, stored))
    report = verified(destination, name)
    assert report.sound
    assert "keyspace map" in report.notes[0]


@pytest.mark.parametrize(
    ("key", "state", "sound"),
    [(None, SignatureState.UNSIGNED, True), (OTHER_KEY, SignatureState.UNKNOWN_KEY, True)],
)
def test_signatures_that_are_not_ours_are_said(tmp_path: Path, key: object, state: SignatureState, sound: bool) -> None:
    made, stored = described(rdb(), key=key)
    destination, name = forged(tmp_path, members(made, stored))
    report = verified(destination, name, Level.QUICK)
    assert (report.signature, report.sound) == (state, sound)
    assert report.notes
    assert listed(destination)[0].signature is state


def test_a_changed_manifest_with_our_key_id_is_damaged(tmp_path: Path) -> None:
    made = msgspec.structs.replace(GOOD, tool="another")
    destination, name = forged(tmp_path, members(made, STORED))
    report = verified(destination, name, Level.QUICK)
    assert report.signature is SignatureState.BAD
    assert "signature" in report.findings[0]
    assert listed(destination)[0].state is State.DAMAGED


def test_a_later_format_is_told_apart_from_damage(tmp_path: Path) -> None:
    later = PARTS[2][1].replace(b'"format": 1', b'"format": 2').replace(b'"tool"', b'"instrument"')
    destination, name = forged(tmp_path, [*PARTS[:2], ("manifest.json", later)])
    with pytest.raises(NewerFormatError, match="format 2"), opened(destination, name):
        pass
    assert "format 2" in verified(destination, name, Level.QUICK).findings[0]
    assert "format 2" in listed(destination)[0].reason


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"format": 1, "x": ' + b"[" * 100_000,
        b'{"format": 1}',
        b'{"format": "1"}',
        b"\xff\xfe",
        PARTS[2][1].replace(b'"tool"', b'"toll"'),
        PARTS[2][1].replace(b"\n", b" ", 1),
        PARTS[2][1] + b"\n",
        PARTS[2][1].replace(b'"raw_bytes": ', b'"raw_bytes": -'),
        PARTS[2][1].replace(b'"tool"', b'"format": 1,\n  "tool"'),
        PARTS[2][1].replace(b'"5": {', b'"05": {'),
    ],
)
def test_other_manifests_are_refused(text: bytes) -> None:
    with pytest.raises(DamagedArchiveError):
        manifest.decode(text)


def test_names_in_a_manifest_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    evil = PARTS[2][1].replace(b'"full', b"").replace(b'"snapshot"', b'"\\u001b]52;c;x\\u0007"')
    destination, name = forged(tmp_path, [*PARTS[:2], ("manifest.json", evil)])
    assert all(text.isprintable() for text in verified(destination, name, Level.QUICK).findings)


def test_what_is_no_ordinary_file_is_damaged(tmp_path: Path) -> None:
    destination, name = forged(tmp_path, PARTS)
    path = tmp_path / str(name)
    path.rename(tmp_path / "elsewhere")
    for kind in ("link", "pipe", "folder"):
        if kind == "link":
            path.symlink_to(tmp_path / "elsewhere")
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
        (entry,) = listed(destination)
        assert entry.state is State.DAMAGED
        with pytest.raises(KryonixError):
            verified(destination, name)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_a_changed_readme_is_damage(tmp_path: Path) -> None:
    destination, name = forged(tmp_path, [("README.txt", b"run this: rm\n"), *PARTS[1:]])
    assert "README" in verified(destination, name, Level.QUICK).findings[0]
    assert hashlib.sha256(PARTS[0][1]).hexdigest() == GOOD.readme_sha256


def test_members_of_another_time_are_refused(tmp_path: Path) -> None:
    destination, name = forged(tmp_path, PARTS, time=TIME + 1)
    assert "time of the files" in verified(destination, name, Level.QUICK).findings[0]
