"""The wall over time: what is critical comes first, the bell rings for what has become worse, and weeks leave no trace."""

from __future__ import annotations

import gc
import random
import re
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from kryonix_tui.clock import Instant
from kryonix_tui.config.wallboard import Wallboard
from kryonix_tui.i18n import use_language
from kryonix_tui.model.alert import Severity
from kryonix_tui.model.permissions import Witness
from kryonix_tui.model.source import SourceName
from kryonix_tui.model.tenant import Finding
from kryonix_tui.model.visible import EVERYBODY
from kryonix_tui.view import sentences
from kryonix_tui.view.cells import plain
from kryonix_tui.wallboard import signs
from kryonix_tui.wallboard.alerting import Alerting
from kryonix_tui.wallboard.proof import Proof
from kryonix_tui.wallboard.scene import Scene, Sight
from kryonix_tui.wallboard.turns import screens
from tests.tui.console import loaded
from tests.tui.updates import START, Stage, alert, failing, later, states

SIZE, ROOM = (160, 45), (160, 41)
WELL = signs.Standing(Proof("kx_mon", START), late=False, alerting=Alerting.ALIVE)


@pytest.fixture
def scene() -> Scene:
    """The shipped rotation."""
    return Scene(loaded(), screens(Wallboard().screens, EVERYBODY))


def look(
    scene: Scene, stage: Stage, now: Instant, standing: signs.Standing = WELL, room: tuple[int, int] = ROOM
) -> Sight:
    sight = scene.sight(stage.update(now), now, standing, room, SIZE)
    assert sight is not None
    return sight


def title(sight: Sight) -> str:
    return plain(sight.head[0])


def test_a_tenant_that_becomes_critical_takes_the_wall_and_rings_once(scene: Scene) -> None:
    stage = Stage({"alfa": 91.0, "beta": 90.0}, [])
    assert not look(scene, stage, START).rings
    stage.hit_rates["beta"] = 40.0
    sight = look(scene, stage, later(1.0))
    assert sight.rings
    assert "✖ beta" in title(sight)
    assert any("hit rate 40.0 %" in plain(cells) or "▀" in plain(cells) for cells in sight.lines)
    assert "beta" in sight.tenants
    assert not look(scene, stage, later(2.0)).rings
    assert "✖ beta" not in title(look(scene, stage, later(17.0)))


def test_what_was_critical_from_the_start_is_shown_and_rings_not(scene: Scene) -> None:
    sight = look(scene, Stage({"gama": 40.0}, []), START)
    assert "✖ gama" in title(sight)
    assert not sight.rings


def test_a_critical_alert_and_dead_alerting_ring(scene: Scene) -> None:
    stage = Stage({"alfa": 91.0}, [])
    look(scene, stage, START)
    stage.alerts = [alert("RedisMemory", None, Severity.CRITICAL)]
    assert look(scene, stage, later(1.0)).rings
    dead = replace(WELL, alerting=Alerting.DEAD)
    assert look(scene, stage, later(2.0), dead).rings
    assert not look(scene, stage, later(3.0), dead).rings
    marks = "\n".join(plain(cells) for cells in signs.marks(stage.update(), START, dead))
    assert "ALERTING IS DEAD" in marks


