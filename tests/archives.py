"""Archives for tests: made by the writer, or forged so well that only what a test is about is wrong with them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.config.schema import Backup, Config
from kryonix_tui.maintenance.backup.archive import contents, manifest
from kryonix_tui.maintenance.backup.archive.container import END, header, padding
from kryonix_tui.maintenance.backup.archive.manifest import Manifest, Payload, Server
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.sidecar import Sidecar
from kryonix_tui.maintenance.backup.archive.signature import SigningKey, key_file, load_or_make_key
from kryonix_tui.maintenance.backup.archive.writer import ArchiveWriter, Description
from kryonix_tui.maintenance.backup.catalogue import Entry, catalogue
from kryonix_tui.maintenance.backup.destination import Destination, Folder
from kryonix_tui.maintenance.backup.rdb import RdbWriter, Record
from kryonix_tui.maintenance.backup.verification import Level, Report, verify
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Scope

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(32))
STRING = 0
RECORDS = (
    Record(0, b"tenant:acme:a", STRING, b"\x05hello"),
    Record(0, b"tenant:acme:b", STRING, b"\x05world", expires_at_ms=4_000_000_000_000),
    Record(5, b"tenant:zeta:c", STRING, b"\x01x"),
    Record(5, b"loose", STRING, b"\x01y"),
)


def rdb(records: Iterable[Record] = RECORDS, version: int = 10) -> bytes:
    """Return an RDB of these records."""
    sink = io.BytesIO()
    writer = RdbWriter(sink, version)
    for record in records:
        writer.write(record)
    writer.close()
    return sink.getvalue()


def publish(
    destination: Destination,
    raw: bytes | None = None,
    *,
    scope: Scope = Scope(),  # noqa: B008 - frozen
    key: SigningKey | None = KEY,
    recipients: Sequence[Any] = (),
    server: Server = Server(),  # noqa: B008 - frozen
) -> ArchiveName:
    """Make an archive as the program does, and return its name."""
    with ArchiveWriter(destination.staging, KRYONIX, recipients=recipients) as writer:
        writer.write(rdb() if raw is None else raw)
        staged = writer.finish(Description(server, scope), key)
        destination.publish(staged)
    return staged.sidecar.name


def configured(identity: Identity | None = None, folder: Path | None = None) -> Config:
    """Return a configuration with our signing key in the state folder, and an identity file in `folder`."""
    path = key_file()
    if not path.exists():
        load_or_make_key(path)
        path.write_text(KEY.secret.hex() + "\n")
    if identity is None or folder is None:
        return Config()
    identity_file = folder / "identity.txt"
    identity_file.touch(mode=0o600)
    identity_file.write_text(f"# made for a test\n{identity}\n")
    return Config(backup=Backup(identity_file=str(identity_file)))


def verified(destination: Destination, name: ArchiveName, level: Level = Level.DATA, **config: Any) -> Report:
    """Verify with our key."""
    return verify(destination, name, level, config=configured(**config), keyspace=KRYONIX)


def listed(destination: Destination) -> tuple[Entry, ...]:
    """Return the catalogue, judged with our key."""
    return catalogue(destination, KEY)


def members(manifest_of: Manifest, stored: bytes, readme: bytes = b"read me\n") -> list[tuple[str, bytes]]:
    """Return the three members of a tar."""
    return [("README.txt", readme), ("dump.rdb.zst", stored), ("manifest.json", manifest.encode(manifest_of))]


def tar(parts: Iterable[tuple[str, bytes]], time: int) -> bytes:
    """Return a tar in our form, of whatever members."""
    blocks = [header(name, len(body), time) + body + padding(len(body)) for name, body in parts]
    return b"".join(blocks) + END


def described(raw: bytes, stored: bytes | None = None, **changes: Any) -> tuple[Manifest, bytes]:
    """Return a signed manifest of the RDB `raw` and what is stored of it; `changes` are made before it is signed."""
    stored = zstandard.ZstdCompressor(write_checksum=True).compress(raw) if stored is None else stored
    made = Manifest(
        id="0123456789abcdef" * 2,
        created=1_750_000_000,
        tool="a test",
        server=Server(),
        scope=manifest.ArchiveScope(),
        consistency="snapshot",
        readme_sha256=hashlib.sha256(b"read me\n").hexdigest(),
        payload=Payload(
            magic="REDIS",
            version=10,
            raw_bytes=len(raw),
            raw_sha256=hashlib.sha256(raw).hexdigest(),
            stored_bytes=len(stored),
            stored_sha256=hashlib.sha256(stored).hexdigest(),
        ),
        contents=contents.count(io.BytesIO(rdb()), KRYONIX),
    )
    key = changes.pop("key", KEY)
    made = msgspec.structs.replace(made, **changes)
    return (key.sign(made) if key else made), stored


def put(folder: Path, content: bytes, name: str = "kryonix-full-20250615T150640Z-01234567.tar") -> ArchiveName:
    """Store a file under an archive's name, with a sidecar that agrees with it."""
    parsed = ArchiveName.parse(name)
    assert parsed is not None
    (folder / name).write_bytes(content)
    said = Sidecar(parsed, len(content), hashlib.sha256(content).hexdigest())
    (folder / parsed.sidecar).write_bytes(said.encode())
    return parsed


def forged(folder: Path, parts: Iterable[tuple[str, bytes]], time: int = 1_750_000_000) -> tuple[Folder, ArchiveName]:
    """Store a tar of these members as an archive that looks right from outside."""
    return Folder(folder), put(folder, tar(parts, time))
