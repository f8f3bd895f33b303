"""What a check found: a level, what was found, what to do; and how an attempt that fails becomes one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from kryonix_tui.errors import DeadlineError, KryonixError
from kryonix_tui.i18n import _

T = TypeVar("T")

log = logging.getLogger(__name__)


class Level(StrEnum):
    """The best first."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    `name` is `area.subject`, stable and for scripts. Of `hint`, the first line says what to do; further lines are
    commands to copy. `why` says why a finding matters. Texts may hold what a server said: the report makes them safe.
    """

    name: str
    level: Level
    text: str
    hint: str = ""
    why: str = ""

    @property
    def area(self) -> str:
        """The part of the report that it belongs to."""
        return self.name.partition(".")[0]


def worst(checks: Iterable[Check]) -> Level:
    """Return the worst level, OK where there is none."""
    return max((check.level for check in checks), key=lambda level: level.rank, default=Level.OK)


async def attempted(name: str, work: Awaitable[T], seconds: float | None = None) -> T | Check:
    """Return what `work` gives, or a failed check called `name`: a failure of one check is never that of another."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except KryonixError as error:
        return Check(name, Level.FAIL, f"{_(error.title)}: {error.message}", error.hint)
    except TimeoutError:
        message = _("no answer within {seconds:.0f} s").format(seconds=seconds or 0)
        return Check(name, Level.FAIL, f"{_(DeadlineError.default_title)}: {message}")
    except Exception as error:
        log.exception("%s failed unexpectedly", name)
        text = _("Internal error: {kind}").format(kind=type(error).__name__)
        return Check(name, Level.FAIL, text, _("This is a defect of the console; please report it."))
