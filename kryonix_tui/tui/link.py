"""How much may be sent to a terminal now, so that nothing piles up on the way to it.

What a program writes is taken long before anybody sees it: by the kernel, by SSH, by the network. So each frame ends with a
question that every terminal answers when it gets there, and only so much is sent ahead of the answers as the line takes in
a moment. A terminal that never answers is sent everything.

Bytes, and seconds of a steady clock.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 65_536
"""Bytes that may be under way where nothing limits."""
FIRST: Final = 4_096
"""The same where nobody knows yet what the line takes."""
FIRST_ANSWER: Final = 2.0
"""Seconds that somebody far away has for the first answer; after that it is a terminal that never answers."""
LEAST: Final = 1_024
"""The same on the slowest line."""
NEAR: Final = 0.02
"""A terminal that answers sooner than this is not behind a slow line."""
LATE: Final = 0.3
"""Seconds that an answer may take beyond the soonest: so long a frame waits for those before it."""
PARTS: Final = 3
"""A frame is not larger than this part of what may be under way."""
PATIENCE: Final = 5.0
LONGEST: Final = 60.0
"""Without an answer a little is sent all the same: at first after `PATIENCE`, then later and later, up to `LONGEST`."""
ROUND: Final = 10.0
"""Seconds after which nothing more is asked until every answer is there."""


def far(environ: Mapping[str, str]) -> bool:
    """Tell whether this runs for somebody who has logged in over SSH."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


@dataclass(frozen=True, slots=True)
class _Question:
    mark: int
    """Bytes that were sent until then."""
    ahead: int
    """Those of them that were under way."""
    since: float


@dataclass(slots=True)
class Link:
    """The way to a terminal: what is under way, and how much of that is good. `far`: it may well be a slow one."""

    far: bool = False
    sent: int = 0
    arrived: int = 0
    answers: bool = False
    window: int = FIRST
    _soonest: float = math.inf
    _patience: float = PATIENCE
    _open: deque[_Question] = field(default_factory=deque)
    _waits_since: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether an answer is to come."""
        return bool(self._open)

    def asks(self, now: float) -> bool:
        """Tell whether to ask behind the next frame. Where an answer was lost, each of the next is taken for that to the
        question before; so now and then it is waited until none is to come.
        """
        return not self._open or now - self._waits_since < ROUND

    def asked(self, now: float) -> None:
        """Remember that the terminal was asked, behind all that was sent until now."""
        if not self._open:
            self._waits_since = now
        self._open.append(_Question(self.sent, self.sent - self.arrived, now))

    def answered(self, now: float) -> None:
        """Take the answer to the oldest question, and learn from it how fast the line is."""
        if not self._open:
            return
        question = self._open.popleft()
        took = max(now - question.since, 1e-6)
        if not self.answers and took < NEAR:
            self.window = MOST
        self.answers, self._patience = True, PATIENCE
        self.arrived = max(self.arrived, question.mark)
        self._soonest = min(self._soonest, took)
        if took - self._soonest > LATE and question.ahead <= LEAST:
            # So little does not make it late: the way has become longer, or what came before was no answer of ours.
            self._soonest = took
        late = took - self._soonest
        if late > LATE:
            self.window = max(LEAST, int(question.ahead / took * (self._soonest + LATE)))
        elif late < LATE / 2 and question.ahead * 2 >= self.window:
            self.window = min(MOST, self.window * 3 // 2)

    def room(self, now: float, *, urgent: bool) -> int:
        """Return how many bytes may be sent now; 0 where a frame has to wait. What is not urgent leaves half of it free.

        It is a part of what may be under way, so that answers come in between and the line is never empty.
        """
        waited = now - self._open[0].since if self._open else 0.0
        if not self.answers and not (self.far and self._open and waited < FIRST_ANSWER):
            return MOST
        if waited > self._patience:
            self._give_up()
        room = (self.window if urgent or not self.answers else self.window // 2) - (self.sent - self.arrived)
        return min(room, self.window // PARTS) if room >= self.window // (2 * PARTS) else 0

    def _give_up(self) -> None:
        """No answer came in all that time: it is lost, or nobody reads. Send a little, and ask again."""
        self._open.clear()
        self.arrived, self.window = self.sent, LEAST
        self._patience = min(LONGEST, self._patience * 2)
