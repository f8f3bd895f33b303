"""Which restores have begun and not ended: so that one that was cut off may go on where keys of its own are in the way."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.model.operation import Scope
from kryonix_tui.paths import write_private


class Journal:
    """The mark of one restore: this archive and scope into the server at this place, also when it was started again.

    It loosens one thing only: keys that already are what the archive says are not in the way.
    """

    def __init__(self, archive: str, scope: Scope, place: str) -> None:
        self._what = {"archive": archive, "tenants": scope.tenants, "databases": scope.databases, "place": place}
        name = hashlib.sha256(json.dumps(self._what, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()
        self._path: Path = maintenance_folder() / "restores" / f"{name[:24]}.json"

    @property
    def unfinished(self) -> bool:
        """Whether such a restore has begun and not ended."""
        return self._path.exists()

    def begin(self) -> None:
        """Remember that it has begun. Raises KryonixError where that cannot be written down."""
        try:
            write_private(self._path, json.dumps(self._what))
        except OSError as error:
            raise not_written(self._path, error) from error

    def end(self) -> None:
        """Forget it: it has ended well."""
        with contextlib.suppress(OSError):
            self._path.unlink()
