"""Whether a server would give a snapshot by replication to a user, found out without a snapshot.

A replica that asks for a filtered snapshot (REPLCONF rdb-filter-only) must be one that takes it in pieces (REPLCONF capa
eof). Whoever says the first and not the second gets an error from PSYNC and SYNC, before anything begins: measured on
Redis 7.0 and Valkey 9 (`syncCommand` in replication.c), no fork, no replica, no line in the server's log. A refused
permission is said before that. Older servers do not know the filter, and there the question stays open: they begin a
transfer on whatever they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kryonix_tui.errors import ReplyError
from kryonix_tui.maintenance.backup.refusals import refusal
from kryonix_tui.maintenance.backup.replication import Link, connected
from kryonix_tui.sources.redis.address import Address

_ABSENT: Final = b"-ERR unknown command"
_DENIED: Final = b"-NOPERM"
_WOULD: Final = (b"-ERR Filtered replica", b"+FULLRESYNC")

_TOO_MANY_OR_FEW: Final = (("PSYNC",), ("SYNC", "x"))
"""A number of arguments that every server refuses at once, whoever asks; one without the command says so instead."""

_ASKING: Final = (("psync", ("PSYNC", "?", "-1")), ("sync", ("SYNC",)))


class Answer(StrEnum):
    """What a server says to a wish for a snapshot."""

    GIVEN = "given"
    DENIED = "denied"
    """Not to this user."""
    ABSENT = "absent"
    """To nobody: managed services remove the commands, or answer them with an error."""
    UNREADABLE = "unreadable"
    """Something that is not in the protocol."""
    OPEN = "open"
    """It cannot be asked without beginning."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer, and the names of the commands that were refused to this user."""

    answer: Answer
    refused: tuple[str, ...] = ()


async def replication_offer(address: Address, *, connect_timeout: float, patience: float) -> Offer:
    """Ask on a connection of its own, which is cut at the end. Seconds: `patience` is for each reply.

    Raises:
        SourceError: the server could not be asked, or gives nobody a snapshot now (a replica without its primary).
    """
    async with connected(address, connect_timeout) as link:
        link.patience = patience
        await link.log_in(address)
        if all([(await link.ask(*words)).startswith(_ABSENT) for words in _TOO_MANY_OR_FEW]):
            return Offer(Answer.ABSENT)
        filtered = await link.ask("REPLCONF", "rdb-filter-only", "functions")
        if filtered.startswith(_DENIED):
            return Offer(Answer.DENIED, ("replconf",))
        if filtered.startswith(b"-ERR"):
            return Offer(Answer.OPEN)
        if filtered != b"+OK":
            _raise_trouble(filtered, str(address))
            return Offer(Answer.UNREADABLE)
        return await _asked(link, str(address))


async def _asked(link: Link, place: str) -> Offer:
    """Ask for a snapshot by either command, on a link that will get none."""
    refused = []
    for name, words in _ASKING:
        reply = await link.ask(*words)
        if reply.startswith(_WOULD):
            return Offer(Answer.GIVEN)
        if reply.startswith(_DENIED):
            refused.append(name)
        elif not reply.startswith(b"-"):
            return Offer(Answer.UNREADABLE)
        else:
            _raise_trouble(reply, place)
    return Offer(Answer.DENIED if refused else Answer.ABSENT, tuple(refused))


def _raise_trouble(reply: bytes, place: str) -> None:
    """Raise the SourceError of a reply that says that there is no snapshot now, or not without a password."""
    if reply.startswith(b"-") and not isinstance(error := refusal(reply, place), ReplyError):
        raise error
