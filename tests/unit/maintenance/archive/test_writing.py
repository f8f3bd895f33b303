"""Nothing but a whole, verified, private archive ever gets a name."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.errors import KryonixError, VerificationError
from kryonix_tui.maintenance.backup.archive import part
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError
from kryonix_tui.maintenance.backup.archive.manifest import Server
from kryonix_tui.maintenance.backup.archive.writer import ArchiveWriter, Description
from kryonix_tui.maintenance.backup.catalogue import State
from kryonix_tui.maintenance.backup.destination import Folder
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.verification import Level
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Scope
from tests.archives import KEY, STRING, listed, publish, rdb, verified

TOP = Path(__file__).parents[4]


def noise(count: int) -> bytes:
    """Return an RDB of so many keys, 275 bytes each, that does not compress."""
    values = (b"\x40\xff" + random.Random(number).randbytes(255) for number in range(count))
    return rdb(Record(0, b"tenant:acme:%d" % number, STRING, value) for number, value in enumerate(values))


NOISE = noise(400)


def everything(folder: Folder) -> set[str]:
    return {path.name for path in folder.path.iterdir()}


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Let writes beyond `limit` bytes of a file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_was_written_can_be_had_without_our_code(folder: Folder) -> None:
    name = publish(folder, NOISE)
    with tarfile.open(folder.path / str(name)) as archive:
        assert archive.getnames() == ["README.txt", "dump.rdb.zst", "manifest.json"]
        stored = archive.extractfile("dump.rdb.zst")
        assert stored is not None
        assert zstandard.ZstdDecompressor().stream_reader(stored).read() == NOISE
    check = subprocess.run(
        ["sha256sum", "-c", name.sidecar], cwd=folder.path, capture_output=True, text=True, check=True
    )
    assert check.stdout == f"{name}: OK\n"


def test_a_backup_says_what_it_holds(folder: Folder) -> None:
    name = publish(folder, scope=Scope(("acme",), (5, 0)), server=Server(flavour="valkey", run_id="r"))
    assert name.scope == "tenant-acme+db-0_5"
    with opened(folder, name) as archive:
        found = archive.manifest
    assert found.contents is not None
    assert (found.contents.keys, found.contents.databases[0].keys, found.contents.databases[0].expires) == (4, 2, 1)
    assert {tenant: keys.keys for tenant, keys in found.contents.tenants.items()} == {"acme": 2, "zeta": 1}
    assert (found.scope.tenants, found.scope.databases, found.server.run_id) == (("acme",), (0, 5), "r")


@pytest.mark.parametrize("encrypted", [False, True])
def test_all_files_are_private_whatever_the_umask(folder: Folder, encrypted: bool) -> None:
    recipients = [Identity.generate().to_public()] if encrypted else []
    seen: set[int] = set()
    before = os.umask(0)
    try:
        fresh = Folder(folder.path / "fresh")
        with ArchiveWriter(fresh.staging, KRYONIX, recipients=recipients) as writer:
            writer.write(rdb())
            staged = writer.finish(Description(Server()), KEY)
            seen |= {path.stat().st_mode & 0o777 for path in fresh.path.iterdir()}
            fresh.publish(staged)
    finally:
        os.umask(before)
    seen |= {path.stat().st_mode & 0o777 for path in fresh.path.iterdir()}
    assert seen == {0o600}
    assert fresh.path.stat().st_mode & 0o777 == 0o700


def test_an_existing_archive_is_never_replaced(folder: Folder) -> None:
    with ArchiveWriter(folder.staging, KRYONIX) as writer:
        writer.write(rdb())
        staged = writer.finish(Description(Server()), KEY)
        path = folder.path / str(staged.sidecar.name)
        path.write_bytes(b"mine")
        with pytest.raises(ArchiveError, match="exists"):
            folder.publish(staged)
    assert path.read_bytes() == b"mine"
    assert everything(folder) == {path.name}


@pytest.mark.parametrize(
    "raw", [b"", b"REDIS0010", rdb()[:-1], rdb()[:-9] + b"\xff" + bytes(7) + b"\x01", b"-ERR no\r\n", rdb() + b"x"]
)
def test_what_is_no_sound_rdb_becomes_no_archive(folder: Folder, raw: bytes) -> None:
    with pytest.raises(VerificationError):
        publish(folder, raw)
    assert everything(folder) == set()


def test_an_rdb_of_unknown_types_is_kept_whole_and_said(folder: Folder) -> None:
    foreign = rdb([Record(0, b"k", STRING, b"\x01v")]).replace(b"\x00\x01k", b"\x07\x01k")
    body = foreign[:-8]
    raw = body + part_of_checksum(body)
    with ArchiveWriter(folder.staging, KRYONIX) as writer:
        writer.write(raw)
        staged = writer.finish(Description(Server()), KEY)
        folder.publish(staged)
    assert staged.archive.manifest.contents is None
    assert "not know" in staged.notices[1]
    assert verified(folder, staged.sidecar.name).sound
    with pytest.raises(VerificationError, match="checksum at the end"):
        publish(folder, raw[:-1] + bytes((raw[-1] ^ 1,)))


def part_of_checksum(body: bytes) -> bytes:
    from kryonix_tui.maintenance.backup.rdb import checksum

    return checksum.stored(body)


def test_what_was_read_otherwise_than_written_becomes_no_archive(folder: Folder) -> None:
    """A disk that forgets: a byte of the stored data changes behind the writer's back."""
    with ArchiveWriter(folder.staging, KRYONIX) as writer:
        (path,) = folder.path.iterdir()
        raw, sent = noise(40_000), 0
        while path.stat().st_size < 60_000:  # until its beginning has reached the file
            assert sent < len(raw)
            writer.write(raw[sent : sent + 65_536])
            sent += 65_536
        with path.open("r+b") as file:
            file.seek(40_000)
            file.write(b"\0" * 8)
        writer.write(raw[sent:])
        with pytest.raises(VerificationError, match=r"stored data|decompressed"):
            writer.finish(Description(Server()), KEY)
    assert everything(folder) == set()


