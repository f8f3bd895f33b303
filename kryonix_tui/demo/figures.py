"""The figures that the platform writes about its tenants: live metrics, performance, its own health."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from kryonix_tui.demo.cast import Part, Profile
from kryonix_tui.demo.documented.tenants import CLIENTE, CLINICA, CREATING
from kryonix_tui.demo.records import compact, now_iso
from kryonix_tui.demo.rhythm import DOCUMENTED_HOLD, Figures, figures
from kryonix_tui.demo.writer import Word, Write, Writer, hash_set

TENANTS_PER_ROUND: Final = 300
"""Tenants whose hashes are renewed in one round; where there are more, they take turns."""
TIMELINE_POINTS: Final = 240

_CALLS: Final = {"cliente_exemplo": 1250, "clinica_saude": 890, "imobiliaria_xyz": 2100}
_USERS: Final = {"cliente_exemplo": 45, "clinica_saude": 23, "imobiliaria_xyz": 67}
_PERF_RESPONSE: Final = {CLIENTE: (156.0, 98.0, 203.0, 287.0, 456.0), CLINICA: (134.0, 89.0, 178.0, 234.0, 389.0)}
_PERF_OFFSET: Final = {CLIENTE: 1.7, CLINICA: 0.0}


def metrics_hash(profile: Profile, at: Figures, elapsed: float) -> Write:
    """Return the live metrics of a tenant (database 3). One tenant writes what is no number."""
    sessions = profile.population["mobile_session"]
    malformed = profile.part is Part.MALFORMED
    calls = _CALLS.get(profile.tenant, round(profile.requests_per_second * 900))
    return hash_set(
        3,
        f"metrics:tenant:{profile.tenant}",
        mobile_users=_USERS.get(profile.tenant, round(sessions * 3.4)),
        api_calls_today=calls + round(elapsed * profile.requests_per_second * 0.02),
        cache_hit_rate="abc" if malformed else f"{at.hit_rate:.1f}",
        avg_response_time="n/a" if malformed else f"{at.response_ms:.0f}ms",
        active_sessions=round(sessions * (0.8 + 0.2 * at.load)),
        business_sector=profile.sector.name,
        subscription_tier=profile.tier,
    )


def perf_hash(profile: Profile, at: Figures) -> Write:
    """Return the performance hash of a tenant (database 9), as a phone or a desk feels it: the network included."""
    usual = profile.response_ms
    response, mobile, desktop, p95, p99 = _PERF_RESPONSE.get(
        profile.tenant, (usual, usual * 0.65, usual * 1.3, usual * 1.9, usual * 3.0)
    )
    strain = at.response_ms / usual
    hit_rate = at.hit_rate + _PERF_OFFSET[profile.tenant] if profile.tenant in _PERF_OFFSET else at.perf_hit_rate
    return hash_set(
        9,
        f"perf:tenant:{profile.tenant}",
        cache_hit_rate=f"{hit_rate:.1f}",
        avg_response_time_ms=round(response * strain),
        requests_per_second=round(at.requests_per_second),
        error_rate_percent=f"{at.error_rate:.1f}",
        mobile_response_time_ms=round(mobile * strain),
        desktop_response_time_ms=round(desktop * strain),
        p95_response_time=-1 if profile.part is Part.MALFORMED else round(p95 * strain),
        p99_response_time=round(p99 * strain),
    )


class FigureRounds:
    """Renews the figures of the tenants, round by round."""

    def __init__(self, profiles: Sequence[Profile], writer: Writer) -> None:
        self._profiles = profiles
        self._writer = writer
        self._next = 0
        self._round = 0

    def play(self, elapsed: float) -> None:
        """Write one round, `elapsed` seconds after the start."""
        for profile in self._turn():
            self._renew(profile, elapsed)
        event = {"event": "cache_update", "tenant_id": self._profiles[0].tenant, "timestamp": now_iso()}
        self._writer.send((9, ("LPUSH", "websocket:events:performance", compact(event))))
        self._writer.send((9, ("LTRIM", "websocket:events:performance", 0, 49)))
        if self._round % 15 == 0:
            self._platform(elapsed)
        self._round += 1

    def _turn(self) -> list[Profile]:
        amount = min(len(self._profiles), TENANTS_PER_ROUND)
        turn = [self._profiles[(self._next + step) % len(self._profiles)] for step in range(amount)]
        self._next = (self._next + amount) % len(self._profiles)
        return turn

    def _renew(self, profile: Profile, elapsed: float) -> None:
        documented = profile.part is Part.DOCUMENTED
        if documented and elapsed < DOCUMENTED_HOLD:
            return
        at = figures(profile, elapsed)
        self._writer.send(metrics_hash(profile, at, elapsed))
        if not documented or profile.tenant in _PERF_RESPONSE:
            self._writer.send(perf_hash(profile, at))
        if self._round % 5 == 0 and not profile.lean:
            timeline = f"perf:timeline:tenant:{profile.tenant}"
            point = f"response_time:{at.response_ms:.1f}"
            self._writer.send((3, ("ZADD", timeline, int(time.time()), point)))
            self._writer.send((3, ("ZREMRANGEBYRANK", timeline, 0, -TIMELINE_POINTS - 1)))

    def _platform(self, elapsed: float) -> None:
        sizes = [int(self._writer.client(db).dbsize()) for db in range(16)]
        now = int(time.time())
        for db, size in enumerate(sizes):
            self._writer.send(hash_set(3, f"system:db_metrics:{db}", size=size, timestamp=now))
        rates = [figures(profile, elapsed) for profile in self._profiles]
        average = sum(at.hit_rate for at in rates) / len(rates)
        summary: dict[str, Word] = {
            "total_tenants": len(self._profiles),
            "total_mobile_users": sum(round(profile.population["mobile_session"] * 3.4) for profile in self._profiles),
            "avg_cache_hit_rate": f"{average:.1f}",
            "system_health": "excellent" if average > 85 else "degraded",
        }
        self._writer.send(hash_set(3, "metrics:system", **summary))
        self._writer.send(
            hash_set(3, "system:global_metrics", total_tenant_keys=sum(sizes), hit_rate=f"{average:.2f}", timestamp=now)
        )
        progress = 35 + int(elapsed / 30) % 60
        self._writer.send(hash_set(6, f"creation:tenant:{CREATING}", progress=f"{progress}%"))
