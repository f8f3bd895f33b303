"""What was set, and what was there before: written down before each setting, so that it can be undone.

One file of JSON lines per run, 0600. A `set` line is on the disk before its CONFIG SET is sent, its `is` line comes
after it was read back: where a run was killed in between, the journal says that the parameter may have either value.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.safetext import safe

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Written:
    """One parameter that a run has set, or was about to. `sure`: it was read back."""

    parameter: str
    old: str
    new: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A run of which something is left to undo: `written` in the order in which it was set. `at` in epoch seconds.

    `ended`: it came to its end. `rewritten`: the server's configuration file was written, too.
    """

    path: Path
    at: float
    profile: str
    written: tuple[Written, ...]
    ended: bool
    rewritten: bool


class Journal:
    """The journal of one run, while it is written. Each line is on the disk when its method returns.

    All methods raise KryonixError where the line cannot be written: nothing may then be set.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def begin(cls, place: str, plan: str, profile: str) -> Journal:
        """Begin the journal of a run on the server at `place`."""
        now = time.time()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now))
        journal = cls(_folder() / f"{stamp}-{plan}.jsonl")
        journal._write({"format": _FORMAT, "place": place, "profile": profile, "at": now})
        return journal

    def setting(self, parameter: str, old: str, new: str) -> None:
        """Write down that a parameter is about to be set."""
        self._write({"set": parameter, "old": old, "new": new})

    def is_set(self, parameter: str, value: str) -> None:
        """Write down what was read back."""
        self._write({"is": parameter, "value": value})

    def rewritten(self) -> None:
        """Write down that the server has written its configuration file."""
        self._write({"rewritten": True})

    def end(self) -> None:
        """Write down that the run came to its end."""
        self._write({"end": True})

    def undone(self, parameter: str, how: str) -> None:
        """Write down that nothing of a parameter is left to undo: `restored`, or why not."""
        self._write({"undone": parameter, "how": how})

    def _write(self, line: Mapping[str, Any]) -> None:
        # A line that was cut off by a crash must not swallow this one.
        text = "\n" + json.dumps(line) if self._is_torn() else json.dumps(line)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(text.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise not_written(self.path, error) from error

    def _is_torn(self) -> bool:
        try:
            with self.path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except OSError:
            return False


def last(place: str) -> Past | None:
    """Return the newest run on the server at `place` of which something is left to undo, None where there is none."""
    for path in sorted(_folder().glob("*.jsonl"), reverse=True):
        past = read(path, place)
        if past is not None and past.written:
            return past
    return None


def read(path: Path, place: str) -> Past | None:
    """Return what a journal says, None where it is of another server, or says nothing that can be read."""
    content = [*_lines(path)]
    first = content[0] if content else {}
    if first.get("place") != place or first.get("format") != _FORMAT:
        return None
    begun: dict[str, Written] = {}
    ended = rewritten = False
    for line in content[1:]:
        match line:
            case {"set": str(name), "old": str(old), "new": str(new)}:
                begun[name] = Written(name, old, new, sure=False)
            case {"is": str(name)} if name in begun:
                begun[name] = Written(name, begun[name].old, begun[name].new, sure=True)
            case {"undone": str(name)}:
                begun.pop(name, None)
            case {"rewritten": True}:
                rewritten = True
            case {"end": True}:
                ended = True
    at = first.get("at")
    return Past(
        path,
        float(at) if isinstance(at, int | float) else 0.0,
        safe(str(first.get("profile", "")), 40),
        tuple(begun.values()),
        ended,
        rewritten,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        content = path.read_text("utf-8", errors="replace")
    except OSError:
        return
    for text in content.splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line


def _folder() -> Path:
    folder = maintenance_folder() / "tuning"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error
    return folder


def summary(past: Past) -> str:
    """Return what a run was, in a few words."""
    count = len(past.written)
    settings = ngettext("{count} setting", "{count} settings", count).format(count=count)
    text = _("profile {profile}, {settings}") if past.ended else _("profile {profile}, {settings}, cut off")
    return text.format(profile=past.profile, settings=settings)
