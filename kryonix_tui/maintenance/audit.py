"""The audit log: what was done, by whom, to what, how it ended. Append-only JSON lines, each chained to the one before.

A line's `hash` is SHA-256 over the line without it, which holds the hash of the line before (`previous`). Whoever
changes or removes a line in the middle breaks the chain from there on; cutting lines off the end is seen only against
a hash that was written down elsewhere (each notification carries the newest).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.folders import maintenance_folder
from kryonix_tui.masking import mask_value
from kryonix_tui.safetext import safe

START: Final = "0" * 64
_LONGEST_LINE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `event` is `started`, `finished` or `refused`; `details` are printable, secrets masked."""

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
    """Whether the chain holds: how many lines were read, and the first that does not fit (None: all do)."""

    lines: int
    broken_at: int | None = None
    reason: str = ""


class AuditLog:
    """The log of this user on this machine."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or maintenance_folder() / "audit.jsonl"

    def append(
        self, event: str, *, action: str, plan: str, who: Actor, target: str, details: Mapping[str, Any]
    ) -> Entry:
        """Write a line and make sure that it is on the disk.

        Raises:
            KryonixError: the log cannot be written; then nothing may be done.
        """
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                number, previous = _last(file.fileno())
                entry = Entry(
                    number=number + 1,
                    time=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    event=event,
                    action=action,
                    plan=plan,
                    who=asdict(who),
                    target=safe(target, 200),
                    details=_printable(details),
                    previous=previous,
                )
                entry = Entry(**{**asdict(entry), "hash": _digest(entry)})
                file.write(_line(entry))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise KryonixError(
                _("the audit log {path} cannot be written: {reason}").format(path=self.path, reason=error.strerror),
                hint=_("Without an audit nothing is changed. Free the disk or mend the permissions."),
                title=_("Audit"),
            ) from error
        return entry

    def entries(self) -> Iterator[Entry]:
        """Yield all lines that can be read, oldest first."""
        for line in self._lines():
            entry = _parsed(line)
            if entry is not None:
                yield entry

    def verify(self) -> Verdict:
        """Check the chain from its first line."""
        previous, number = START, 0
        for number, line in enumerate(self._lines(), start=1):
            entry = _parsed(line)
            if entry is None:
                return Verdict(number, number, _("the line is not an audit entry"))
            if entry.previous != previous or entry.number != number:
                return Verdict(number, number, _("a line before this one was changed or removed"))
            if entry.hash != _digest(entry):
                return Verdict(number, number, _("the line was changed"))
            previous = entry.hash
        return Verdict(number)

    def _lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                while line := file.readline(_LONGEST_LINE):
                    yield line
        except FileNotFoundError:
            return


def _last(descriptor: int) -> tuple[int, str]:
    """Return number and hash of the last line; a torn last line (power loss) counts as broken and is chained over."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, min(size, _LONGEST_LINE), max(0, size - _LONGEST_LINE))
    lines = tail.splitlines()
    if not lines:
        return 0, START
    entry = _parsed(lines[-1])
    return (entry.number, entry.hash) if entry else (len(lines), hashlib.sha256(lines[-1]).hexdigest())


def _parsed(line: bytes) -> Entry | None:
    try:
        data = json.loads(line)
        return Entry(**data)
    except (ValueError, TypeError, RecursionError):
        return None


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
        return mask_value(name, safe(value, 1000))
    return value if isinstance(value, int | float | bool | None) else safe(str(value), 1000)
