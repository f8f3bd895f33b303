"""Write a value in an older format, where that format has what the value needs."""

from __future__ import annotations

from typing import Final

from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.encoding import length_bytes, read_string, string_bytes
from kryonix_tui.maintenance.backup.rdb.packed import listpack
from kryonix_tui.maintenance.backup.rdb.types import VALUE_TYPES, known_types

_PACKED_SET: Final = 20
_SET: Final = 2


def converted(record: Record, version: int) -> Record:
    """Return a record as format `version` has it: most are the same; a packed set becomes a plain one.

    Raises:
        RefusedError: that format cannot hold it (fields with an expiry, streams with active consumers).
    """
    if record.type in known_types(version):
        return record
    if record.type == _PACKED_SET:
        members = list(listpack(read_string(record.value, 0)[0]))
        value = length_bytes(len(members)) + b"".join(map(string_bytes, members))
        return Record(record.db, record.key, _SET, value, record.expires_at_ms, record.idle_s, record.frequency)
    family = VALUE_TYPES[record.type].family.value
    raise RefusedError(
        _("a {family} of database {db} cannot be written in format {version}").format(
            family=family, db=record.db, version=version
        ),
        hint=_("Restore into a server of the origin's family and version, or leave it out with --db or --tenant."),
    )
