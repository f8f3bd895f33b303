"""How much is sent ahead of a terminal's answers: as much as its line takes in a moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from kryonix_tui.tui.link import FIRST, FIRST_ANSWER, LEAST, MOST, PATIENCE, ROUND, Link, far


@dataclass
class Line:
    """A line of so many bytes a second, and a terminal behind it that answers."""

    rate: float
    delay: float
    link: Link = field(default_factory=Link)
    now: float = 0.0
    free: float = 0.0
    answers: deque[float] = field(default_factory=deque)

    def send(self, size: int) -> None:
        """Send a frame and its question."""
        self.link.sent += size
        self.link.asked(self.now)
        self.free = max(self.free, self.now) + size / self.rate
        self.answers.append(self.free + 2 * self.delay)

    def until(self, end: float) -> None:
        """Send as much as there is room for, until a moment."""
        while self.now < end:
            while self.answers and self.answers[0] <= self.now:
                self.link.answered(self.answers.popleft())
            if self.link.answers and (room := self.link.room(self.now, urgent=True)):
                self.send(room)
            self.now += 0.01

    @property
    def queued(self) -> float:
        """Seconds that the next byte waits for those before it."""
        return max(0.0, self.free - self.now)


@pytest.mark.parametrize("rate", [3_000, 5_000, 20_000])
def test_a_slow_line_is_full_and_nothing_piles_up(rate: float) -> None:
    line = Line(rate, 0.15)
    line.send(100)
    longest = sent = 0.0
    for second in range(1, 31):
        line.until(float(second))
        if second == 10:
            sent = line.link.sent
        if second > 10:
            longest = max(longest, line.queued)
    assert longest < 1.0
    assert (line.link.sent - sent) / 20 > 0.8 * rate


def test_what_is_not_urgent_leaves_room_for_a_key() -> None:
    link = Link(answers=True)
    while room := link.room(0.0, urgent=False):
        link.sent += room
        link.asked(0.0)
    assert link.sent <= FIRST // 2
    assert link.room(0.0, urgent=True) > 0


def test_a_terminal_that_is_near_is_not_held_back() -> None:
    line = Line(10_000_000, 0.001)
    line.send(100)
    line.until(0.1)
    assert line.link.window == MOST


def test_a_terminal_that_never_answers_is_sent_everything() -> None:
    link = Link()
    link.asked(0.0)
    link.sent = 1_000_000
    assert link.room(100.0, urgent=False) == MOST


def test_far_away_the_first_answer_is_awaited_for_a_moment() -> None:
    link = Link(far=True)
    link.asked(0.0)
    while room := link.room(0.5, urgent=False):
        link.sent += room
    assert FIRST * 3 // 4 < link.sent <= FIRST
    assert link.room(FIRST_ANSWER, urgent=False) == MOST


def test_without_answers_little_is_sent_and_less_and_less_often() -> None:
    link = Link(answers=True)
    times = []
    for second in range(600):
        if link.room(float(second), urgent=True):
            link.sent += LEAST
            link.asked(float(second))
            times.append(second)
    assert link.sent < 30 * LEAST
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[-1] > 8 * PATIENCE


def test_an_answer_that_nobody_asked_for_says_nothing() -> None:
    link = Link()
    link.answered(1.0)
    assert not link.answers


def test_who_has_logged_in_over_ssh_is_far() -> None:
    assert far({"SSH_TTY": "/dev/pts/1"})
    assert far({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"})
    assert not far({"SSH_CONNECTION": "", "TERM": "xterm"})


def test_a_way_that_becomes_longer_is_learnt() -> None:
    line = Line(1_000_000, 0.01)
    line.send(100)
    line.until(2.0)
    line.delay = 0.4
    line.until(10.0)
    before = line.link.sent
    line.until(20.0)
    assert (line.link.sent - before) / 10 > 8_000


def test_an_answer_that_was_lost_shifts_the_others_for_a_moment_only() -> None:
    link = Link()
    lost = 5
    for second in range(40):
        asks = link.asks(now := float(second))
        if link.room(now, urgent=True):
            link.sent += 100
            if asks:
                link.asked(now)
        if asks and second != lost:
            link.answered(now + 0.05)
        assert not link.waits or lost <= second < lost + ROUND + PATIENCE + 2
    assert not link.waits
