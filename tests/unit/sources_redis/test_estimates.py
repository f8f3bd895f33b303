"""Figures of a pass under way: what they are made of, how far off they may be, and that they do not flicker."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis.attribution import Attributor
from kryonix_tui.sources.redis.estimates import Basis, figures, margin, overall, walked
from kryonix_tui.sources.redis.key_sizes import KeySizes
from kryonix_tui.sources.redis.tally import Tally

SESSION = (0, "mobile_session")


def tally_of(sessions: dict[str, int]) -> Tally:
    tally = Tally(Attributor(KRYONIX))
    for tenant, count in sessions.items():
        tally.add(0, [f"tenant:{tenant}:mobile:session:{number}".encode() for number in range(count)])
    tally.settle()
    return tally


def known(sessions: dict[str, int], fractions: dict[int, float], before: Census | None = None) -> Census:
    tally = tally_of(sessions)
    databases, tenants = figures(tally, Basis(fractions, before), KeySizes(Attributor(KRYONIX)))
    return Census(databases, tenants, complete=before is not None)


def keys(census: Census) -> dict[str, int]:
    return {name: found.keys for name, found in census.tenants.items()}


def test_a_cursor_tells_how_much_was_walked() -> None:
    # The highest bit of the table counts first; where the table has 8 buckets, the cursors are 4, 2, 6, 1, 5, 3, 7.
    assert [walked(cursor) for cursor in (4, 2, 6, 1, 5, 3, 7)] == [part / 8 for part in range(1, 8)]


def test_in_a_first_pass_what_was_seen_is_scaled_with_a_margin() -> None:
    census = known({"a": 50, "b": 1}, {0: 0.1})
    assert keys(census) == {"a": 500, "b": 10}
    assert census.databases[0].keys == census.databases[0].tenant_keys == 510
    assert 100 < census.tenants["a"].margin < 160
    assert 20 < census.tenants["b"].margin < 60


def test_when_the_pass_has_ended_nothing_is_estimated() -> None:
    before = known({"a": 500, "gone": 3}, {})
    census = known({"a": 480}, {}, before)
    assert keys(census) == {"a": 480}
    assert census.tenants["a"].margin == 0


def test_a_later_pass_leaves_a_figure_alone_until_it_has_evidence() -> None:
    before = known({"still": 1000, "grown": 1000, "gone": 1000, "tiny": 1}, {})
    census = known({"still": 490, "grown": 900}, {0: 0.5}, before)
    assert keys(census) == {"still": 1000, "grown": 1400, "gone": 500, "tiny": 1}
    assert census.tenants["still"] is before.tenants["still"]
    assert census.tenants["grown"].margin > 0


def test_nothing_vanishes_before_the_pass_ends_and_nothing_seen_is_left_out() -> None:
    before = known({"gone": 2}, {})
    census = known({"new": 7}, {0: 0.99}, before)
    assert keys(census) == {"gone": 1, "new": 7}


def test_of_an_exchanged_database_the_last_pass_tells_nothing() -> None:
    before = known({"a": 1000}, {})
    tally = tally_of({"b": 10})
    basis = Basis({0: 0.5}, before, frozenset({0}))
    databases, tenants = figures(tally, basis, KeySizes(Attributor(KRYONIX)))
    assert {name: found.keys for name, found in tenants.items()} == {"b": 20}
    assert databases[0].keys == 20


def test_a_database_that_has_no_keys_any_more_is_empty_at_once() -> None:
    before = known({"a": 1000}, {})
    assert keys(known({}, {3: 0.5}, before)) == {}


@given(st.integers(0, 5000), st.floats(0.001, 1))
def test_margins_shrink_with_what_was_walked_and_end_at_nothing(seen: int, fraction: float) -> None:
    wide = margin([(seen, fraction, False)])
    assert wide >= margin([(seen, min(1.0, fraction * 1.1), False)]) - 1e-6
    assert margin([(seen, 1.0, False)]) == 0
    assert margin([(seen, fraction, True)]) <= wide + 1e-9


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("truth", [1, 5, 40, 1000])
def test_the_stated_error_holds_nineteen_times_of_twenty(truth: int, fraction: float) -> None:
    dice = random.Random(11)
    hits = 0
    for _ in range(2000):
        seen = sum(dice.random() < fraction for _ in range(truth))
        estimate = max(seen, round(seen / fraction))
        hits += abs(estimate - truth) <= margin([(seen, fraction, False)])
    assert hits / 2000 >= 0.94


def test_progress_is_of_keys_not_of_databases() -> None:
    assert overall([(1.0, 10), (0.0, 90)]) == pytest.approx(0.1)
    assert overall([]) == 1.0


def test_sizes_lean_on_the_kind_until_a_tenant_has_samples_of_its_own() -> None:
    sizes = KeySizes(Attributor(KRYONIX))
    for number in range(100):
        sizes.add(0, b"tenant:a:mobile:session:%d" % number, 100)
    small, large = {SESSION: 10}, {SESSION: 10}
    assert sizes.of("stranger", small) == {SESSION: 1000}
    for number in range(50):
        sizes.add(0, b"tenant:big:mobile:session:%d" % number, 10_000)
    assert sizes.of("big", large)[SESSION] > 90_000
    assert sizes.of("a", small)[SESSION] < 2_500
    assert sizes.of("a", {(1, "api_cache"): 5}) == {}


def test_a_single_huge_key_says_nothing_about_the_others() -> None:
    sizes = KeySizes(Attributor(KRYONIX))
    sizes.add(0, b"tenant:huge:mobile:session:0", 5_000_000)
    for number in range(50):
        sizes.add(0, b"tenant:a:mobile:session:%d" % number, 100)
    assert sizes.of("huge", {SESSION: 10}) == {SESSION: 5_001_000}
    assert sizes.of("a", {SESSION: 10}) == sizes.of("stranger", {SESSION: 10}) == {SESSION: 1000}
    for number in range(50):
        sizes.add(0, b"tenant:b:mobile:session:%d" % number, 200_000)
    assert sizes.of("stranger", {SESSION: 10})[SESSION] > 1_000_000


def test_the_largest_keys_are_kept_and_those_of_two_passes_ago_forgotten() -> None:
    sizes = KeySizes(Attributor(KRYONIX))
    for number in range(60):
        sizes.add(0, b"tenant:a:mobile:session:%d" % number, 1_000_000 + number)
    sizes.add(0, b"tenant:a:mobile:session:small", 10)
    big = sizes.big_keys()
    assert [found.bytes for found in big] == [1_000_059 - number for number in range(20)]
    assert big[0].tenant == "a"
    sizes.end_pass({"a": TenantCensus("a", {})})
    assert len(sizes.big_keys()) == 20
    sizes.end_pass({})
    assert sizes.big_keys() == ()


def test_keys_whose_prefix_is_new_are_measured_first_and_few_at_a_time() -> None:
    sizes = KeySizes(Attributor(KRYONIX))
    batch = [b"tenant:%d:mobile:session:1" % number for number in range(200)]
    prefixes = [key.rpartition(b":")[0] for key in batch]
    first = sizes.choose(0, batch, prefixes)
    assert len(set(first)) == len(first) == 5
    sizes.refused = True
    assert sizes.choose(0, batch, prefixes) == []


def test_one_key_in_sixty_is_measured_however_small_the_batches_are() -> None:
    sizes = KeySizes(Attributor(KRYONIX))
    batches = [[b"tenant:%d:mobile:session:%d" % (number, turn) for number in range(20)] for turn in range(300)]
    chosen = [len(sizes.choose(0, batch, [key.rpartition(b":")[0] for key in batch])) for batch in batches]
    assert chosen[0] == 5, "a database may have one batch only"
    assert 300 * 20 / 60 <= sum(chosen) <= 300 * 20 / 60 + 10
    assert len(sizes.choose(1, batches[0], batches[0])) == 5, "each database by itself"


def test_a_rare_prefix_is_measured_at_once() -> None:
    sizes = KeySizes(Attributor(KRYONIX))
    for turn in range(100):
        sizes.choose(0, [b"tenant:a:mobile:session:%d" % turn] * 10, [b"tenant:a:mobile:session"] * 10)
    mixed = [b"tenant:a:mobile:session"] * 9 + [b"tenant:b:mobile:session"]
    assert sizes.choose(0, mixed, mixed) == [b"tenant:b:mobile:session"]


@pytest.mark.parametrize("tenants", [1, 400])
def test_few_large_keys_under_many_prefixes_do_not_outweigh_many_small_ones(tenants: int) -> None:
    random.seed(11)
    sizes = KeySizes(Attributor(KRYONIX))
    each = 8_000 // tenants
    keys = {
        f"tenant:t{tenant}:api:{f'report{number}' if number < 4 else 'crm'}:{number}".encode(): (
            90_000 if number < 4 else 100
        )
        for tenant in range(tenants)
        for number in range(each)
    }
    for _again in range(3):
        met = list(keys)
        random.shuffle(met)
        for start in range(0, len(met), 50):
            batch = met[start : start + 50]
            for key in sizes.choose(1, batch, [key.rpartition(b":")[0] for key in batch]):
                sizes.add(1, key, keys[key])
        sizes.end_pass({f"t{tenant}": TenantCensus("", {}) for tenant in range(tenants)})
    told = sum(sizes.of(f"t{tenant}", {(1, "api_cache"): each})[1, "api_cache"] for tenant in range(tenants))
    truth = sum(keys.values())
    assert truth / 2.5 < told < truth * 2.5
