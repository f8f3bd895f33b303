"""Error replies of a server that is asked for a snapshot -> errors that say what to do about it."""

from __future__ import annotations

from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from kryonix_tui.errors import AuthenticationError, ReplyError, SourceError, UnreachableError
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.translate import source_error

_LIMIT: Final = 200


class SyncRefusedError(ReplyError):
    """The server does not give snapshots by replication (managed services), or not to this user.

    A backup key by key is then what remains.
    """

    default_title = N_("No replication")


class _Meaning(NamedTuple):
    kind: type[SourceError]
    message: str
    hint: str


_BY_START: Final = {
    "NOPERM": _Meaning(
        SyncRefusedError,
        N_("this user may not take a snapshot from {place}: {detail}"),
        N_("Grant it: ACL SETUSER <user> +ping +replconf +sync +psync, and name it in redis.credentials.backup."),
    ),
    "ERR unknown command": _Meaning(
        SyncRefusedError,
        N_("{place} does not offer replication to clients"),
        N_("Managed services often remove it: a backup key by key (consistency: fuzzy) is still possible."),
    ),
    "NOAUTH": _Meaning(AuthenticationError, N_("{place} asks for a password"), N_("Set redis.credentials.backup.")),
    "WRONGPASS": _Meaning(
        AuthenticationError,
        N_("{place} did not accept the user or password of the backup"),
        N_("Check redis.credentials.backup; `ACL LIST` on the server shows its users."),
    ),
    "NOMASTERLINK": _Meaning(
        UnreachableError,
        N_("{place} is a replica that lost its primary and gives no snapshot"),
        N_("Check the primary, or take the backup from it (redis.replica_url empty)."),
    ),
    "MASTERDOWN": _Meaning(
        UnreachableError,
        N_("{place} is a replica that lost its primary and gives no snapshot"),
        N_("Check the primary, or take the backup from it (redis.replica_url empty)."),
    ),
    "LOADING": _Meaning(
        UnreachableError,
        N_("{place} is loading its data and gives no snapshot yet"),
        N_("Try again when it has finished; INFO persistence shows how far it is."),
    ),
}
"""By how the reply begins, without its minus sign."""


def refusal(reply: bytes, place: str) -> SourceError:
    """Return the error that an error reply of `place` means."""
    text = reply.decode("utf-8", "replace").removeprefix("-")
    for start, (kind, message, hint) in _BY_START.items():
        if text.startswith(start):
            detail = safe(text, _LIMIT)
            return kind(_(message).format(place=place, detail=detail), hint=_(hint))
    return source_error(ResponseError(text), place, Purpose.BACKUP)
