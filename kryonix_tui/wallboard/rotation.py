"""What is on the wall now, and what comes next. Time is steady seconds: a clock that is set changes nothing here.

    exceptions ──at once, each once──▶ wall ◀──in turn── [exceptions that go on, screens]

What has just become critical interrupts, stays for its seconds or until it is over, and then what it interrupted goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

GONE: Final = 300.0
"""Seconds for which a cause must be over before it interrupts again: one that comes and goes does so once."""
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
        self._last: dict[tuple[str, str], float] = {}
        self._fresh: list[str] = []
        self._round: set[str] = set()
        self._current: Slide | None = None
        self._since = 0.0
        self._interrupted: Slide | None = None

    def go_through(self, screens: Sequence[Slide]) -> None:
        """Have these screens from now on: their pages depend on the size of the terminal."""
        self._screens = tuple(screens)

    def hear(self, critical: Mapping[str, Collection[str]], now: float) -> tuple[tuple[str, str], ...]:
        """Take what is critical now with its causes, the most urgent first; return (name, cause) of what was not, until now.

        Another cause of what is critical already interrupts, too: it is news.
        """
        self._last = {what: last for what, last in self._last.items() if now - last <= GONE}
        causes = [(name, cause) for name, found in critical.items() for cause in found]
        news = tuple(what for what in causes if what not in self._last)
        self._last.update(dict.fromkeys(causes, now))
        self._critical = tuple(critical)
        going_on = {*critical, OTHERS}
        self._fresh = [name for name in self._fresh if name in going_on]
        new = [name for name in dict.fromkeys(name for name, _cause in news) if name not in self._fresh]
        room = max(0, ALONE - len(self._fresh))
        self._fresh += new[:room]
        if len(new) > room and OTHERS not in self._fresh:
            self._fresh.append(OTHERS)
        return news

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
        alone = self.alone
        names = [*alone, *([OTHERS] if len(self._critical) > len(alone) else [])]
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
        current, interrupted = self._current, self._interrupted
        if interrupted in order and (current is None or current.exception):
            return interrupted  # type: ignore[return-value]  # it is in `order`, which has no None
        if current in self._screens and current != self._screens[-1]:
            return self._screens[self._screens.index(current) + 1]
        # A round begins, or goes on with what was not in it yet: what comes and goes cannot keep the screens away.
        shown = self._round if current is None or current.exception else ()
        remaining = [slide for slide in order if slide.exception and slide.name not in shown]
        if remaining or self._screens:
            return (*remaining, *self._screens)[0]
        return order[(order.index(current) + 1) % len(order)] if current in order else order[0]

    def _show(self, slide: Slide, now: float) -> None:
        if slide.exception:
            self._round.add(slide.name)
        else:
            self._interrupted = None
            self._round.clear()
        self._current, self._since = slide, now

    def _seen(self, slide: Slide) -> None:
        self._fresh = [name for name in self._fresh if name != slide.name]
