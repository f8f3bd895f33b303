"""The contents of a snapshot as rows for people, and as the document `kryonix.analysis/1` for scripts.

Names that came from a server are made printable here; what verification keys are named after is masked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from kryonix_tui.i18n import N_, _
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.key_statistics import BigKey, Expiry, KeyStatistics, Volume
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column

SCHEMA: Final = "kryonix.analysis/1"

TYPES: Final = ("string", "hash", "list", "set", "zset", "stream")

_EXPIRIES: Final = {
    Expiry.NONE: N_("No expiry"),
    Expiry.SHORT: N_("< 5 min"),
    Expiry.MEDIUM: N_("< 30 min"),
    Expiry.LONG: N_("Longer"),
    Expiry.EXPIRED: N_("Expired"),
}

_KEY_LIMIT: Final = 200


class Row(NamedTuple):
    """A named volume."""

    name: str
    volume: Volume


def summary(found: KeyStatistics) -> list[str]:
    """Return the first lines of the report: what the file is, and what it holds in all."""
    taken = _("at an unknown time") if found.taken_at is None else _iso(found.taken_at)
    proof = _("checksum proven") if found.checked else _("no checksum: written with rdbchecksum no")
    total = found.total
    return [
        _("{format}, by {server}, taken {time}; {proof}").format(
            format=found.format, server=found.server or _("an unknown server"), time=taken, proof=proof
        ),
        _("keys: {keys}, values: {size}, function libraries: {functions}, keys that fit no pattern: {count}").format(
            keys=formats.full_count(total.keys),
            size=formats.size(total.bytes),
            functions=found.functions,
            count=formats.full_count(found.unattributed),
        ),
    ]


def databases(found: KeyStatistics, keyspace: KeyspaceMap) -> list[Row]:
    """Return a row per database."""
    return [Row(f"{db} {safe(_(keyspace.database(db).name), 40)}", volume) for db, volume in found.databases.items()]


def tenants(found: KeyStatistics) -> list[Row]:
    """Return a row per tenant, the largest first; what belongs to nobody comes last."""
    by_tenant = found.tenants()
    nobody = by_tenant.pop(None, None)
    rows = [Row(safe(tenant, 60), volume) for tenant, volume in by_tenant.items() if tenant is not None]
    return _largest_first(rows) + ([] if nobody is None else [Row(_("(no tenant)"), nobody)])


def kinds(found: KeyStatistics) -> list[Row]:
    """Return a row per kind, the largest first."""
    return _largest_first(Row(safe(kind, 60), volume) for kind, volume in found.kinds().items())


def columns(title: str) -> tuple[Column[Row], ...]:
    """Return the columns of a list of volumes whose names stand under `title`."""
    by_type = [_counted(name, name, _keys_of_type(name), 3) for name in TYPES]
    by_expiry = [_counted(expiry.value, label, _keys_expiring(expiry), 1) for expiry, label in _EXPIRIES.items()]
    return (
        Column("name", title, 20, lambda row: Cell(row.name, Tone.STRONG), lambda row: row.name, most=40),
        _counted("keys", N_("Keys"), lambda row: row.volume.keys, 0),
        Column(
            "bytes",
            N_("Bytes"),
            10,
            lambda row: Cell(formats.size(row.volume.bytes)),
            lambda row: row.volume.bytes,
            numeric=True,
        ),
        *by_expiry,
        *by_type,
    )


def big_columns() -> tuple[Column[BigKey], ...]:
    """Return the columns of the list of the largest values."""
    return (
        Column("bytes", N_("Bytes"), 10, lambda big: Cell(formats.size(big.size)), lambda big: big.size, numeric=True),
        Column("db", N_("Db"), 3, lambda big: Cell(str(big.db)), lambda big: big.db, numeric=True),
        Column("type", N_("Type"), 7, lambda big: Cell(big.type), lambda big: big.type),
        Column("kind", N_("Kind"), 16, lambda big: Cell(safe(big.kind, 40)), lambda big: big.kind, rank=1),
        Column("key", N_("Key"), 40, lambda big: Cell(key_name(big.key)), lambda big: key_name(big.key), grows=True),
    )


def key_name(key: bytes) -> str:
    """Return a key as it is shown."""
    return mask_key_name(safe(key, _KEY_LIMIT))


def as_json(found: KeyStatistics, keyspace: KeyspaceMap) -> str:
    """Return the document. Types and expiry count keys; `tenants` are sorted by id, `id` null is what belongs to nobody."""
    return json.dumps(document(found, keyspace), indent=2, ensure_ascii=False) + "\n"


def document(found: KeyStatistics, keyspace: KeyspaceMap) -> dict[str, Any]:
    """Return the document as plain values."""
    by_tenant: dict[str | None, dict[str, Volume]] = {}
    for (tenant, kind), volume in found.groups.items():
        by_tenant.setdefault(tenant, {})[kind] = volume
    totals = found.tenants()
    return {
        "schema": SCHEMA,
        "format": found.format,
        "server": found.server,
        "taken_at": None if found.taken_at is None else _iso(found.taken_at),
        "checksum": found.checked,
        "functions": found.functions,
        "unattributed": found.unattributed,
        **_volume(found.total),
        "databases": [
            {"db": db, "name": safe(keyspace.database(db).name), **_volume(volume)}
            for db, volume in found.databases.items()
        ],
        "tenants": [
            {
                "id": None if tenant is None else safe(tenant),
                **_volume(totals[tenant]),
                "kinds": {safe(kind): _volume(volume) for kind, volume in sorted(by_kind.items())},
            }
            for tenant, by_kind in sorted(by_tenant.items(), key=lambda item: (item[0] is None, item[0] or ""))
        ],
        "biggest": [_big(big) for big in found.biggest],
    }


def _volume(volume: Volume) -> dict[str, Any]:
    return {
        "keys": volume.keys,
        "bytes": volume.bytes,
        "types": {name: volume.types.get(name, 0) for name in TYPES},
        "expiry": {expiry.value: volume.expiry.get(expiry, 0) for expiry in Expiry},
    }


def _big(big: BigKey) -> Mapping[str, Any]:
    return {
        "db": big.db,
        "key": key_name(big.key),
        "type": big.type,
        "bytes": big.size,
        "kind": safe(big.kind),
        "tenant": None if big.tenant is None else safe(big.tenant),
    }


def _counted(name: str, title: str, value: Callable[[Row], int], rank: int) -> Column[Row]:
    def cell(row: Row) -> Cell:
        return Cell(formats.count(value(row)), Tone.PLAIN if value(row) else Tone.MUTED)

    return Column(name, title, max(6, len(_(title))), cell, value, numeric=True, falling=True, rank=rank)


def _keys_of_type(name: str) -> Callable[[Row], int]:
    return lambda row: row.volume.types.get(name, 0)


def _keys_expiring(expiry: Expiry) -> Callable[[Row], int]:
    return lambda row: row.volume.expiry.get(expiry, 0)


def _largest_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row.volume.bytes, row.name))


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
