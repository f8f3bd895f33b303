"""Foreign errors -> `SourceError`, each with what the operator can do. Nothing of redis-py passes this border."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from redis import exceptions as foreign

from kryonix_tui.errors import (
    AuthenticationError,
    DeadlineError,
    KryonixError,
    NotPermittedError,
    ReplyError,
    SourceError,
    UnreachableError,
)
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe

_TEXT_LIMIT: Final = 200


class NoDatabaseError(ReplyError):
    """The server has no database of this number."""


class _Meaning(NamedTuple):
    """What a foreign error means: the class to raise, what happened at `{place}`, and what to do about `{purpose}`."""

    kind: type[SourceError]
    message: str
    hint: str


# The first word of an error reply, as redis-py keeps it in `status_code`, or of the text where it knows no class.
_BY_CODE: Final = {
    "NOAUTH": _Meaning(
        AuthenticationError,
        N_("{place} asks for a password"),
        N_("Set redis.credentials.{purpose}, or write the user and password into the URL."),
    ),
    "WRONGPASS": _Meaning(
        AuthenticationError,
        N_("{place} did not accept the user or password"),
        N_("Check redis.credentials.{purpose}; `ACL LIST` on the server shows its users."),
    ),
    "NOPERM": _Meaning(
        AuthenticationError,
        N_("this user may not do that on {place}: {detail}"),
        N_("`kryonix doctor` shows what is missing; `kryonix init` prints an ACL line that is enough."),
    ),
    "LOADING": _Meaning(
        UnreachableError,
        N_("{place} is loading its data and does not answer yet"),
        N_("Nothing to do but wait; the console goes on by itself."),
    ),
    "MASTERDOWN": _Meaning(
        UnreachableError,
        N_("{place} is a replica that lost its primary and refuses reads"),
        N_("Check the primary, or set replica-serve-stale-data yes."),
    ),
    "CLUSTERDOWN": _Meaning(
        UnreachableError,
        N_("the cluster of {place} is down"),
        N_("`redis-cli --cluster check` shows the missing slots."),
    ),
    "READONLY": _Meaning(
        ReplyError,
        N_("{place} is a read-only replica"),
        N_("Name the primary in redis.url; replicas go into redis.replica_url."),
    ),
    "OOM": _Meaning(
        ReplyError, N_("{place} is out of memory"), N_("Raise maxmemory or free memory; until then it refuses work.")
    ),
    "MISCONF": _Meaning(
        ReplyError, N_("{place} cannot save to its disk and refuses work"), N_("Check the disk and the server's log.")
    ),
    "DENIED": _Meaning(
        AuthenticationError,
        N_("{place} runs in protected mode and refuses connections from here"),
        N_("Set a password on the server, or bind it to an address that is meant for you."),
    ),
    "BUSY": _Meaning(
        DeadlineError,
        N_("{place} is busy running a script"),
        N_("`SCRIPT KILL` or `FUNCTION KILL` ends it, if that is safe."),
    ),
}
_NOT_GRANTED: Final = _Meaning(
    NotPermittedError,
    N_("the user of the purpose {purpose} may not do that on {place}: {detail}"),
    N_(
        "`kryonix provision --only acl` prints the ACL line of this purpose's user: kx_{purpose}, unless "
        "redis.credentials.{purpose} names another."
    ),
)
"""NOPERM, for all purposes but the monitor's."""

_MAX_CLIENTS: Final = _Meaning(
    UnreachableError,
    N_("{place} has no room for another client"),
    N_("Raise maxclients, or find who holds the connections with CLIENT LIST."),
)
_NO_PASSWORD_SET: Final = _Meaning(
    AuthenticationError,
    N_("{place} has no password for the default user, but one was given"),
    N_("Take the password out of the configuration, or name the user it belongs to."),
)
_NO_DATABASE: Final = _Meaning(NoDatabaseError, N_("{place} has fewer databases than were read before"), "")
_TIMEOUT: Final = _Meaning(
    DeadlineError,
    N_("{place} did not answer in time"),
    N_("A slow command may block the server, or the network is slow; redis.timeout sets the patience."),
)
_CONNECT_TIMEOUT: Final = _Meaning(
    DeadlineError,
    N_("no connection to {place} in time"),
    N_("Check host, port and firewall. A server without TLS keeps silent when it is spoken to in TLS (rediss://)."),
)
_REFUSED: Final = _Meaning(
    UnreachableError, N_("nobody listens at {place}"), N_("Check host and port in redis.url, and that the server runs.")
)
_UNKNOWN_HOST: Final = _Meaning(
    UnreachableError, N_("the host of {place} is unknown"), N_("Check the spelling of redis.url and the name service.")
)
_CUT: Final = _Meaning(
    UnreachableError,
    N_("{place} closed the connection"),
    N_("The server restarted, or it expects TLS (rediss://); the next attempt may succeed."),
)
_CERTIFICATE: Final = _Meaning(
    AuthenticationError,
    N_("the certificate of {place} is not trusted: {detail}"),
    N_("Name the authority in redis.tls.ca_file; the host of the URL must stand in the certificate."),
)
_NO_TLS: Final = _Meaning(
    UnreachableError,
    N_("{place} does not answer in TLS: {detail}"),
    N_("Use redis:// instead of rediss://, or the server's TLS port; it may also ask for a client certificate."),
)
_NOT_REDIS: Final = _Meaning(
    ReplyError,
    N_("what answers at {place} does not speak Redis's protocol"),
    N_("Another kind of server has this port (HTTP?), or it speaks TLS (rediss://)."),
)
_OTHER_REPLY: Final = _Meaning(ReplyError, N_("{place} answered: {detail}"), "")
_OTHER_TROUBLE: Final = _Meaning(UnreachableError, N_("{place} could not be reached: {detail}"), N_("Check redis.url."))
_QUOTED_BY_CLIENT: Final = re.compile(r"^Command # \d+ \(.*\) of pipeline caused error: ")
_QUOTED_BY_SERVER: Final = re.compile(r",? with args beginning with:.*")
_AS_TUPLE: Final = re.compile(r"""^\(["'](.*?)(?:["'],\))?$""")
"""What redis-py makes of an error's text where it writes its own before it."""

