"""What `kryonix provision` has written into a folder: the hash of each file, so that edits by hand are noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.provision.generated import is_inside
from kryonix_tui.safetext import safe

NAME: Final = ".kryonix-provision.json"
SCHEMA: Final = "kryonix.provisioned/1"


class Written(msgspec.Struct, frozen=True):
    """One file as it was written."""

    part: str
    sha256: str


class _Manifest(msgspec.Struct):
    schema: str
    files: dict[str, Written]


def digest(content: bytes) -> str:
    """Return the hash of a file's content."""
    return hashlib.sha256(content).hexdigest()


def read(folder: Path) -> dict[str, Written]:
    """Return what was written into `folder`, by path; nothing where there is no manifest.

    Raises:
        KryonixError: it cannot be read, or is none.
    """
    path = folder / NAME
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        raise KryonixError(_("{path}: {reason}").format(path=safe(str(path)), reason=reason)) from error
    except msgspec.MsgspecError as error:
        raise _unreadable(path) from error
    if manifest.schema != SCHEMA or not all(map(is_inside, manifest.files)):
        raise _unreadable(path)
    return manifest.files


def text(files: Mapping[str, Written]) -> str:
    """Return the manifest of `files`."""
    encoded = msgspec.json.encode(_Manifest(SCHEMA, dict(sorted(files.items()))))
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def _unreadable(path: Path) -> KryonixError:
    return KryonixError(
        _("{path} is no manifest of this program").format(path=safe(str(path))),
        hint=_("Delete it: files that differ from what is generated then count as somebody else's."),
    )
