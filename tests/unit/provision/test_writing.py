from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from pathlib import Path

import pytest

from kryonix_tui.errors import KryonixError, RefusedError
from kryonix_tui.paths import write_whole
from kryonix_tui.provision import manifest, writing
from kryonix_tui.provision.generated import PRIVATE, GeneratedFile
from kryonix_tui.provision.writing import Kind, Plan, carry_out, check, plan

FIRST = {"prometheus": (GeneratedFile("a.yml", "a: 1\n"), GeneratedFile("rules/b.yml", "b: 1\n"))}
SECOND = {"prometheus": (GeneratedFile("a.yml", "a: 2\n"),)}


def kinds(planned: Plan) -> dict[str, Kind]:
    return {change.path: change.kind for change in planned.changes}


def touched(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Return what writing would change of each file: it may be read."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in folder.rglob("*")}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_second_time_nothing_changes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert kinds(plan(FIRST, folder)) == {"a.yml": Kind.NEW, "rules/b.yml": Kind.NEW}
    assert not folder.exists()
    carry_out(plan(FIRST, folder))
    before = touched(folder)
    again = plan(FIRST, folder)
    assert (again.differences, again.overwrites) == ((), False)
    carry_out(again)
    assert touched(folder) == before


def test_a_change_is_shown_and_what_is_no_longer_generated_goes(tmp_path: Path) -> None:
    carry_out(plan(FIRST, tmp_path))
    planned = plan(SECOND, tmp_path)
    assert kinds(planned) == {"a.yml": Kind.CHANGED, "rules/b.yml": Kind.REMOVED}
    assert planned.overwrites
    assert planned.changes[0].diff == ("--- a/a.yml", "+++ b/a.yml", "@@ -1 +1 @@", "-a: 1", "+a: 2")
    carry_out(planned)
    assert set(contents(tmp_path)) == {"a.yml", manifest.NAME}


def test_other_parts_are_left_alone(tmp_path: Path) -> None:
    carry_out(plan(FIRST, tmp_path))
    carry_out(plan({"acl": (GeneratedFile("c.txt", "c"),)}, tmp_path))
    assert kinds(plan(FIRST, tmp_path)) == {"a.yml": Kind.SAME, "rules/b.yml": Kind.SAME}


@pytest.mark.parametrize("generated", [SECOND, {"prometheus": ()}])
def test_edits_by_hand_need_force(tmp_path: Path, generated: dict[str, tuple[GeneratedFile, ...]]) -> None:
    carry_out(plan({"prometheus": FIRST["prometheus"][:1]}, tmp_path))
    (tmp_path / "a.yml").write_text("a: mine\n")
    before = contents(tmp_path)
    planned = plan(generated, tmp_path)
    assert "-a: mine" in planned.changes[0].diff
    with pytest.raises(RefusedError) as caught:
        carry_out(planned)
    assert "a.yml: it was edited" in caught.value.message
    assert contents(tmp_path) == before
    carry_out(planned, force=True)
    assert contents(tmp_path).get("a.yml") == (b"a: 2\n" if generated is SECOND else None)


def test_files_of_others_need_force_unless_they_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: 1\n")
    carry_out(plan(FIRST, tmp_path))
    (tmp_path / manifest.NAME).unlink()
    with pytest.raises(RefusedError) as caught:
        carry_out(plan(SECOND, tmp_path))
    assert "did not write it" in caught.value.message


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.yml").write_text("theirs")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "rules").symlink_to(outside)
    with pytest.raises(RefusedError):
        carry_out(plan(FIRST, folder))
    assert (outside / "b.yml").read_text() == "theirs"


def test_modes_are_exact_whatever_the_umask_and_are_repaired(tmp_path: Path) -> None:
    files = {"acl": (GeneratedFile("public", "1"), GeneratedFile("secrets/private", "2", PRIVATE))}
    before = os.umask(0o077)
    try:
        carry_out(plan(files, tmp_path))
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("public", "secrets/private")}
    assert modes == {"public": 0o644, "secrets/private": 0o600}
    (tmp_path / "secrets/private").chmod(0o644)
    carry_out(plan(files, tmp_path))
    assert stat.S_IMODE((tmp_path / "secrets/private").stat().st_mode) == 0o600


def test_what_a_terminal_would_obey_is_shown_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\x1b]52;c;eA==\x07\xff\n")
    (shown,) = (line for line in plan(SECOND, tmp_path).changes[0].diff if line.startswith("-␛"))
    assert shown.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"schema":"other/1","files":{}}',
        '{"schema":"kryonix.provisioned/1","files":{"../x":{"part":"acl","sha256":""}}}',
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(KryonixError) as caught:
        plan(FIRST, tmp_path)
    assert manifest.NAME in caught.value.message


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KryonixError) as caught:
        carry_out(plan(FIRST, tmp_path / "file"))
    assert str(tmp_path / "file") in caught.value.message


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../../x", "a//b", "./a", "a/"])
def test_a_file_stays_in_the_folder(path: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        GeneratedFile(path, "")


@pytest.mark.parametrize("path", ["a.yml", "rules/b.yml", manifest.NAME])
def test_what_was_changed_since_it_was_planned_is_kept(tmp_path: Path, path: str) -> None:
    carry_out(plan(FIRST, tmp_path))
    planned = plan(SECOND, tmp_path)
    text = '{"schema":"kryonix.provisioned/1","files":{}}' if path == manifest.NAME else "mine: now\n"
    (tmp_path / path).write_text(text)
    before = contents(tmp_path)
    with pytest.raises(RefusedError) as caught:
        carry_out(planned)
    assert f"{path} was changed meanwhile" in caught.value.message
    assert contents(tmp_path) == before


def test_what_appeared_since_it_was_planned_is_kept(tmp_path: Path) -> None:
    planned = plan(FIRST, tmp_path)
    (tmp_path / "a.yml").write_text("mine: now\n")
    with pytest.raises(RefusedError):
        carry_out(planned)
    assert contents(tmp_path) == {"a.yml": b"mine: now\n"}


def test_of_two_runs_at_once_one_is_refused(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(RefusedError) as caught:
            carry_out(plan(FIRST, tmp_path))
    finally:
        os.close(descriptor)
    assert "another run" in caught.value.message
    assert contents(tmp_path) == {}
    carry_out(plan(FIRST, tmp_path))


def test_what_was_written_before_a_failure_is_known_as_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "rules/b.yml"))

    def write(path: Path, text: str, *modes: int) -> None:
        if path.name == "b.yml":
            raise full
        write_whole(path, text, *modes)

    monkeypatch.setattr(writing, "write_whole", write)
    with pytest.raises(KryonixError) as caught:
        carry_out(plan(FIRST, tmp_path))
    assert "No space left on device" in caught.value.message
    monkeypatch.undo()
    # Another configuration now: nothing of it counts as edited by somebody.
    carry_out(plan(SECOND, tmp_path))
    assert contents(tmp_path)["a.yml"] == b"a: 2\n"


def test_where_nothing_temporary_can_be_written_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(KryonixError) as caught:
        check(FIRST)
    assert str(tmp_path / "gone") in caught.value.message
