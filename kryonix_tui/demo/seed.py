"""What stands in the 16 databases before anything moves, the documented tenants aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Final, TypeAlias

from kryonix_tui.demo import records
from kryonix_tui.demo.cast import Part, Profile
from kryonix_tui.demo.figures import metrics_hash, perf_hash
from kryonix_tui.demo.names import PHONE, api_key, subdomain
from kryonix_tui.demo.records import compact, now_iso
from kryonix_tui.demo.rhythm import figures
from kryonix_tui.demo.sectors import SECTORS
from kryonix_tui.demo.writer import Write, hash_set, string

Maker: TypeAlias = Callable[[Profile, Random, float], list[Write]]

MAKERS: Final[dict[str, tuple[Maker, int]]] = {
    "mobile_session": (records.mobile_session, records.MOBILE_TTL),
    "sdk_session": (records.sdk_session, records.SDK_TTL),
    "sdk_dev_session": (records.sdk_dev_session, records.SDK_TTL),
    "api_cache": (records.api_cache, max(records.API_TTLS)),
    "warm_cache": (records.warm_cache, records.WARM_TTL),
    "websocket": (records.websocket, 600),
}
"""By kind: how a key that comes and goes is made, and how old it may be at the start (seconds)."""

DAY: Final = 86_400


def tenant_keys(profile: Profile, rng: Random) -> Iterator[Write]:
    """Yield all keys of one tenant; of a documented one only those that come and go, the rest is in `documented`."""
    if profile.part is not Part.DOCUMENTED:
        yield from _core(profile)
        if not profile.lean:
            yield from _settings(profile, rng)
            yield from _insights(profile, rng)
            yield from _apps(profile, rng)
    for kind, amount in profile.population.items():
        make, oldest = MAKERS[kind]
        for _ in range(amount):
            yield from make(profile, rng, rng.uniform(0, oldest - 5))


def platform_keys(rng: Random, tenants: int) -> Iterator[Write]:
    """Yield the keys of the platform itself, and some that nobody knows what to make of."""
    yield hash_set(
        0,
        "template:mobile_session",
        tenant_id="tenant_uuid",
        user_id="uuid",
        device_type="mobile",
        platform="android|ios",
        language="pt-BR",
        isolation="strict",
        session_duration="1800",
    )
    job = {"business_name": "Nova Empresa LTDA", "phone": PHONE, "sector": "servicos", "enqueued_at": now_iso()}
    yield 2, ("LPUSH", "queue:system:auto_client_creation", compact(job))
    yield hash_set(3, "metrics:system", total_tenants=tenants, system_health="excellent")
    yield hash_set(3, "system:global_metrics", databases_active=16, timestamp=int(time.time()))
    yield hash_set(
        4,
        "ai:auto_creation:analysis:nova_empresa",
        identified_sector="servicos",
        estimated_setup_time="3min_45s",
        recommended_modules=compact(["crm", "whatsapp", "financeiro", "portal"]),
        confidence_score="0.94",
    )
    for sector in SECTORS:
        yield hash_set(4, f"ai:sector_templates:{sector.name}", modules=compact(sector.modules))
        yield hash_set(6, f"template:onboarding:{sector.name}", welcome_message="Bem-vindo!")
    yield from records.verification(rng)
    yield from _being_created()
    for db in range(16):
        yield hash_set(3, f"system:db_metrics:{db}", size=0, tenant_keys=0, timestamp=int(time.time()))
    for db in range(12, 16):
        yield hash_set(
            db,
            f"system:database_info:{db}",
            purpose="infrastructure_and_expansion",
            version="1.0",
            tenant_isolation="enabled",
            created_at=now_iso(),
            reserved_for="cluster_coordination,backup_metadata,health_monitoring,emergency_cache",
        )


def strays(tenant: str) -> Iterator[Write]:
    """Yield keys that no pattern describes: most belong to nobody, some name `tenant`; and one of the console's kind."""
    yield 0, ("SET", "healthcheck", "ok")
    yield 1, ("SET", "lock:cache_warmer", "worker-2")
    yield 1, ("SET", "dashboard:global:v2", "{}")
    yield 2, ("SADD", "workers", "worker-1", "worker-2")
    yield hash_set(4, "model:cache_predictor_v2.1", trained_at=now_iso(DAY))
    yield 9, ("SET", "tmp:import:2381", "1")
    yield 10, ("SET", "legacy-promo-banner", "{}")
    yield 1, ("SET", f"export:tenant:{tenant}:customers.csv", "requested")
    yield 2, ("LPUSH", f"retry:tenant:{tenant}:whatsapp", compact({"attempt": 3}))
    yield 7, ("SET", f"draft:branding:tenant:{tenant}", "{}")
    yield 15, ("SET", "kryonix:probe:demo", now_iso())


