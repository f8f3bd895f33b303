"""Generated files put into a folder: what would change, and the change itself.

Files that this program did not write, or that were edited since, are only overwritten by force. Each file is written
whole or not at all; one that is no longer generated is deleted with its part. Running it twice changes nothing, and two
runs at once do not mix: one of them is refused, as is a plan whose files have changed since it was made.
"""

from __future__ import annotations

import difflib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from kryonix_tui.errors import KryonixError, RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.paths import write_whole
from kryonix_tui.provision import manifest
from kryonix_tui.provision.checking import Report
from kryonix_tui.provision.generated import PUBLIC, GeneratedFile
from kryonix_tui.provision.manifest import Written
from kryonix_tui.provision.parts import Generated, part
from kryonix_tui.safetext import safe

FOLDER_MODE: Final = 0o755
_LINE_LIMIT: Final = 400


class Kind(StrEnum):
    """What happens to a file."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one file: `before` and `mode` are what was there, None where nothing was, or nobody looked.

    `protected` says why it needs force, empty where it does not.
    """

    path: str
    kind: Kind
    part: str
    file: GeneratedFile | None
    before: bytes | None = None
    mode: int | None = None
    protected: str = ""

    @property
    def diff(self) -> tuple[str, ...]:
        """The change as lines; none where nobody looked. Made when it is asked for: it takes longer than all else."""
        after = self.file.text.encode() if self.file is not None else b""
        if self.kind is Kind.NEW:
            return _diff(self.path, b"", after)
        if self.before is None or self.kind is Kind.SAME:
            return ()
        if self.file is not None and self.before == after:
            return (_("mode {old:o} -> {new:o}").format(old=self.mode, new=self.file.mode),)
        return _diff(self.path, self.before, after)


@dataclass(frozen=True, slots=True)
class Plan:
    """What writing into `folder` would do; `known` is what its manifest says."""

    folder: Path
    changes: tuple[Change, ...]
    known: Mapping[str, Written]

    @property
    def differences(self) -> tuple[Change, ...]:
        """The changes that are any."""
        return tuple(change for change in self.changes if change.kind is not Kind.SAME)

    @property
    def overwrites(self) -> bool:
        """Whether something that exists is changed or deleted."""
        return any(change.kind in (Kind.CHANGED, Kind.REMOVED) for change in self.changes)

    @property
    def protected(self) -> tuple[Change, ...]:
        """The changes that need force."""
        return tuple(change for change in self.changes if change.protected)


def check(generated: Generated) -> Report:
    """Have the files of each part examined, in a folder of their own that is gone afterwards.

    Raises:
        KryonixError: that folder cannot be written.
    """
    with _translated(Path()), tempfile.TemporaryDirectory(prefix="kryonix-provision-") as name:
        folder = Path(name)
        for files in generated.values():
            for file in files:
                write_whole(folder / file.path, file.text, file.mode)
        report = Report()
        for name_of_part in generated:
            report += part(name_of_part).problems(folder)
        return report


def plan(generated: Generated, folder: Path) -> Plan:
    """Compare with what is in `folder`.

    Raises:
        KryonixError: it cannot be read.
    """
    with _translated(folder):
        known = manifest.read(folder)
        changes = [_change(file, name, folder, known) for name, files in generated.items() for file in files]
        wanted = {change.path for change in changes}
        gone = [path for path, written in known.items() if written.part in generated and path not in wanted]
        changes += [found for path in gone if (found := _removal(path, folder, known[path])) is not None]
    return Plan(folder, tuple(changes), known)


