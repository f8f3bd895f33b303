"""What lies in a lock: who holds it, since when, by which process."""

from __future__ import annotations

import secrets
import time

import msgspec

from kryonix_tui.errors import LockedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.process import Process, is_gone, this_process
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats


class Ticket(msgspec.Struct, frozen=True):
    """One holding of a lock. `token` makes it unlike any other; `process` is None where the system tells too little."""

    owner: str
    since: str
    token: str = ""
    process: Process | None = None

    @property
    def forsaken(self) -> bool:
        """Whether its process was on this machine and has surely ended."""
        return self.process is not None and is_gone(self.process)

    @property
    def who(self) -> str:
        """Its owner, printable."""
        return safe(self.owner, 120)


def new_ticket(owner: Actor) -> bytes:
    """Return the ticket of a lock that this process takes now."""
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return msgspec.json.encode(Ticket(str(owner), since, secrets.token_hex(8), this_process()))


def read_ticket(content: bytes | None) -> Ticket | None:
    """Return what lies in a lock, None where it is no ticket."""
    try:
        return msgspec.json.decode(content or b"", type=Ticket)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def held(ticket: Ticket | None, ends_in: float | None = None) -> LockedError:
    """Return the error for who comes second. `ends_in`: seconds until the lock ends where it is not renewed, if known."""
    who, since = (ticket.who, safe(ticket.since, 40)) if ticket else (_("somebody"), "?")
    hint = _("Wait, or talk to them.")
    if ends_in is not None:
        hint = _("Wait, or talk to them. Where they are gone, the lock ends by itself in {time}.").format(
            time=formats.duration(ends_in)
        )
    return LockedError(_("{who} is at work since {since}").format(who=who, since=since), hint=hint)
