"""The audit log: every tampering in the middle is found, nothing secret is in it, and many may write at once."""

from __future__ import annotations

import json
import math
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.cli import main
from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.audit import START, AuditLog, Verdict
from kryonix_tui.maintenance.audit_columns import columns
from tests.unit.maintenance.operations import WHO

Lines = list[bytes]


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl")


def write(log: AuditLog, count: int = 1, **details: Any) -> None:
    for number in range(count):
        entry = {"number": number, **details}
        log.append("started", action="restore", plan="0123", who=WHO, target="127.0.0.1:6379", details=entry)


def edited(log: AuditLog, change: Callable[[Lines], Lines]) -> Verdict:
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(change(lines)))
    return log.verify()


def test_the_chain_holds(log: AuditLog) -> None:
    assert log.verify() == Verdict(0)
    write(log, 5)
    entries = [*log.entries()]
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries] == [START, *(entry.hash for entry in entries[:-1])]
    assert log.verify() == Verdict(5, newest=entries[-1].hash)


TAMPERINGS: dict[str, tuple[Callable[[Lines], Lines], int]] = {
    "a value": (lambda lines: [*lines[:2], lines[2].replace(b'"restore"', b'"backup."'), *lines[3:]], 3),
    "the last line": (lambda lines: [*lines[:4], lines[4].replace(b"ana", b"eva")], 5),
    "deleted": (lambda lines: [*lines[:2], *lines[3:]], 3),
    "first deleted": (lambda lines: lines[1:], 1),
    "reordered": (lambda lines: [*lines[:2], lines[3], lines[2], lines[4]], 3),
    "inserted again": (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),
    "inserted": (lambda lines: [*lines[:3], b"{}\n", *lines[3:]], 4),
    "garbled": (lambda lines: [*lines[:3], b"\xff\n", *lines[4:]], 4),
    "garbled at the end": (lambda lines: [*lines[:4], b"x\n"], 5),
    "an empty line": (lambda lines: [*lines[:3], b"\n", *lines[3:]], 4),
    "another field": (lambda lines: [*lines[:2], lines[2].replace(b"{", b'{"x":1,', 1), *lines[3:]], 3),
    "a field twice": (lambda lines: [*lines[:2], lines[2].replace(b"{", b'{"action":"x",', 1), *lines[3:]], 3),
    "blanks": (lambda lines: [*lines[:2], lines[2].replace(b",", b", ", 1), *lines[3:]], 3),
    "two lines joined": (lambda lines: [*lines[:2], lines[2].rstrip() + lines[3], lines[4]], 3),
}


@pytest.mark.parametrize(("change", "where"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_found(log: AuditLog, change: Callable[[Lines], Lines], where: int) -> None:
    write(log, 5)
    verdict = edited(log, change)
    assert verdict.broken_at == where
    assert verdict.reason
    write(log)
    # The end of a log has nothing after it that could tell a torn line from a garbled one: it is named all the same.
    after = log.verify()
    assert where in (after.broken_at, *after.torn)


def test_every_byte_counts(log: AuditLog) -> None:
    write(log, 2)
    content = log.path.read_bytes()
    for position in range(len(content) - 1):
        changed = bytearray(content)
        changed[position] ^= 1
        log.path.write_bytes(changed)
        assert log.verify().broken_at is not None, position


def test_the_log_goes_on_after_a_torn_line_wherever_it_was_torn(log: AuditLog) -> None:
    write(log, 3)
    content = log.path.read_bytes()
    last = content[:-1].rindex(b"\n") + 1
    for end in range(last + 1, len(content)):
        log.path.write_bytes(content[:end])
        torn = end < len(content) - 1
        assert log.verify().broken_at is None
        assert log.verify().torn == ((3,) if torn else ())
        write(log, 2)
        verdict = log.verify()
        assert (verdict.lines, verdict.broken_at, verdict.torn) == (5, None, (3,) if torn else ()), end
        assert len([*log.entries()]) == (4 if torn else 5)
    assert edited(log, lambda lines: [*lines[:2], b"other\n", *lines[3:]]).broken_at == 3


def test_processes_that_write_at_once_keep_the_chain(log: AuditLog) -> None:
    program = (
        "import sys, pathlib; from kryonix_tui.maintenance.audit import AuditLog;"
        "from kryonix_tui.maintenance.actor import Actor; log = AuditLog(pathlib.Path(sys.argv[1]));"
        "[log.append('started', action='x', plan='', who=Actor('u', 'h'), target='', details={'n': n})"
        " for n in range(25)]"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, log.path]) for _ in range(8)]
    assert [writer.wait(60) for writer in writers] == [0] * 8
    verdict = log.verify()
    assert (verdict.lines, verdict.broken_at, verdict.torn) == (200, None, ())


