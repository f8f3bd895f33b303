"""The read-only guard: which commands may leave this process, decided by name, closed to everything unknown.

The guard sits where a connection turns arguments into bytes, so nothing that the client library offers gets around it:
single commands, pipelines, MULTI, scripts, publish/subscribe. It rewrites the command name into its words before it
judges them, and what it judged is what is sent: there is no second reading of the same arguments.

Only bounded reads are on the list. KEYS, MONITOR, CONFIG, HGETALL, SMEMBERS and their like are not: they block a server
or return without limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kryonix_tui.errors import ReadOnlyViolationError
from kryonix_tui.i18n import _
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
        # Keys: walked by cursor, read by named field or by length.
        b"SCAN",
        b"HMGET",
        b"HLEN",
        b"LLEN",
    }
)
"""Command names that may be sent, upper case; a container command stands with its subcommand."""

_CONTAINERS: Final = frozenset(name.split()[0] for name in ALLOWED if b" " in name)


def checked(arguments: Iterable[Any]) -> tuple[Any, ...]:
    """Return the arguments with the command name as separate words, ready to be packed.

    Raises:
        ReadOnlyViolationError: the command is not on the list, or its name is no text.
    """
    given = tuple(arguments)
    words = _words(given[0]) if given else []
    if words and words[0].upper() in _CONTAINERS and len(words) == 1 and len(given) > 1:
        # The subcommand came as an argument of its own; it must be one word too.
        words, given = [*words, *(_words(given[1]) or [b""])], given[1:]
    # A container counts with its subcommand only; words after it are arguments.
    name = b" ".join(word.upper() for word in (words[:2] if words and words[0].upper() in _CONTAINERS else words))
    if name not in ALLOWED:
        raise ReadOnlyViolationError(
            _("the command {command} is not on the list of reads and was not sent").format(
                command=safe(name, 60) or repr(given[:1])[:60]
            ),
            hint=_("This console only reads. Please report how you came here."),
        )
    return (*words, *given[1:])


def _words(name: object) -> list[bytes]:
    """Return the words of a command name, which may be one text such as `"CLIENT SETNAME"`; none where it is no text."""
    if isinstance(name, str):
        return name.encode("utf-8", "surrogateescape").split()
    if isinstance(name, bytes | bytearray | memoryview):
        return bytes(name).split()
    return []
