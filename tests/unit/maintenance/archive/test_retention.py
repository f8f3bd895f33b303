from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import DriftError, RefusedError
from kryonix_tui.maintenance.backup import retention
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.sidecar import Facts
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.catalogue import Entry, State
from kryonix_tui.maintenance.backup.destination import Folder
from tests.archives import listed, publish, put

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def entry(
    hours: float,
    scope: str = "full",
    state: State = State.GOOD,
    number: int = 0,
    place: str = "one:6379",
    keys: int = 9,
    signature: SignatureState = SignatureState.OURS,
    consistency: Literal["snapshot", "fuzzy"] = "snapshot",
    *,
    known: bool = True,
) -> Entry:
    name = ArchiveName(scope, NOW - timedelta(hours=hours), f"{number:08x}", state is State.SEALED)
    facts = Facts(server=place, consistency=consistency, created=0, keys=keys) if known else None
    return Entry(name, 1000, state, signature=signature, facts=facts)


def test_backups_of_another_server_push_nothing_out() -> None:
    entries = [entry(24 * 30), *(entry(hours, number=hours, place="two:6379") for hours in range(1, 6))]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=retention.newest_whole(entries))
    assert plan.prune == ()


def test_empty_backups_push_out_only_empty_ones() -> None:
    emptied = [entry(hours, number=hours, keys=0) for hours in range(1, 6)]
    entries = [entry(24 * 30), entry(24 * 31, number=99, keys=0), *emptied]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=retention.newest_whole(entries))
    assert [found.name.id for found in plan.prune] == ["00000063"]


def test_encrypted_ones_stay_where_their_server_cannot_be_told() -> None:
    unsigned = SignatureState.UNSIGNED
    entries = [entry(24 * days, state=State.SEALED, number=days, known=False, signature=unsigned) for days in range(30)]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=[found.name for found in entries])
    assert plan.prune == ()
    assert any("encrypted" in kept.reason for kept in plan.keep)


def test_encrypted_ones_go_where_our_key_signed_what_is_said_beside_them() -> None:
    entries = [entry(24 * days + 1, state=State.SEALED, number=days) for days in range(30)]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=retention.newest_whole(entries))
    assert len(plan.prune) == 23


@pytest.mark.parametrize("state", [State.GOOD, State.SEALED])
@pytest.mark.parametrize("signature", [SignatureState.UNSIGNED, SignatureState.UNKNOWN_KEY])
def test_what_we_did_not_sign_neither_goes_nor_pushes_out(state: State, signature: SignatureState) -> None:
    ours = [entry(24 * 30, state=state)]
    theirs = [entry(hours, state=state, number=hours, signature=signature) for hours in (1, 2, 3, 24 * 40)]
    plan = retention.plan(
        ours + theirs, days=7, keep_at_least=1, now=NOW, verified=[found.name for found in ours + theirs]
    )
    assert plan.prune == ()
    assert {kept.reason for kept in plan.keep if kept.entry in theirs[3:]} == {
        "it is not signed with the key of this host"
    }
    assert retention.newest_whole(theirs) == ()


def test_fuzzy_backups_push_out_only_fuzzy_ones() -> None:
    fuzzy = [entry(hours, number=hours, consistency="fuzzy") for hours in (1, 2, 3)]
    entries = [entry(24 * 30), entry(24 * 31, number=99, consistency="fuzzy"), *fuzzy]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=retention.newest_whole(entries))
    assert [found.name.id for found in plan.prune] == ["00000063"]


ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 1000),
        st.sampled_from(["full", "tenant-a", "tenant-b", "db-0"]),
        st.sampled_from([State.GOOD, State.GOOD, State.SEALED, State.DAMAGED]),
    ),
    max_size=30,
).map(lambda rows: [entry(hours, scope, state, number) for number, (hours, scope, state) in enumerate(rows)])


