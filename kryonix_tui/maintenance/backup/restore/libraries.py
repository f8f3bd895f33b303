"""Function libraries of a whole backup, back into a server."""

from __future__ import annotations

from collections.abc import Sequence

from redis.exceptions import ResponseError

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.rdb.checksum import stored
from kryonix_tui.maintenance.backup.rdb.encoding import string_bytes
from kryonix_tui.maintenance.backup.rdb.functions import libraries
from kryonix_tui.maintenance.backup.rdb.types import Opcode
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.translate import code_of, source_error


async def restore_functions(clients: PurposeClients, codes: Sequence[bytes], version: int) -> tuple[str, ...]:
    """Add libraries, by their code: all of them or none; return why not, as sentences. Those that are there stay.

    One that exists is never overwritten, whatever the policy for keys: nobody could undo it.

    Raises:
        SourceError: the server did not answer, or this user may not (NotPermittedError).
    """
    body = b"".join(bytes((Opcode.FUNCTION,)) + string_bytes(code) for code in codes)
    body += version.to_bytes(2, "little")
    reply, there = await clients.batch(0, [("FUNCTION RESTORE", body + stored(body)), ("FUNCTION DUMP",)])
    if isinstance(reply, ResponseError):
        if isinstance(there, bytes) and set(codes) <= set(libraries(there)):
            return ()
        if code_of(reply) == "NOPERM":
            raise source_error(reply, clients.place, clients.purpose) from reply
        return (_("functions were not restored: {reason}").format(reason=safe(str(reply), 200)),)
    return ()
