"""The function libraries of a server, from what FUNCTION DUMP returns: entries as in an RDB, with a payload's footer."""

from __future__ import annotations

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.encoding import INCOMPLETE, MalformedError, read_string
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError
from kryonix_tui.maintenance.backup.rdb.record import footer_of
from kryonix_tui.maintenance.backup.rdb.types import Opcode


def libraries(dumped: bytes) -> list[bytes]:
    """Return the code of each library.

    Raises:
        CorruptRdbError: the checksum is wrong, or something else than functions is in it.
    """
    end, _version = footer_of(dumped)
    found, at = [], 0
    try:
        while at < end:
            if dumped[at] != Opcode.FUNCTION:
                raise CorruptRdbError(at, N_("a function library"))
            code, at = read_string(dumped, at + 1)
            found.append(code)
    except (*INCOMPLETE, MalformedError) as error:
        raise CorruptRdbError(at, N_("a function library")) from error
    if at != end:
        raise CorruptRdbError(at, N_("the end of the libraries"))
    return found
