"""The file beside an archive: its size and SHA-256, in a form that `sha256sum -c` reads, and what retention must know.

# kryonix archive, 12345 bytes
# kryonix says {"server":"10.0.0.5:6379","consistency":"snapshot","created":1767322800,"keys":42,"verified":"data"}
# kryonix signed 0123456789abcdef <64 hexadecimal digits>
<64 hexadecimal digits>  kryonix-full-20260102T030000Z-1a2b3c4d.tar

The second line is for those who cannot look into the archive, because it is encrypted and the key is elsewhere. It and
all the rest is signed with the key of the manifest: HMAC-SHA256 over the file without its line `signed`. Neither line
stands in the files of earlier versions; what is not signed by us is shown, but never believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal, Self

import msgspec
from msgspec import Meta

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError
from kryonix_tui.maintenance.backup.archive.manifest import Count, Manifest, Signature, Text
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName

LARGEST: Final = 16_384
_FORM: Final = re.compile(
    rb"# kryonix archive, ([0-9]{1,19}) bytes\n"
    rb"(?:# kryonix says (\{[^\n]{1,12000}\})\n)?"
    rb"(?:# kryonix signed ([0-9a-f]{16}) ([0-9a-f]{64})\n)?"
    rb"([0-9a-f]{64})  ([ -~]+)\n"
)


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What retention must know of an archive: no secrets, no names of tenants.

    `server` is its address without secrets, `created` epoch seconds, `keys` None where they could not be counted,
    `verified` how it had been read again before it was encrypted and named.
    """

    server: Text
    consistency: Literal["snapshot", "fuzzy"]
    created: Annotated[int, Meta(ge=0, lt=1 << 33)]
    keys: Count | None = None
    verified: Literal["data"] = "data"

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """Return what `manifest` says of it."""
        return cls(
            server=manifest.server.place,
            consistency=manifest.consistency,
            created=manifest.created,
            keys=manifest.contents.keys if manifest.contents else None,
        )


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What is said of the file `name`."""

    name: ArchiveName
    size: int
    sha256: str
    facts: Facts | None = None
    signature: Signature | None = None

    def encode(self) -> bytes:
        """Return the content of the file."""
        lines = [f"# kryonix archive, {self.size} bytes".encode()]
        if self.facts is not None:
            lines.append(b"# kryonix says " + msgspec.json.encode(self.facts))
        if self.signature is not None:
            lines.append(f"# kryonix signed {self.signature.key_id} {self.signature.hmac_sha256}".encode())
        return b"\n".join((*lines, f"{self.sha256}  {self.name}\n".encode("ascii")))

    def speaks_of(self, manifest: Manifest) -> bool:
        """Tell whether it says the same as `manifest`, under the signature of the same key; one may also say nothing."""
        if self.facts is not None and self.facts != Facts.of(manifest):
            return False
        theirs = manifest.signature.key_id if manifest.signature else None
        return self.signature is None or self.signature.key_id == theirs

    def unsigned(self) -> bytes:
        """Return what a signature is made over."""
        return replace(self, signature=None).encode()

    @classmethod
    def decode(cls, raw: bytes, name: ArchiveName) -> Self:
        """Read the sidecar of `name`.

        Raises:
            DamagedArchiveError: it is none, or that of another archive.
        """
        match = _FORM.fullmatch(raw)
        if match is None:
            raise DamagedArchiveError(_("the checksum file cannot be read"))
        size, says, key_id, hmac_sha256, sha256, said = match.groups()
        if said != str(name).encode():
            raise DamagedArchiveError(_("the checksum file is that of another archive"))
        try:
            facts = msgspec.json.decode(says, type=Facts) if says else None
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise DamagedArchiveError(_("the checksum file cannot be read")) from error
        signature = Signature(key_id=key_id.decode(), hmac_sha256=hmac_sha256.decode()) if key_id else None
        found = cls(name, int(size), sha256.decode(), facts, signature)
        # One way to write it: what is signed is what was read.
        if found.encode() != raw:
            raise DamagedArchiveError(_("the checksum file cannot be read"))
        return found
