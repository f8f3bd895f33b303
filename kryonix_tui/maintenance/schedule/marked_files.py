"""Files of ours in a folder that others use as well: known by their names and their first line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.schedule.place import MARK, Texts, not_ours
from kryonix_tui.paths import write_private
from kryonix_tui.safetext import safe


class MarkedFiles:
    """The files `names` in `folder`, which all begin with the line `mark`.

    A link with such a name is not ours: it may say that a unit is masked.
    """

    def __init__(self, folder: Path, names: Sequence[str], mark: str = MARK) -> None:
        self.folder = folder
        self._names = names
        self._mark = mark

    def read(self) -> Texts:
        """Return the files that are there. Raises KryonixError where one is not ours, or cannot be read."""
        return dict(self._found())

    def write(self, texts: Texts) -> None:
        """Write them, each whole or not at all, readable by their owner alone; those that are not meant any more go."""
        others = self.read().keys() - texts.keys()
        with _translated(self.folder):
            for name, text in texts.items():
                write_private(self.folder / name, text)
            for name in others:
                (self.folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete those that are there."""
        with _translated(self.folder):
            for name in self.read():
                (self.folder / name).unlink(missing_ok=True)

    def _found(self) -> Iterator[tuple[str, str]]:
        for name in self._names:
            path = self.folder / name
            with _translated(path):
                if path.is_symlink():
                    raise not_ours(str(path))
                try:
                    text = path.read_text("utf-8", "surrogateescape")
                except FileNotFoundError:
                    continue
            if not text.startswith(f"{self._mark}\n"):
                raise not_ours(str(path))
            yield name, text


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        name = safe(str(error.filename or path))
        raise KryonixError(f"{name}: {reason}", title=_("Schedule")) from error
