"""Which keys of an archive the server cannot hold, counted and named for those who decide whether to go without them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.i18n import N_, _, ngettext
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.types import VALUE_TYPES, Family
from kryonix_tui.masking import mask_key_name
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

NAMED: Final = 5
"""Keys that are told by name; the others are counted."""

_NAME_LIMIT: Final = 60

_REASONS: Final = {
    Family.HASH: N_("hashes with fields that expire"),
    Family.STREAM: N_("streams with counters of a newer format"),
}
"""What older formats do not have. A family that is missing here is called by its name."""


@dataclass(slots=True)
class LeftOut:
    """Keys that a format cannot hold: how many of each family, and the first of their names, printable."""

    families: Counter[Family] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there are."""
        return self.families.total()

    def take(self, record: Record) -> None:
        """Count a key."""
        self.families[VALUE_TYPES[record.type].family] += 1
        if len(self.names) < NAMED:
            name = mask_key_name(safe(record.key, _NAME_LIMIT))
            self.names.append(_("{name} (database {db})").format(name=name, db=record.db))

    def reason(self, version: int) -> str:
        """Return how many there are, why, and which, as a sentence without its full stop."""
        kinds = ", ".join(
            f"{formats.full_count(count)} {_(_REASONS[family]) if family in _REASONS else family.value}"
            for family, count in sorted(self.families.items())
        )
        text = ngettext(
            "{count} key cannot be written in format {version}, which has no place for {kinds}: {names}",
            "{count} keys cannot be written in format {version}, which has no place for {kinds}: {names}",
            self.count,
        )
        names = [*self.names, *(["…"] if self.count > len(self.names) else [])]
        return text.format(count=formats.full_count(self.count), version=version, kinds=kinds, names=", ".join(names))
