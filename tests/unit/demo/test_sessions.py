"""The number of keys that come and go stays where it was seeded."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from kryonix_tui.demo.cast import cast
from kryonix_tui.demo.seed import MAKERS
from kryonix_tui.demo.sessions import Visitors
from kryonix_tui.demo.writer import Write
from kryonix_tui.model.kryonix_map import KRYONIX


class Keyspace:
    """Keys with the moment at which they end, in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ends: dict[tuple[int, str], float] = {}

    def send(self, write: Write) -> None:
        db, (command, name, *rest) = write
        key = (db, str(name))
        match command:
            case "HSET":
                self.ends[key] = float("inf")
            case "SET":
                self.ends[key] = self.now + float(rest[2])
            case "EXPIRE":
                self.ends[key] = self.now + float(rest[0])
            case "UNLINK":
                self.ends.pop(key, None)

    def kinds(self) -> Counter[str]:
        self.ends = {key: end for key, end in self.ends.items() if end > self.now}
        return Counter(KRYONIX.attribute(db, name.encode()).kind for db, name in self.ends)


def test_populations_are_stationary() -> None:
    profiles, rng, keyspace = cast(10, 3000, 7), Random(3), Keyspace()
    visitors = Visitors(profiles, keyspace, rng)
    wanted: Counter[str] = Counter()
    for profile in profiles:
        for kind, amount in profile.population.items():
            wanted[kind] += amount
            make, oldest = MAKERS[kind]
            for _ in range(amount):
                for write in make(profile, rng, rng.uniform(0, oldest - 5)):
                    keyspace.send(write)
                    visitors.noticed(write)
    for step in range(4 * 360):
        keyspace.now = step * 10.0
        visitors.play(keyspace.now, 10.0)
    alive = keyspace.kinds()
    for kind, amount in wanted.items():
        # Three standard deviations of a Poisson number, and the swing of the day.
        assert alive[kind] == pytest.approx(amount, abs=3 * amount**0.5 + 0.2 * amount), kind


def test_sessions_are_also_ended_by_their_users() -> None:
    profiles, keyspace = cast(10, 3000, 7), Keyspace()
    visitors = Visitors(profiles, keyspace, Random(3))
    opened, closed = 0, 0
    for step in range(600):
        before = set(keyspace.ends)
        keyspace.now = float(step)
        visitors.play(keyspace.now, 1.0)
        opened += len(set(keyspace.ends) - before)
        closed += len(before - set(keyspace.ends))
    assert opened > closed > 0