def carry_out(planned: Plan, *, force: bool = False) -> None:
    """Write the files and the manifest.

    Raises:
        RefusedError: somebody else's files would be overwritten, or somebody has written there since it was planned.
        KryonixError: a file cannot be written; those before it are, and are known as ours.
    """
    if planned.protected and not force:
        raise RefusedError(
            "\n".join(f"{safe(change.path)}: {change.protected}" for change in planned.protected),
            hint=_("--diff shows what would be lost, --force overwrites it."),
        )
    with _translated(planned.folder), _alone(planned.folder):
        _refuse_stale(planned)
        known = dict(planned.known)
        try:
            for change in planned.changes:
                _write(change, planned.folder, known)
        except BaseException:
            with suppress(OSError):
                _record(planned, known)
            raise
        _record(planned, known)


def _write(change: Change, folder: Path, known: dict[str, Written]) -> None:
    path = folder / change.path
    if change.file is None:
        path.unlink(missing_ok=True)
        known.pop(change.path, None)
        return
    if change.kind is not Kind.SAME:
        write_whole(path, change.file.text, change.file.mode, FOLDER_MODE)
    known[change.path] = Written(change.part, manifest.digest(change.file.text.encode()))


def _record(planned: Plan, known: Mapping[str, Written]) -> None:
    if known != planned.known:
        write_whole(planned.folder / manifest.NAME, manifest.text(known), PUBLIC, FOLDER_MODE)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other runs from writing there meanwhile.

    Raises:
        RefusedError: one does.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError(_("another run is writing to {folder}").format(folder=safe(str(folder)))) from error
        yield
    finally:
        os.close(descriptor)


def _refuse_stale(planned: Plan) -> None:
    """Raise RefusedError where a file is not what it was when the plan was made, or other files are known as ours."""
    # Where a link leads was not looked at.
    looked_at = [change for change in planned.changes if change.before is not None or change.kind is Kind.NEW]
    changed = [change.path for change in looked_at if _now(planned.folder / change.path) != change.before]
    if not changed and manifest.read(planned.folder) != planned.known:
        changed = [manifest.NAME]
    if changed:
        raise RefusedError(
            "\n".join(_("{path} was changed meanwhile").format(path=safe(path)) for path in changed),
            hint=_("Run it again: --diff shows what would be lost."),
        )


def _now(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _change(file: GeneratedFile, name: str, folder: Path, known: Mapping[str, Written]) -> Change:
    path = folder / file.path
    if _outside(path, folder):
        text = _("it lies behind a link")
        return Change(file.path, Kind.CHANGED, name, file, protected=text)
    before = _now(path)
    if before is None:
        return Change(file.path, Kind.NEW, name, file)
    mode = path.stat().st_mode & 0o777
    if before != file.text.encode():
        return Change(file.path, Kind.CHANGED, name, file, before, mode, _protection(before, known.get(file.path)))
    return Change(file.path, Kind.SAME if mode == file.mode else Kind.CHANGED, name, file, before, mode)


def _removal(path: str, folder: Path, written: Written) -> Change | None:
    """Return the deletion of a file that is no longer generated; None where it is gone already."""
    if _outside(folder / path, folder):
        return None
    before = _now(folder / path)
    if before is None:
        return None
    return Change(path, Kind.REMOVED, written.part, None, before, protected=_protection(before, written))


def _protection(present: bytes, written: Written | None) -> str:
    if written is None:
        return _("this program did not write it")
    return "" if manifest.digest(present) == written.sha256 else _("it was edited since it was written")


def _outside(path: Path, folder: Path) -> bool:
    """Tell whether a link stands at `path` or between it and `folder`."""
    between = [path, *path.parents]
    return any(place.is_symlink() for place in between[: between.index(folder)])


def _diff(path: str, before: bytes, after: bytes) -> tuple[str, ...]:
    old, new = (content.decode("utf-8", "backslashreplace").splitlines() for content in (before, after))
    names = (f"a/{path}" if before else "/dev/null", f"b/{path}" if after else "/dev/null")
    return tuple(safe(line, _LINE_LIMIT) for line in difflib.unified_diff(old, new, *names, lineterm=""))


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        raise KryonixError(f"{safe(str(error.filename or folder))}: {reason}") from error
