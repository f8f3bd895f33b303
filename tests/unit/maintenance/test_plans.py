"""Plans wait under their hash, and come back as they were or not at all."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import DriftError, KryonixError, UsageError
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.folders import maintenance_folder
from kryonix_tui.model.operation import Plan, Scope
from kryonix_tui.safetext import identity
from tests.unit.maintenance.operations import a_plan


@pytest.fixture(autouse=True, scope="module")
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@given(
    tenant=st.binary(max_size=8),
    counts=st.dictionaries(st.text(max_size=5), st.integers(0, 2**53), max_size=3),
    estimates=st.dictionaries(st.text(max_size=5), st.one_of(st.integers(0, 2**53), st.floats(0, 1e15)), max_size=3),
    age=st.one_of(st.none(), st.integers(0, 100), st.floats(0, 1e9)),
    made_at=st.one_of(st.integers(0, 2**31), st.floats(0, 2**31)),
)
def test_a_plan_comes_back_as_it_was(
    tenant: bytes, counts: dict[str, int], estimates: dict[str, float], age: float | None, made_at: float
) -> None:
    plan = a_plan(scope=Scope((identity(tenant),)), counts=counts, estimates=estimates, backup_age=age, made_at=made_at)
    plans.keep(plan)
    back = plans.recall(plan.hash)
    assert back == plan
    assert back.hash == plan.hash


def test_a_hash_names_one_plan() -> None:
    plan = a_plan()
    others: list[Plan] = [
        replace(plan, undo="none"),
        replace(plan, counts={"keys": 1001}),
        replace(plan, scope=Scope(("t10",))),
        replace(plan, expires_at=plan.expires_at + 1),
        replace(plan, confirmation="t1"),
    ]
    assert len({plan.hash, *(other.hash for other in others)}) == 6


@pytest.mark.parametrize("name", ["", "0" * 16, "../audit", "a/b", "x" * 5000, "\x1b[2J", "a\0b"])
def test_an_unknown_plan_is_said(name: str) -> None:
    with pytest.raises(UsageError, match="no plan") as caught:
        plans.recall(name)
    assert "\x1b" not in caught.value.message


def test_a_stored_plan_that_was_changed_is_refused() -> None:
    plan = a_plan()
    plans.keep(plan)
    path = maintenance_folder() / "plans" / f"{plan.hash}.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"confirmation": "", "counts": {"keys": 1}}))
    with pytest.raises(UsageError, match="was changed"):
        plans.recall(plan.hash)
    path.write_text("[]")
    with pytest.raises(UsageError, match="no plan"):
        plans.recall(plan.hash)


def test_old_plans_are_forgotten() -> None:
    old, new = a_plan(undo="old"), a_plan(undo="new")
    plans.keep(old)
    path = maintenance_folder() / "plans" / f"{old.hash}.json"
    yesterday = time.time() - 90_000
    os.utime(path, (yesterday, yesterday))
    plans.keep(new)
    assert not path.exists()
    assert plans.recall(new.hash) == new


def test_a_plan_that_cannot_be_stored_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (maintenance_folder() / "plans").write_text("in the way")
    with pytest.raises(KryonixError, match="cannot be written"):
        plans.keep(a_plan())


@given(before=st.integers(0, 10_000), moved=st.integers(-10_000, 10_000), tolerance=st.floats(0, 1))
def test_counts_may_move_as_far_as_the_tolerance_says(before: int, moved: int, tolerance: float) -> None:
    plan = a_plan(counts={"keys": before})
    fresh = replace(plan, counts={"keys": max(0, before + moved)})
    fits = abs(fresh.counts["keys"] - before) <= tolerance * max(before, 1)
    try:
        plans.check(plan, fresh, tolerance=tolerance, now=plan.made_at)
    except DriftError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("name", ["same", "missing", "expired"])
def test_counts_of_what_is_not_touched_may_move_by_a_share_of_all(name: str) -> None:
    plan = a_plan(counts={"new": 1000, name: 0})
    plans.check(plan, a_plan(counts={"new": 1000, name: 50}), tolerance=0.05, now=plan.made_at)
    with pytest.raises(DriftError, match=name):
        plans.check(plan, a_plan(counts={"new": 1000, name: 51}), tolerance=0.05, now=plan.made_at)
    with pytest.raises(DriftError, match="changed"):
        plans.check(plan, a_plan(counts={"new": 1000, "changed": 1, name: 0}), tolerance=0.05, now=plan.made_at)


def test_all_that_differs_is_named() -> None:
    plan = a_plan(counts={"keys": 10, "gone": 1})
    fresh = replace(plan, counts={"keys": 99, "new": 1}, scope=Scope(("t2\x1b",)))
    with pytest.raises(DriftError) as caught:
        plans.check(plan, fresh, tolerance=0.05, now=plan.made_at)
    for words in ("scope", "keys was 10, is 99", "gone was 1, is 0", "new was 0, is 1"):
        assert words in caught.value.message
    assert "\x1b" not in caught.value.message
