"""Who plays: every tenant with its size, its usual figures, and the part it has in the story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from random import Random
from typing import Final

from kryonix_tui.demo.names import Firm, firms
from kryonix_tui.demo.sectors import Sector, sector

KEYS_OF_FULL_TENANT: Final = 24
"""Keys that a tenant has besides those that come and go; a lean one has `KEYS_OF_LEAN_TENANT`."""
KEYS_OF_LEAN_TENANT: Final = 7

_VOLUME: Final = {
    "mobile_session": 0.44,
    "api_cache": 0.30,
    "sdk_session": 0.08,
    "sdk_dev_session": 0.04,
    "warm_cache": 0.07,
    "websocket": 0.07,
}
"""What the keys that come and go are, as shares."""


class Part(StrEnum):
    """What a tenant is there to show."""

    STEADY = "steady"
    DOCUMENTED = "documented"
    DEGRADING = "degrading"
    STUCK_QUEUE = "stuck_queue"
    LOW_HIT_RATE = "low_hit_rate"
    MALFORMED = "malformed"
    DISAGREEING = "disagreeing"


@dataclass(frozen=True, slots=True)
class Profile:
    """One tenant: percentages in 0..100, times in milliseconds, `phase` (0..1) shifts its day against the others'.

    `population` is how many keys of each coming-and-going kind it has on average. A lean tenant has only the keys that
    every screen needs.
    """

    tenant: str
    name: str
    sector: Sector
    part: Part
    tier: str
    subscription: str
    hit_rate: float
    response_ms: float
    mobile_p95_ms: float
    error_rate: float
    requests_per_second: float
    mobile_share: float
    phase: float
    population: Mapping[str, int]
    lean: bool = False


def cast(tenants: int, keys: int, seed: int) -> tuple[Profile, ...]:
    """Return about `tenants` profiles, the documented three first, then by size; together they make about `keys` keys.

    The two tenants that are only being created count as tenants too, but have no profile.
    """
    rng = Random(seed)
    invented = max(0, tenants - len(_DOCUMENTED) - 2)
    full = _full_tenants(invented, keys)
    fixed = (len(_DOCUMENTED) + full) * KEYS_OF_FULL_TENANT + (invented - full) * KEYS_OF_LEAN_TENANT
    volume = max(0, keys - fixed - sum(sum(profile.population.values()) for profile in _DOCUMENTED))
    weights = [1 / (rank + 1) ** 0.9 for rank in range(invented)]
    parts = _parts(invented)
    return _DOCUMENTED + tuple(
        _invented(rng, firm, weights[rank] / sum(weights), volume, parts.get(rank, Part.STEADY), lean=rank >= full)
        for rank, firm in enumerate(islice(firms(rng), invented))
    )


def _full_tenants(invented: int, keys: int) -> int:
    """Return how many of the invented tenants can have all their keys without filling the whole budget with them."""
    spare = keys * 0.6 - invented * KEYS_OF_LEAN_TENANT
    return min(invented, max(len(_CASTING), int(spare / (KEYS_OF_FULL_TENANT - KEYS_OF_LEAN_TENANT))))


_CASTING: Final = {
    2: Part.DEGRADING,
    4: Part.STUCK_QUEUE,
    6: Part.LOW_HIT_RATE,
    8: Part.MALFORMED,
    10: Part.DISAGREEING,
}
"""The parts that are played, by rank of size."""


def _parts(invented: int) -> dict[int, Part]:
    """Return the parts by rank; in a small cast they move up, one tenant each."""
    if invented > max(_CASTING):
        return dict(_CASTING)
    return dict(zip(range(invented), _CASTING.values(), strict=False))


def _invented(rng: Random, firm: Firm, share: float, volume: int, part: Part, *, lean: bool) -> Profile:
    subscription = "active" if part is not Part.STEADY else rng.choices(_SUBSCRIPTIONS, (88, 7, 5))[0]
    return Profile(
        tenant=firm.tenant,
        name=firm.name,
        sector=firm.sector,
        part=part,
        tier="enterprise" if share > 0.06 else "premium" if share > 0.02 else "standard",
        subscription=subscription,
        hit_rate=_HIT_RATES.get(part, round(rng.uniform(89.5, 96.5), 1)),
        response_ms=round(rng.uniform(55, 150)),
        mobile_p95_ms=round(rng.uniform(26, 44), 1),
        error_rate=round(rng.uniform(0.05, 0.7), 2),
        requests_per_second=round(2 + 400 * share, 1),
        mobile_share=round(rng.uniform(58, 88), 1),
        phase=rng.random(),
        population={kind: round(volume * share * part_of_volume) for kind, part_of_volume in _VOLUME.items()},
        lean=lean,
    )


_SUBSCRIPTIONS: Final = ("active", "trial", "past_due")
_HIT_RATES: Final = {Part.DEGRADING: 92.0, Part.LOW_HIT_RATE: 72.5}


def _population(sessions: int, endpoints: int) -> dict[str, int]:
    return {
        "mobile_session": sessions,
        "api_cache": endpoints,
        "sdk_session": 4,
        "sdk_dev_session": 2,
        "warm_cache": 6,
        "websocket": 5,
    }


_DOCUMENTED: Final = (
    Profile(
        "cliente_exemplo",
        "Cliente Exemplo LTDA",
        sector("medicina"),
        Part.DOCUMENTED,
        "premium",
        "active",
        87.5,
        145.0,
        44.0,
        0.8,
        45.0,
        78.5,
        0.1,
        _population(12, 60),
    ),
    Profile(
        "clinica_saude",
        "Clínica Saúde & Vida",
        sector("medicina"),
        Part.DOCUMENTED,
        "standard",
        "active",
        92.1,
        98.0,
        41.0,
        0.3,
        28.0,
        82.1,
        0.4,
        _population(8, 40),
    ),
    Profile(
        "imobiliaria_xyz",
        "Imobiliária XYZ",
        sector("imobiliario"),
        Part.DOCUMENTED,
        "premium",
        "active",
        89.3,
        120.0,
        47.0,
        0.5,
        31.0,
        71.0,
        0.7,
        _population(18, 80),
    ),
)
"""The tenants of the platform's design documents; their figures there are the ones that the demo starts with."""