_BY_TEXT: Final = {
    "max number of clients": _MAX_CLIENTS,
    "without any password configured": _NO_PASSWORD_SET,
    "db index is out of range": _NO_DATABASE,
    "timeout connecting": _CONNECT_TIMEOUT,
}
"""Words, lower case, of errors that have no code of their own."""

_BY_CAUSE: Final[tuple[tuple[tuple[type[BaseException], ...], _Meaning], ...]] = (
    ((ssl.SSLCertVerificationError,), _CERTIFICATE),
    ((ssl.SSLError,), _NO_TLS),
    ((socket.gaierror,), _UNKNOWN_HOST),
    ((ConnectionRefusedError, FileNotFoundError), _REFUSED),
    ((ConnectionResetError, BrokenPipeError), _CUT),
    ((TimeoutError, foreign.TimeoutError), _TIMEOUT),
)


@contextmanager
def translated(place: str, purpose: Purpose = Purpose.MONITOR) -> Iterator[None]:
    """Raise whatever goes wrong inside as the `SourceError` that it means at `place` (printable, no credentials).

    `purpose` is whose credential was used: hints name it.

    Raises:
        SourceError: instead of errors of redis-py, of the operating system, and of replies of a wrong shape.
    """
    try:
        yield
    except KryonixError:
        raise
    except (foreign.RedisError, OSError, TimeoutError) as error:
        raise source_error(error, place, purpose) from error
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        # A reply of a shape that the protocol does not promise trips over one of these.
        raise ReplyError(_(_NOT_REDIS.message).format(place=place), hint=_(_NOT_REDIS.hint)) from error


def source_error(error: BaseException, place: str, purpose: Purpose = Purpose.MONITOR) -> SourceError:
    """Return the `SourceError` that `error` means at `place` to a user of `purpose`."""
    meaning = _meaning(error)
    if purpose is not Purpose.MONITOR and code_of(error) == "NOPERM":
        meaning = _NOT_GRANTED
    detail = safe(_one_line(error), _TEXT_LIMIT)
    return meaning.kind(
        _(meaning.message).format(place=place, detail=detail, purpose=purpose.value),
        hint=_(meaning.hint).format(purpose=purpose.value),
    )


def code_of(error: BaseException) -> str:
    """Return the first word of an error reply (`NOPERM`, `LOADING`, ...), empty where there is none."""
    code = getattr(error, "status_code", None)
    if code and code != "ERR":
        return str(code)
    first = str(error).partition(" ")[0].lstrip("-")
    return first if first.isupper() else ""


def _meaning(error: BaseException) -> _Meaning:
    if isinstance(error, foreign.InvalidResponse):
        return _NOT_REDIS
    by_code = _BY_CODE.get(code_of(error))
    if by_code is not None:
        return by_code
    text = str(error).lower()
    for words, meaning in _BY_TEXT.items():
        if words in text:
            return meaning
    return _OTHER_REPLY if isinstance(error, foreign.ResponseError) else _transport_meaning(error, text)


def _transport_meaning(error: BaseException, text: str) -> _Meaning:
    """Judge by the operating system's error, which redis-py keeps as context."""
    for cause in _chain(error):
        for kinds, meaning in _BY_CAUSE:
            if isinstance(cause, kinds):
                return meaning
    if isinstance(error, foreign.AuthenticationError):
        return _BY_CODE["WRONGPASS"]
    # Where a host has several addresses, redis-py's text is all that says what each of them answered.
    if "connect call failed" in text:
        return _REFUSED
    return _CUT if "closed by server" in text else _OTHER_TROUBLE


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _one_line(error: BaseException) -> str:
    """Return what an error says, without what had been sent: redis-py and the server quote commands, values and all."""
    text = _QUOTED_BY_CLIENT.sub("", " ".join(str(error).split()), count=1)
    return _AS_TUPLE.sub(r"\1", _QUOTED_BY_SERVER.sub("", text))