def _core(profile: Profile) -> Iterator[Write]:
    tenant, at_start = profile.tenant, figures(profile, 0.0)
    yield metrics_hash(profile, at_start, 0.0)
    yield perf_hash(profile, at_start)
    yield hash_set(
        5,
        f"sdk:tenant:{tenant}",
        api_key=api_key(tenant),
        modules_enabled=compact(profile.sector.modules),
        rate_limit="10000/hour",
        subscription_status=profile.subscription,
        tenant_name=profile.name,
        subdomain=subdomain(tenant),
        business_sector=profile.sector.name,
        created_at="2025-01-20",
    )
    yield hash_set(
        5,
        f"sdk:analytics:tenant:{tenant}",
        total_requests_today=round(profile.requests_per_second * 900),
        most_used_endpoint=f"/api/{profile.sector.modules[0]}",
        avg_response_time=f"{profile.response_ms:.0f}ms",
        error_rate=f"{profile.error_rate:.1f}%",
        last_error="null",
        peak_hour="14",
    )
    yield hash_set(
        7,
        f"config:tenant:{tenant}",
        timezone="America/Sao_Paulo",
        language="pt-BR",
        currency="BRL",
        date_format="DD/MM/YYYY",
        business_hours=compact({"start": "08:00", "end": "18:00", "days": [1, 2, 3, 4, 5]}),
        notification_preferences=compact({"email": True, "whatsapp": True}),
        business_sector=profile.sector.name,
    )


def _settings(profile: Profile, rng: Random) -> Iterator[Write]:
    tenant = profile.tenant
    endpoints = {module: f"https://{subdomain(tenant)}/api/{module}" for module in profile.sector.modules}
    limits = dict.fromkeys(profile.sector.modules, 1000)
    yield string(1, f"tenant:{tenant}:sdk:config", compact({"api_endpoints": endpoints, "rate_limits": limits}), DAY)
    colour = f"#{rng.randrange(0x1000000):06X}"
    yield hash_set(
        7,
        f"branding:tenant:{tenant}",
        primary_color=colour,
        secondary_color="#81C784",
        app_name=profile.name,
        custom_domain=f"app.{subdomain(tenant)}",
        footer_text=f"Powered by {profile.name}",
    )
    for module in profile.sector.modules:
        yield hash_set(7, f"modules:tenant:{tenant}:{module}", enabled="true", plan=profile.tier)
    yield 11, ("SADD", f"websocket:channels:tenant:{tenant}", "cache_performance", "api_updates", "mobile_sync")


def _insights(profile: Profile, rng: Random) -> Iterator[Write]:
    tenant, modules = profile.tenant, profile.sector.modules
    yield 3, ("ZADD", f"perf:timeline:tenant:{tenant}", int(time.time()), f"response_time:{profile.response_ms:.0f}")
    yield hash_set(
        4,
        f"ai:patterns:tenant:{tenant}",
        peak_hours=compact(sorted(rng.sample(range(7, 21), 3))),
        mobile_percentage=str(profile.mobile_share),
        most_used_module=rng.choice(modules),
        optimization_opportunities=compact(["mobile_compression"]),
        last_analysis=now_iso(600),
    )
    result = {
        "tenant_id": tenant,
        "analysis_timestamp": now_iso(600),
        "optimizations_applied": [],
        "performance_score": 0,
    }
    yield string(4, f"ai:analysis_result:tenant:{tenant}", compact(result), DAY)
    soon = [f"tenant:{tenant}:api:{module}:today" for module in modules[:2]]
    yield hash_set(
        10,
        f"prediction:tenant:{tenant}",
        next_hour_keys=compact(soon),
        confidence_score=f"{rng.uniform(0.6, 0.95):.2f}",
        predicted_hit_rate_improvement=f"{rng.uniform(2, 13):.1f}",
        recommended_preload="true",
        prediction_timestamp=now_iso(),
    )
    yield hash_set(
        10,
        f"ai:recommendations:applied:{tenant}",
        ttl_optimization="increased_api_cache_ttl_by_50%",
        result="hit_rate_improved_by_2.4%",
        applied_at=now_iso(3600),
    )


def _apps(profile: Profile, rng: Random) -> Iterator[Write]:
    tenant = profile.tenant
    package = f"example.kryonix.{tenant.replace('_', '')}"
    yield hash_set(
        8,
        f"mobile_app:tenant:{tenant}",
        android_package=package,
        ios_bundle=package,
        app_name=profile.name,
        version=rng.choice(("1.1.8", "1.2.5", "1.3.0")),
        primary_color="#1976D2",
    )
    yield hash_set(
        8,
        f"app_build:tenant:{tenant}",
        android_build_status=rng.choice(("completed", "completed", "failed")),
        ios_build_status=rng.choice(("completed", "in_progress")),
        android_build_date=now_iso(DAY),
        auto_build_enabled="true",
    )
    yield hash_set(
        8,
        f"app_analytics:tenant:{tenant}",
        android_downloads=rng.randrange(50, 5000),
        ios_downloads=rng.randrange(20, 2000),
        pwa_installs=rng.randrange(10, 400),
        daily_active_users=rng.randrange(10, 900),
        retention_7_days=f"{rng.randrange(40, 85)}%",
        average_session_duration=f"{rng.randrange(2, 12)}min_30s",
        last_updated=now_iso(),
    )


def _being_created() -> Iterator[Write]:
    yield hash_set(
        6,
        "creation:tenant:nova_escola_vagalume",
        business_name="Nova Escola Vagalume",
        phone=PHONE,
        sector="educacao",
        status="configuring_modules",
        progress="72%",
        estimated_completion="1min_05s",
    )
    yield hash_set(
        6,
        "config:auto_setup:nova_escola_vagalume",
        subdomain=subdomain("nova_escola_vagalume"),
        temp_password="demo-only",  # noqa: S106 - plainly no password
        current_step="configuring_whatsapp",
        next_step="sending_welcome",
    )
