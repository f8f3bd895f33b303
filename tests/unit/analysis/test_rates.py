"""Rates from counters that restart, are reset, and hold the console's own share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.analysis.rates import evictions, hit_ratio, rejections
from kryonix_tui.model.server import Clients, Traffic
from tests.unit.builders import looked_up, server

counter = st.integers(0, 2**63)


def test_since_the_start_without_a_reading_before() -> None:
    assert hit_ratio(looked_up(75, 25)) == 75


def test_between_two_readings_of_one_run() -> None:
    assert hit_ratio(looked_up(110, 130), looked_up(100, 100)) == 25


def test_own_lookups_are_no_part_of_it() -> None:
    # 40 hits and 20 misses since, of which 30 and 10 are the console's: 10 of 20 remain.
    now, before = looked_up(140, 120, own=(80, 60)), looked_up(100, 100, own=(50, 50))
    assert hit_ratio(now, before) == 50


def test_a_restarted_server_begins_anew() -> None:
    assert hit_ratio(looked_up(9, 1, run_id="run-2"), looked_up(1000, 1000)) == 90


def test_counters_that_were_reset_count_from_there() -> None:
    assert hit_ratio(looked_up(3, 1), looked_up(1000, 1000)) == 75


def test_where_nothing_was_looked_up_since_the_total_stands() -> None:
    assert hit_ratio(looked_up(75, 25), looked_up(75, 25)) == 75


def test_nothing_is_said_where_nothing_was_looked_up() -> None:
    assert hit_ratio(looked_up(0, 0)) is None
    assert hit_ratio(looked_up(5, 5, own=(5, 5))) is None


def test_nothing_is_invented_where_the_own_share_exceeds_the_counters() -> None:
    assert hit_ratio(looked_up(10, 10, own=(500, 2))) is None
    assert hit_ratio(looked_up(10, 10, own=(2, 500))) is None


@given(numbers=st.tuples(*[counter] * 8), same=st.booleans())
def test_a_ratio_is_a_percentage_whatever_the_counters_say(numbers: tuple[int, ...], *, same: bool) -> None:
    hits, misses, own_hits, own_misses, *before = numbers
    run = "run-1" if same else "run-2"
    previous = looked_up(before[0], before[1], own=(before[2], before[3]))
    ratio = hit_ratio(looked_up(hits, misses, own=(own_hits, own_misses), run_id=run), previous)
    assert ratio is None or 0 <= ratio <= 100


def test_evictions_and_rejections_are_differences_of_one_run_and_never_negative() -> None:
    before = server(traffic=Traffic(evicted=10), clients=Clients(rejected=5))
    now = server(traffic=Traffic(evicted=17), clients=Clients(rejected=6))
    assert (evictions(now, before), rejections(now, before)) == (7, 1)
    assert (evictions(before, now), rejections(before, now)) == (0, 0)
    assert (evictions(now, None), rejections(now, None)) == (0, 0)
    restarted = server(traffic=Traffic(evicted=99), clients=Clients(rejected=99), run_id="run-2")
    assert (evictions(restarted, before), rejections(restarted, before)) == (0, 0)
