"""Signatures: whether an archive was made by us. A checksum finds accidents; only a secret finds forgeries.

HMAC-SHA256 with a local key over the manifest, which holds the hashes of README and payload, and over the file beside
the archive, which holds the hash of all of it. The key lies in a private
file and is made on first use; `keys/backup.hmac` in the state folder, as 64 hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import manifest as manifests
from kryonix_tui.maintenance.backup.archive.errors import reason_of
from kryonix_tui.maintenance.backup.archive.manifest import Manifest, Signature
from kryonix_tui.maintenance.backup.archive.sidecar import Sidecar
from kryonix_tui.paths import state_folder
from kryonix_tui.safetext import safe

_KEY_BYTES: Final = 32
_PURPOSE: Final = b"kryonix backup manifest 1\n"
_BESIDE: Final = b"kryonix backup sidecar 1\n"
"""What is signed begins with what it is: none of the two can be taken for the other."""


class SignatureState(StrEnum):
    """What a signature says."""

    OURS = "ours"
    UNSIGNED = "unsigned"
    BAD = "bad"
    """It names our key, but was not made with it: somebody changed the archive."""
    UNKNOWN_KEY = "unknown_key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret, and the name by which a signature refers to it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hexadecimal digits that tell keys apart and tell nothing of the secret."""
        return hashlib.sha256(b"kryonix backup key id\n" + self.secret).hexdigest()[:16]

    def sign(self, manifest: Manifest) -> Manifest:
        """Return `manifest` with our signature."""
        return msgspec.structs.replace(manifest, signature=self._signature(manifest))

    def sign_sidecar(self, sidecar: Sidecar) -> Sidecar:
        """Return `sidecar` with our signature."""
        return replace(sidecar, signature=self._signature(sidecar))

    def judge(self, signed: Manifest | Sidecar) -> SignatureState:
        """Say what the signature of `signed` is worth."""
        if signed.signature is None:
            return SignatureState.UNSIGNED
        if signed.signature.key_id != self.id:
            return SignatureState.UNKNOWN_KEY
        same = hmac.compare_digest(signed.signature.hmac_sha256, self._signature(signed).hmac_sha256)
        return SignatureState.OURS if same else SignatureState.BAD

    def _signature(self, signed: Manifest | Sidecar) -> Signature:
        if isinstance(signed, Sidecar):
            content = _BESIDE + signed.unsigned()
        else:
            content = _PURPOSE + manifests.encode(msgspec.structs.replace(signed, signature=None))
        return Signature(key_id=self.id, hmac_sha256=hmac.new(self.secret, content, hashlib.sha256).hexdigest())


def judge(signed: Manifest | Sidecar, key: SigningKey | None) -> SignatureState:
    """Say what the signature of `signed` is worth where there may be no key at all."""
    if key is not None:
        return key.judge(signed)
    return SignatureState.UNSIGNED if signed.signature is None else SignatureState.UNKNOWN_KEY


def key_file(configured: str = "") -> Path:
    """Return where the key lies: `backup.signing_key_file`, or the state folder."""
    return Path(configured).expanduser() if configured else state_folder() / "keys" / "backup.hmac"


def load_key(path: Path) -> SigningKey | None:
    """Read the key, None where there is no file.

    Raises:
        ConfigError: others may read it, or it holds no key.
    """
    shown = safe(str(path))
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(2 * _KEY_BYTES + 2)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(_("{path}: {reason}").format(path=shown, reason=reason_of(error))) from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            _("{path}: other users may read the key that signs backups").format(path=shown),
            hint=_("Run: chmod 600 {path}").format(path=shown),
        )
    try:
        secret = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise ConfigError(_("{path} holds no signing key (64 hexadecimal digits)").format(path=shown))
    return SigningKey(secret)


def load_or_make_key(path: Path) -> SigningKey:
    """Read the key, or make one; of two that make one at the same time, both get the one that was first.

    Raises:
        ConfigError: it cannot be read or made.
    """
    found = load_key(path)
    if found is not None:
        return found
    try:
        _make(path)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigError(_("{path}: {reason}").format(path=safe(str(path)), reason=reason_of(error))) from error
    made = load_key(path)
    if made is None:
        raise ConfigError(_("{path} disappeared").format(path=safe(str(path))))
    return made


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    finally:
        Path(temporary).unlink()
