"""The keys that come and go: sessions, cached replies, connections, verification codes. One function each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from kryonix_tui.demo.cast import Profile
from kryonix_tui.demo.names import PHONE, api_key, token
from kryonix_tui.demo.sectors import RESOURCES
from kryonix_tui.demo.writer import Write, expire, hash_set, string

MOBILE_TTL: Final = 1800
SDK_TTL: Final = 3600
API_TTLS: Final = (1800, 3600)
WARM_TTL: Final = 3600
PHONE_CODE_TTL: Final = 300
MAIL_CODE_TTL: Final = 600

_VERSIONS: Final = ("1.1.8", "1.2.5", "1.2.5", "1.3.0")


def now_iso(ago: float = 0.0) -> str:
    """Return the time `ago` seconds before now, as the platform writes it."""
    return (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def compact(value: object) -> str:
    """Return `value` as the platform writes JSON: no spaces, accents as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def mobile_session(profile: Profile, rng: Random, age: float = 0.0) -> list[Write]:
    """Return a session of an app that was opened `age` seconds ago."""
    key = f"tenant:{profile.tenant}:mobile:session:{token(rng, 'sess')}"
    platform = rng.choices(("android", "ios", "web"), (0.7, 0.3, max(0.05, 1.1 - profile.mobile_share / 100)))[0]
    record = hash_set(
        0,
        key,
        tenant_id=profile.tenant,
        user_id=f"user_{rng.randrange(100_000)}",
        device_type="desktop" if platform == "web" else "mobile",
        platform=platform,
        push_token=f"fcm_demo_{rng.getrandbits(32):08x}",
        app_version=rng.choice(_VERSIONS),
        language="pt-BR",
        created_at=now_iso(age),
        last_activity=now_iso(age / 2),
        business_context=profile.sector.name,
    )
    return [record, expire(0, key, max(1, MOBILE_TTL - int(age)))]


def sdk_session(profile: Profile, rng: Random, age: float = 0.0) -> list[Write]:
    """Return a session of a program that uses the tenant's SDK key."""
    key = f"tenant:{profile.tenant}:sdk:session:{token(rng, 'sdk')}"
    record = hash_set(
        0,
        key,
        api_key=api_key(profile.tenant),
        tenant_id=profile.tenant,
        sdk_version="1.0.0",
        modules_enabled=compact(profile.sector.modules[:3]),
        last_api_call=now_iso(age / 3),
        rate_limit_remaining=rng.randrange(500, 10_000),
        subscription_status=profile.subscription,
    )
    return [record, expire(0, key, max(1, SDK_TTL - int(age)))]


def sdk_dev_session(profile: Profile, rng: Random, age: float = 0.0) -> list[Write]:
    """Return a session of a developer."""
    key = f"sdk:session:tenant:{profile.tenant}:{token(rng, 'sess')}"
    record = hash_set(
        5,
        key,
        api_key=api_key(profile.tenant),
        user_id=f"dev_user_{rng.randrange(20)}",
        ip_address=f"192.0.2.{rng.randrange(1, 255)}",
        last_request=now_iso(age / 3),
        requests_count=rng.randrange(1, 400),
        session_start=now_iso(age),
        modules_accessed=compact(profile.sector.modules[:2]),
    )
    return [record, expire(5, key, max(1, SDK_TTL - int(age)))]


def api_cache(profile: Profile, rng: Random, age: float = 0.0) -> list[Write]:
    """Return a cached reply of an API module."""
    module = rng.choice(profile.sector.modules)
    resource = f"{rng.choice(RESOURCES[module])}:{rng.getrandbits(32):08x}"
    reply = {
        "data": [{"id": f"{module}{rng.randrange(10_000)}", "status": rng.choice(("open", "done", "new"))}],
        "tenant_id": profile.tenant,
        "module": module,
        "cached_at": now_iso(age),
        "mobile_optimized": rng.random() < profile.mobile_share / 100,
    }
    seconds = int(rng.choice([ttl for ttl in API_TTLS if ttl > age]) - age) or 1
    return [string(1, f"tenant:{profile.tenant}:api:{module}:{resource}", compact(reply), seconds)]


def warm_cache(profile: Profile, rng: Random, age: float = 0.0) -> list[Write]:
    """Return an entry that was prepared before anybody asked for it."""
    module = rng.choice(profile.sector.modules)
    item = f"{rng.choice(RESOURCES[module])}_{rng.getrandbits(32):08x}"
    name = rng.choice(
        (
            f"warming:tenant:{profile.tenant}:api:{module}:{item}",
            f"preload:tenant:{profile.tenant}:{item}",
            f"mobile_optimized:tenant:{profile.tenant}:{item}",
        )
    )
    value = compact({"tenant_id": profile.tenant, "item": item, "cached_for": "preload", "warmed_at": now_iso(age)})
    return [string(10, name, value, max(1, WARM_TTL - int(age)))]


def websocket(profile: Profile, rng: Random, age: float = 0.0) -> list[Write]:
    """Return an open connection; it ends by being closed, not by time."""
    connection = token(rng, "conn")
    return [
        hash_set(
            11,
            f"websocket:tenant:{profile.tenant}:{connection}",
            user_id=f"user_{rng.randrange(100_000)}",
            connection_id=connection,
            connected_at=now_iso(age),
            last_ping=now_iso(),
            subscribed_events=compact(["cache_updates", "performance_alerts"]),
            device_type=rng.choice(("mobile", "mobile", "desktop")),
            platform=rng.choice(("android", "ios", "web")),
        )
    ]


def verification(rng: Random) -> list[Write]:
    """Return the two codes of somebody who is signing up; no such telephone or mailbox exists."""
    code = f"{rng.randrange(1_000_000):06}"
    mail = f"contato{rng.randrange(1000)}@demo.example"
    return [
        string(6, f"verify:phone:{PHONE}", code, PHONE_CODE_TTL),
        string(6, f"verify:email:{mail}", code, MAIL_CODE_TTL),
    ]


def queue_item(profile: Profile, module: str, rng: Random, age: float = 0.0) -> str:
    """Return a job as it waits in a queue."""
    return compact(
        {
            "tenant_id": profile.tenant,
            "module": module,
            "priority": rng.choices(("high", "normal", "low"), (0.2, 0.6, 0.2))[0],
            "scheduled_for": "now" if rng.random() < 0.8 else now_iso(-rng.randrange(60, 7200)),
            "enqueued_at": now_iso(age),
            "number": PHONE,
            "business_context": profile.sector.name,
        }
    )