def test_a_log_of_any_length_goes_on(log: AuditLog) -> None:
    write(log, 400, filler="x" * 900, more=["y" * 900] * 3)
    assert log.path.stat().st_size > 1_000_000
    with log.path.open("ab") as file:
        file.write(b'{"torn')
    write(log)
    assert log.verify() == Verdict(402, torn=(401,), newest=[*log.entries()][-1].hash)


def test_nothing_secret_or_unprintable_gets_in(log: AuditLog) -> None:
    write(
        log,
        api_key="hunter2",
        nested={"password": "hunter2", "list": ["redis://ana:hunter2@host/0", "x\x1b[2J"]},
        summary="to s3://key:hunter2@bucket, all of it",
        rate=math.nan,
        whole=float("inf"),
        raw=b"\xff",
    )
    text = log.path.read_text()
    assert "hunter2" not in text
    assert "\\u001b" not in text
    assert log.verify().broken_at is None
    details = next(log.entries()).details
    assert details["nested"] == {"password": "•••", "list": ["redis://ana:•••@host/0", "x␛[2J"]}
    assert details["rate"] == "nan"


def test_the_log_is_private_also_when_it_was_not(log: AuditLog) -> None:
    log.path.touch(0o644)
    log.path.chmod(0o644)
    write(log)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_read_is_an_error_of_ours(log: AuditLog) -> None:
    log.path.mkdir()
    with pytest.raises(KryonixError, match="cannot be read"):
        log.verify()
    with pytest.raises(KryonixError, match="cannot be written"):
        write(log)


def test_the_list_shows_a_hostile_line_printably(log: AuditLog) -> None:
    write(log)
    edited(log, lambda lines: [lines[0].replace(b'"restore"', b'"\\u001b[2J"').replace(b'"ana"', b'{"\\u001b":1}')])
    (entry,) = log.entries()
    shown = [column.cell(entry).text for column in columns()]
    assert "␛[2J" in shown
    assert not any("\x1b" in text for text in shown)


def kryonix(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert kryonix(capsys, "audit", "verify")[0] == 0
    log = AuditLog()
    write(log, 3, result="done")
    code, out, _ = kryonix(capsys, "audit", "list", "--last", "2")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "ana@console (192.0.2.7)" in out
    code, out, _ = kryonix(capsys, "audit", "list", "--json", "--last", "1")
    document = json.loads(out)
    assert document["schema"] == "kryonix.audit/1"
    assert [entry["number"] for entry in document["entries"]] == [3]
    document = json.loads(kryonix(capsys, "audit", "verify", "--json")[1])
    assert (document["intact"], document["lines"]) == (True, 3)
    edited(log, lambda lines: lines[1:])
    code, out, err = kryonix(capsys, "audit", "verify")
    assert (code, out) == (1, "")
    assert "line 1: a line before this one was changed or removed" in err
    code, out, _ = kryonix(capsys, "audit", "verify", "--json")
    assert (code, json.loads(out)["broken_at"]) == (1, 1)
