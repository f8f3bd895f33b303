"""What the monitor's user may read, tried harmlessly, and whether it could write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config import schema
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.permissions import RedisPermissions
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.address import Address
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.translate import code_of
from kryonix_tui.sources.redis.write_probe import could_write

PROBE_TENANT: Final = "kryonix-probe"
"""A tenant that nobody has: its keys are asked for and are not there."""


async def permissions(
    clients: Clients, address: Address, settings: schema.Redis, keyspace: KeyspaceMap
) -> RedisPermissions:
    """Try each kind of read once, then whether the user could write.

    Raises:
        SourceError: the server does not answer.
    """
    tries = _tries(keyspace)
    replies = await clients.batch(0, [command for _, command in tries])
    reads: dict[str, bool] = {}
    for (name, command), reply in zip(tries, replies, strict=True):
        refused = isinstance(reply, ResponseError) and code_of(reply) == "NOPERM"
        reads[name] = reads.get(name, True) and not refused
        if command[0] in ("HMGET", "LLEN", "LINDEX") and not refused:
            clients.traffic.looked_up(found=isinstance(reply, int) and reply > 0)
    user = await _user(clients, address)
    verdict = await could_write(address, settings, keyspace, user)
    return RedisPermissions(
        user=safe(user, 60), reads=reads, can_write=verdict.can_write, witness=verdict.witness, writes=verdict.writes
    )


def _tries(keyspace: KeyspaceMap) -> Sequence[tuple[str, tuple[Any, ...]]]:
    """Return (name, command) of every read that the console uses, on keys of the map that do not exist."""
    hashes = [
        ("HMGET", ("HMGET", pattern.key_for(PROBE_TENANT), *pattern.facts.values()))
        for pattern in keyspace.with_facts()
    ]
    queues: list[tuple[str, tuple[Any, ...]]] = []
    for example_key in keyspace.example_keys(PROBE_TENANT, queues=True):
        queues += [("LLEN", ("LLEN", example_key)), ("LINDEX", ("LINDEX", example_key, -1))]
    return [
        ("INFO", ("INFO", "server")),
        ("SCAN", ("SCAN", 0, "COUNT", 1)),
        ("SLOWLOG GET", ("SLOWLOG GET", 1)),
        ("LATENCY LATEST", ("LATENCY LATEST",)),
        *hashes,
        *queues,
    ]


async def _user(clients: Clients, address: Address) -> str:
    """Return who the server takes us for; where it does not say, whom we logged in as."""
    reply = (await clients.batch(0, [("ACL WHOAMI",)]))[0]
    if isinstance(reply, bytes):
        return reply.decode("utf-8", "replace")
    return address.username or "default"
