"""`kryonix backup list|show|verify|prune|export`: what they print and how they end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.cli import main
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.destination import Destination, destination_at
from tests.archives import configured, described, forged, members, publish, rdb

DAY = 86_400


@pytest.fixture
def archives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Destination:
    """The configured destination, empty. Signatures are made with our key."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)
    configured()
    return destination_at()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["backup", *arguments])
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, _err = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def made(destination: Destination, days_ago: float, monkeypatch: pytest.MonkeyPatch, **options: Any) -> ArchiveName:
    """Make an archive as if it were `days_ago`."""
    with monkeypatch.context() as patched:
        then = time.time() - days_ago * DAY
        patched.setattr(time, "time", lambda: then)
        return publish(destination, **options)


def test_list_shows_the_newest_first_and_what_is_damaged(
    archives: Destination, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert document(capsys, "list")[1]["archives"] == []
    old, new = made(archives, 2, monkeypatch), made(archives, 1, monkeypatch)
    (archives.staging / str(old)).write_bytes(b"")
    code, listed = document(capsys, "list")
    assert code == 0
    assert listed["schema"] == "kryonix.backups/1"
    first, second = listed["archives"]
    assert (first["name"], first["state"], first["keys"], first["signature"]) == (str(new), "good", 4, "ours")
    assert (second["name"], second["state"]) == (str(old), "damaged")
    assert "0 bytes" in second["reason"]
    code, out, _err = run(capsys, "list")
    assert code == 0
    assert out.index("good") < out.index("damaged")


def test_show_prints_the_manifest(archives: Destination, capsys: pytest.CaptureFixture[str]) -> None:
    name = str(publish(archives))
    code, shown = document(capsys, "show", name)
    assert (code, shown["schema"], shown["manifest"]["contents"]["keys"]) == (0, "kryonix.backup/1", 4)
    code, out, _err = run(capsys, "show", str(archives.staging / name))
    assert code == 0
    assert "acme" in out


def test_what_a_manifest_says_cannot_act_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured()
    manifest, stored = described(rdb(), tool="\x1b]52;c;x\x07")
    _destination, name = forged(tmp_path, members(manifest, stored))
    code, out, _err = run(capsys, "show", str(tmp_path / str(name)))
    assert code == 0
    assert "\x1b" not in out
    assert "␛" in out


def test_verify_ends_with_1_where_one_is_damaged(archives: Destination, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = str(publish(archives)), str(publish(archives))
    assert run(capsys, "verify", "--level", "drill", good)[0] == 0
    path = archives.staging / bad
    path.write_bytes(path.read_bytes()[:-1])
    code, out, _err = run(capsys, "verify")
    assert code == 1
    assert f"{good}: sound (data)" in out
    assert f"{bad}: DAMAGED (data)" in out
    code, found = document(capsys, "verify", bad, "--level", "quick")
    assert code == 1
    assert found["archives"][0]["findings"]


def test_an_archive_that_is_not_there_or_none_is_an_error(
    archives: Destination, capsys: pytest.CaptureFixture[str]
) -> None:
    assert archives.stored() == []
    code, _out, err = run(capsys, "verify", "kryonix-full-20260102T030000Z-1a2b3c4d.tar")
    assert (code, "not there" in err) == (1, True)
    code, _out, err = run(capsys, "verify", "dump.rdb")
    assert (code, "hint:" in err) == (2, True)


def test_prune_says_what_would_go_and_deletes_nothing(
    archives: Destination, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(made(archives, days, monkeypatch)) for days in (20, 10, 9, 8, 1)]
    code, found = document(capsys, "prune", "--dry-run")
    assert code == 0
    assert found["prune"] == names[:2]
    assert len(archives.stored()) == 10
    path = archives.staging / names[-1]
    path.write_bytes(path.read_bytes()[:3000].ljust(path.stat().st_size, b"\0"))
    assert document(capsys, "prune", "--dry-run")[1]["prune"] == names[:1], "the newest does not count any more"


def test_prune_refuses_where_the_newest_is_not_what_it_seems(
    archives: Destination, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(made(archives, days, monkeypatch)) for days in (20, 10, 9, 8)]
    path = archives.staging / names[-1]
    content = bytearray(path.read_bytes())
    content[3100] ^= 1  # in the data: a quick look cannot see it
    path.write_bytes(content)
    assert [entry["state"] for entry in document(capsys, "list")[1]["archives"]] == ["good"] * 4
    code, found = document(capsys, "prune", "--dry-run")
    assert (code, found["prune"]) == (0, [])
    assert "verified" in found["keep"][0]["reason"]


def test_encrypted_ones_are_pruned_where_nobody_can_open_them_and_only_by_signed_words(
    archives: Destination, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients = [Identity.generate().to_public()]
    names = [made(archives, days, monkeypatch, recipients=recipients) for days in (20, 10, 9, 8, 1)]
    assert document(capsys, "list")[1]["archives"][0]["keys"] == 4
    assert document(capsys, "prune", "--dry-run")[1]["prune"] == [str(name) for name in names[:2]]
    newest = archives.staging / str(names[-1])
    content = newest.read_bytes()
    newest.write_bytes(content[:-1] + bytes((content[-1] ^ 1,)))
    assert document(capsys, "prune", "--dry-run")[1]["prune"] == [], "the newest is not what was signed"
    newest.write_bytes(content)
    for name in names[2:]:
        path = archives.staging / name.sidecar
        path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "signed" not in line))
    found = document(capsys, "prune", "--dry-run")[1]
    assert found["prune"] == []
    assert len(found["keep"]) == 5


def test_export_writes_the_rdb_once(
    archives: Destination, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = Identity.generate()
    config = configured(identity, tmp_path)
    name = str(publish(archives, recipients=[identity.to_public()]))
    target = tmp_path / "dump.rdb"
    assert run(capsys, "export", name, str(target))[0] == 1
    monkeypatch.setenv("KRYONIX_BACKUP_IDENTITY_FILE", config.backup.identity_file)
    assert run(capsys, "export", name, str(target))[0] == 0
    assert target.read_bytes() == rdb()
    assert target.stat().st_mode & 0o777 == 0o600
    assert run(capsys, "export", name, str(target))[0] == 1


def test_export_of_a_damaged_archive_writes_nothing(
    archives: Destination, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = str(publish(archives))
    path = archives.staging / name
    content = bytearray(path.read_bytes())
    content[3100] ^= 1
    path.write_bytes(content)
    out = tmp_path / "out"
    out.mkdir()
    assert run(capsys, "export", name, str(out / "dump.rdb"))[0] == 1
    assert list(out.iterdir()) == []


def test_a_name_means_the_destination_and_a_slash_means_a_file(
    archives: Destination, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the same name in the current folder may be a broken copy, or a trap."""
    name = str(publish(archives))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (here / name).write_bytes(b"no archive")
    code, out, _err = run(capsys, "verify", name)
    assert (code, out) == (0, f"{name}: sound (data)\n  {archives.place}\n")
    code, out, _err = run(capsys, "verify", f"./{name}")
    assert (code, out.splitlines()[:2]) == (1, [f"{name}: DAMAGED (data)", f"  {here}"])
    assert document(capsys, "verify", str(here / name))[1]["archives"][0]["place"] == str(here)
    assert f"Where        {archives.place}" in run(capsys, "show", name)[1]

    # Also with another destination than the configured one.
    other = destination_at(str(tmp_path / "other"))
    copied = str(publish(other))
    assert run(capsys, "verify", copied)[0] == 1
    assert f"  {other.place}" in run(capsys, "verify", copied, "--at", other.place)[1]

    # Only here: not what was asked for, but it is said how to ask for it.
    (here / copied).write_bytes(b"no archive")
    code, _out, err = run(capsys, "verify", copied)
    assert code == 2
    assert f"{copied} is not at {archives.place}" in err
    assert f"./{copied}" in err
