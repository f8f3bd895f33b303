"""Function libraries of a whole backup, back into a server."""

from __future__ import annotations

from collections.abc import Sequence

from redis.exceptions import ResponseError

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.rdb.checksum import stored
from kryonix_tui.maintenance.backup.rdb.encoding import string_bytes
from kryonix_tui.maintenance.backup.rdb.types import Opcode
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.safetext import safe


async def restore_functions(
    clients: PurposeClients, libraries: Sequence[bytes], version: int, *, replace: bool
) -> tuple[str, ...]:
    """Load libraries by FUNCTION RESTORE; return what could not be done, as sentences.

    Raises:
        SourceError: the server did not answer.
    """
    body = b"".join(bytes((Opcode.FUNCTION,)) + string_bytes(code) for code in libraries)
    body += version.to_bytes(2, "little")
    policy = ("REPLACE",) if replace else ()
    (reply,) = await clients.batch(0, [("FUNCTION RESTORE", body + stored(body), *policy)])
    if isinstance(reply, ResponseError):
        return (_("functions were not restored: {reason}").format(reason=safe(str(reply), 200)),)
    return ()
