"""What the server is set to now: exact parameters by name, and what INFO says that a setting depends on.

CONFIG GET is never sent with a pattern: `*` would answer with passwords.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import ResponseError

from kryonix_tui.config.tuning import Tuning
from kryonix_tui.maintenance.connections import PurposeClients, purpose_address
from kryonix_tui.maintenance.tuning.profiles import AOF, LIMIT, POLICY, Setting
from kryonix_tui.maintenance.tuning.sizes import in_bytes
from kryonix_tui.maintenance.tuning.vendors import Vendor, vendor_of
from kryonix_tui.model.operation import Purpose, Target
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.translate import code_of, source_error, translated

_SECTIONS = ("server", "memory", "persistence", "replication", "stats", "keyspace")


@dataclass(frozen=True, slots=True)
class Server:
    """A server at one moment. Bytes; `machine` is 0 where nobody knows.

    `settings` are the parameters that exist, as CONFIG GET tells them. `withheld` says in the server's words why it does
    not (empty: it does); `settings` then has what INFO tells. `machine_told` is False where the configuration named the
    machine's memory. `evicted` counts since the server's start.
    """

    target: Target
    settings: Mapping[str, str] = field(default_factory=dict)
    withheld: str = ""
    forbidden: bool = False
    vendor: Vendor | None = None
    machine: int = 0
    machine_told: bool = True
    used: int = 0
    keys: int = 0
    expiring: int = 0
    evicted: int = 0
    replicas: int = 0
    config_file: str = ""
    saving_fails: bool = False
    rewriting: bool = False

    @property
    def replica(self) -> bool:
        """Whether it follows another server."""
        return self.target.role != "master"


async def read(clients: PurposeClients, profile: Iterable[Setting], limits: Tuning) -> Server:
    """Look at the server. A parameter is asked for by its name of today and, where that does not exist, its older one.

    Raises:
        SourceError: it does not answer, or this user may not use INFO.
    """
    fields = await asked(clients)
    names = [name for setting in profile for name in (setting.parameter, setting.older) if name]
    replies = await clients.batch(0, [("CONFIG GET", name) for name in names])
    address = await purpose_address(clients.settings, Purpose.TUNE)
    vendor = vendor_of("" if address.path else address.host, fields)
    with translated(clients.place, Purpose.TUNE):
        settings: dict[str, str] = {}
        refusal: ResponseError | None = None
        for reply in replies:
            if isinstance(reply, ResponseError):
                refusal = reply
            elif isinstance(reply, Exception):
                raise source_error(reply, clients.place, Purpose.TUNE)
            else:
                settings |= pairs(reply)
        if refusal is not None:
            settings = _told_by_info(fields)
        return _server(clients.place, fields, settings, refusal, vendor, limits)


async def asked(clients: PurposeClients) -> dict[str, str]:
    """Return the fields of INFO that matter here. Raises SourceError."""
    fields: dict[str, str] = {}
    for section in _SECTIONS:
        fields |= info.parse_info(await clients.call(0, "INFO", section))
    return fields


async def current(clients: PurposeClients, parameter: str) -> str | None:
    """Return what one parameter is now, None where it does not exist.

    Raises:
        SourceError: the server does not answer, or refuses.
    """
    with translated(clients.place, Purpose.TUNE):
        return pairs(await clients.call(0, "CONFIG GET", parameter)).get(parameter)


def pairs(reply: Any) -> dict[str, str]:
    """Return a reply of CONFIG GET: a map (RESP3), or names and values in turn."""
    flat = [part for pair in reply.items() for part in pair] if isinstance(reply, dict) else list(reply)
    texts = [part.decode("utf-8", "surrogateescape") for part in flat]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def _told_by_info(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what INFO says of settings, where CONFIG is withheld."""
    found = {LIMIT: fields.get("maxmemory"), POLICY: fields.get("maxmemory_policy")}
    if "aof_enabled" in fields:
        found[AOF] = "yes" if fields["aof_enabled"] == "1" else "no"
    return {name: value for name, value in found.items() if value is not None}


def _server(
    place: str,
    fields: Mapping[str, str],
    settings: Mapping[str, str],
    refusal: ResponseError | None,
    vendor: Vendor | None,
    limits: Tuning,
) -> Server:
    flavour, version = info.flavour_and_version(fields)
    databases = info.database_sizes(fields).values()
    machine = in_bytes(limits.machine_memory)
    return Server(
        target=Target(place, flavour, version, fields.get("run_id", ""), fields.get("role", "")),
        settings=settings,
        withheld=safe(str(refusal), 200) if refusal is not None else "",
        forbidden=refusal is not None and code_of(refusal) == "NOPERM",
        vendor=vendor,
        machine=machine if machine is not None else info.integer(fields, "total_system_memory"),
        machine_told=machine is None,
        used=info.integer(fields, "used_memory"),
        keys=sum(size.keys for size in databases),
        expiring=sum(size.expires for size in databases),
        evicted=info.integer(fields, "evicted_keys"),
        replicas=info.integer(fields, "connected_slaves"),
        config_file=fields.get("config_file", ""),
        saving_fails="err" in (fields.get("rdb_last_bgsave_status"), fields.get("aof_last_bgrewrite_status")),
        rewriting="1" in (fields.get("aof_rewrite_in_progress"), fields.get("aof_rewrite_scheduled")),
    )
