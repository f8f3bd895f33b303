"""Archives in S3 and what speaks like it, Google Cloud Storage, Azure: through obstore, streamed in both directions.

Credentials come from the environment (AWS_*, GOOGLE_*, AZURE_*); `store_credentials` says what is enough. The sidecar is created
first, which the store refuses where the name is taken; then the archive, which is read back and compared.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from kryonix_tui.errors import AuthenticationError, KryonixError, UnreachableError, VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup import store_credentials
from kryonix_tui.maintenance.backup.archive import part
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError
from kryonix_tui.maintenance.backup.archive.hashing import CHUNK, hashed
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.writer import Staged
from kryonix_tui.maintenance.backup.destination import Stored
from kryonix_tui.safetext import safe

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore.store import ObjectStore as Store

_AT_ONCE: Final = 5 << 20
"""Bytes up to which a store can refuse an existing name by itself; more goes up in parts, which replace."""

_REFUSED: Final = re.compile(r"status code: 40[13]\b")
"""How obstore says that a store refuses a listing: in words alone."""


class ObjectStore:
    """A bucket or container, and a prefix in it. `store` is obstore's, `staging` a local folder."""

    def __init__(self, store: Store, place: str, staging: Path) -> None:
        self._store = store
        self._place = place
        self._staging = staging

    @classmethod
    def at(cls, url: str, staging: Path, *, instance_credentials: bool = False) -> Self:
        """Return the store of a URL. Nothing is asked of it yet.

        Raises:
            AuthenticationError: there are no credentials, and the machine's own are not allowed.
            ArchiveError: the URL or the environment does not say enough.
        """
        import obstore.store

        place = store_credentials.masked(safe(url))
        store_credentials.check(url)
        if not instance_credentials:
            store_credentials.require(url, place)
        with _translated(place):
            return cls(obstore.store.from_url(url), place, staging)

    @property
    def place(self) -> str:
        """The URL; it holds no credentials."""
        return self._place

    @property
    def staging(self) -> Path:
        """The local folder."""
        return self._staging

    def stored(self) -> list[Stored]:
        """Return all objects directly under the prefix."""
        import obstore

        with _translated(self._place):
            objects = obstore.list_with_delimiter(self._store)["objects"]
        return [Stored(found["path"].rpartition("/")[2], found["size"]) for found in objects]

    def open(self, name: str) -> BinaryIO:
        """Open an object; what is read comes in pieces as it is asked for."""
        import obstore

        with _translated(self._place):
            file = obstore.open_reader(self._store, name, buffer_size=CHUNK)
        return io.BufferedReader(_Object(file, self._place), CHUNK)

    def publish(self, staged: Staged) -> None:
        """Upload sidecar and archive, and compare what the store then has."""
        import obstore

        name = staged.sidecar.name
        if str(name) in {stored.name for stored in self.stored()}:
            raise ArchiveError(_("{place}: there is such an archive already").format(place=self._place))
        with _translated(self._place):
            obstore.put(self._store, name.sidecar, staged.sidecar.encode(), mode="create")
        try:
            self._upload(staged)
            self._compare(staged)
        except BaseException:
            with suppress(KryonixError):
                self.delete(name)
            raise

    def delete(self, name: ArchiveName) -> None:
        """Delete the archive, then its sidecar."""
        import obstore

        for path in (str(name), name.sidecar):
            with _translated(self._place), suppress(FileNotFoundError):
                obstore.delete(self._store, path)

    def sweep(self) -> int:
        """Remove parts from the local folder. What is in the store may be another host's upload: it stays."""
        return part.sweep(self._staging)[0]

    def _upload(self, staged: Staged) -> None:
        import obstore

        small = staged.sidecar.size <= _AT_ONCE
        staged.part.file.seek(0)
        with _translated(self._place):
            # Whole or not at all, also in parts: the store shows an object when all of it has arrived.
            name = str(staged.sidecar.name)
            obstore.put(self._store, name, staged.part.file, mode="create" if small else None, chunk_size=_AT_ONCE)

    def _compare(self, staged: Staged) -> None:
        with self.open(str(staged.sidecar.name)) as file:
            found = hashed(file)
        if found != (staged.sidecar.size, staged.sidecar.sha256):
            raise VerificationError(_("{place} has stored something else than was sent").format(place=self._place))


class _Object(io.RawIOBase):
    """obstore's reader as Python's files are."""

    def __init__(self, file: Any, place: str) -> None:
        super().__init__()
        self._file = file
        self._place = place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        with _translated(self._place):
            content = memoryview(self._file.read(len(view)))
        view[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        with _translated(self._place):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())


@contextmanager
def _translated(place: str) -> Iterator[None]:
    """Say in our words what a store refuses. Its own are not chained: they may hold what is masked here."""
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError as error:
        raise ArchiveError(_("{place}: there is no such object").format(place=place)) from error
    except exceptions.AlreadyExistsError as error:
        raise ArchiveError(_("{place}: there is such an archive already").format(place=place)) from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
        hint = _("Check the credentials in the environment and what they may do there.")
        raise AuthenticationError(_text(place, error), hint=hint) from None
    except exceptions.UnknownConfigurationKeyError as error:
        raise ArchiveError(_text(place, error)) from None
    except (exceptions.BaseError, OSError, ValueError) as error:
        if _REFUSED.search(str(error)):
            hint = _("Check the credentials in the environment and what they may do there.")
            raise AuthenticationError(_text(place, error), hint=hint) from None
        hint = _("Check the URL, the region and the credentials (AWS_*, GOOGLE_*, AZURE_* in the environment).")
        raise UnreachableError(_text(place, error), hint=hint) from None


def _text(place: str, error: Exception) -> str:
    """Return the first line of obstore's text without credentials; what follows describes its insides."""
    said = store_credentials.masked(str(error).partition("\n")[0])
    return _("{place}: {reason}").format(place=place, reason=safe(said, 300))
