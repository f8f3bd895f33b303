"""What is written about tenants: members one by one, everybody else as the sum `other`."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Final

from kryonix_tui.exporter.freshness import Freshness
from kryonix_tui.exporter.labels import TenantLabels, label
from kryonix_tui.exporter.others import Figure, Others
from kryonix_tui.exporter.page import Page
from kryonix_tui.model import exported
from kryonix_tui.model.exported import OTHER
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.tenant import Health, Platform, Tenant

MOST_QUEUES: Final = 20
"""Queues of one tenant with a series each; a key's name makes a queue, so there may be any number."""

_HEALTH: Final = {Health.OK: 0, Health.WARNING: 1, Health.CRITICAL: 2}
_RESPONSE_MS: Final = {
    "response_time": "average",
    "average_response_time": "perf_average",
    "mobile_response_time": "mobile",
    "desktop_response_time": "desktop",
    "p95_response_time": "p95",
    "p99_response_time": "p99",
}
_ERROR_PERCENT: Final = {"error_rate": "all", "sdk_error_rate": "sdk"}
_SUMMED_FACTS: Final = {
    "requests_per_second": (exported.TENANT_REQUESTS_PER_SECOND, ()),
    "mobile_users": (exported.TENANT_MOBILE_USERS, ()),
    "api_calls_today": (exported.TENANT_REQUESTS_TODAY, ("api",)),
    "sdk_requests_today": (exported.TENANT_REQUESTS_TODAY, ("sdk",)),
}


class TenantFigures:
    """Writes tenants on pages; remembers the sums of those who are not members."""

    def __init__(self) -> None:
        self._counted = Others(_counted, _same_count)
        self._told = Others(partial(_summable, folded=True), operator.is_)

    def write(
        self, page: Page, platform: Platform, members: Iterable[str], labels: TenantLabels, of: Freshness
    ) -> None:
        """Write the figures of the members, and, as soon as everybody is known, the sums of all others."""
        own = dict.fromkeys(members)
        for name in own:
            _member(page, platform.tenants[name], labels[name], of)
            growth = platform.neighbours.queue_per_minute.get(name)
            if growth is not None and of.facts(platform.tenants[name].facts):
                page.add(exported.TENANT_QUEUE_GROWTH, growth / 60, labels[name])
        if not of.census:
            return
        for health in Health:
            page.add(exported.TENANTS, 0, health.value)
        for tenant in platform.tenants.values():
            page.add(exported.TENANTS, 1, tenant.health.value)
        folded = [tenant for name, tenant in platform.tenants.items() if name not in own]
        page.add(exported.TENANTS_FOLDED, len(folded))
        self._sum(page, folded, of)

    def _sum(self, page: Page, folded: Iterable[Tenant], of: Freshness) -> None:
        self._counted.follow({tenant.tenant: tenant for tenant in folded})
        self._told.follow(
            {tenant.tenant: tenant.facts for tenant in folded if tenant.facts is not None and of.facts(tenant.facts)}
        )
        self._counted.write(page)
        self._told.write(page)


def tenant_names(page: Page, tenants: Iterable[Tenant], labels: TenantLabels) -> None:
    """Write who each tenant is. Names do not go stale as figures do: they stay as long as the tenant."""
    for tenant in tenants:
        # The texts of facts were made safe and short when they were read.
        where = (tenant.text("subdomain"), tenant.text("sector"), tenant.text("tier"))
        page.add(exported.TENANT_INFO, 1, labels[tenant.tenant], *where)


def _member(page: Page, tenant: Tenant, who: str, of: Freshness) -> None:
    figures = _counted(tenant) if of.census else []
    if tenant.facts is not None and of.facts(tenant.facts):
        figures += _summable(tenant.facts, folded=False)
        page.add(exported.TENANT_HEALTH, _HEALTH.get(tenant.health), who)
        _told(page, tenant.facts, who)
        for module, since in _oldest(tenant.facts).items():
            page.add(exported.TENANT_QUEUE_OLDEST, max(0.0, of.now.wall - since), who, module)
    for metric, value, labels in figures:
        page.add(metric, value, who, *labels)


def _counted(tenant: Tenant) -> list[Figure]:
    """Return what the census counted."""
    sessions = {"mobile": tenant.sessions.mobile, "sdk": tenant.sessions.sdk, "websocket": tenant.sessions.websocket}
    found: list[Figure] = [(exported.TENANT_SESSIONS, count, (kind,)) for kind, count in sessions.items()]
    found += [(exported.TENANT_KEYS, keys, (str(db),)) for db, keys in tenant.keys_by_db.items()]
    sizes: dict[int, int] = {}
    for (db, _kind), size in tenant.sizes.items():
        sizes[db] = sizes.get(db, 0) + size
    return found + [(exported.TENANT_BYTES, size, (str(db),)) for db, size in sizes.items()]


def _same_count(one: Tenant, other: Tenant) -> bool:
    """Whether both stand on the same count: until it is counted again, these are the same objects."""
    return one.kinds is other.kinds and one.sizes is other.sizes


def _summable(facts: TenantFacts, *, folded: bool) -> list[Figure]:
    """Return what was read and has a sum; of a folded tenant all queues are one."""
    found: list[Figure] = [
        (exported.TENANT_QUEUE_DEPTH, items, (module,)) for module, items in _bounded(facts.queues, folded=folded)
    ]
    return found + [
        (metric, facts.numbers[fact], labels)
        for fact, (metric, labels) in _SUMMED_FACTS.items()
        if fact in facts.numbers
    ]


def _bounded(queues: Mapping[str, int], *, folded: bool) -> Iterable[tuple[str, int]]:
    """Yield the queues by label, the first in the alphabet one by one: an order by depth would move all the time."""
    singles = [] if folded else list(islice(sorted(queues), MOST_QUEUES))
    for name in singles:
        yield label(name), queues[name]
    if len(queues) > len(singles):
        yield OTHER, sum(queues.values()) - sum(queues[name] for name in singles)


def _oldest(facts: TenantFacts) -> dict[str, float]:
    """Return since when each queue with a series of its own has not come to its oldest item, by label."""
    found: dict[str, float] = {}
    for name in islice(sorted(facts.queues), MOST_QUEUES):
        if name in facts.oldest:
            shown = label(name)
            found[shown] = min(facts.oldest[name], found.get(shown, facts.oldest[name]))
    return found


def _told(page: Page, facts: TenantFacts, who: str) -> None:
    """Write what the application says of itself, and when it was read."""
    for kind, percent in facts.hit_rates.items():
        page.add(exported.TENANT_HIT_RATE, percent, who, kind)
    for fact, figure in _RESPONSE_MS.items():
        if fact in facts.numbers:
            page.add(exported.TENANT_RESPONSE, facts.numbers[fact] / 1000, who, figure)
    for fact, figure in _ERROR_PERCENT.items():
        page.add(exported.TENANT_ERROR_RATE, facts.numbers.get(fact), who, figure)
    page.add(exported.TENANT_MALFORMED, facts.malformed, who)
    page.add(exported.TENANT_READ, facts.read_at.wall, who)
