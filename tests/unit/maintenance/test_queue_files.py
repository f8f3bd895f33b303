"""Files of items: whole batches or nothing, whatever is in the items and wherever the power was cut; and which items match."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kryonix_tui.errors import KryonixError, UsageError
from kryonix_tui.maintenance.queues.item_file import Heading, ItemFile, batch_at, contents
from kryonix_tui.maintenance.queues.matching import Matching, parse_fields
from kryonix_tui.model.census import QueueKey

QUEUE = QueueKey(2, b"queue:tenant:\xff:crm", "crm", "\udcff")
HEADING = Heading("0a1b", "127.0.0.1:6379", QUEUE, "2026-01-01T00:00:00+00:00", "drain")
BATCHES = [[b"a", b"", b'{"x": 1}'], [b"\x00\xff\n"], [b"line\nline", "ção".encode(), b'{"batch": 1}']]


def written(path: Path, batches: list[list[bytes]], *, ended: bool = True) -> Path:
    file = ItemFile(path)
    file.begin(HEADING)
    for batch in batches:
        file.save(batch)
    if ended:
        file.end()
    return path


def read(path: Path) -> list[list[bytes]]:
    found = contents(path)
    return [list(batch_at(path, found, number).items) for number in range(1, found.batches + 1)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "folder" / "items.jsonl", BATCHES)
    found = contents(path)
    assert (found.heading, found.items, found.ended) == (HEADING, 7, True)
    assert read(path) == BATCHES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # It is text without control characters, whatever is in the items.
    assert all(line.isascii() and line.isprintable() for line in path.read_text().splitlines())


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50, deadline=None
)
@given(st.lists(st.lists(st.binary(max_size=40), min_size=1, max_size=5), max_size=5))
def test_any_bytes_survive(tmp_path: Path, batches: list[list[bytes]]) -> None:
    path = tmp_path / "items.jsonl"
    path.unlink(missing_ok=True)
    assert read(written(path, batches)) == batches


def test_wherever_it_is_cut_there_are_whole_batches_and_it_goes_on_behind_them(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", BATCHES).read_bytes()
    heading = len(whole.splitlines(keepends=True)[0])
    path = tmp_path / "cut"
    for length in range(heading, len(whole), 3):
        path.write_bytes(whole[:length])
        found = contents(path)
        assert not found.ended
        assert read(path) == BATCHES[: found.batches]
        file = ItemFile(path)
        file.go_on()
        file.save([b"more"])
        file.end()
        assert read(path)[-1] == [b"more"]
        assert contents(path).ended


def test_what_was_changed_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "items", BATCHES)
    path.write_bytes(path.read_bytes().replace(b'"a"', b'"b"', 1))
    with pytest.raises(KryonixError, match="batch 1"):
        contents(path)


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"[]\n", b'{"schema": "other/1"}\n', b"\xff\n", b'{"schema": "kryonix.queue_items/1"}\n'):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(UsageError):
            contents(tmp_path / "x")
    with pytest.raises(UsageError):
        contents(tmp_path / "missing")


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    path = written(tmp_path / "items", BATCHES)
    before = path.read_bytes()
    with pytest.raises(KryonixError, match="cannot be written"):
        ItemFile(path).begin(HEADING)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("matching", "fits", "not_"),
    [
        (Matching((("module", "crm"),)), b'{"module": "crm"}', b'{"module": "crm2"}'),
        (Matching((("a.b", "7"),)), b'{"a": {"b": 7}}', b'{"a": {"b": 70}}'),
        (Matching((("ok", "true"),)), b'{"ok": true}', b'{"ok": "True"}'),
        (Matching((("x", "null"),)), b'{"x": null}', b"{}"),
        (Matching(text="ção"), "{ação".encode(), b"acao"),
        (Matching((("a", "1"),), "z"), b'{"a": 1, "z": 2}', b'{"a": 1}'),
        (Matching(text="\udcff"), b"\xff", b"x"),
    ],
)
def test_items_match_by_field_and_by_text(matching: Matching, fits: bytes, not_: bytes) -> None:
    assert matching(fits)
    for other in (not_, b"", b"\xfe", b"[" * 100_000, b'{"module": {"crm": 1}}', b"7"):
        assert not matching(other)


def test_nothing_given_matches_nothing() -> None:
    assert not Matching()(b"x")
    with pytest.raises(UsageError):
        parse_fields(["module"])


@pytest.mark.parametrize(
    "secret", ["+5511987654321", "(11) 98765-4321", "123.456.789-09", "12/03/1985", "ana@example.com", "hunter2"]
)
def test_what_is_written_down_tells_nothing_of_people(secret: str) -> None:
    for name in ("phone", "password"):
        assert secret not in Matching(((name, secret),)).shown
    if secret != "hunter2":
        assert secret not in Matching((("x", secret),), secret).shown
    assert json.dumps(Matching((("module", "crm"),)).shown) == '"module=crm"'
