"""The three tenants of the platform's design documents, with the figures that stand there.

Names and addresses of people are replaced, keys and passwords are plainly fake; everything else is as documented.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from kryonix_tui.demo.names import PHONE, api_key
from kryonix_tui.demo.records import compact, now_iso
from kryonix_tui.demo.writer import Write, expire, hash_set, string

CLIENTE: Final = "cliente_exemplo"
CLINICA: Final = "clinica_saude"
IMOBILIARIA: Final = "imobiliaria_xyz"
CREATING: Final = "nova_clinica_123"
SUBDOMAINS: Final = {CLIENTE: "cliente-exemplo.kryonix.com.br", CLINICA: "clinica-saude.kryonix.com.br"}
"""The host names that the documents give them."""


def documented() -> Iterator[Write]:
    """Yield everything that the documents write for their example tenants."""
    yield from _sessions()
    yield from _api_cache()
    yield from _queues()
    yield from _metrics()
    yield from _ai()
    yield from _sdk()
    yield from _creation()
    yield from _config()
    yield from _apps()
    yield from _performance()
    yield from _predictions()
    yield from _websockets()


def _sessions() -> Iterator[Write]:
    mobile, sdk = f"tenant:{CLIENTE}:mobile:session:sess_123", f"tenant:{CLIENTE}:sdk:session:sdk_789"
    yield hash_set(
        0,
        mobile,
        tenant_id=CLIENTE,
        user_id="user_456",
        device_type="mobile",
        platform="android",
        app_version="1.2.5",
        language="pt-BR",
        created_at=now_iso(1800),
        last_activity=now_iso(),
        business_context="medicina",
    )
    yield expire(0, mobile, 1800)
    yield hash_set(
        0,
        sdk,
        api_key=api_key(CLIENTE),
        tenant_id=CLIENTE,
        sdk_version="1.0.0",
        modules_enabled=compact(["crm", "whatsapp", "agendamento"]),
        last_api_call=now_iso(),
        rate_limit_remaining="9500",
        subscription_status="active",
    )
    yield expire(0, sdk, 3600)


def _api_cache() -> Iterator[Write]:
    replies: tuple[tuple[str, str, int, object], ...] = (
        (CLIENTE, "api:crm:users", 3600, [{"id": "user1", "role": "admin"}]),
        (
            CLINICA,
            "api:agendamento:slots",
            1800,
            [{"time": "09:00", "available": True}, {"time": "10:00", "available": False}],
        ),
        (IMOBILIARIA, "api:whatsapp:contacts", 1800, [{"phone": PHONE, "name": "Cliente Lead"}]),
    )
    for tenant, name, seconds, data in replies:
        reply = {"data": data, "tenant_id": tenant, "module": name.split(":")[1], "cached_at": now_iso()}
        yield string(1, f"tenant:{tenant}:{name}", compact(reply), seconds)
    base = "https://cliente-exemplo.kryonix.com.br/api"
    config = {
        "api_endpoints": {"crm": f"{base}/crm", "whatsapp": f"{base}/whatsapp"},
        "rate_limits": {"crm": 1000, "whatsapp": 5000},
        "features_enabled": ["push_notifications", "real_time_sync"],
    }
    yield string(1, f"tenant:{CLIENTE}:sdk:config", compact(config), 86400)


def _queues() -> Iterator[Write]:
    jobs: tuple[tuple[str, str, dict[str, object]], ...] = (
        (CLIENTE, "whatsapp", {"number": PHONE, "message": "Olá! Sua consulta foi agendada.", "priority": "high"}),
        (CLINICA, "notifications", {"user_id": "user123", "title": "Lembrete de consulta", "platform": "mobile"}),
        (IMOBILIARIA, "email", {"to": "cliente@demo.example", "template": "nova_propriedade"}),
    )
    for tenant, module, job in jobs:
        item = {"tenant_id": tenant, "module": module, "scheduled_for": "now", "enqueued_at": now_iso(), **job}
        yield 2, ("LPUSH", f"queue:tenant:{tenant}:{module}", compact(item))


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


def _sdk() -> Iterator[Write]:
    yield hash_set(
        5,
        f"sdk:tenant:{CLIENTE}",
        api_key=api_key(CLIENTE),
        modules_enabled=compact(["crm", "whatsapp", "agendamento"]),
        rate_limit="10000/hour",
        subscription_status="active",
        tenant_name="Cliente Exemplo LTDA",
        subdomain=SUBDOMAINS[CLIENTE],
        business_sector="medicina",
        created_at="2025-01-15",
    )
    yield hash_set(
        5,
        f"sdk:tenant:{CLINICA}",
        api_key=api_key(CLINICA),
        modules_enabled=compact(["crm", "agendamento", "whatsapp", "financeiro"]),
        rate_limit="15000/hour",
        subscription_status="active",
        tenant_name="Clínica Saúde & Vida",
        subdomain=SUBDOMAINS[CLINICA],
        business_sector="medicina",
        created_at="2025-01-20",
    )
    session = f"sdk:session:tenant:{CLIENTE}:sess_789"
    yield hash_set(
        5,
        session,
        api_key=api_key(CLIENTE),
        user_id="dev_user_1",
        ip_address="192.0.2.100",
        last_request=now_iso(),
        requests_count="45",
        session_start=now_iso(5400),
        modules_accessed=compact(["crm", "whatsapp"]),
    )
    yield expire(5, session, 3600)
    yield hash_set(
        5,
        f"sdk:analytics:tenant:{CLIENTE}",
        total_requests_today="1250",
        most_used_endpoint="/api/crm/leads",
        avg_response_time="98ms",
        error_rate="0.2%",
        last_error="null",
        peak_hour="14",
    )


def _creation() -> Iterator[Write]:
    yield hash_set(
        6,
        f"creation:tenant:{CREATING}",
        business_name="Nova Clínica Especializada",
        owner_name="Pessoa de Exemplo",
        phone=PHONE,
        email="contato@demo.example",
        sector="medicina",
        status="analyzing_requirements",
        progress="35%",
        estimated_completion="2min_30s",
        identified_modules=compact(["crm", "agendamento", "whatsapp", "financeiro", "portal"]),
    )
    yield hash_set(
        6,
        f"config:auto_setup:{CREATING}",
        subdomain="nova-clinica-especializada.kryonix.com.br",
        database_name="kryonix_nova_clinica_especializada",
        admin_user="admin@demo.example",
        temp_password="demo-only",  # noqa: S106 - plainly no password
        modules_being_configured=compact(["crm", "agendamento"]),
        current_step="creating_database",
        next_step="configuring_whatsapp",
    )


def _config() -> Iterator[Write]:
    common = {
        "timezone": "America/Sao_Paulo",
        "language": "pt-BR",
        "currency": "BRL",
        "date_format": "DD/MM/YYYY",
        "business_sector": "medicina",
    }
    hours = {"start": "08:00", "end": "18:00", "days": [1, 2, 3, 4, 5], "lunch_break": "12:00-13:00"}
    channels = {"email": True, "sms": True, "whatsapp": True, "push": True}
    yield hash_set(
        7,
        f"config:tenant:{CLIENTE}",
        **common,
        business_hours=compact(hours),
        notification_preferences=compact(channels),
    )
    hours = {"start": "07:00", "end": "19:00", "days": [1, 2, 3, 4, 5, 6], "lunch_break": "12:00-14:00"}
    yield hash_set(
        7,
        f"config:tenant:{CLINICA}",
        **common,
        business_hours=compact(hours),
        notification_preferences=compact(channels | {"sms": False}),
    )
    yield hash_set(
        7,
        f"branding:tenant:{CLIENTE}",
        primary_color="#2E7D32",
        secondary_color="#81C784",
        logo_url="https://s3.kryonix.com.br/cliente_exemplo/logo.png",
        custom_domain="sistema.clienteexemplo.com.br",
        app_name="Sistema Cliente Exemplo",
        footer_text="Powered by Cliente Exemplo",
    )
    yield hash_set(
        7,
        f"modules:tenant:{CLINICA}:agendamento",
        slot_duration="30",
        advance_booking_days="60",
        cancellation_policy="24h",
        online_booking="enabled",
        reminder_settings=compact({"whatsapp_24h": True, "email_48h": True, "sms_2h": False}),
    )


def _apps() -> Iterator[Write]:
    yield hash_set(
        8,
        f"mobile_app:tenant:{CLIENTE}",
        android_package="com.kryonix.clienteexemplo",
        ios_bundle="com.kryonix.clienteexemplo",
        app_name="Cliente Exemplo",
        version="1.2.5",
        primary_color="#1976D2",
        app_description="Sistema de gestão Cliente Exemplo",
        secondary_color="#42A5F5",
    )
    yield hash_set(
        8,
        f"mobile_app:tenant:{CLINICA}",
        android_package="com.kryonix.clinicasaude",
        ios_bundle="com.kryonix.clinicasaude",
        app_name="Clínica Saúde",
        version="1.1.8",
        primary_color="#2E7D32",
        app_description="Agendamento e gestão médica",
        secondary_color="#4CAF50",
    )
    yield hash_set(
        8,
        f"app_build:tenant:{CLIENTE}",
        android_build_status="completed",
        ios_build_status="in_progress",
        android_build_date="2025-01-26T15:30:00Z",
        pwa_url="https://cliente-exemplo.kryonix.com.br",
        auto_build_enabled="true",
    )
    yield hash_set(
        8,
        f"app_analytics:tenant:{CLINICA}",
        android_downloads="234",
        ios_downloads="156",
        pwa_installs="89",
        daily_active_users="67",
        average_session_duration="8min_30s",
        retention_7_days="78%",
        last_updated=now_iso(),
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


def _websockets() -> Iterator[Write]:
    open_ones = (
        (CLIENTE, "conn_abc123", "user_456", "mobile", "android"),
        (CLINICA, "conn_def456", "user_789", "desktop", "web"),
    )
    for tenant, connection, user, device, platform in open_ones:
        yield hash_set(
            11,
            f"websocket:tenant:{tenant}:{connection}",
            user_id=user,
            connection_id=connection,
            connected_at=now_iso(300),
            last_ping=now_iso(),
            subscribed_events=compact(["cache_updates", "new_leads"]),
            device_type=device,
            platform=platform,
        )
    yield 11, ("SADD", f"websocket:channels:tenant:{CLIENTE}", "cache_performance", "api_updates", "mobile_sync")
    yield (
        11,
        (
            "SADD",
            f"websocket:channels:tenant:{CLINICA}",
            "appointment_notifications",
            "patient_alerts",
            "system_status",
        ),
    )
