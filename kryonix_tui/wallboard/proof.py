"""The proof that the wall cannot write: no code that could, a guard on its connections, and a server that would refuse.

The first two are looked at here and must hold before anything starts. The third is the server's word: it is asked at the
start, every so often, and whenever the server was gone or is another one, since users are changed while the wall hangs.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from kryonix_tui.clock import Instant, now
from kryonix_tui.errors import KryonixError, RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.model.permissions import SUGGESTED_USER, RedisPermissions, Witness, monitor_acl_line

WRITE_SIDE: Final = "kryonix_tui.maintenance"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two questions while the server does not answer."""
LATE: Final = 2.0
"""So many times the usual interval without a new proof, and the old one no longer counts."""
_NAMED: Final = 6

Ask = Callable[[], Awaitable[RedisPermissions]]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the server said: of whom, when, and which writing commands it would run. `at` is None before it said anything.

    `trouble` is why the last question has no answer; empty where it has one. `witness` is how it was found out.
    """

    user: str = ""
    at: Instant | None = None
    writes: tuple[str, ...] = ()
    trouble: str = ""
    witness: Witness = Witness.NONE

    @property
    def partial(self) -> bool:
        """Whether the server was heard about RESTORE alone: a user who may SET but not RESTORE is not found out."""
        return self.witness is Witness.RESTORE

    @property
    def known(self) -> bool:
        """Whether the server has spoken."""
        return self.at is not None

    @property
    def writable(self) -> bool:
        """Whether the user could write."""
        return bool(self.writes)

    def sentence(self) -> str:
        """Return that the user could write, and what."""
        named = ", ".join(self.writes[:_NAMED])
        more = len(self.writes) - _NAMED
        listed = _("{commands} and {count} more").format(commands=named, count=more) if more > 0 else named
        return _("the Redis user {user} could write: {commands}").format(user=self.user, commands=listed)


def write_side_loaded() -> tuple[str, ...]:
    """Return the modules of the write side that this process has loaded. There must be none."""
    return tuple(sorted(name for name in sys.modules if name.startswith(WRITE_SIDE)))


def prove_here() -> None:
    """Look at what can be proven without a server.

    Raises:
        RefusedError: code that writes is loaded, or the guard lets a write pass.
    """
    if loaded := write_side_loaded():
        raise RefusedError(_("code that can write is loaded: {modules}").format(modules=", ".join(loaded[:3])))
    from kryonix_tui.sources.redis.guard import checked

    for command in (("SET", "key", "value"), ("EVAL", "return 1", 0), ("CONFIG", "SET", "hz", "10"), ("FLUSHALL",)):
        try:
            checked(command)
        except RefusedError:
            continue
        raise RefusedError(_("the guard let {command} pass").format(command=command[0]))


def how_to_fix() -> str:
    """Return what the administrator of the server should run."""
    text = _("Run this in redis-cli, with a password of your own, and name the user in redis.credentials.monitor:")
    older = _("Redis 6 takes ~* in place of %R~*. Redis 5 has no users: nothing can be proven there.")
    return f"{text}\n{monitor_acl_line(SUGGESTED_USER)}\n{older}"


def refusal(proof: Proof) -> RefusedError:
    """Return why the wall does not start, with the line for the administrator."""
    sentence = _("{sentence}. A wall that nobody watches should not be able to.").format(sentence=proof.sentence())
    accept = _("--accept-writable-user shows it all the same")
    return RefusedError(f"{sentence}\n{how_to_fix()}", hint=accept, title=_("Not read-only"))


class Prover:
    """Asks the server again and again. `proof` is what it said last."""

    def __init__(self, ask: Ask, every: float) -> None:
        """`every` is in seconds."""
        self._ask = ask
        self._every = every
        self._again = asyncio.Event()
        self.proof = Proof()

    def again(self) -> None:
        """Ask now: the server was gone, or it is another one."""
        self._again.set()

    def late(self, moment: Instant) -> bool:
        """Tell whether what was proven is too old to count."""
        return self.proof.at is not None and self.proof.at.age(moment) > LATE * self._every + LONGEST_PAUSE

    async def run(self, told: Callable[[Proof], None]) -> None:
        """Ask for ever, until cancelled; `told` hears every answer, and every failure to get one."""
        pause = FIRST_PAUSE
        while True:
            self._again.clear()
            self.proof = await self._asked()
            told(self.proof)
            wait = pause if self.proof.trouble else self._every
            pause = min(LONGEST_PAUSE, 2 * pause) if self.proof.trouble else FIRST_PAUSE
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._again.wait()

    async def _asked(self) -> Proof:
        if loaded := write_side_loaded():
            return replace(self.proof, writes=loaded, at=now())
        try:
            said = await self._ask()
        except KryonixError as error:
            return replace(self.proof, trouble=str(error))
        if said.can_write is None:
            text = _("the server does not say whether its user could write; --accept-writable-user shows the wall")
            return replace(self.proof, trouble=text)
        writes = (said.writes or ("?",)) if said.can_write else ()
        return Proof(said.user, now(), writes, witness=said.witness)
