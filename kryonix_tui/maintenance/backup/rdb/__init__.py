"""The RDB format: files of Redis (versions 6 to 12) and Valkey (80 on) as records, records as files and DUMP payloads."""

from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError, UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.header import Header
from kryonix_tui.maintenance.backup.rdb.keys import PassingKeys
from kryonix_tui.maintenance.backup.rdb.lifetime import ends_at_ms
from kryonix_tui.maintenance.backup.rdb.reader import RdbReader, chosen
from kryonix_tui.maintenance.backup.rdb.record import Record, from_payload, payload
from kryonix_tui.maintenance.backup.rdb.sections import Ending
from kryonix_tui.maintenance.backup.rdb.types import Family, Magic
from kryonix_tui.maintenance.backup.rdb.whole import PassingRdb
from kryonix_tui.maintenance.backup.rdb.window import ByteSource
from kryonix_tui.maintenance.backup.rdb.writer import ByteSink, RdbWriter

__all__ = [
    "ByteSink",
    "ByteSource",
    "CorruptRdbError",
    "Ending",
    "Family",
    "Header",
    "Magic",
    "PassingKeys",
    "PassingRdb",
    "RdbReader",
    "RdbWriter",
    "Record",
    "UnknownTypeError",
    "chosen",
    "ends_at_ms",
    "from_payload",
    "payload",
]
