"""What is measured, learned and predicted of the documented tenants."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kryonix_tui.demo.documented.tenants import CLIENTE, CLINICA, IMOBILIARIA
from kryonix_tui.demo.records import compact, now_iso
from kryonix_tui.demo.writer import Write, hash_set, string


def measurements() -> Iterator[Write]:
    """Yield figures and what is made of them."""
    yield from _metrics()
    yield from _ai()
    yield from _performance()
    yield from _predictions()


def _metrics() -> Iterator[Write]:
    figures = (
        (CLIENTE, "45", "1250", "87.5", "145ms", "12", "medicina", "premium", "response_time:145"),
        (CLINICA, "23", "890", "92.1", "98ms", "8", "medicina", "standard", "cache_hit:92.1"),
        (IMOBILIARIA, "67", "2100", "89.3", "120ms", "18", "imobiliario", "premium", "mobile_users:67"),
    )
    for tenant, users, calls, hit_rate, response, sessions, sector, tier, point in figures:
        yield hash_set(
            3,
            f"metrics:tenant:{tenant}",
            mobile_users=users,
            api_calls_today=calls,
            cache_hit_rate=hit_rate,
            avg_response_time=response,
            active_sessions=sessions,
            business_sector=sector,
            subscription_tier=tier,
        )
        yield 3, ("ZADD", f"perf:timeline:tenant:{tenant}", int(time.time()), point)


def _ai() -> Iterator[Write]:
    yield hash_set(
        4,
        f"ai:patterns:tenant:{CLIENTE}",
        peak_hours="[9,14,18]",
        mobile_percentage="78.5",
        most_used_module="whatsapp",
        optimization_opportunities=compact(["cache_preload", "mobile_compression"]),
        last_analysis=now_iso(),
        business_insights=compact({"patient_peak_times": "morning_afternoon", "whatsapp_engagement": "high"}),
    )
    yield hash_set(
        4,
        f"ai:patterns:tenant:{CLINICA}",
        peak_hours="[8,10,16]",
        mobile_percentage="82.1",
        most_used_module="agendamento",
        optimization_opportunities=compact(["session_extension", "api_cache_boost"]),
        last_analysis=now_iso(),
        business_insights=compact({"appointment_patterns": "weekdays_preferred", "mobile_booking": "dominant"}),
    )


def _performance() -> Iterator[Write]:
    yield hash_set(
        9,
        f"perf:tenant:{CLIENTE}",
        cache_hit_rate="89.2",
        avg_response_time_ms="156",
        requests_per_second="45",
        error_rate_percent="0.8",
        mobile_response_time_ms="98",
        desktop_response_time_ms="203",
        p95_response_time="287",
        p99_response_time="456",
    )
    yield hash_set(
        9,
        f"perf:tenant:{CLINICA}",
        cache_hit_rate="92.1",
        avg_response_time_ms="134",
        requests_per_second="28",
        error_rate_percent="0.3",
        mobile_response_time_ms="89",
        desktop_response_time_ms="178",
        p95_response_time="234",
        p99_response_time="389",
    )
    points = ((CLIENTE, "cache_performance", 156), (CLINICA, "mobile_performance", 89))
    for tenant, metric, response in points:
        point = {"metric_type": metric, "tenant_id": tenant, "response_time_ms": response, "timestamp": now_iso()}
        yield 9, ("LPUSH", f"perf:timescale_queue:tenant:{tenant}", compact(point))
    event = {"event": "cache_update", "tenant_id": CLIENTE, "data": {"hit_rate": 89.2, "response_time": 156}}
    yield 9, ("LPUSH", "websocket:events:performance", compact(event))


def _predictions() -> Iterator[Write]:
    soon = [
        f"tenant:{CLIENTE}:api:crm:users",
        f"tenant:{CLIENTE}:api:whatsapp:contacts",
        f"tenant:{CLIENTE}:api:agendamento:today",
    ]
    yield hash_set(
        10,
        f"prediction:tenant:{CLIENTE}",
        next_hour_keys=compact(soon),
        confidence_score="0.87",
        predicted_hit_rate_improvement="12.5",
        recommended_preload="true",
        prediction_timestamp=now_iso(),
        ai_model="cache_predictor_v2.1",
    )
    soon = [f"tenant:{CLINICA}:api:agendamento:slots", f"tenant:{CLINICA}:api:pacientes:list"]
    yield hash_set(
        10,
        f"prediction:tenant:{CLINICA}",
        next_hour_keys=compact(soon),
        confidence_score="0.92",
        predicted_hit_rate_improvement="8.3",
        recommended_preload="true",
        prediction_timestamp=now_iso(),
    )
    entries = ((CLIENTE, "crm:dashboard", 7200, "preload"), (CLINICA, "agendamento:today", 3600, "mobile_optimization"))
    for tenant, item, seconds, purpose in entries:
        value = compact({"cached_for": purpose, "tenant_id": tenant, "warmed_at": now_iso()})
        yield string(10, f"warming:tenant:{tenant}:api:{item}", value, seconds)
    yield hash_set(
        10,
        f"ai:recommendations:applied:{CLIENTE}",
        ttl_optimization="increased_api_cache_ttl_by_50%",
        mobile_compression="enabled_for_payloads_over_1kb",
        preload_strategy="morning_peak_preparation",
        result="hit_rate_improved_by_7.2%",
        applied_at=now_iso(3600),
    )
