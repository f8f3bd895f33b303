"""Slow entries are counted once, for ten minutes of the server's clock, and what was lost is told."""

from __future__ import annotations

from typing import Any

import pytest

from kryonix_tui.analysis.slow_time import WINDOW, SlowWindow
from kryonix_tui.model.neighbours import SlowTime
from kryonix_tui.model.server import SlowLogEntry
from tests.unit.builders import WALL, server


def _entry(number: int, tenant: str | None = "a", *, at: float = WALL, millis: int = 10, module: str = "m") -> Any:
    return SlowLogEntry(number, int(at), millis * 1000, "GET", tenant=tenant, module=module)


def _read(window: SlowWindow, *entries: SlowLogEntry, clock: float = WALL, **changes: Any) -> SlowTime:
    found = window.read(server(slow_log=entries, clock=clock, **changes), clock)
    assert found is not None
    return found


def test_shares_by_tenant_and_module() -> None:
    log = (
        _entry(2, "a", millis=60, module="crm"),
        _entry(1, "b", millis=30),
        _entry(0, None, millis=10, module="KEYS"),
    )
    found = _read(SlowWindow(), *log)
    assert found.total.calls == 3
    assert found.total.seconds == pytest.approx(0.1)
    assert [found.share(name) for name in ("a", "b", None, "c")] == [60, 30, 10, 0]
    assert found.by_tenant["a"].modules == {"crm": 0.06}
    assert found.by_tenant[None].modules == {"KEYS": 0.01}
    assert (found.span, found.lost, found.cut) == (WINDOW, 0, False)


def test_nothing_slow_has_no_shares() -> None:
    found = _read(SlowWindow())
    assert found.share("a") is None
    assert found.by_tenant == {}


def test_an_entry_that_is_read_again_counts_once() -> None:
    window = SlowWindow()
    _read(window, _entry(0))
    found = _read(window, _entry(1, "b"), _entry(0))
    assert found.total.calls == 2
    assert _read(window, _entry(1, "b"), _entry(0)) == found


def test_entries_leave_the_window_by_the_clock_of_the_server() -> None:
    window = SlowWindow()
    before = _read(window, _entry(1, "b", at=WALL), _entry(0, "a", at=WALL - 300))
    after = _read(window, _entry(1, "b"), _entry(0, "a", at=WALL - 300), clock=WALL + WINDOW - 1)
    assert set(after.by_tenant) == {"b"}
    assert set(before.by_tenant) == {"a", "b"}, "what was told does not change afterwards"
    gone = _read(window, clock=WALL + WINDOW + 1)
    assert (gone.total.calls, gone.total.modules, gone.by_tenant) == (0, {}, {})


def test_numbers_that_are_missing_are_said_to_be_lost_as_long_as_it_matters() -> None:
    window = SlowWindow()
    _read(window, _entry(0))
    assert _read(window, _entry(40), _entry(39), clock=WALL + 1).lost == 38
    assert _read(window, _entry(41), _entry(40), _entry(39), clock=WALL + 2).lost == 38
    assert _read(window, clock=WALL + WINDOW + 1).lost == 0


def test_a_log_that_does_not_reach_back_says_how_far_it_does() -> None:
    window = SlowWindow()
    found = _read(window, _entry(501, at=WALL - 20), _entry(500, at=WALL - 30))
    assert (found.cut, found.span, found.lost) == (True, 30, 0)
    later = _read(window, _entry(501, at=WALL - 20), clock=WALL + WINDOW)
    assert (later.cut, later.span) == (False, WINDOW)


def test_a_log_that_was_emptied_has_lost_nothing_that_is_known_of() -> None:
    window = SlowWindow()
    _read(window)
    found = _read(window, _entry(7))
    assert (found.lost, found.total.calls) == (0, 1)


def test_a_server_that_has_just_started_has_no_ten_minutes() -> None:
    assert _read(SlowWindow(), uptime_seconds=42).span == 42


def test_a_restarted_server_numbers_anew() -> None:
    window = SlowWindow()
    _read(window, _entry(1), _entry(0))
    found = _read(window, _entry(0, "b", at=WALL + 5), clock=WALL + 5, run_id="run-2", uptime_seconds=3)
    assert {name: work.calls for name, work in found.by_tenant.items()} == {"a": 2, "b": 1}
    assert (found.lost, found.span) == (0, WINDOW)


def test_after_a_failover_and_back_nothing_counts_twice() -> None:
    window = SlowWindow()
    log = (_entry(1), _entry(0))
    _read(window, *log)
    _read(window, run_id="run-2")
    assert _read(window, *log).total.calls == 2


def test_a_clock_that_is_set_back_leaves_nothing_for_ever() -> None:
    window = SlowWindow()
    _read(window, _entry(0, at=WALL + 7200), clock=WALL + 7200)
    assert set(_read(window, _entry(1, "b"), clock=WALL).by_tenant) == {"b"}


def test_after_a_clock_was_set_back_the_span_begins_anew() -> None:
    window = SlowWindow()
    log = (_entry(8, at=WALL + 7200),)
    assert _read(window, *log, clock=WALL + 7210, uptime_seconds=60).cut
    assert _read(window, *log, clock=WALL).span == 0
    later = _read(window, *log, _entry(9, "b", at=WALL + 20), clock=WALL + 30)
    assert (later.span, later.cut, set(later.by_tenant)) == (30, False, {"b"})
    assert _read(window, clock=WALL + 5000).span == WINDOW


def test_a_user_who_may_not_read_it_knows_nothing() -> None:
    refused = server(unavailable=frozenset({"slowlog"}))
    assert SlowWindow().read(refused, WALL) is None
