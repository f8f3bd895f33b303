"""Every changed and every missing byte is found, also where the checksum file was made to agree with it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.opened import read_archive
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.catalogue import State
from kryonix_tui.maintenance.backup.destination import Folder
from kryonix_tui.maintenance.backup.verification import Level
from tests.archives import KEY, listed, publish, verified


def found_by_reading(content: bytes, name: ArchiveName, *, data: bool) -> bool:
    """Whether reading an archive shows that it is not ours, without any look at its checksum file."""
    try:
        archive = read_archive(io.BytesIO(content), len(content), name)
        if data:
            archive.payload().drain()
    except KryonixError:
        return True
    return KEY.judge(archive.manifest) is not SignatureState.OURS


@pytest.fixture
def made(folder: Folder) -> tuple[ArchiveName, bytes]:
    name = publish(folder)
    return name, (folder.path / str(name)).read_bytes()


def flips(content: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(len(content)):
        yield at, content[:at] + bytes((content[at] ^ (1 << at % 8),)) + content[at + 1 :]


def test_every_flipped_byte_is_found(made: tuple[ArchiveName, bytes]) -> None:
    name, content = made
    assert not found_by_reading(content, name, data=True)
    assert [at for at, changed in flips(content) if not found_by_reading(changed, name, data=True)] == []


def test_what_is_around_the_data_is_found_without_reading_the_data(made: tuple[ArchiveName, bytes]) -> None:
    name, content = made
    archive = read_archive(io.BytesIO(content), len(content), name)
    data = range(archive.layout.payload_at, archive.layout.payload_at + archive.layout.payload_bytes)
    missed = [at for at, changed in flips(content) if not found_by_reading(changed, name, data=False)]
    assert missed == list(data)


def test_every_truncation_is_found(made: tuple[ArchiveName, bytes]) -> None:
    name, content = made
    assert [end for end in range(len(content)) if not found_by_reading(content[:end], name, data=False)] == []


@pytest.mark.parametrize("more", [b"\0", bytes(512), b"x" * 10_240])
def test_what_follows_the_end_is_found(made: tuple[ArchiveName, bytes], more: bytes) -> None:
    name, content = made
    assert found_by_reading(content + more, name, data=False)


def test_the_checksum_file_alone_finds_changes(folder: Folder) -> None:
    name = publish(folder, key=None)
    path = folder.path / str(name)
    content = path.read_bytes()
    for at in range(0, len(content), 211):
        path.write_bytes(content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :])
        report = verified(folder, name)
        assert not report.sound
        assert "checksum" in report.findings[0]
    path.write_bytes(content)
    assert verified(folder, name).sound


def test_every_change_of_the_checksum_file_is_found(folder: Folder) -> None:
    name = publish(folder)
    path = folder.path / name.sidecar
    content = path.read_bytes()
    for at, changed in flips(content):
        path.write_bytes(changed)
        assert not verified(folder, name).sound, at
    for end in range(len(content)):
        path.write_bytes(content[:end])
        assert not verified(folder, name, Level.QUICK).sound, end
        assert listed(folder)[0].state is State.DAMAGED


def test_an_archive_without_checksum_file_is_never_good(folder: Folder) -> None:
    name = publish(folder)
    (folder.path / name.sidecar).unlink()
    (entry,) = listed(folder)
    assert entry.state is State.DAMAGED
    assert "no checksum file" in entry.reason
    assert not verified(folder, name, Level.QUICK).sound


def test_an_archive_under_another_name_is_damaged(folder: Folder) -> None:
    name = publish(folder)
    newer = str(name).replace(name.made_at.strftime("%Y%m%dT%H%M%SZ"), "20990101T000000Z")
    (folder.path / str(name)).rename(folder.path / newer)
    said = (folder.path / name.sidecar).read_text().replace(str(name), newer)
    (folder.path / f"{newer}.sha256").write_text(said)
    (entry,) = listed(folder)
    assert entry.state is State.DAMAGED
    assert "somebody changed it" in entry.reason
    unsigned = "".join(line for line in said.splitlines(keepends=True) if "signed" not in line)
    (folder.path / f"{newer}.sha256").write_text(unsigned)
    (entry,) = listed(folder)
    assert entry.state is State.DAMAGED
    assert "renamed" in entry.reason
