"""Every error that an operator can meet, in one tree.

    KryonixError                    title, message, hint; exit code 1
    ├── ConfigError                 a configuration that cannot be used; exit code 2
    ├── UsageError                  a command line that cannot be used; exit code 2
    ├── SourceError                 a server could not be read; exit code 3
    │   ├── UnreachableError        nobody answers there (refused, unknown host, cut connection)
    │   ├── DeadlineError           no complete answer in time
    │   ├── AuthenticationError     the credential was not accepted
    │   │   └── NotPermittedError   it was, but may not do what an operation of the write side needs; exit code 4
    │   └── ReplyError              an answer came, but not one that can be read (HTML, half a body, too large, ...)
    ├── RefusedError                the console itself says no; exit code 4
    │   ├── ReadOnlyViolationError  a command outside the allowlist was about to be sent
    │   ├── DriftError              the world is no longer what the plan was made for
    │   └── LockedError             somebody else is at work
    ├── StoppedError                an operation was stopped between two batches; exit code 1
    └── VerificationError           an operation ran, but what it made is not what it should be; exit code 1

Adapters translate foreign exceptions at the border with `raise ... from error`; nothing above them sees a foreign one.
"""

from __future__ import annotations

from typing import ClassVar


class KryonixError(Exception):
    """An error with everything that the person who meets it needs.

    `title` names the kind of trouble in a few words, `message` says what happened, `hint` what to do (may be empty).
    All three are safe to print: untrusted text went through `safetext` before it came here.
    """

    exit_code: ClassVar[int] = 1
    default_title: ClassVar[str] = "Error"

    def __init__(self, message: str, *, hint: str = "", title: str | None = None) -> None:
        super().__init__(message)
        self.title = title or self.default_title
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title}: {self.message}"


class ConfigError(KryonixError):
    """The configuration cannot be used: file, key, line and what was expected stand in the message."""

    exit_code = 2
    default_title = "Configuration"


class UsageError(KryonixError):
    """The command line cannot be used."""

    exit_code = 2
    default_title = "Usage"


class SourceError(KryonixError):
    """A server could not be read."""

    exit_code = 3
    default_title = "Source"


class UnreachableError(SourceError):
    """Nobody answers at the address."""

    default_title = "Unreachable"


class DeadlineError(SourceError):
    """No complete answer arrived in time."""

    default_title = "Timed out"


class AuthenticationError(SourceError):
    """The server did not accept the credential, or the credential may not do this."""

    default_title = "Not permitted"


class NotPermittedError(AuthenticationError):
    """The user of a purpose of the write side may not send a command that the purpose needs."""

    exit_code = 4


class ReplyError(SourceError):
    """An answer arrived that is not what the protocol promises."""

    default_title = "Unreadable reply"


class RefusedError(KryonixError):
    """The console refuses: role, read-only, permission, drifted plan, held lock."""

    exit_code = 4
    default_title = "Refused"


class ReadOnlyViolationError(RefusedError):
    """A command outside the allowlist was stopped before a byte was sent."""

    default_title = "Read-only"


class DriftError(RefusedError):
    """The world is no longer what the plan was made for."""

    default_title = "The plan no longer fits"


class LockedError(RefusedError):
    """Somebody else is at work on the same thing."""

    default_title = "Locked"


class StoppedError(KryonixError):
    """An operation was stopped between two batches: cancelled, by the STOP file, or because its lock was lost."""

    default_title = "Stopped"


class VerificationError(KryonixError):
    """An operation ran, but what it made is not what it should be."""

    default_title = "Verification failed"
