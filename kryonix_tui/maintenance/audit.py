"""The audit log: what was done, by whom, to what, how it ended. Append-only JSON lines, each chained to the one before.

A line's `hash` is SHA-256 over the line without it, which holds the hash of the line before (`previous`). Whoever
changes or removes a line in the middle breaks the chain from there on; cutting lines off the end is seen only against
a hash that was written down elsewhere (each notification carries the newest). A line that a power loss has torn stays as
it is; the next one is chained to its hash.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.masking import mask_url, mask_value
from kryonix_tui.safetext import safe

START: Final = "0" * 64
_LONGEST_LINE: Final = 1_000_000
_URL: Final = re.compile(r"\S+://\S+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `event` is `started`, `finished`, `refused`, `missed` (a run that
    nobody watched did not begin) or `untold` (a notification that failed); `details` are printable, secrets masked.
    """

    number: int
    time: str
    event: str
    action: str
    plan: str
    who: Mapping[str, Any]
    target: str
    details: Mapping[str, Any]
    previous: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds: how many lines were read, the first that does not fit (None: all do), and the torn ones.

    `newest` is the hash of the last line.
    """

    lines: int
    broken_at: int | None = None
    reason: str = ""
    torn: tuple[int, ...] = ()
    newest: str = START


class AuditLog:
    """The log of this user on this machine."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """The file. Raises KryonixError where its folder cannot be made."""
        return self._path or maintenance_folder() / "audit.jsonl"

    def append(
        self, event: str, *, action: str, plan: str, who: Actor, target: str, details: Mapping[str, Any]
    ) -> Entry:
        """Write a line and make sure that it is on the disk.

        Raises:
            KryonixError: the log cannot be written; then nothing may be done.
        """
        path = self.path
        unsigned = Entry(
            number=0,
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            event=event,
            action=action,
            plan=plan,
            who=_printable(asdict(who)),
            target=_printable(target),
            details=_printable(details),
            previous="",
        )
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                return _chained(file.fileno(), unsigned)
        except OSError as error:
            raise not_written(path, error) from error

    def entries(self) -> Iterator[Entry]:
        """Yield all lines that can be read, oldest first."""
        for line in self._lines():
            entry = _parsed(line)
            if entry is not None:
                yield entry

    def verify(self) -> Verdict:
        """Check the chain from its first line.

        A line that cannot be read counts as torn where the next one is chained to it, and where it is the last and has
        no end; else as broken.
        """
        previous, number, torn = START, 0, list[int]()
        unread = b""
        for number, line in enumerate(self._lines(), start=1):
            entry = _parsed(line)
            if unread and (entry is None or entry.previous != _raw_digest(unread)):
                return Verdict(number, number - 1, _("the line is not an audit entry"))
            if entry is None:
                unread = line
                torn.append(number)
                continue
            if entry.previous != (_raw_digest(unread) if unread else previous) or entry.number != number:
                return Verdict(number, number, _("a line before this one was changed or removed"))
            if entry.hash != _digest(entry) or line.rstrip(b"\n") != _line(entry).rstrip(b"\n"):
                return Verdict(number, number, _("the line was changed"))
            previous, unread = entry.hash, b""
        if unread.endswith(b"\n"):
            return Verdict(number, number, _("the line is not an audit entry"))
        return Verdict(number, torn=tuple(torn), newest=previous)

    def _lines(self) -> Iterator[bytes]:
        path = self.path
        try:
            with path.open("rb") as file:
                yield from file
        except FileNotFoundError:
            return
        except OSError as error:
            raise KryonixError(
                _("{path} cannot be read: {reason}").format(
                    path=safe(str(path)), reason=safe(error.strerror or type(error).__name__)
                ),
                title=_("Audit"),
            ) from error


def _chained(descriptor: int, entry: Entry) -> Entry:
    """Write an entry after the last line of the log, with its number and hashes, and return it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.fchmod(descriptor, 0o600)
    number, previous, whole = _last(descriptor)
    entry = replace(entry, number=number + 1, previous=previous)
    entry = replace(entry, hash=_digest(entry))
    content = (b"" if whole else b"\n") + _line(entry)
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])
    os.fsync(descriptor)
    return entry


def _last(descriptor: int) -> tuple[int, str, bool]:
    """Return number and hash of the last line, and whether it has its end. A torn line has the hash of its bytes."""
    size = os.fstat(descriptor).st_size
    if not size:
        return 0, START, True
    start = max(0, size - _LONGEST_LINE)
    tail = os.pread(descriptor, size - start, start)
    lines = tail.removesuffix(b"\n").split(b"\n")
    if len(lines) == 1 and start:
        raise OSError(errno.EFBIG, _("its last line has no end"))
    whole = tail.endswith(b"\n")
    for back, line in enumerate(reversed(lines)):
        entry = _parsed(line)
        if entry is not None:
            return entry.number + back, entry.hash if not back else _raw_digest(lines[-1]), whole
    return len(lines), _raw_digest(lines[-1]), whole


def _parsed(line: bytes) -> Entry | None:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (ValueError, RecursionError):
        return None


def _raw_digest(line: bytes) -> str:
    return hashlib.sha256(line.removesuffix(b"\n")).hexdigest()


def _digest(entry: Entry) -> str:
    content = {name: value for name, value in asdict(entry).items() if name != "hash"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _printable(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {safe(str(key), 100): _printable(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item, name) for item in value]
    if isinstance(value, str):
        return mask_value(name, _URL.sub(lambda found: mask_url(found.group()), safe(value, 1000)))
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    return value if isinstance(value, int | float | None) else safe(str(value), 1000)
