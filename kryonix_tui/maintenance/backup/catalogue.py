"""What archives a destination holds, and in what state. No file in it can make the listing fail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError, DamagedArchiveError
from kryonix_tui.maintenance.backup.archive.manifest import Manifest
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.sidecar import Facts
from kryonix_tui.maintenance.backup.archive.signature import SignatureState, SigningKey, judge
from kryonix_tui.maintenance.backup.destination import Destination, Stored
from kryonix_tui.maintenance.backup.opening import opened, read_sidecar


class State(StrEnum):
    """What a quick look says of an archive."""

    GOOD = "good"
    """Whole as far as sizes, structure, manifest and signature tell."""
    SEALED = "sealed"
    """Encrypted; of the size that its sidecar says. What is inside was not looked at: only the sidecar speaks of it."""
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Entry:
    """An archive of a catalogue. `reason` says why it is damaged.

    `facts` come from the manifest or, where that is sealed, from the sidecar, as does what is said of the `signature`.
    """

    name: ArchiveName
    size: int
    state: State
    reason: str = ""
    manifest: Manifest | None = None
    signature: SignatureState | None = None
    facts: Facts | None = None

    @property
    def authentic(self) -> Facts | None:
        """What is known of it by our own signature; None where nothing is."""
        return self.facts if self.whole and self.signature is SignatureState.OURS else None

    @property
    def whole(self) -> bool:
        """Whether there is no sign of damage."""
        return self.state is not State.DAMAGED


def catalogue(destination: Destination, key: SigningKey | None) -> tuple[Entry, ...]:
    """Return the archives of `destination`, the newest first. Files with other names are not ours and not mentioned.

    Raises:
        ArchiveError, SourceError: the destination itself cannot be listed.
    """
    named = _named(destination.stored())
    entries = [entry(destination, name, size, key) for name, size in named]
    return tuple(sorted(entries, key=lambda found: (found.name.made_at, found.name.id), reverse=True))


def entry(destination: Destination, name: ArchiveName, size: int, key: SigningKey | None) -> Entry:
    """Take a quick look at one archive of `size` bytes. Raises SourceError where the destination does not answer."""
    try:
        if size < 0:
            raise DamagedArchiveError(_("it is no ordinary file"))
        said = read_sidecar(destination, name)
        if said.size != size:
            text = ngettext(
                "it has {size} byte, its checksum file says {said}",
                "it has {size} bytes, its checksum file says {said}",
                size,
            ).format(size=size, said=said.size)
            raise DamagedArchiveError(text)
        beside = judge(said, key)
        if beside is SignatureState.BAD:
            raise DamagedArchiveError(_("the signature of its checksum file is wrong: somebody changed it"))
        if name.encrypted:
            return Entry(name, size, State.SEALED, "", None, beside, said.facts)
        with opened(destination, name) as archive:
            manifest = archive.manifest
    except ArchiveError as error:
        return Entry(name, max(size, 0), State.DAMAGED, error.message)
    signature, wrong = judge(manifest, key), ""
    if signature is SignatureState.BAD:
        wrong = _("the signature is wrong: somebody changed it")
    elif not said.speaks_of(manifest):
        wrong = _("its checksum file was made for another archive")
    return Entry(name, size, State.DAMAGED if wrong else State.GOOD, wrong, manifest, signature, Facts.of(manifest))


def _named(stored: Iterable[Stored]) -> list[tuple[ArchiveName, int]]:
    found = ((ArchiveName.parse(item.name), item.size) for item in stored)
    return [(name, size) for name, size in found if name is not None]
