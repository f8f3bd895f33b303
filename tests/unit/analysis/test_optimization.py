"""What is recommended, on what evidence, within which limits; what is said where nobody knows; what chance may do."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.analysis.optimization.advice import advise, changes_of, within
from kryonix_tui.analysis.optimization.effect import LEAST, effect
from kryonix_tui.analysis.optimization.hours import business_hours, is_quiet, window_of
from kryonix_tui.analysis.optimization.material import Material, analysed
from kryonix_tui.config.optimize import Optimize
from kryonix_tui.model.optimization import (
    Advice,
    Prediction,
    Recommendation,
    SeenKey,
    TenantAnalysis,
    TtlClasses,
    Unknown,
)
from kryonix_tui.view import optimization as words
from kryonix_tui.view.cells import plain
from tests.unit.builders import NOW, WALL, facts

NOW_MS = int(WALL * 1000)
HOUR = 3_600_000
LIMITS = Optimize()


def key(number: int, left_s: float | None = 600, **changes: Any) -> SeenKey:
    name = b"tenant:t1:api:crm:%d" % number
    expires = None if left_s is None else NOW_MS + int(left_s * 1000)
    return replace(SeenKey(1, name, "api_cache", module="crm", expires_ms=expires), **changes)


def known(
    *seen: SeenKey, hit: float | None = 70.0, numbers: Mapping[str, float] | None = None, **material: Any
) -> TenantAnalysis:
    said = facts(hit_rates={} if hit is None else {"metrics": hit}, numbers=numbers or {})
    return analysed(Material("t1", NOW, NOW_MS, seen=seen, facts=replace(said, tenant="t1"), **material))


def advice_of(found: TenantAnalysis, limits: Optimize = LIMITS) -> dict[Advice, Recommendation]:
    return {each.advice: each for each in advise(found, limits, NOW_MS)}


# Caches that live longer ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "after"),
    [(600, 900), (3599, 5398.5), (30, 45), (29.9, None), (3600, None), (None, None)],
)
def test_a_short_life_becomes_half_as_long_again(left: float | None, after: float | None) -> None:
    changes = advice_of(known(key(1, left)))[Advice.LONGER_TTL].changes
    assert [change.new_ms - NOW_MS for change in changes] == ([] if after is None else [int(after * 1000)])


def test_nothing_lives_longer_than_the_cap() -> None:
    limits = msgspec.structs.replace(LIMITS, cap=1000.0)
    longer = advice_of(known(key(1, 900), key(2, 100)), msgspec.structs.replace(limits, window=950.0))
    assert [change.new_ms - NOW_MS for change in longer[Advice.LONGER_TTL].changes] == [1_000_000, 150_000]


@given(st.lists(st.one_of(st.none(), st.floats(-100, 10_000)), max_size=60), st.integers(1, 30))
def test_whatever_is_there_only_fitting_keys_are_changed_and_never_too_many(
    lives: list[float | None], most: int
) -> None:
    found = known(*(key(number, life) for number, life in enumerate(lives)), numbers={"api_calls_today": 9000})
    limits = msgspec.structs.replace(LIMITS, keys=most)
    advice = advise(found, limits, NOW_MS)
    changes = changes_of(advice)
    assert len({change.key for change in changes}) == len(changes)
    assert all(len(each.changes) <= most for each in advice)
    for change in changes:
        assert change.old_ms is not None
        assert NOW_MS < change.old_ms < change.new_ms <= NOW_MS + 7_200_000


def test_a_key_that_was_extended_is_left_alone() -> None:
    advice = advice_of(known(key(1, settled=True), key(2)))[Advice.LONGER_TTL]
    assert [change.key for change in advice.changes] == [key(2).key]
    assert advice.figures["settled"] == 1


def test_the_most_used_module_comes_first() -> None:
    found = known(*(key(n) for n in range(5)), key(9, module="whatsapp"), fields={"most_used_module": "whatsapp"})
    limits = msgspec.structs.replace(LIMITS, keys=2)
    assert advice_of(found, limits)[Advice.LONGER_TTL].changes[0].key == key(9).key


def test_the_evidence_says_what_was_seen() -> None:
    found = known(*(key(n, 100) for n in range(3)), key(3, 1000))
    advice = advice_of(found)[Advice.LONGER_TTL]
    assert words.evidence(advice) == "hit 70.0 % < 85 % (redis:metrics), 3 of 4 sampled keys expire within 5 min"
    assert words.expected(advice) == "4 keys get 1.5 times the time they have left, so fewer reads miss them."


@pytest.mark.parametrize("hit", [85.0, 99.9, None])
def test_who_does_well_or_says_nothing_needs_no_longer_life(hit: float | None) -> None:
    assert Advice.LONGER_TTL not in advice_of(known(key(1), hit=hit))


def test_a_busy_tenant_s_endpoints_live_two_hours() -> None:
    found = known(key(1), key(2, 7300), key(3, module=""), hit=99, numbers={"api_calls_today": 5001})
    (change,) = advice_of(found)[Advice.BUSY_TTL].changes
    assert change.new_ms == NOW_MS + 7_200_000
    assert Advice.BUSY_TTL not in advice_of(known(key(1), hit=99, numbers={"api_calls_today": 5000}))


def test_what_is_predicted_is_kept_for_an_hour_and_what_is_missing_is_told() -> None:
    found = known(key(1, predicted=True), hit=99, prediction=Prediction(3, ((1, b"a"), (1, b"b")), 0.87))
    advice = advice_of(found)
    assert [change.new_ms for change in advice[Advice.PREDICTED].changes] == [NOW_MS + HOUR]
    assert words.evidence(advice[Advice.PREDICTED]) == "1 of 3 predicted keys are there, confidence 0.87"
    assert advice[Advice.WARM_UP].examples == ((1, b"a"), (1, b"b"))
    assert not advice[Advice.WARM_UP].changes


def test_what_is_prepared_for_mobile_apps_counts_where_most_sessions_are_mobile() -> None:
    mobile = key(1, mobile=True, kind="warm_cache")
    found = known(mobile, key(2), hit=99, sessions={"mobile": 8, "sdk": 2, "websocket": 0})
    assert [change.key for change in advice_of(found)[Advice.MOBILE].changes] == [mobile.key]
    assert Advice.MOBILE not in advice_of(known(mobile, hit=99, sessions={"mobile": 7, "sdk": 3, "websocket": 0}))


# Dead weight ----------------------------------------------------------------------------------------------------------

_SESSION = SeenKey(0, b"tenant:t1:mobile:session:1", "mobile_session", type="hash")


@pytest.mark.parametrize(
    ("seen", "sort"),
    [
        (key(1, None), "endless"),
        (key(1, None, predicted=True), ""),
        (key(1, None, settled=True), ""),
        (key(1, 600), ""),
        (key(1, 30 * 86_400, idle_s=4 * 86_400), "unread"),
        (key(1, None, idle_s=4 * 86_400), "unread"),
        (key(1, 30 * 86_400, idle_s=2 * 86_400), ""),
        (key(1, 3600, idle_s=4 * 86_400), ""),
        (replace(_SESSION, active_at=WALL - 8 * 86_400), "abandoned"),
        (replace(_SESSION, active_at=WALL - 6 * 86_400), ""),
        (_SESSION, ""),
        (replace(_SESSION, active_at=WALL - 8 * 86_400, expires_ms=NOW_MS + 99 * HOUR), ""),
    ],
)
def test_dead_weight_is_what_nobody_needs(seen: SeenKey, sort: str) -> None:
    limits = msgspec.structs.replace(LIMITS, dead_weight=True)
    advice = advice_of(known(seen, hit=99), limits).get(Advice.DEAD_WEIGHT)
    assert (advice is not None) is bool(sort)
    if advice is not None:
        assert advice.figures[sort] == 1
        (change,) = advice.changes
        assert change.new_ms == NOW_MS + 25 * HOUR
        assert change.new_ms > NOW_MS + limits.undo_hours * HOUR


def test_dead_weight_is_only_told_of_unless_it_is_wished_for() -> None:
    advice = advice_of(known(key(1, None), hit=99))[Advice.DEAD_WEIGHT]
    assert not advice.changes
    assert advice.examples == ((1, key(1).key),)
    assert words.expected(advice) == "Nothing is changed: optimize.dead_weight is off."


# Hints ----------------------------------------------------------------------------------------------------------------


def test_large_and_hot_keys_are_hints() -> None:
    large = key(1, bytes=200_000)
    hashed = replace(_SESSION, bytes=300_000, expires_ms=NOW_MS + HOUR)
    advice = advice_of(known(large, hashed, key(2, bytes=10), key(3, frequency=200), hit=99))
    assert advice[Advice.COMPRESSION].examples == ((1, large.key),)
    assert advice[Advice.BIG_KEYS].examples == ((0, hashed.key),)
    assert advice[Advice.HOT_KEYS].examples == ((1, key(3).key),)
    assert not changes_of(advice.values())


def test_every_advice_has_its_words() -> None:
    for one in Advice:
        found = Recommendation(one, "t1", {})
        assert words.title(one)
        assert "{" not in words.evidence(found) + words.expected(found) + words.risk(found)
        assert [plain(line) for line in words.advice_lines(found)]


def test_a_pass_has_a_limit_for_all() -> None:
    advice = advise(known(*(key(n) for n in range(20))), LIMITS, NOW_MS)
    assert len(changes_of(within([*advice, *advice], 25))) == 25


# What is known --------------------------------------------------------------------------------------------------------


def test_what_nobody_said_is_told_as_unknown() -> None:
    nothing = analysed(Material("t1", NOW, NOW_MS))
    told = [plain(line) for line in words.analysis_lines(nothing)]
    assert set(nothing.unknown) == set(Unknown) - {Unknown.PLATFORMS}
    assert nothing.score is None
    assert any("hit rate: no witness tells it" in line for line in told)
    assert not any("0.0 %" in line for line in told)


def test_a_full_analysis() -> None:
    said = facts(
        hit_rates={"metrics": 80.0, "perf": 88.0},
        numbers={"average_response_time": 100.0, "sdk_error_rate": 0.2, "api_calls_today": 1234.0},
        texts={"timezone": "America/Sao_Paulo"},
        platforms={"android": 3},
    )
    material = Material(
        "t1",
        NOW,
        NOW_MS,
        seen=(key(1, 100), key(2, 1000), key(3, 5000), key(4, None, module="whatsapp")),
        sessions={"mobile": 3, "sdk": 1, "websocket": 0},
        facts=replace(said, tenant="t1"),
        fields={"business_hours": '{"start": "08:00", "end": "18:00", "days": [1, 2, 3]}', "peak_hours": "[18, 9, 99]"},
    )
    found = analysed(material)
    assert found.ttl == {"api_cache": TtlClasses(1, 1, 1, 1)}
    assert found.modules == {"crm": 3, "whatsapp": 1}
    assert found.hit_rate is not None
    assert found.hit_rate.disagree
    assert found.score == 65.0
    assert (found.mobile_share, found.mobile_share_source) == (75.0, "sessions")
    assert found.peak_hours == (9, 18)
    assert found.hours is not None
    assert Unknown.HOURS not in found.unknown


def test_without_sessions_the_platform_s_own_word_counts_and_is_named() -> None:
    found = known(fields={"mobile_percentage": "78.5"})
    assert (found.mobile_share, found.mobile_share_source) == (78.5, "redis:ai_patterns")
    assert known(fields={"mobile_percentage": "7850"}).mobile_share is None


# Hours ----------------------------------------------------------------------------------------------------------------

SAID = {"start": "08:00", "end": "18:00", "days": [1, 2, 3, 4, 5]}


def at(text: str, zone: str = "America/Sao_Paulo") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-20T10:00", True, None),
        ("2026-11-20T07:59", False, "2026-11-20T08:00"),
        ("2026-11-20T18:00", False, "2026-11-23T08:00"),
        ("2026-11-22T12:00", False, "2026-11-23T08:00"),
    ],
)
def test_business_hours_are_the_tenant_s(moment: str, opens: str | None, *, is_open: bool) -> None:
    found = business_hours(SAID, "America/Sao_Paulo", at(moment))
    assert found is not None
    assert (found.is_open, found.opens) == (is_open, None if opens is None else at(opens))


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        (SAID, "Mars/Base"),
        (SAID, ""),
        (SAID, "../../etc/passwd"),
        ([], "UTC"),
        ({"start": "8", "end": "18:00"}, "UTC"),
        ({**SAID, "days": ["x"]}, "UTC"),
        ({**SAID, "days": []}, "UTC"),
    ],
)
def test_what_cannot_be_understood_is_no_business_hours(said: Any, zone: str) -> None:
    assert business_hours(said, zone, WALL) is None


@pytest.mark.parametrize(
    ("moment", "quiet"), [("2026-11-20T23:00", True), ("2026-11-20T05:59", True), ("2026-11-20T06:00", False)]
)
def test_quiet_hours_may_go_over_midnight(moment: str, *, quiet: bool) -> None:
    window = window_of("22:00-06:00")
    assert window is not None
    assert is_quiet(window, "America/Sao_Paulo", at(moment)) is quiet
    assert is_quiet(window, "nowhere", at(moment)) is None


@pytest.mark.parametrize("text", ["", "22:00", "22-6", "25:00-06:00", "a-b"])
def test_other_texts_are_no_window(text: str) -> None:
    assert window_of(text) is None


# Whether it has helped ------------------------------------------------------------------------------------------------


def test_chance_alone_is_hardly_ever_told_as_a_difference() -> None:
    chance = random.Random(5)
    told = sum(
        effect([chance.gauss(80, 3) for _ in range(30)], [chance.gauss(80, 3) for _ in range(30)]).certain
        for _ in range(500)
    )
    assert told < 500 * 0.08


def test_a_real_difference_is_told() -> None:
    chance = random.Random(6)
    found = effect([chance.gauss(70, 3) for _ in range(30)], [chance.gauss(80, 3) for _ in range(30)])
    assert found.certain
    assert "what caused it is not proven" in words.effect_text(found)


@pytest.mark.parametrize("readings", [0, 1, LEAST - 1])
def test_few_readings_tell_nothing(readings: int) -> None:
    found = effect([50.0] * readings, [99.0] * readings)
    assert not found.certain
    assert found.noise is None
    assert "chance" in words.effect_text(found) or "not enough" in words.effect_text(found)


def test_a_difference_below_a_point_is_none() -> None:
    assert not effect([80.0] * 10, [80.9] * 10).certain
