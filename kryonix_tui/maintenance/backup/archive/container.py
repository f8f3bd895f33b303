"""The tar of an archive, written and read block by block.

A header has no freedom but the size of its member and one time for all of them: what is read must equal, byte for byte,
the header that we would write. That leaves no room for links, devices, sparse files, pax records, other names or owners.
Padding is zero, the end is two zero blocks, and the file ends there.

Source: POSIX.1-1988 (ustar) with GNU's base-256 sizes from 8 GiB on, as `tar` reads it.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import BinaryIO, Final

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import manifest as manifests
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError

README: Final = "README.txt"
PAYLOAD: Final = "dump.rdb.zst"
MANIFEST: Final = "manifest.json"

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)
_LARGEST_README: Final = 64 << 10
_LARGEST_TIME: Final = 1 << 33


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are. The small members are here, the payload is bytes `payload_at` to `payload_at + payload_bytes`."""

    readme: bytes
    payload_at: int
    payload_bytes: int
    manifest: bytes
    time: int


def header(name: str, size: int, time: int) -> bytes:
    """Return the header block of a member. `time` is epoch seconds."""
    member = tarfile.TarInfo(name)
    member.size = size
    member.mtime = time
    member.mode = 0o600
    return member.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def padding(size: int) -> bytes:
    """Return what fills the last block of a member of `size` bytes."""
    return bytes(-size % BLOCK)


def read_layout(file: BinaryIO, size: int) -> Layout:
    """Read the structure of the tar in `file`, which is `size` bytes long; the payload is passed over.

    Raises:
        DamagedArchiveError: it is not exactly what we would have written.
    """
    reader = _Reader(file, size)
    readme_bytes, time = reader.header(README, None)
    readme = reader.small(readme_bytes, _LARGEST_README, README)
    payload_bytes, _time = reader.header(PAYLOAD, time)
    payload_at = reader.skip(payload_bytes, PAYLOAD)
    manifest_bytes, _time = reader.header(MANIFEST, time)
    manifest = reader.small(manifest_bytes, manifests.LARGEST, MANIFEST)
    reader.end()
    return Layout(readme, payload_at, payload_bytes, manifest, time)


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._at = 0

    def header(self, name: str, time: int | None) -> tuple[int, int]:
        """Return size and time of the member that must come next."""
        block = self._exactly(BLOCK, name)
        try:
            member = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise DamagedArchiveError(_("the header of {name} is damaged").format(name=name)) from error
        size, found_time = int(member.size), int(member.mtime)
        plausible = 0 <= size <= self._size and 0 <= found_time < _LARGEST_TIME and time in (None, found_time)
        if not plausible or block != header(name, size, found_time):
            raise DamagedArchiveError(_("the header of {name} is not one that this program writes").format(name=name))
        return size, found_time

    def small(self, size: int, limit: int, name: str) -> bytes:
        if size > limit:
            raise DamagedArchiveError(_("{name} is too large").format(name=name))
        content = self._exactly(size, name)
        self._pad(size, name)
        return content

    def skip(self, size: int, name: str) -> int:
        """Pass over a member; return where it begins."""
        begin = self._at
        if begin + size > self._size:
            raise _cut(name)
        self._at += size
        self._file.seek(self._at)
        self._pad(size, name)
        return begin

    def end(self) -> None:
        if self._exactly(len(END), _("the end")) != END:
            raise DamagedArchiveError(_("there is more in the archive than belongs there"))
        if self._at != self._size or self._file.read(1):
            raise DamagedArchiveError(_("there is something after the end of the archive"))

    def _pad(self, size: int, name: str) -> None:
        if any(self._exactly(-size % BLOCK, name)):
            raise DamagedArchiveError(_("there is something behind {name}").format(name=name))

    def _exactly(self, size: int, name: str) -> bytes:
        content = self._file.read(size) if self._at + size <= self._size else b""
        if len(content) != size:
            raise _cut(name)
        self._at += size
        return content


def _cut(name: str) -> DamagedArchiveError:
    return DamagedArchiveError(_("the archive ends before {name} does").format(name=name))
