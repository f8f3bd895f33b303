"""Archives that stay until a day: what an operation saved before it removed it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kryonix_tui.config.schema import Backup, Config
from kryonix_tui.maintenance.backup import held, pruning
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.destination import Folder
from kryonix_tui.maintenance.folders import maintenance_folder
from kryonix_tui.model.kryonix_map import KRYONIX
from tests.archives import configured, publish

DAY = 86_400


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ArchiveName]:
    """Archives of 20, 3, 2 and 1 days ago: the first one is old enough to go."""
    configured()
    made = []
    for days in (20, 3, 2, 1):
        with monkeypatch.context() as patched:
            then = time.time() - days * DAY
            patched.setattr(time, "time", lambda then=then: then)
            made.append(publish(Folder(tmp_path)))
    return made


def pruned(folder: Path) -> list[ArchiveName]:
    found = pruning.planned(Folder(folder), Config(backup=Backup(keep_days=7, keep_at_least=3)), KRYONIX)
    return [entry.name for entry in found.backups.prune]


def test_what_is_held_is_not_pruned_until_its_day(tmp_path: Path, names: list[ArchiveName]) -> None:
    assert pruned(tmp_path) == names[:1]
    held.hold(names[0], until=time.time() + 10 * DAY)
    assert pruned(tmp_path) == []
    assert "stays until 20" in held.holds(time.time()).reason(names[0])
    assert held.holds(time.time()).reason(names[1]) == ""
    held.hold(names[0], until=time.time() - 1)
    assert pruned(tmp_path) == names[:1]


def test_notes_of_past_days_are_forgotten(names: list[ArchiveName]) -> None:
    held.hold(names[0], until=time.time() - 1)
    held.hold(names[1], until=time.time() + DAY)
    assert [path.name for path in (maintenance_folder() / "held").iterdir()] == [f"{names[1]}.json"]


def test_a_note_that_cannot_be_read_holds_everything(tmp_path: Path, names: list[ArchiveName]) -> None:
    held.hold(names[1], until=time.time() + DAY)
    (maintenance_folder() / "held" / "torn.json").write_text('{"archive": "kryo')
    assert pruned(tmp_path) == []
    assert "torn.json" in held.holds(time.time()).reason(names[0])
