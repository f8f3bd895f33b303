"""What the documented tenants are doing: sessions, cached replies, waiting jobs, open connections."""

from __future__ import annotations

from collections.abc import Iterator

from kryonix_tui.demo.documented.tenants import CLIENTE, CLINICA, IMOBILIARIA
from kryonix_tui.demo.names import PHONE, api_key
from kryonix_tui.demo.records import compact, now_iso
from kryonix_tui.demo.writer import Write, expire, hash_set, string


def activity() -> Iterator[Write]:
    """Yield what comes and goes."""
    yield from _sessions()
    yield from _api_cache()
    yield from _queues()
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