def test_a_manifest_that_was_read_otherwise_becomes_no_archive(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that forgets: a digit of a count changes, and what is read is still a manifest."""

    def forget(writer: ArchiveWriter) -> None:
        (path,) = folder.path.iterdir()
        writer._file.flush()
        path.write_bytes(path.read_bytes().replace(b'"keys": 4', b'"keys": 5'))

    monkeypatch.setattr(ArchiveWriter, "_reread", forget)
    with pytest.raises(VerificationError, match="manifest was read otherwise"):
        publish(folder)
    assert everything(folder) == set()


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_full_disk_at_any_moment_leaves_nothing(folder: Folder, encrypted: bool) -> None:
    recipients = [Identity.generate().to_public()] if encrypted else []
    size = (folder.path / str(publish(folder, NOISE, recipients=recipients))).stat().st_size
    for path in folder.path.iterdir():
        path.unlink()
    # age puts up to some hundred random bytes into its header, so its files vary in size.
    last = (size - 1_600,) if encrypted else (size - 1_100, size - 1)
    for limit in (0, 100, 600, 3_000, 60_000, size - 4_000, *last):
        with file_size_limit(limit), pytest.raises(ArchiveError) as caught:
            publish(folder, NOISE, recipients=recipients)
        assert everything(folder) == set(), limit
        assert "Free space" in caught.value.hint
    with file_size_limit(size + 4_000):
        publish(folder, NOISE, recipients=recipients)


def test_a_disk_that_is_full_for_the_checksum_file_leaves_nothing(folder: Folder) -> None:
    with ArchiveWriter(folder.staging, KRYONIX) as writer:
        writer.write(rdb())
        staged = writer.finish(Description(Server()), KEY)
        with file_size_limit(10), pytest.raises(ArchiveError, match="cannot be written"):
            folder.publish(staged)
    assert everything(folder) == set()


WRITE_FOREVER = """
import sys
from pathlib import Path
from kryonix_tui.maintenance.backup.destination import Folder
from tests.archives import publish
from tests.unit.maintenance.archive.test_writing import NOISE
folder = Folder(Path(sys.argv[1]))
recipients = []
if sys.argv[2] == "encrypted":
    from pyrage.x25519 import Identity
    recipients = [Identity.generate().to_public()]
print("ready", flush=True)
while True:
    publish(folder, NOISE, recipients=recipients)
"""


@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_a_writer_that_is_killed_leaves_no_bad_archive(folder: Folder, kind: str) -> None:
    chance = random.Random(7)
    leftovers = 0
    # At least 15 kills, and as many more as it takes to hit a writer in the middle a few times.
    for number in range(100):
        if number >= 15 and leftovers > 3:
            break
        command = [sys.executable, "-c", WRITE_FOREVER, str(folder.path), kind]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=TOP) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            try:
                writer.wait(chance.uniform(0.002, 0.1))
            except subprocess.TimeoutExpired:
                writer.kill()
        for entry in listed(folder):
            assert entry.state in (State.GOOD, State.SEALED), entry.reason
            assert verified(folder, entry.name, Level.DATA).sound
        leftovers += sum(name.startswith(part.PREFIX) for name in everything(folder))
        folder.sweep()
        good = {str(entry.name) for entry in listed(folder)}
        assert everything(folder) == good | {f"{name}.sha256" for name in good}
        for path in folder.path.iterdir():
            path.unlink()
    assert leftovers > 3, "the kills were all too late or too early to prove anything"


def test_a_sweep_leaves_those_who_are_writing_alone(folder: Folder) -> None:
    dead = folder.path / f"{part.PREFIX}1-dead"
    dead.touch()
    orphan = folder.path / "kryonix-full-20260102T030000Z-1a2b3c4d.tar.sha256"
    orphan.touch()
    stranger = folder.path / "notes.sha256"
    stranger.touch()
    with ArchiveWriter(folder.staging, KRYONIX) as writer:
        writer.write(rdb())
        assert folder.sweep() == 1
        assert orphan.exists(), "its archive may be about to get its name"
        folder.publish(writer.finish(Description(Server()), KEY))
    assert folder.sweep() == 1
    assert not orphan.exists()
    assert stranger.exists()
    assert len(listed(folder)) == 1


def test_plain_data_never_has_a_name_where_it_is_encrypted(folder: Folder) -> None:
    identity = Identity.generate()
    raw = rdb([Record(0, b"tenant:acme:x", STRING, b"\x0bmarker-text")])
    with ArchiveWriter(folder.staging, KRYONIX, recipients=[identity.to_public()]) as writer:
        writer.write(raw)
        assert everything(folder) == set()
        folder.publish(writer.finish(Description(Server()), KEY))
        for path in folder.path.iterdir():
            assert b"dump.rdb" not in path.read_bytes()


def test_encrypted_archives_open_with_their_identity_only(folder: Folder, tmp_path: Path) -> None:
    identity = Identity.generate()
    name = publish(folder, NOISE, recipients=[identity.to_public(), Identity.generate().to_public()])
    assert str(name).endswith(".tar.age")
    assert verified(folder, name, identity=identity, folder=tmp_path).manifest is not None
    assert verified(folder, name).sealed
    assert verified(folder, name, identity=Identity.generate(), folder=tmp_path).sealed
    (entry,) = listed(folder)
    assert (entry.state, entry.manifest) == (State.SEALED, None)
    path = folder.path / str(name)
    path.write_bytes(path.read_bytes()[:-1])
    (entry,) = listed(folder)
    assert entry.state is State.DAMAGED
    assert str(path.stat().st_size) in entry.reason


def test_changed_and_cut_ciphertext_is_found(folder: Folder, tmp_path: Path) -> None:
    identity = Identity.generate()
    name = publish(folder, NOISE, recipients=[identity.to_public()])
    path = folder.path / str(name)
    whole = path.read_bytes()
    chance = random.Random(3)
    mutants = [whole[:at] for at in (0, 1, 100, 65_600, len(whole) - 1)] + [whole + b"x"]
    mutants += [whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :] for at in chance.sample(range(len(whole)), 40)]
    for mutant in mutants:
        path.write_bytes(mutant)
        assert not verified(folder, name, identity=identity, folder=tmp_path).sound
        with pytest.raises(KryonixError), opened(folder, name, [identity]) as archive:
            archive.payload().drain()


def test_only_an_unencrypted_backup_says_so(folder: Folder) -> None:
    for recipients, count in (([], 1), ([Identity.generate().to_public()], 0)):
        with ArchiveWriter(folder.staging, KRYONIX, recipients=recipients) as writer:
            writer.write(rdb())
            assert len(writer.finish(Description(Server()), KEY).notices) == count


@pytest.mark.parametrize("level", [1, 19])
def test_every_level_that_can_be_configured_can_be_read(folder: Folder, level: int) -> None:
    large = rdb([Record(0, b"k", STRING, b"\x80" + (9 << 20).to_bytes(4, "big") + bytes(9 << 20))])
    with ArchiveWriter(folder.staging, KRYONIX, level=level) as writer:
        for at in range(0, len(large), 100_000):
            writer.write(large[at : at + 100_000])
        folder.publish(writer.finish(Description(Server()), KEY))
    with opened(folder, listed(folder)[0].name) as archive, archive.payload() as stored:
        assert b"".join(iter(lambda: stored.read(1 << 20), b"")) == large
