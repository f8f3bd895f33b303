"""Folders and object stores keep the same promises. The stores are obstore's own for memory and folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.errors import KryonixError, VerificationError
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError
from kryonix_tui.maintenance.backup.archive.manifest import Server
from kryonix_tui.maintenance.backup.archive.writer import ArchiveWriter, Description, Staged
from kryonix_tui.maintenance.backup.catalogue import State
from kryonix_tui.maintenance.backup.destination import Destination, Folder, destination_at, scratch_folder
from kryonix_tui.maintenance.backup.object_store import ObjectStore
from kryonix_tui.maintenance.backup.verification import Level
from kryonix_tui.model.kryonix_map import KRYONIX
from tests.archives import KEY, listed, publish, rdb, verified
from tests.unit.maintenance.archive.test_writing import noise

PLACES: dict[str, Callable[[Path], Destination]] = {
    "folder": lambda path: Folder(path / "backups"),
    "memory": lambda _path: ObjectStore(MemoryStore(), "memory", scratch_folder()),
    "local": lambda path: ObjectStore(LocalStore(path / "store", mkdir=True), "local", scratch_folder()),
}


@pytest.fixture(params=PLACES)
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    return PLACES[request.param](tmp_path)


def test_what_was_published_is_listed_verified_and_deleted(destination: Destination, tmp_path: Path) -> None:
    assert listed(destination) == ()
    identity = Identity.generate()
    plain, sealed = publish(destination), publish(destination, recipients=[identity.to_public()])
    assert {str(entry.name): entry.state for entry in listed(destination)} == {
        str(plain): State.GOOD,
        str(sealed): State.SEALED,
    }
    for name in (plain, sealed):
        assert verified(destination, name, identity=identity, folder=tmp_path).findings == []
        destination.delete(name)
    assert destination.stored() == []
    assert list(scratch_folder().iterdir()) == []


def test_a_large_archive_goes_up_in_parts_and_comes_back(destination: Destination) -> None:
    name = publish(destination, noise(25_000))
    (entry,) = listed(destination)
    assert entry.size > 6_000_000
    assert verified(destination, name).sound


def test_nothing_is_replaced(destination: Destination) -> None:
    with ArchiveWriter(destination.staging, KRYONIX) as writer:
        writer.write(rdb())
        staged = writer.finish(Description(Server()), KEY)
        destination.publish(staged)
        with pytest.raises(ArchiveError):
            destination.publish(staged)
    (entry,) = listed(destination)
    assert entry.state is State.GOOD


def test_a_missing_archive_is_said(destination: Destination) -> None:
    name = publish(destination)
    destination.delete(name)
    destination.delete(name)
    with pytest.raises(ArchiveError):
        verified(destination, name, Level.QUICK)


class Forgetful(ObjectStore):
    """A store that keeps something else than it was sent."""

    def _upload(self, staged: Staged) -> None:
        super()._upload(staged)
        obstore.put(self._store, str(staged.sidecar.name), bytes(staged.sidecar.size))


class Refusing(ObjectStore):
    """A store that fails in the middle of an upload."""

    def _upload(self, staged: Staged) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize(("kind", "error"), [(Forgetful, VerificationError), (Refusing, KeyboardInterrupt)])
def test_what_was_not_stored_as_sent_is_taken_back(kind: Any, error: type[BaseException]) -> None:
    store = kind(MemoryStore(), "memory", scratch_folder())
    with pytest.raises(error):
        publish(store)
    assert store.stored() == []


def test_the_default_is_in_the_state_folder(tmp_path: Path) -> None:
    destination = destination_at("")
    publish(destination)
    assert len(list((tmp_path / "state" / "kryonix" / "backups").glob("*.tar"))) == 1


@pytest.mark.parametrize("text", ["{}/a b", "file://{}/a%20b"])
def test_folders_are_named_by_path_or_url(tmp_path: Path, text: str) -> None:
    found = destination_at(text.format(tmp_path))
    assert isinstance(found, Folder)
    assert found.path == tmp_path / "a b"


@pytest.mark.parametrize("url", ["s3://bucket/some/prefix", "gs://bucket/prefix"])
def test_stores_are_named_by_url(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    found = destination_at(url)
    assert isinstance(found, ObjectStore)
    assert found.place == url
    assert getattr(found._store, "prefix", None) == url.split("/", 3)[3]


def test_a_store_that_needs_more_is_refused_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "MTIz")
    with pytest.raises(KryonixError, match="Account") as caught:
        destination_at("az://container/prefix")
    assert "AZURE_" in caught.value.hint
    assert "Debug source" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match="file"):
        publish(Folder(tmp_path / "file" / "backups"))
    with pytest.raises(ArchiveError):
        listed(Folder(tmp_path / "file"))
