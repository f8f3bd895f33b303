"""Names of archives: what is in it, when it was made, which one. All that a listing needs without opening anything.

    kryonix-full-20260102T030000Z-1a2b3c4d.tar
    kryonix-tenant-acme-20260102T030000Z-1a2b3c4d.tar.age
    kryonix-tenant-ac_me~5d41402a+db-0_3-20260102T030000Z-1a2b3c4d.tar

A tenant's name stands there as it is where it is short and made of letters, digits, `_`, `.` and `-`. Otherwise, and
where there are several, `~` and a hash of the exact names follow a readable beginning: equal labels are equal scopes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from kryonix_tui.model.operation import Scope
from kryonix_tui.safetext import raw_bytes

FULL: Final = "full"
SIDECAR: Final = ".sha256"
_LONGEST: Final = 40
_TIME: Final = "%Y%m%dT%H%M%SZ"
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_STRANGE = re.compile(r"[^A-Za-z0-9_.-]")
_NAME = re.compile(r"kryonix-([A-Za-z0-9_.~+-]{1,110})-([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{8})\.tar(\.age)?")


@dataclass(frozen=True, slots=True)
class ArchiveName:
    """A name and its parts. `made_at` is UTC, in whole seconds."""

    scope: str
    made_at: datetime
    id: str
    encrypted: bool = False

    def __str__(self) -> str:
        ending = ".tar.age" if self.encrypted else ".tar"
        return f"kryonix-{self.scope}-{self.made_at.strftime(_TIME)}-{self.id}{ending}"

    @property
    def sidecar(self) -> str:
        """The name of the file with its checksum."""
        return f"{self}{SIDECAR}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of a name, None where `text` is not the name of an archive."""
        match = _NAME.fullmatch(text)
        if match is None:
            return None
        try:
            made_at = datetime.strptime(match[2], _TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
        name = cls(match[1], made_at, match[3], match[4] is not None)
        return name if str(name) == text else None


def scope_label(scope: Scope) -> str:
    """Return `scope` as it stands in a name."""
    parts = []
    if scope.tenants:
        parts.append(f"tenant-{_label(sorted(scope.tenants), '_')}")
    if scope.databases:
        parts.append(f"db-{_label([str(db) for db in sorted(scope.databases)], '_')}")
    return "+".join(parts) or FULL


def _label(names: list[str], separator: str) -> str:
    text = names[0] if len(names) == 1 else separator.join(names)
    listable = len(names) == 1 or all(name.isdecimal() for name in names)
    if listable and len(text) <= _LONGEST and _PLAIN.fullmatch(text):
        return text
    exact = hashlib.sha256(b"\0".join(raw_bytes(name) for name in names)).hexdigest()[:8]
    return f"{_STRANGE.sub('_', text)[:_LONGEST]}~{exact}"