def test_of_many_that_are_critical_only_those_that_are_seen_are_put_into_words(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage({f"tenant{number:04}": 40.0 for number in range(1000)}, [])
    said = list[Finding]()

    def reason(finding: Finding, _at: Instant) -> str:
        said.append(finding)
        return "why"

    monkeypatch.setattr(sentences, "reason", reason)
    for second in range(0, 120, 15):
        said.clear()
        look(scene, stage, later(float(second)))
        assert len(said) < 250


def test_two_hundred_that_are_critical_are_all_seen_in_turn_and_ring_once(scene: Scene) -> None:
    names = [f"tenant{number:03}" for number in range(200)]
    stage = Stage(dict.fromkeys(names, 90.0), [])
    look(scene, stage, START)
    stage.hit_rates = dict.fromkeys(names, 40.0)
    seen, screens_seen, rings = set[str](), 0, 0
    for second in range(15, 600, 15):
        sight = look(scene, stage, later(float(second)))
        text = title(sight) + "\n".join(plain(cells) for cells in sight.lines)
        seen |= set(re.findall(r"tenant\d{3}", text))
        screens_seen += "✖" not in title(sight)
        rings += sight.rings
    assert seen == set(names)
    assert screens_seen > 5
    assert rings == 1


def test_a_platform_in_trouble_interrupts_again_for_another_trouble(scene: Scene) -> None:
    stage = Stage({"alfa": 91.0}, [])
    look(scene, stage, START)
    stage.alerts = [alert("RedisMemory", None, Severity.CRITICAL)]
    assert "✖ Platform" in title(look(scene, stage, later(1.0)))
    assert "✖ Platform" not in title(look(scene, stage, later(17.0)))
    dead = replace(WELL, alerting=Alerting.DEAD)
    sight = look(scene, stage, later(18.0), dead)
    assert sight.rings
    assert "✖ Platform" in title(sight)


def test_alerting_that_dies_again_and_again_rings_once(scene: Scene) -> None:
    stage = Stage({"alfa": 91.0}, [])
    states = [WELL, replace(WELL, alerting=Alerting.DEAD), replace(WELL, alerting=Alerting.UNKNOWN)]
    rings = [look(scene, stage, later(5.0 * turn), states[turn % 3]).rings for turn in range(120)]
    assert sum(rings) == 1


def test_panels_of_the_next_page_are_asked_for_beforehand(scene: Scene) -> None:
    stage = Stage({"alfa": 91.0}, [])
    now, later_on = look(scene, stage, START), look(scene, stage, later(20.0))
    assert {question.expression for question in later_on.questions if "response_time_p99" in question.expression}
    assert {question.expression for question in now.questions} >= {
        question.expression for question in later_on.questions if "response_time_p99" in question.expression
    }


def test_at_night_hardly_anything_is_drawn_anew(scene: Scene) -> None:
    """Half a minute in which servers answer every other second and say the same: ages and the countdown go in steps."""
    stage, seen = Stage({"alfa": 91.0}, [alert("Watchdog", None, Severity.NONE)]), list[tuple[str, ...]]()
    for second in range(30):
        read = later(float(second - second % 2))
        sight = scene.sight(stage.update(read), later(float(second)), WELL, ROOM, SIZE)
        assert sight is not None
        seen.append(tuple(plain(cells) for cells in (*sight.head, *sight.lines)))
    changes = [sum(one != other for one, other in zip(*pair, strict=True)) for pair in pairwise(seen)]
    # The next screen is another picture; of this one the countdown changes every five seconds.
    assert sorted(changes)[-2] <= 1
    assert sum(changes) - max(changes) <= 6


@pytest.mark.parametrize(("width", "said"), [(160, True), (120, True), (80, False), (50, False)])
def test_how_far_the_proof_goes_is_said_where_no_source_goes_for_it(width: int, *, said: bool) -> None:
    proof = Proof("kx_mon", START, witness=Witness.RESTORE)
    about, following = (loaded(), Stage({}, []).update(), START), signs.Following("", 0.0)
    head = "".join(
        plain(row) for row in signs.head("Overview", following, replace(WELL, proof=proof), about, (width, 24))
    )
    assert ("● read-only (RESTORE is refused)" in head) is said
    assert "● read-only" in head
    assert head.count("●") == 7


def test_the_countdown_goes_in_steps_and_the_clock_in_minutes(scene: Scene) -> None:
    stage = Stage({"alfa": 91.0}, [])
    heads = ["\n".join(plain(row) for row in look(scene, stage, later(float(second))).head) for second in range(20)]
    assert len(set(heads)) <= 6
    assert "next: Wallboard in 20 s" in heads[0]


def test_marks_say_what_was_not_proven_and_which_server_is_gone() -> None:
    update = Stage().update(sources=states(START, failing(SourceName.REDIS)))
    unproven = signs.Standing(Proof(trouble="nobody listens"), late=False, alerting=Alerting.UNKNOWN)
    marks = "\n".join(plain(cells) for cells in signs.marks(update, later(60.0), unproven))
    assert "READ-ONLY NOT PROVEN: nobody listens" in marks
    assert "Redis: Unreachable [showing data of 1 min ago]" in marks
    writable = replace(WELL, proof=Proof("app", START, ("SET",)))
    marks = "\n".join(plain(cells) for cells in signs.marks(update, START, writable))
    assert "NOT READ-ONLY: the Redis user app could write: SET" in marks
    assert "ACL SETUSER" in marks
    late = replace(WELL, late=True)
    assert "NOT PROVEN for 5 min" in plain(signs.marks(update, later(300.0), late)[0])


@pytest.mark.parametrize(("wall", "shown"), [(1_793_509_140.0, "23:59"), (1_793_509_200.0, "00:00")])
def test_the_clock_goes_over_midnight(wall: float, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_zone("UTC", monkeypatch)
    moment = wall - wall % 86_400 + (86_340 if shown == "23:59" else 0)
    assert signs.clock_time(moment) == shown


def test_the_clock_follows_summer_time(monkeypatch: pytest.MonkeyPatch) -> None:
    in_zone("CET-1CEST,M3.5.0,M10.5.0/3", monkeypatch)
    before = 1_774_745_940.0  # 2026-03-29 00:59 UTC, a minute before
    assert [signs.clock_time(before), signs.clock_time(before + 60)] == ["01:59", "03:00"]


@pytest.mark.parametrize(
    ("zone", "wall", "shown"),
    [
        # São Paulo has no summer time since 2019; before, it began at midnight: there was no 00:00.
        ("<-03>3", 1_793_588_340.0, ["23:59", "00:00"]),
        ("<-03>3<-02>,M11.1.0/0,M2.3.0/0", 1_541_300_340.0, ["23:59", "01:00"]),
        ("<-03>3<-02>,M11.1.0/0,M2.3.0/0", 1_550_368_740.0, ["23:59", "23:00"]),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 1_792_889_940.0, ["02:59", "02:00"]),
    ],
)
def test_the_clock_is_the_local_one_whatever_happens_to_it(
    zone: str, wall: float, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_zone(zone, monkeypatch)
    assert [signs.clock_time(wall), signs.clock_time(wall + 60)] == shown


def in_zone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    monkeypatch.delenv("TZ")


@pytest.fixture(autouse=True)
def _zone() -> object:
    use_language("en")
    yield
    time.tzset()


def test_weeks_leave_no_trace(scene: Scene) -> None:
    """Two weeks, a look every half hour: tenants fall ill and recover, the size changes, the clock is set to and fro."""
    dice = random.Random(7)
    stage = Stage({f"tenant{number}": 90.0 for number in range(6)}, [])
    seen: set[str] = set()

    def live(first: int, count: int) -> int:
        for step in range(first, first + count):
            stage.hit_rates = {name: dice.choice([90.0, 90.0, 90.0, 40.0]) for name in stage.hit_rates}
            wall = START.wall + 1800.0 * step + dice.choice([-7200, 0, 7200])
            room = dice.choice([ROOM, (80, 21), (50, 27)])
            sight = look(scene, stage, Instant(wall, START.steady + 1800.0 * step), room=room)
            seen.add(title(sight)[:30])
        gc.collect()
        return len(gc.get_objects())

    live(0, 40)
    before = live(40, 5)
    after = live(45, 600)
    assert len(seen) > 4
    assert after < before + 2000
