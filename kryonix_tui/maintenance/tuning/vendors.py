"""Servers that somebody else runs: they keep CONFIG for themselves, and have a console of their own for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.i18n import N_


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who runs a server, and where its settings are changed (a text to translate).

    `host` fits what its host names end in; `field` of INFO has `value` in it, where that tells.
    """

    name: str
    where: str
    host: str
    field: str = ""
    value: str = ""

    def runs(self, host: str, info: Mapping[str, str]) -> bool:
        """Tell whether it runs the server at `host`, which says `info` of itself."""
        told = bool(self.field) and self.value in info.get(self.field, "") and self.field in info
        return told or re.search(rf"\.(?:{self.host})\Z", host) is not None


VENDORS: Final = (
    Vendor(
        "Amazon MemoryDB",
        N_("give the cluster a parameter group with these values (AWS console: MemoryDB, Parameter groups)"),
        r"memorydb\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?",
        "os",
        "MemoryDB",
    ),
    Vendor(
        "Amazon ElastiCache",
        N_("give the cluster a parameter group with these values (AWS console: ElastiCache, Parameter groups)"),
        r"cache\.amazonaws\.com(?:\.cn)?",
        "os",
        "ElastiCache",
    ),
    Vendor(
        "Azure",
        N_("set what it offers under Advanced settings of the cache (Azure portal), or with az redis update"),
        r"redis\.cache\.windows\.net|redis\.azure\.net|redisenterprise\.cache\.azure\.net",
    ),
    Vendor(
        "Upstash",
        N_("set what it offers on the page of the database (Upstash console); eviction is switched there"),
        r"upstash\.io",
        "upstash_version",
    ),
    Vendor(
        "Redis Cloud",
        N_("set what it offers under Configuration of the database (Redis Cloud console)"),
        r"redislabs\.com|redis-cloud\.com|rlrcp\.com",
    ),
    Vendor(
        "Aiven",
        N_("set what it offers under Advanced configuration of the service (Aiven console)"),
        r"aivencloud\.com",
    ),
    Vendor(
        "DigitalOcean",
        N_("set what it offers under Settings of the database cluster (control panel)"),
        r"db\.ondigitalocean\.com",
    ),
)


def vendor_of(host: str, info: Mapping[str, str]) -> Vendor | None:
    """Return who runs the server at `host` that says `info` of itself; None where nothing tells of anybody."""
    name = host.rstrip(".").lower()
    return next((vendor for vendor in VENDORS if vendor.runs(name, info)), None)
