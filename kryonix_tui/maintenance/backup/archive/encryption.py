"""age encryption of whole archives, as streams: memory does not grow with the archive.

A recipient's public key encrypts; only the identity (secret key) decrypts. It proves nothing about who encrypted:
anybody may. That is what signatures are for. Cut or changed ciphertext is refused by age itself.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.errors import (
    ArchiveError,
    DamagedArchiveError,
    SealedArchiveError,
    reason_of,
)
from kryonix_tui.safetext import safe

if TYPE_CHECKING:
    from pyrage.x25519 import Identity, Recipient  # type: ignore[import-untyped]

_LARGEST_IDENTITY_FILE: Final = 65_536


def recipients_of(keys: Sequence[str]) -> list[Recipient]:
    """Return public keys (`age1...`) in the form that `encrypt` takes.

    Raises:
        ConfigError: one of them is none.
    """
    import pyrage  # type: ignore[import-untyped]

    found = []
    for key in keys:
        try:
            found.append(pyrage.x25519.Recipient.from_str(key))
        except pyrage.RecipientError as error:
            text = _('backup.recipients: "{key}" is no age public key').format(key=safe(key, 80))
            raise ConfigError(text, hint=_("`age-keygen` makes a pair; the public key begins with age1.")) from error
    return found


def identities_of(path: Path) -> list[Identity]:
    """Return the secret keys in a file as `age-keygen` writes it: one a line, comments begin with #.

    Raises:
        ConfigError: it cannot be read, others may read it, or it holds none. The message holds no key.
    """
    import pyrage

    shown = safe(str(path))
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            lines = file.read(_LARGEST_IDENTITY_FILE).decode("utf-8").splitlines()
    except OSError as error:
        raise ConfigError(_("{path}: {reason}").format(path=shown, reason=reason_of(error))) from error
    except ValueError as error:
        raise ConfigError(_("{path} is no text file").format(path=shown)) from error
    if stat.S_IMODE(mode) & 0o077:
        text = _("{path}: other users may read the key that decrypts backups").format(path=shown)
        raise ConfigError(text, hint=_("Run: chmod 600 {path}").format(path=shown))
    try:
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError:
        found = []
    if not found:
        # Without its cause: what it quotes may be a key.
        raise ConfigError(_("{path} holds no age secret key").format(path=shown)) from None
    return found


def configured_identities(identity_file: str) -> list[Identity]:
    """Return the secret keys of `backup.identity_file`, none where none is configured. Raises as `identities_of`."""
    return identities_of(Path(identity_file).expanduser()) if identity_file else []


def encrypt(source: BinaryIO, sink: BinaryIO, recipients: Sequence[Recipient]) -> None:
    """Copy the rest of `source` to `sink`, encrypted.

    Raises:
        ArchiveError: either cannot be read or written.
    """
    import pyrage

    try:
        pyrage.encrypt_io(source, sink, recipients)
    except (pyrage.EncryptError, OSError) as error:
        raise ArchiveError(_("it could not be encrypted: {reason}").format(reason=safe(str(error), 200))) from error


def decrypt(source: BinaryIO, sink: BinaryIO, identities: Sequence[Identity]) -> None:
    """Copy the rest of `source` to `sink`, decrypted. After an error, what is in `sink` means nothing.

    Raises:
        SealedArchiveError: none of the identities opens it.
        DamagedArchiveError: it was cut or changed.
        ArchiveError: either file cannot be read or written.
    """
    import pyrage

    try:
        pyrage.decrypt_io(source, sink, identities)
    except pyrage.DecryptError as error:
        if "matching keys" in str(error).lower():
            raise SealedArchiveError(_("no key in the identity file opens it")) from error
        text = _("it cannot be decrypted: {reason}").format(reason=safe(str(error), 200))
        raise DamagedArchiveError(text) from error
    except OSError as error:
        # A broken chunk comes as an OSError of no number; the operating system's own have one.
        kind = ArchiveError if error.errno else DamagedArchiveError
        raise kind(_("it cannot be decrypted: {reason}").format(reason=reason_of(error))) from error
