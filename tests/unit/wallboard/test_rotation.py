"""What is on the wall: screens in turn, and what is critical before them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kryonix_tui.wallboard.rotation import ALONE, GONE, OTHERS, Rotation, Slide

FIRST, SECOND = Slide("first", 20.0), Slide("second", 10.0)


@pytest.fixture
def rotation() -> Rotation:
    """Two screens; what is critical stays for 15 seconds."""
    made = Rotation(15.0)
    made.go_through((FIRST, SECOND))
    return made


def told(rotation: Rotation, names: Iterable[str], now: float) -> tuple[str, ...]:
    """Say that these are critical, for one cause each; return who was not."""
    return tuple(name for name, _cause in rotation.hear(dict.fromkeys(names, ("hit rate",)), now))


def name_at(rotation: Rotation, now: float) -> str:
    slide = rotation.step(now)
    assert slide is not None
    return slide.name


def test_each_screen_stays_for_its_seconds(rotation: Rotation) -> None:
    shown = [name_at(rotation, float(now)) for now in range(45)]
    assert shown == ["first"] * 20 + ["second"] * 10 + ["first"] * 15
    assert rotation.left(44.0) == 6.0


def test_what_becomes_critical_interrupts_at_once_and_then_the_screen_goes_on(rotation: Rotation) -> None:
    name_at(rotation, 0.0)
    assert name_at(rotation, 20.0) == "second"
    assert told(rotation, ("a",), 22.0) == ("a",)
    assert name_at(rotation, 22.0) == "a"
    assert told(rotation, ("a",), 36.0) == ()
    assert name_at(rotation, 36.9) == "a"
    assert name_at(rotation, 37.0) == "second"


def test_what_goes_on_stands_before_every_round(rotation: Rotation) -> None:
    told(rotation, ("a",), 0.0)
    shown: list[str] = []
    for now in range(0, 65, 5):
        told(rotation, ("a",), now)
        name = name_at(rotation, now)
        shown += [name] if shown[-1:] != [name] else []
    assert shown == ["a", "first", "second", "a", "first"]


def test_what_is_over_leaves_at_once_and_what_comes_back_soon_does_not_interrupt(rotation: Rotation) -> None:
    name_at(rotation, 0.0)
    told(rotation, ("a",), 1.0)
    assert name_at(rotation, 1.0) == "a"
    assert told(rotation, (), 3.0) == ()
    assert name_at(rotation, 3.0) == "first"
    assert told(rotation, ("a",), 5.0) == ()
    assert name_at(rotation, 5.0) == "first"
    told(rotation, (), 6.0)
    name_at(rotation, 6.0)
    assert told(rotation, ("a",), 6.0 + GONE + 1) == ("a",)
    assert name_at(rotation, 6.0 + GONE + 1) == "a"


def test_a_second_one_waits_until_the_first_was_seen(rotation: Rotation) -> None:
    told(rotation, ("a",), 0.0)
    assert name_at(rotation, 0.0) == "a"
    told(rotation, ("b", "a"), 5.0)
    assert name_at(rotation, 5.0) == "a"
    assert name_at(rotation, 15.0) == "b"


def test_of_a_flood_a_few_are_alone_and_the_others_together(rotation: Rotation) -> None:
    many = tuple(f"t{number}" for number in range(50))
    told(rotation, many, 0.0)
    shown: list[str] = []
    for now in range(0, 15 * (ALONE + 2), 15):
        told(rotation, many, now)
        shown.append(name_at(rotation, now))
    assert shown == [*many[:ALONE], OTHERS, "first"]
    assert set(rotation.alone) | set(rotation.others) == set(many)


def test_a_new_one_is_seen_also_among_many_old_ones(rotation: Rotation) -> None:
    many = tuple(f"t{number}" for number in range(50))
    for now in range(0, 15 * (ALONE + 2), 15):
        told(rotation, many, now)
        name_at(rotation, now)
    told(rotation, (*many, "new"), 110.0)
    assert name_at(rotation, 110.0) == "new"


def test_a_clock_that_has_jumped_by_days_moves_on_by_one(rotation: Rotation) -> None:
    name_at(rotation, 0.0)
    assert name_at(rotation, 3 * 86_400.0) == "second"
    assert rotation.left(3 * 86_400.0) == SECOND.seconds


def test_keys_go_to_and_fro(rotation: Rotation) -> None:
    name_at(rotation, 0.0)
    rotation.next(1.0)
    assert name_at(rotation, 1.0) == "second"
    rotation.next(2.0)
    assert name_at(rotation, 2.0) == "first"
    rotation.previous(3.0)
    assert name_at(rotation, 3.0) == "second"
    told(rotation, ("a", "b"), 4.0)
    assert name_at(rotation, 4.0) == "a"
    rotation.next(5.0)
    assert name_at(rotation, 5.0) == "b"
    rotation.next(6.0)
    assert name_at(rotation, 6.0) == "second"


def test_other_pages_after_a_resize(rotation: Rotation) -> None:
    name_at(rotation, 0.0)
    rotation.go_through((Slide("first, larger", 20.0), SECOND))
    assert name_at(rotation, 1.0) == "first, larger"
    rotation.go_through(())
    assert rotation.step(2.0) is None
    assert rotation.following is None


def test_what_comes_next_is_known_beforehand(rotation: Rotation) -> None:
    name_at(rotation, 0.0)
    assert rotation.following == SECOND
    told(rotation, ("a",), 1.0)
    following = rotation.following
    assert following is not None
    assert following.name == "a"


def test_nothing_is_kept_of_what_is_long_over() -> None:
    rotation = Rotation(15.0)
    rotation.go_through((FIRST,))
    for now in range(0, 100_000, 10):
        told(rotation, (f"t{now}",), now)
        rotation.step(now)
    assert len(rotation._last) <= GONE / 10 + 1
    assert len(rotation._fresh) <= ALONE + 1


def test_those_that_come_and_go_do_not_keep_the_screens_away(rotation: Rotation) -> None:
    """Two in turn, every five seconds: while one is there, the other is not."""
    shown: list[str] = []
    for now in range(0, 1200, 5):
        told(rotation, ("a",) if now % 10 else ("b",), now)
        name = name_at(rotation, now)
        shown += [name] if shown[-1:] != [name] else []
    assert shown.count("first") > 10
    assert shown.count("second") > 10


def test_those_whose_order_changes_do_not_keep_the_screens_away(rotation: Rotation) -> None:
    shown: list[str] = []
    for now in range(0, 300, 15):
        told(rotation, ("a", "b") if now % 2 else ("b", "a"), now)
        shown.append(name_at(rotation, now))
    assert {"first", "second"} <= set(shown[:8])


def test_another_cause_of_what_is_critical_already_interrupts_once(rotation: Rotation) -> None:
    rotation.hear({"a": ("hit rate",)}, 0.0)
    assert [name_at(rotation, now) for now in (0.0, 15.0)] == ["a", "first"]
    assert rotation.hear({"a": ("hit rate", "queue")}, 16.0) == (("a", "queue"),)
    assert [name_at(rotation, now) for now in (16.0, 31.0)] == ["a", "first"]
    for now in range(32, 40):
        assert rotation.hear({"a": ("hit rate",) if now % 2 else ("hit rate", "queue")}, now) == ()
        assert name_at(rotation, now) == "first"


def test_where_there_are_no_screens_the_exceptions_go_round(rotation: Rotation) -> None:
    rotation.go_through(())
    shown: list[str] = []
    for now in range(0, 75, 15):
        told(rotation, ("a", "b"), now)
        shown.append(name_at(rotation, now))
    assert shown == ["a", "b", "a", "b", "a"]
