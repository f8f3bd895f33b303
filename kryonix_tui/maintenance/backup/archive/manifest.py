"""What an archive says of itself: `manifest.json`, strict in both directions.

There is one way to write a manifest, and one that is written otherwise is refused: a changed byte is either a changed
value, which the signature finds, or no manifest. It holds no secrets; addresses are masked before they come here.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec
from msgspec import Meta

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError, NewerFormatError
from kryonix_tui.safetext import identity, raw_bytes, safe

FORMAT: Final = 1
LARGEST: Final = 64 << 20
"""Bytes of a manifest. 100,000 tenants take about 6 MB."""

Count = Annotated[int, Meta(ge=0)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Text = Annotated[str, Meta(max_length=1000)]

_READABLE: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Keys(_Part, frozen=True, kw_only=True):
    """How many keys there are, and how many of them expire."""

    keys: Count = 0
    expires: Count = 0


class Contents(_Part, frozen=True, kw_only=True):
    """What a walk over the RDB counted. `keyspace` identifies the map by which tenants were told apart."""

    keys: Count
    functions: Count
    databases: dict[int, Keys]
    tenants: dict[str, Keys]
    """By `tenant_text`."""
    keyspace: Sha256


class Server(_Part, frozen=True, kw_only=True):
    """Where the data came from. `time` is its own clock in epoch milliseconds, `place` its address without secrets."""

    place: Text = ""
    flavour: Literal["redis", "valkey"] = "redis"
    version: Text = ""
    run_id: Text = ""
    role: Text = ""
    replication_id: Text = ""
    replication_offset: int | None = None
    time: Count = 0


class ArchiveScope(_Part, frozen=True, kw_only=True):
    """What was backed up; both empty: everything."""

    tenants: tuple[str, ...] = ()
    """By `tenant_text`."""
    databases: tuple[int, ...] = ()


class Payload(_Part, frozen=True, kw_only=True):
    """The RDB, raw and as it is stored (zstd)."""

    magic: Literal["REDIS", "VALKEY"]
    version: Count
    raw_bytes: Count
    raw_sha256: Sha256
    stored_bytes: Count
    stored_sha256: Sha256


class Signature(_Part, frozen=True, kw_only=True):
    """HMAC-SHA256 over the manifest without its signature."""

    key_id: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    hmac_sha256: Sha256


class Manifest(_Part, frozen=True, kw_only=True):
    """All that is known of an archive. `created` is epoch seconds by the clock of the host that made it."""

    format: Literal[1] = FORMAT
    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    created: Annotated[int, Meta(ge=0, lt=1 << 33)]
    tool: Text
    server: Server
    scope: ArchiveScope
    consistency: Literal["snapshot", "fuzzy"]
    readme_sha256: Sha256
    payload: Payload
    contents: Contents | None = None
    """None where the RDB holds a type that cannot be walked: it is whole all the same."""
    signature: Signature | None = None


class _Probe(msgspec.Struct):
    format: int


def encode(manifest: Manifest) -> bytes:
    """Return the one form in which `manifest` is written."""
    if manifest.contents is not None:
        in_order = {
            "databases": dict(sorted(manifest.contents.databases.items())),
            "tenants": dict(sorted(manifest.contents.tenants.items())),
        }
        contents = msgspec.structs.replace(manifest.contents, **in_order)
        manifest = msgspec.structs.replace(manifest, contents=contents)
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode(raw: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        NewerFormatError: a later version of this program wrote it.
        DamagedArchiveError: it is no manifest, or not in the one form.
    """
    try:
        version = msgspec.json.decode(raw, type=_Probe).format
        if version > FORMAT:
            raise NewerFormatError(
                _("the archive has format {version}; this version reads up to {known}").format(
                    version=version, known=FORMAT
                ),
                hint=_("Install a newer kryonix-tui, or restore by hand: see README.txt in the archive."),
            )
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise DamagedArchiveError(_("the manifest cannot be read: {reason}").format(reason=safe(str(error)))) from error
    if encode(manifest) != raw:
        raise DamagedArchiveError(_("the manifest is not written as this program writes it"))
    return manifest


def tenant_text(tenant: str) -> str:
    """Return a tenant's identity as text that JSON can hold: what is not printable ASCII stands as %XX."""
    return quote_from_bytes(raw_bytes(tenant), safe=_READABLE)


def tenant_identity(text: str) -> str:
    """Return the identity that `tenant_text` was made from."""
    return identity(unquote_to_bytes(text))
