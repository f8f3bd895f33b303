"""What a scrape of `kryonix exporter` costs with 10,000 tenants: CPU time of writing the page, against its budget.

Between two pages pass ten seconds of a monitor: a sixth of the tenants was read again. A page after nothing changed, and
the first one, for which all is new, are printed for comparison.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace

from bench.result import Result, against
from kryonix_tui.analysis.assembly import Assembler
from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Exporter, Intervals
from kryonix_tui.exporter.exposition import Exposition
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import FACTS, TenantFacts, Unit
from kryonix_tui.model.kryonix_map import PATTERNS
from kryonix_tui.model.source import Reading, SourceName
from tests.unit import builders

TENANTS = 10_000
BUDGET = 0.2
"""Seconds of CPU for one page."""


def run(*, quick: bool) -> list[Result]:
    """Measure pages of a platform whose tenants all have every kind of key and every fact."""
    census, assembler = _census(), builders.assembler()
    facts: dict[str, TenantFacts] = {}
    page = Exposition(Exporter(), Intervals())
    names = list(census.tenants)
    taken: list[float] = []
    rested: list[float] = []
    for turn in range(6 if quick else 20):
        read = names if not turn else random.Random(turn).sample(names, TENANTS // 6)
        facts = facts | {name: _facts(name, turn) for name in read}
        update = _update(assembler, census, facts)
        taken.append(_seconds(page, update))
        rested.append(_seconds(page, update))
    rest, first = 1000 * statistics.median(rested), 1000 * taken[0]
    name = f"a scrape, 10,000 tenants (at rest {rest:.0f}, first {first:.0f} ms)"
    return [against(name, taken[1:], [BUDGET], "its budget", "s", 1.0)]


def _seconds(page: Exposition, update: Update) -> float:
    began = time.thread_time()
    page.text(update)
    return time.thread_time() - began


def _census() -> Census:
    places = [(pattern.db or 0, pattern.kind) for pattern in PATTERNS if "{t}" in pattern.pattern]
    counted = builders.census({f"tenant_{number:05}": dict.fromkeys(places, number % 50) for number in range(TENANTS)})
    sized = {
        name: replace(tenant, sizes={place: 100 * keys for place, keys in tenant.counts.items()})
        for name, tenant in counted.tenants.items()
    }
    return replace(counted, tenants=sized)


def _facts(tenant: str, turn: int) -> TenantFacts:
    numbers = {fact: 50.0 + turn for fact, unit in FACTS.items() if unit is not Unit.TEXT}
    texts = {"subdomain": f"{tenant}.example", "sector": "medicina", "tier": "premium"}
    queues = {"email": turn, "whatsapp": 2, "timescale": 1}
    return TenantFacts(tenant, now(), numbers, texts, {"metrics": 87.0 + turn / 10, "perf": 89.0}, queues)


def _update(assembler: Assembler, census: Census, facts: Mapping[str, TenantFacts]) -> Update:
    states = [builders.state(name, last_good=now()) for name in SourceName]
    readings = {"server": Reading(builders.server(), now()), "census": Reading(census, now())}
    snapshot = builders.snapshot(*states, facts=facts.values(), **readings)
    return Update(snapshot, assembler.assemble(snapshot), History())
