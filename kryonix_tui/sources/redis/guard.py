"""The guard: which commands may leave this process, decided by name, closed to everything unknown.

The guard sits where a connection turns arguments into bytes, so nothing that the client library offers gets around it:
single commands, pipelines, MULTI, scripts, publish/subscribe. It rewrites the command name into its words before it
judges them, and what it judged is what is sent: there is no second reading of the same arguments.

Each connection has the list of one purpose. Only bounded reads are on the monitor's, which is the default everywhere.
KEYS, MONITOR, CONFIG, HGETALL, SMEMBERS and their like are not: they block a server or return without limit. The lists
of the write side are in `maintenance.purposes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from kryonix_tui.errors import ReadOnlyViolationError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe

ALLOWED: Final = frozenset(
    {
        # The connection itself.
        b"HELLO",
        b"AUTH",
        b"SELECT",
        b"PING",
        b"CLIENT SETNAME",
        # What the server says of itself.
        b"INFO",
        b"SLOWLOG GET",
        b"LATENCY LATEST",
        b"ACL WHOAMI",
        b"ACL DRYRUN",
        b"SENTINEL GET-MASTER-ADDR-BY-NAME",
        # Keys: walked by cursor, read by named field, by length, or one item of a list.
        b"SCAN",
        b"HMGET",
        b"HLEN",
        b"LLEN",
        b"LINDEX",
        b"MEMORY USAGE",
    }
)
"""Command names that may be sent, upper case; a container command stands with its subcommand."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection may do: whose credential it uses, the `commands` that it may send, the largest reply it takes.

    `largest_reply` is in bytes; None: `connection.MAX_REPLY_BYTES`, which is enough for reads.
    """

    purpose: Purpose
    commands: frozenset[bytes]
    largest_reply: int | None = None
    containers: frozenset[bytes] = field(init=False)
    """Commands that count with their subcommand only."""

    def __post_init__(self) -> None:
        containers = frozenset(name.split()[0] for name in self.commands if b" " in name)
        object.__setattr__(self, "containers", containers)


READS: Final = Access(Purpose.MONITOR, ALLOWED)
"""What every connection may do that is not told otherwise."""


def checked(arguments: Iterable[Any], access: Access = READS) -> tuple[Any, ...]:
    """Return the arguments with the command name as separate words, ready to be packed.

    Raises:
        ReadOnlyViolationError: the command is not on the list of `access`, or its name is no text.
    """
    given = tuple(arguments)
    if given and type(given[0]) is str:
        word = _alone(given[0], access)
        if word is not None:
            return (word, *given[1:])
    words = _words(given[0]) if given else []
    if words and words[0].upper() in access.containers and len(words) == 1 and len(given) > 1:
        # The subcommand came as an argument of its own; it must be one word too.
        words, given = [*words, *(_words(given[1]) or [b""])], given[1:]
    # A container counts with its subcommand only; words after it are arguments.
    name = b" ".join(word.upper() for word in (words[:2] if words and words[0].upper() in access.containers else words))
    if name not in access.commands:
        raise _refusal(safe(name, 60) or repr(given[:1])[:60], access.purpose)
    return (*words, *given[1:])


@lru_cache(maxsize=1024)
def _alone(name: str, access: Access) -> bytes | None:
    """Return the word of a command that has no subcommands and is on the list; None: a longer look is needed."""
    words = _words(name)
    if len(words) == 1 and words[0].upper() in access.commands - access.containers:
        return words[0]
    return None


def statistics_name(allowed: Sequence[Any], access: Access = READS) -> str:
    """Return the name under which the server counts a command that `checked` let pass: `scan`, `slowlog|get`."""
    words = allowed[:2] if allowed[0].upper() in access.containers else allowed[:1]
    return b"|".join(words).decode("ascii", "replace").lower()


def _refusal(command: str, purpose: Purpose) -> ReadOnlyViolationError:
    if purpose is Purpose.MONITOR:
        return ReadOnlyViolationError(
            _("the command {command} is not on the list of reads and was not sent").format(command=command),
            hint=_("This console only reads. Please report how you came here."),
        )
    return ReadOnlyViolationError(
        _("the command {command} is not on the list of the purpose {purpose} and was not sent").format(
            command=command, purpose=purpose.value
        ),
        hint=_("Please report how you came here."),
        title=_("Not on the list"),
    )


def _words(name: object) -> list[bytes]:
    """Return the words of a command name, which may be one text such as `"CLIENT SETNAME"`; none where it is no text."""
    if isinstance(name, str):
        return name.encode("utf-8", "surrogateescape").split()
    if isinstance(name, bytes | bytearray | memoryview):
        return bytes(name).split()
    return []
