"""What optimisation has written, so that it can be undone: a file per pass, JSON lines, private to the user.

Each batch is written down, and is on the disk, before it is sent; what became of it follows. Where the second line is
missing (the process was killed), the server tells: a key is ours if it has the very expiry that the journal says. So
nothing depends on the second line but the history that people read.

    {"event": "begin", ...}    what, where, when, until when it can be undone, and the hit rates before
    {"event": "batch", "number": 1, "db": 1, "changes": [[tenant, key in hex, advice, old ms or null, new ms], ...]}
    {"event": "applied", "number": 1, "fates": ["done", "changed", ...]}
    {"event": "end", "result": "done"}
    {"event": "undone", ...}   once for each undo
    {"event": "measured", ...} hit rates afterwards
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.model.operation import Result
from kryonix_tui.model.optimization import Advice, Change, Fate
from kryonix_tui.paths import write_private
from kryonix_tui.safetext import safe

SCHEMA: Final = "kryonix.optimize_journal/1"
_TAIL: Final = 8192
"""Bytes at the end of a journal in which an undo stands, if there was one."""

_BATCH: Final = b'{"event":"batch"'

KEPT_SECONDS: Final = 90 * 86_400
"""How long a journal is kept at all; its keys go when it can no longer be undone."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a pass was: `tenants` that it changed, `hit` rates before as {tenant: (percent, source)}; epoch seconds."""

    plan: str
    place: str
    at: float
    undo_until: float
    tenants: tuple[str, ...]
    hit: Mapping[str, tuple[float, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass as its journal has it. `fates` count what became of changes, `pending` those of which nobody knows."""

    id: str
    beginning: Beginning
    changes: tuple[Change, ...] = ()
    fates: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    result: str = ""
    undone: tuple[Mapping[str, Any], ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def undoable(self) -> bool:
        """Whether its keys are still known."""
        return bool(self.changes)


def folder() -> Path:
    """Return where journals lie. Raises KryonixError where it cannot be made."""
    path = maintenance_folder() / "optimize"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise not_written(path, error) from error
    return path


class Journal:
    """The journal of one pass, being written. A context manager: leaving it says how the pass ended."""

    def __init__(self, beginning: Beginning) -> None:
        """Make the file. Raises KryonixError where it cannot be written."""
        moment = datetime.fromtimestamp(beginning.at, UTC)
        self.id = f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03}-{beginning.plan[:8]}"
        self.path = folder() / f"{self.id}.jsonl"
        self._number = 0
        self._result = Result.FAILED
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise not_written(self.path, error) from error
        _sync_folder(self.path.parent)
        self._write({"event": "begin", "schema": SCHEMA, **_as_json(beginning)})

    def batch(self, changes: Sequence[Change]) -> None:
        """Write down what is about to be sent, all of one database; it is on the disk when this returns."""
        self._number += 1
        rows = [[each.tenant, each.key.hex(), each.advice.value, each.old_ms, each.new_ms] for each in changes]
        self._write({"event": "batch", "number": self._number, "db": changes[0].db, "changes": rows})

    def applied(self, fates: Iterable[Fate]) -> None:
        """Write down what became of the last batch."""
        self._write({"event": "applied", "number": self._number, "fates": [fate.value for fate in fates]})

    def ended(self, result: Result) -> None:
        """Say how the pass ended; without it, it failed."""
        self._result = result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self._write({"event": "end", "result": self._result.value})
        finally:
            os.close(self._file)

    def _write(self, line: Mapping[str, Any]) -> None:
        try:
            _append(self._file, line)
        except OSError as error:
            raise not_written(self.path, error) from error


def add(pass_id: str, event: str, details: Mapping[str, Any]) -> None:
    """Add a line to a journal that was written before. Raises KryonixError where it cannot be written."""
    path = folder() / f"{pass_id}.jsonl"
    try:
        with path.open("ab+", buffering=0) as file:
            _append(file.fileno(), {"event": event, **details})
    except OSError as error:
        raise not_written(path, error) from error


def _append(descriptor: int, line: Mapping[str, Any]) -> None:
    """Write a line, all of it, behind one that may be torn: a full disk takes the beginning, and refuses the rest."""
    size = os.fstat(descriptor).st_size
    torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    _write_whole(descriptor, b"\n" * torn + json.dumps(line, separators=(",", ":")).encode() + b"\n")
    os.fsync(descriptor)


def _write_whole(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def passes(*, keys: bool = True) -> Iterator[Pass]:
    """Yield the passes that are known, the newest first; without their keys, which may be many, where so wished.

    What cannot be read of a journal is left out.
    """
    for path in sorted(folder().glob("*.jsonl"), reverse=True):
        found = _read(path, keys=keys)
        if found is not None:
            yield found


def find(pass_id: str = "") -> Pass:
    """Return a pass by its id, or by the beginning of it; empty: the newest one.

    Raises:
        UsageError: there is none.
    """
    for found in passes():
        if found.id.startswith(pass_id):
            return found
    raise UsageError(
        _("there is no pass {id}").format(id=safe(pass_id, 40)) if pass_id else _("nothing was optimised yet"),
        hint=_("`kryonix optimize history` lists them."),
    )


def settled(place: str, seconds: float, *, unasked: bool) -> dict[tuple[int, bytes], set[int | None]]:
    """Return the keys of a server about which all was said, with the expiries (ms) that say so: {(db, key): expiries}.

    Those are what passes of the last `seconds` have given; and, where nobody asks for a change (`unasked`), what an undo
    has given back: whoever took it back does not want it again. A key with another expiry was written since: it is new.
    """
    found: dict[tuple[int, bytes], set[int | None]] = {}
    for path in sorted(folder().glob("*.jsonl"), reverse=True):
        beginning = _first(path)[0]
        if beginning is None or beginning.place != place:
            continue
        undone = unasked and _was_undone(path)
        if not undone and time.time() - beginning.at > seconds:
            continue
        each = _read(path)
        for change in each.changes if each is not None else ():
            said = found.setdefault((change.db, change.key), set())
            said.update((change.new_ms, change.old_ms) if undone else (change.new_ms,))
    return found


def forget_old(now: float | None = None) -> None:
    """Let go what can no longer be undone: first the keys of a pass, later all of it."""
    moment = time.time() if now is None else now
    for path in folder().glob("*.jsonl"):
        # Another process may forget it at the same time.
        with contextlib.suppress(OSError):
            beginning, whole = _first(path)
            if moment - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
            elif beginning is not None and whole and moment > beginning.undo_until:
                found = _read(path)
                if found is not None:
                    _shorten(path, found)


def _shorten(path: Path, found: Pass) -> None:
    lines = [
        {"event": "begin", "schema": SCHEMA, **_as_json(found.beginning)},
        {"event": "total", "fates": dict(found.fates), "pending": found.pending},
        {"event": "end", "result": found.result},
        *({"event": "undone", **each} for each in found.undone),
        *([{"event": "measured", **found.measured}] if found.measured else []),
    ]
    write_private(path, "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in lines))


def _read(path: Path, *, keys: bool = True) -> Pass | None:
    """Return what a journal says; a line that a crash has torn says nothing. None where it says nothing at all."""
    beginning: Beginning | None = None
    changes: list[Change] = []
    fates: Counter[str] = Counter()
    sizes: dict[int, int] = {}
    lost, result = 0, ""
    undone: list[Mapping[str, Any]] = []
    measured: Mapping[str, Any] = {}
    for line in _lines(path, batches=keys):
        with contextlib.suppress(KeyError, ValueError, TypeError):
            event = line.pop("event")
            if event == "begin":
                beginning = _beginning(line)
            elif event == "batch":
                batch = [_change(line["db"], row) for row in line["changes"]]
                sizes[line["number"]] = len(batch)
                changes += batch
            elif event == "applied":
                fates.update(line["fates"])
                sizes.pop(line["number"], None)
            elif event == "total":
                fates.update(line["fates"])
                lost = line["pending"]
            elif event == "end":
                result = str(line["result"])
            elif event == "undone":
                undone.append(line)
            elif event == "measured":
                measured = line
    if beginning is None:
        return None
    pending = lost + sum(sizes.values())
    return Pass(path.stem, beginning, tuple(changes), dict(fates), pending, result, tuple(undone), measured)


def _first(path: Path) -> tuple[Beginning | None, bool]:
    """Return how a journal begins, and whether its keys are still in it; None where that cannot be read."""
    lines = _lines(path)
    first, second = next(lines, {}), next(lines, {})
    with contextlib.suppress(KeyError, ValueError, TypeError):
        return _beginning(first), second.get("event") != "total"
    return None, False


def _was_undone(path: Path) -> bool:
    """Tell whether a journal ends with an undo, or with what came after it, without reading all of it."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return b'"event":"undone"' in file.read()
    return False


def _lines(path: Path, *, batches: bool = True) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(OSError), path.open("rb") as file:
        for raw in file:
            if not batches and raw.startswith(_BATCH):
                continue
            line: Any = None
            with contextlib.suppress(ValueError):
                line = json.loads(raw)
            if isinstance(line, dict):
                yield line


def _change(db: int, row: Sequence[Any]) -> Change:
    tenant, key, advice, old, new = row
    return Change(str(tenant), int(db), bytes.fromhex(key), Advice(advice), None if old is None else int(old), int(new))


def _as_json(beginning: Beginning) -> dict[str, Any]:
    return {
        "plan": beginning.plan,
        "place": beginning.place,
        "at": beginning.at,
        "undo_until": beginning.undo_until,
        "tenants": list(beginning.tenants),
        "hit": {tenant: list(rate) for tenant, rate in beginning.hit.items()},
    }


def _beginning(line: Mapping[str, Any]) -> Beginning:
    hit = {str(tenant): (float(value), str(source)) for tenant, (value, source) in line.get("hit", {}).items()}
    tenants = tuple(map(str, line["tenants"]))
    return Beginning(str(line["plan"]), str(line["place"]), float(line["at"]), float(line["undo_until"]), tenants, hit)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
