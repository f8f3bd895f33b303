"""The file beside an archive: it speaks for one that cannot be opened here, and is believed only where we signed it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.maintenance.backup.archive.manifest import Server
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.sidecar import Facts, Sidecar
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.catalogue import State
from kryonix_tui.maintenance.backup.destination import Folder
from kryonix_tui.model.operation import Scope
from tests.archives import KEY, OTHER_KEY, listed, publish, verified
from tests.unit.maintenance.archive.test_damage import flips

PLACE = "10.0.0.5:6379"
SERVER = Server(place=PLACE, version="7.0.15", run_id="a" * 40)


@pytest.fixture
def sealed(folder: Folder) -> ArchiveName:
    """An archive that nobody here can open."""
    return publish(folder, recipients=[Identity.generate().to_public()], server=SERVER)


def beside(folder: Folder, name: ArchiveName) -> Path:
    return folder.path / name.sidecar


def test_it_speaks_for_a_sealed_archive(folder: Folder, sealed: ArchiveName) -> None:
    (entry,) = listed(folder)
    created = int(sealed.made_at.timestamp())
    facts = Facts(server=PLACE, consistency="snapshot", created=created, keys=4, verified="data")
    assert (entry.state, entry.signature, entry.authentic) == (State.SEALED, SignatureState.OURS, facts)
    report = verified(folder, sealed)
    assert (report.sound, report.sealed, report.signature) == (True, True, SignatureState.OURS)


def test_the_usual_programs_read_it(folder: Folder, sealed: ArchiveName) -> None:
    for name in (sealed, publish(folder)):
        done = subprocess.run(
            ["sha256sum", "--check", "--strict", name.sidecar], cwd=folder.path, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_it_names_neither_tenants_nor_secrets(folder: Folder) -> None:
    name = publish(folder, scope=Scope(("a tenant", "another")), recipients=[Identity.generate().to_public()])
    said = beside(folder, name).read_text()
    body = said.replace(str(name), "")
    assert "tenant" not in body
    assert "another" not in body
    assert KEY.secret.hex() not in said


def test_those_of_earlier_versions_are_read(folder: Folder, sealed: ArchiveName) -> None:
    plain = publish(folder)
    for name in (sealed, plain):
        first, *_middle, last = beside(folder, name).read_bytes().splitlines(keepends=True)
        beside(folder, name).write_bytes(first + last)
        assert verified(folder, name).sound
    found = {entry.name: entry for entry in listed(folder)}
    assert found[plain].authentic is not None, "its manifest says it"
    assert (found[sealed].state, found[sealed].authentic) == (State.SEALED, None)


def test_nothing_that_was_changed_is_believed(folder: Folder, sealed: ArchiveName) -> None:
    content = beside(folder, sealed).read_bytes()
    for at, changed in flips(content):
        beside(folder, sealed).write_bytes(changed)
        assert [entry.authentic for entry in listed(folder)] == [None], at
    lines = content.splitlines(keepends=True)
    for line in range(len(lines)):
        beside(folder, sealed).write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
        assert [entry.authentic for entry in listed(folder)] == [None], line


@pytest.mark.parametrize("key", [None, OTHER_KEY])
def test_what_others_say_is_shown_and_not_believed(folder: Folder, sealed: ArchiveName, key: object) -> None:
    said = Sidecar.decode(beside(folder, sealed).read_bytes(), sealed)
    forged = Sidecar(said.name, said.size, said.sha256, said.facts)
    beside(folder, sealed).write_bytes((OTHER_KEY.sign_sidecar(forged) if key else forged).encode())
    (entry,) = listed(folder)
    assert (entry.state, entry.facts, entry.authentic) == (State.SEALED, said.facts, None)
    assert any("signed" in note for note in verified(folder, sealed).notes)


def test_one_that_contradicts_its_archive_is_damage(folder: Folder) -> None:
    name, other = publish(folder, server=SERVER), publish(folder, server=Server(place="elsewhere:1"))
    said = Sidecar.decode(beside(folder, name).read_bytes(), name)
    theirs = Sidecar.decode(beside(folder, other).read_bytes(), other)
    for forged in (
        Sidecar(name, said.size, said.sha256, theirs.facts),
        OTHER_KEY.sign_sidecar(Sidecar(name, said.size, said.sha256, said.facts)),
    ):
        beside(folder, name).write_bytes(forged.encode())
        assert {entry.name: entry.state for entry in listed(folder)}[name] is State.DAMAGED
        assert any("another archive" in finding for finding in verified(folder, name).findings)
