"""What is on the wall now, and what comes next. Time is steady seconds: a clock that is set changes nothing here.

    exceptions ──at once, each once──▶ wall ◀──in turn── [exceptions that go on, screens]

What has just become critical interrupts, stays for its seconds or until it is over, and then what it interrupted goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

GONE: Final = 300.0
"""Seconds for which an exception must be over before it interrupts again: one that comes and goes does so once."""
ALONE: Final = 5
"""Exceptions that have the wall for themselves; what goes beyond stands on one slide together."""
OTHERS: Final = "others"
"""The name of that slide."""


@dataclass(frozen=True, slots=True)
class Slide:
    """What fills the wall for some seconds. A screen's is named by its place in the configuration and its page."""

    name: str
    seconds: float
    exception: bool = False


class Rotation:
    """Goes through the screens, and lets exceptions in before them."""

    def __init__(self, exception_seconds: float) -> None:
        self._seconds = exception_seconds
        self._screens: tuple[Slide, ...] = ()
        self._critical: tuple[str, ...] = ()
        self._last: dict[str, float] = {}
        self._fresh: list[str] = []
        self._current: Slide | None = None
        self._since = 0.0
        self._interrupted: Slide | None = None

    def go_through(self, screens: Sequence[Slide]) -> None:
        """Have these screens from now on: their pages depend on the size of the terminal."""
        self._screens = tuple(screens)

    def hear(self, critical: Sequence[str], now: float) -> tuple[str, ...]:
        """Take what is critical now, the most urgent first; return what was not, until now."""
        self._last = {name: last for name, last in self._last.items() if now - last <= GONE}
        new = tuple(name for name in critical if name not in self._last)
        self._last.update(dict.fromkeys(critical, now))
        self._critical = tuple(critical)
        going_on = {*critical, OTHERS}
        self._fresh = [name for name in self._fresh if name in going_on]
        room = max(0, ALONE - len(self._fresh))
        self._fresh += new[:room]
        if len(new) > room and OTHERS not in self._fresh:
            self._fresh.append(OTHERS)
        return new

    @property
    def alone(self) -> tuple[str, ...]:
        """The exceptions that have a slide each: the new ones before those that were seen already."""
        new = [name for name in self._fresh if name != OTHERS]
        return tuple(dict.fromkeys([*new, *self._critical]))[:ALONE]

    @property
    def others(self) -> tuple[str, ...]:
        """The exceptions that stand on one slide together."""
        alone = self.alone
        return tuple(name for name in self._critical if name not in alone)

    @property
    def order(self) -> tuple[Slide, ...]:
        """A round: what is critical, then the screens."""
        names = [*self.alone, *([OTHERS] if self.others else [])]
        return (*(Slide(name, self._seconds, exception=True) for name in names), *self._screens)

    def step(self, now: float) -> Slide | None:
        """Return what is on the wall now; None where there is nothing at all."""
        order, current = self.order, self._current
        if not order:
            return None
        over = current is None or current not in order
        due = current is not None and now - self._since >= current.seconds
        if current is not None and due:
            self._seen(current)
        waiting = next((slide for slide in order if slide.exception and slide.name in self._fresh), None)
        if waiting is not None and (over or due or (current is not None and current.name not in self._fresh)):
            if current is not None and not current.exception:
                self._interrupted = current
            self._show(waiting, now)
        elif over or due:
            self._show(self._following(order), now)
        return self._current

    def next(self, now: float) -> None:
        """Go on at once."""
        if self._current is not None:
            self._seen(self._current)
            if self._fresh:
                self._since = now - self._current.seconds
            else:
                self._show(self._following(self.order), now)

    def previous(self, now: float) -> None:
        """Go back to what stands before this one in a round."""
        order = self.order
        if self._current is not None and order:
            self._seen(self._current)
            place = order.index(self._current) if self._current in order else 0
            self._interrupted = None
            self._show(order[place - 1], now)

    @property
    def following(self) -> Slide | None:
        """What comes next, unless something becomes critical."""
        order = self.order
        fresh = [slide for slide in order if slide.name in self._fresh and slide != self._current]
        return fresh[0] if fresh else self._following(order) if order else None

    def left(self, now: float) -> float:
        """Return for how many seconds what is on the wall stays."""
        return max(0.0, self._since + self._current.seconds - now) if self._current is not None else 0.0

    def _following(self, order: Sequence[Slide]) -> Slide:
        if self._interrupted in order and (self._current is None or self._current.exception):
            return self._interrupted  # type: ignore[return-value]  # it is in `order`, which has no None
        if self._current not in order:
            # A page of a screen that is gone, or an exception that is over and has interrupted nothing: a new round.
            return order[0]
        return order[(order.index(self._current) + 1) % len(order)]

    def _show(self, slide: Slide, now: float) -> None:
        if not slide.exception:
            self._interrupted = None
        self._current, self._since = slide, now

    def _seen(self, slide: Slide) -> None:
        self._fresh = [name for name in self._fresh if name != slide.name]
