"""Whether keys of a tenant can be removed at all, found out before anything is done."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance import seen as sight
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.maintenance.permissions import require
from kryonix_tui.maintenance.purposes import COMMANDS
from kryonix_tui.maintenance.tenants.walk import Found
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.keyspace import OTHER, KeyspaceMap
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import raw_bytes, safe

SAVING: Final = ("scan", "exists", "unlink", "dump", "pexpiretime")
REMOVING: Final = ("scan", "exists", "unlink", "dump", "pexpiretime", "watch")
"""What removing needs: where the same user saves before, and where only what is as it was saved is removed."""

_ASKED_AT_ONCE: Final = 500
_PLAIN: Final = re.compile(rb"[A-Za-z0-9_.@-]")


def check_sight(config: Config, tenant: str) -> None:
    """Let a tenant pass that this console sees: of the others not even their absence is told.

    Raises:
        RefusedError: it does not see that one.
    """
    if not Visible(config.tenants).covers(Scope((tenant,))):
        raise sight.out_of_sight()


async def check_server(clients: PurposeClients, keyspace: KeyspaceMap, needed: Collection[str]) -> Overview:
    """Return what the server says of itself, where it takes writes and this user may send what is `needed`.

    Raises:
        RefusedError: it does not, or the user may not; the hint says what to do.
        SourceError: the server could not be asked.
    """
    seen = await look(clients)
    place = seen.target.place
    if seen.target.role != "master":
        raise RefusedError(_("{place} is a replica").format(place=place), hint=_("Name its primary in redis.url."))
    if seen.loading:
        raise RefusedError(_("{place} is loading its data").format(place=place))
    await require(
        clients, keyspace, optional=[name for name in COMMANDS[clients.purpose] if name not in {"info", *needed}]
    )
    return seen


async def check_unmapped(clients: PurposeClients, found: Found) -> None:
    """Look whether the tenant's keys that no pattern of the map describes may be removed, too: rules follow the map.

    Raises:
        RefusedError: they may not; the hint is the line that grants it.
        SourceError: the server could not be asked.
    """
    refused = await _refused(
        clients, sorted(name for (_db, kind), names in found.keys.items() if kind == OTHER for name in names)
    )
    if not refused:
        return
    user = safe(await clients.call(0, "ACL WHOAMI"), 60)
    text = ngettext(
        "the user {user} may not remove {count} key of {tenant} that the map does not describe: {key}",
        "the user {user} may not remove {count} keys of {tenant} that the map does not describe, such as {key}",
        len(refused),
    )
    raise RefusedError(
        text.format(
            user=user, count=len(refused), tenant=safe(found.tenant, 60), key=safe(mask_key_name(safe(refused[0], 120)))
        ),
        hint=_("{line} grants it; or describe those keys in `keyspace`.").format(
            line=f"ACL SETUSER {user} {' '.join(_rules(found.tenant))}"
        ),
        title=_("Not permitted"),
    )


async def _refused(clients: PurposeClients, names: Sequence[bytes]) -> list[bytes]:
    """Return the keys that this user may not remove, by what the server says.

    Where the user may not ask, a name that nobody has is tried for each, which only differs at its end: nearly all rules
    are about beginnings.
    """
    if not names:
        return []
    user = await clients.call(0, "ACL WHOAMI")
    told = await _replies(clients, [("ACL DRYRUN", user, "UNLINK", name) for name in names])
    if not any(isinstance(reply, ResponseError) for reply in told):
        return [name for name, reply in zip(names, told, strict=True) if reply != b"OK"]
    absent = f":kryonix-probe-{uuid.uuid4().hex}".encode()
    tried = await _replies(clients, [("UNLINK", name + absent) for name in names])
    return [name for name, reply in zip(names, tried, strict=True) if isinstance(reply, ResponseError)]


async def _replies(clients: PurposeClients, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    batches = [commands[start : start + _ASKED_AT_ONCE] for start in range(0, len(commands), _ASKED_AT_ONCE)]
    return [reply for batch in batches for reply in await clients.batch(0, batch)]


def _rules(tenant: str) -> tuple[str, str]:
    """Return the ACL rules for keys that name a tenant anywhere; signs that globs or the line know stand as `?`."""
    plain = "".join(chr(byte) if _PLAIN.fullmatch(bytes([byte])) else "?" for byte in raw_bytes(tenant))
    return f"~*tenant:{plain}", f"~*tenant:{plain}:*"
