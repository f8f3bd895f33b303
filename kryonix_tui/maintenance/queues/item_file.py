r"""Files of items that were taken out of a queue: JSON lines, 0600, in batches that are whole or not there.

    {"schema": "kryonix.queue_items/1", "id": "9f…", "place": "…", "database": 2, "key": {"text": "queue:tenant:a:crm"}, …}
    {"text": "{\"number\": 1}"}
    {"base64": "gIE="}
    {"batch": 1, "items": 2, "sha256": "…"}
    {"end": 2}

Within a batch items stand in the order in which they would have been taken: the oldest first. What comes after the last whole batch was
written while somebody pulled the plug; it does not count and is cut off when the file is gone on with. Without an end
line the operation that wrote the file was cut off.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from kryonix_tui.errors import KryonixError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import QueueKey
from kryonix_tui.safetext import identity, raw_bytes, safe

SCHEMA: Final = "kryonix.queue_items/1"
_LONGEST_LINE: Final = 1024 * 1024 * 1024
"""Characters; an item has 512 MB at most."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the items of a file come from. `why` says which operation took them, and which of them it wanted.

    `newest_first`: a later batch holds older items; within a batch the oldest comes first all the same.
    """

    id: str
    place: str
    queue: QueueKey
    made: str
    why: str
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Items that were saved together, the oldest first. `number` counts from 1; `begin` and `end` are places in the file."""

    number: int
    items: tuple[bytes, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds, its items counted. `whole` is how many bytes of it count; `ended`: nothing is missing.

    `begins` are the places of its batches.
    """

    heading: Heading
    items: int
    bytes: int
    whole: int
    ended: bool
    begins: tuple[int, ...] = ()

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return len(self.begins)


class ItemFile:
    """A file that is being written. Every method raises KryonixError where the disk does not take it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.batches = 0
        self.items = 0
        self.torn = False
        """Nobody knows whether the last batch is in it."""

    def begin(self, heading: Heading) -> None:
        """Make the file, which must not exist."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _not_written(self.path, error) from error
        os.close(descriptor)
        self._append([_heading_line(heading)])
        _sync_folder(self.path.parent)

    def go_on(self) -> Contents:
        """Cut off what does not count, and go on behind the last whole batch."""
        found = contents(self.path)
        try:
            os.truncate(self.path, found.whole)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self.batches, self.items = found.batches, found.items
        return found

    def save(self, items: Sequence[bytes]) -> None:
        """Add a batch; it is on the disk when this returns."""
        number = self.batches + 1
        last = {"batch": number, "items": len(items), "sha256": _digest(items)}
        self._append([*map(_item_line, items), _line(last)])
        self.batches, self.items = number, self.items + len(items)

    def end(self) -> None:
        """Say that nothing more comes."""
        self._append([_line({"end": self.items})])

    def _append(self, lines: Sequence[bytes]) -> None:
        try:
            before = self.path.stat().st_size
            try:
                with self.path.open("ab", buffering=0) as file:
                    for part in lines:
                        _write_whole(file, part)
                    os.fsync(file.fileno())
            except OSError:
                self.torn = True
                os.truncate(self.path, before)
                self.torn = False
                raise
        except OSError as error:
            raise _not_written(self.path, error) from error


def contents(path: Path) -> Contents:
    """Read a file from its beginning to its end and count what is in it.

    Raises:
        UsageError: it is no such file, or cannot be read.
        KryonixError: a batch in it was changed.
    """
    with _opened(path) as file:
        heading = _heading(file, path)
        items, size, whole, begins = 0, 0, file.tell(), list[int]()
        for batch in _batches(file, path, 1):
            items, size, whole = items + len(batch.items), size + sum(map(len, batch.items)), batch.end
            begins.append(batch.begin)
        file.seek(whole)
        ended = _parsed(file.readline(1000)) == {"end": items} and not file.read(1)
        return Contents(heading, items, size, whole, ended, tuple(begins))


def heading_of(path: Path) -> Heading:
    """Return where the items of a file come from; its items are not looked at. Raises UsageError."""
    with _opened(path) as file:
        return _heading(file, path)


def batch_at(path: Path, found: Contents, number: int) -> Batch:
    """Return a batch by its number, which counts from 1. Raises as `contents`."""
    with _opened(path) as file:
        file.seek(found.begins[number - 1])
        batch = next(_batches(file, path, number), None)
        if batch is None:
            raise _damaged(path, number)
        return batch


def _batches(file: IO[bytes], path: Path, expected: int) -> Iterator[Batch]:
    """Yield batches until something else comes than a whole one. Raises KryonixError for one that was changed."""
    items: list[bytes] = []
    begin = file.tell()
    while (found := _parsed(file.readline(_LONGEST_LINE))) is not None:
        if "batch" in found:
            if found["batch"] != expected or found.get("items") != len(items) or found.get("sha256") != _digest(items):
                raise _damaged(path, expected)
            yield Batch(expected, tuple(items), begin, file.tell())
            items, expected, begin = [], expected + 1, file.tell()
            continue
        item = _item(found)
        if item is None:
            return
        items.append(item)


def _damaged(path: Path, number: int) -> KryonixError:
    return KryonixError(
        _("batch {number} of {path} is not what was written").format(number=number, path=safe(str(path), 200)),
        hint=_("Somebody changed the file, or the disk did. Nothing of it is used."),
        title=_("Damaged file"),
    )


def _opened(path: Path) -> IO[bytes]:
    try:
        if path.is_fifo():
            # To open it would last until somebody writes.
            raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))  # noqa: TRY301 - it is told of as what cannot be opened
        return path.open("rb")
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}").format(
                path=safe(str(path), 200), reason=safe(error.strerror or type(error).__name__)
            )
        ) from error


def _heading(file: IO[bytes], path: Path) -> Heading:
    found = _parsed(file.readline(100_000)) or {}
    try:
        if found["schema"] != SCHEMA:
            raise ValueError(found["schema"])  # noqa: TRY301 - it is told of as everything else that is wrong with the line
        tenant = found["tenant"]
        queue = QueueKey(
            int(found["database"]),
            _bytes(found["key"]),
            str(found["module"]),
            None if tenant is None else identity(_bytes(tenant)),
        )
        words = [str(found[name]) for name in ("id", "place", "made", "why")]
        return Heading(words[0], words[1], queue, words[2], words[3], bool(found.get("newest_first")))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            _("{path} is no file of items").format(path=safe(str(path), 200)),
            hint=_("`kryonix queues drain` and `kryonix queues drop` write such files."),
        ) from error


def _heading_line(heading: Heading) -> bytes:
    queue = heading.queue
    return _line(
        {
            "schema": SCHEMA,
            "id": heading.id,
            "place": heading.place,
            "database": queue.db,
            "key": _text(queue.key),
            "tenant": None if queue.tenant is None else _text(raw_bytes(queue.tenant)),
            "module": queue.module,
            "made": heading.made,
            "why": heading.why,
            "newest_first": heading.newest_first,
        }
    )


def _item_line(item: bytes) -> bytes:
    return _line(_text(item))


def _text(raw: bytes) -> dict[str, str]:
    """Return bytes as JSON has them: as text where they are text."""
    try:
        return {"text": raw.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _item(found: Mapping[str, Any]) -> bytes | None:
    try:
        return _bytes(found)
    except (KeyError, TypeError, ValueError):
        return None


def _bytes(found: Mapping[str, Any]) -> bytes:
    if "text" in found:
        return str(found["text"]).encode()
    return base64.b64decode(found["base64"], validate=True)


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return what a line says; None where it has no end or is no such line."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _digest(items: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(b"%d:" % len(item))
        digest.update(item)
    return digest.hexdigest()


def _write_whole(file: IO[bytes], content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_written(path: Path, error: OSError) -> KryonixError:
    return KryonixError(
        _("{path} cannot be written: {reason}").format(
            path=safe(str(path), 200), reason=safe(error.strerror or type(error).__name__)
        ),
        hint=_(
            "No item is removed from the server before it is saved. Free the disk, or choose another file with --to."
        ),
        title=_("Not saved"),
    )