@given(ENTRIES, st.integers(1, 30), st.integers(1, 5), st.randoms(use_true_random=False))
def test_whatever_is_pruned_is_old_and_covered_by_what_stays(entries, days, keep_at_least, chance) -> None:  # type: ignore[no-untyped-def]
    verified = {found.name for found in entries if chance.random() < 0.3}
    plan = retention.plan(entries, days=days, keep_at_least=keep_at_least, now=NOW, verified=verified)
    kept = [found.entry for found in plan.keep]
    assert sorted(map(id, [*plan.prune, *kept])) == sorted(map(id, entries))
    for gone in plan.prune:
        covering = [
            found
            for found in kept
            if found.whole and found.name.made_at > gone.name.made_at and found.name.scope in ("full", gone.name.scope)
        ]
        assert gone.whole
        assert NOW - gone.name.made_at >= timedelta(days=days)
        assert len(covering) >= keep_at_least
        assert {found.name for found in covering} & verified
    assert list(plan.prune) == sorted(plan.prune, key=lambda found: (found.name.made_at, found.name.id))


@given(ENTRIES, st.integers(1, 30), st.integers(1, 5))
def test_nothing_is_pruned_without_a_verified_one_and_all_that_may_with_one(entries, days, keep_at_least) -> None:  # type: ignore[no-untyped-def]
    rules = {"days": days, "keep_at_least": keep_at_least, "now": NOW}
    assert retention.plan(entries, verified=(), **rules).prune == ()
    newest = retention.newest_whole(entries)
    pruned = retention.plan(entries, verified=newest, **rules).prune
    assert pruned == retention.plan(entries, verified=[found.name for found in entries], **rules).prune


def test_a_week_of_nightly_backups_stays() -> None:
    entries = [entry(24 * day + 0.5, number=day) for day in range(30)]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=[entries[0].name])
    assert [found.name.id for found in plan.prune] == [f"{day:08x}" for day in range(29, 6, -1)]
    assert {found.reason for found in plan.keep} == {"not old enough"}


def test_when_backups_stopped_the_last_ones_stay() -> None:
    entries = [entry(24 * day, number=day) for day in range(60, 70)]
    plan = retention.plan(entries, days=7, keep_at_least=3, now=NOW, verified=retention.newest_whole(entries))
    assert len(plan.keep) == 3
    assert max(found.name.made_at for found in plan.prune) < min(found.entry.name.made_at for found in plan.keep)


def test_a_partial_backup_does_not_replace_a_full_one() -> None:
    entries = [entry(1000), *(entry(hours, "tenant-a", number=hours) for hours in range(1, 9))]
    plan = retention.plan(entries, days=1, keep_at_least=1, now=NOW, verified=[found.name for found in entries])
    assert plan.prune == ()


def test_one_archive_from_the_future_stops_everything() -> None:
    entries = [entry(24 * day, number=day) for day in range(30)] + [entry(-1, number=99)]
    plan = retention.plan(entries, days=1, keep_at_least=1, now=NOW, verified=[found.name for found in entries])
    assert plan.prune == ()
    assert "future" in plan.stopped
    assert len(plan.keep) == len(entries)


def test_a_stopped_plan_cannot_be_applied(folder: Folder) -> None:
    with pytest.raises(RefusedError):
        retention.apply(retention.Pruning((), (), "stopped"), folder)


def test_only_what_was_planned_goes(folder: Folder) -> None:
    old, older, strange = (
        put(folder.path, b"x" * 20, f"kryonix-full-2026010{day}T000000Z-0000000{day}.tar") for day in (2, 1, 3)
    )
    (folder.path / "notes.txt").touch()
    gone = retention.apply(retention.Pruning(tuple(Entry(name, 20, State.GOOD) for name in (older, old)), ()), folder)
    assert gone == (older, old)
    assert {path.name for path in folder.path.iterdir()} == {str(strange), strange.sidecar, "notes.txt"}


def test_an_archive_that_changed_since_stays(folder: Folder) -> None:
    name = put(folder.path, b"x" * 20)
    with pytest.raises(DriftError, match="changed"):
        retention.apply(retention.Pruning((Entry(name, 19, State.GOOD),), ()), folder)
    assert len(listed(folder)) == 1


def test_a_deletion_that_is_cut_short_leaves_nothing_that_looks_good(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = publish(folder)
    unlink = Path.unlink

    def killed_at_the_second(path: Path, missing_ok: bool = False) -> None:
        if path.name != str(name):
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            folder.delete(name)
    assert [path.name for path in folder.path.iterdir()] == [name.sidecar]
    assert listed(folder) == ()
    assert folder.sweep() == 1
    assert list(folder.path.iterdir()) == []
