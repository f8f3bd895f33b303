"""Attribution of the documents' own keys is exact, and hostile keys are attributed by the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.keyspace import OTHER, KeyPattern, KeyspaceMap, Role, tenant_anywhere
from kryonix_tui.model.kryonix_map import KRYONIX, PATTERNS
from kryonix_tui.safetext import identity, raw_bytes

DOCUMENTED = [
    (0, "tenant:acme:mobile:session:s1", "mobile_session", "acme"),
    (0, "tenant:acme:sdk:session:s1", "sdk_session", "acme"),
    (0, "template:mobile_session", "template", None),
    (1, "tenant:acme:api:crm:contacts", "api_cache", "acme"),
    (1, "tenant:acme:api:crm:contacts:page:2", "api_cache", "acme"),
    (1, "tenant:acme:sdk:config", "sdk_config", "acme"),
    (2, "queue:tenant:acme:whatsapp", "queue", "acme"),
    (2, "queue:system:auto_client_creation", "system_queue", None),
    (3, "metrics:tenant:acme", "metrics", "acme"),
    (3, "perf:timeline:tenant:acme", "perf_timeline", "acme"),
    (3, "metrics:system", "system_metrics", None),
    (3, "system:db_metrics:7", "system_metrics", None),
    (3, "system:global_metrics", "system_metrics", None),
    (4, "ai:patterns:tenant:acme", "ai_patterns", "acme"),
    (4, "ai:analysis_result:tenant:acme", "ai_result", "acme"),
    (4, "ai:auto_creation:analysis:x", "ai_template", None),
    (4, "ai:sector_templates:health", "ai_template", None),
    (5, "sdk:tenant:acme", "sdk_tenant", "acme"),
    (5, "sdk:session:tenant:acme:s1", "sdk_dev_session", "acme"),
    (5, "sdk:analytics:tenant:acme", "sdk_analytics", "acme"),
    (6, "creation:tenant:acme", "creation", "acme"),
    (6, "config:auto_setup:acme", "auto_setup", "acme"),
    (6, "template:onboarding:health", "template", None),
    (6, "verify:phone:+5500000000000", "verification", None),
    (6, "verify:email:someone@example.com", "verification", None),
    (7, "config:tenant:acme", "config", "acme"),
    (7, "branding:tenant:acme", "branding", "acme"),
    (7, "modules:tenant:acme:crm", "module_config", "acme"),
    (8, "mobile_app:tenant:acme", "mobile_app", "acme"),
    (8, "app_build:tenant:acme", "app_build", "acme"),
    (8, "app_analytics:tenant:acme", "app_analytics", "acme"),
    (9, "perf:tenant:acme", "perf", "acme"),
    (9, "perf:timescale_queue:tenant:acme", "timescale_queue", "acme"),
    (9, "websocket:events:performance", "event_queue", None),
    (10, "prediction:tenant:acme", "prediction", "acme"),
    (10, "warming:tenant:acme:api:crm:contacts", "warm_cache", "acme"),
    (10, "preload:tenant:acme:menu", "warm_cache", "acme"),
    (10, "mobile_optimized:tenant:acme:home", "warm_cache", "acme"),
    (10, "ai:recommendations:applied:acme", "ai_applied", "acme"),
    (11, "websocket:tenant:acme:c1", "websocket", "acme"),
    (11, "websocket:channels:tenant:acme", "ws_channels", "acme"),
    (12, "system:database_info:12", "infrastructure", None),
    (15, "system:database_info:15", "infrastructure", None),
    (0, "kryonix:lock", "console", None),
    (13, "kryonix:probe:x:y", "console", None),
]
STRANGE = [
    (0, "", OTHER, None),
    (0, "tenant:acme", OTHER, "acme"),
    (0, "tenant:", OTHER, None),
    (0, "tenant::x", OTHER, None),
    (3, "metrics:tenant:", OTHER, None),
    (3, "metrics:tenant:acme:old", OTHER, "acme"),
    (3, "tenant:acme:api:crm:x", OTHER, "acme"),
    (5, "legacy:tenant:tenant:x", OTHER, "tenant"),
    (6, "config:auto_setup:", OTHER, None),
    (9, "perf:{t}", OTHER, None),
    (1, "tenant:api:api:api:api", "api_cache", "api"),
    (0, "xtenant:acme:mobile:session:1", OTHER, None),
]


@pytest.mark.parametrize(("db", "key", "kind", "tenant"), [*DOCUMENTED, *STRANGE])
def test_kind_and_tenant(db: int, key: str, kind: str, tenant: str | None) -> None:
    # Twice: the second answer comes from memory.
    for _ in range(2):
        assert KRYONIX.attribute(db, key.encode())[:2] == (kind, tenant)


def test_every_pattern_of_the_map_is_documented_above() -> None:
    found = [KRYONIX.attribute(db, key.encode()).pattern for db, key, _, _ in DOCUMENTED]
    assert [pattern.pattern for pattern in PATTERNS if pattern not in found and pattern.db not in (13, 14)] == []


WORDS = (
    *sorted({segment for pattern in PATTERNS for segment in pattern.segments if b"{" not in segment}),
    *(b"t1", b"t10", b"", b"x", b"\xff"),
)


@given(st.binary(min_size=1, max_size=20).filter(lambda raw: b":" not in raw))
def test_a_tenant_keeps_every_byte(raw: bytes) -> None:
    tenant = KRYONIX.attribute(3, b"metrics:tenant:" + raw).tenant
    assert tenant is not None
    assert raw_bytes(tenant) == raw
    assert KeyPattern(3, "metrics:tenant:{t}", "metrics").key_for(tenant) == b"metrics:tenant:" + raw


@given(st.integers(0, 16), st.lists(st.sampled_from([b"tenant", b"perf", b"metrics", b"x", b"", b"\xff"]), max_size=6))
def test_a_key_outside_the_map_belongs_to_the_first_tenant_named(db: int, segments: list[bytes]) -> None:
    found = KRYONIX.attribute(db, b":".join(segments))
    if found.pattern is None:
        assert (found.kind, found.tenant) == (OTHER, tenant_anywhere(segments))


@given(st.lists(st.tuples(st.integers(0, 15), st.lists(st.sampled_from(WORDS), min_size=1, max_size=7)), max_size=60))
def test_a_long_walk_attributes_as_single_questions_do(keys: list[tuple[int, list[bytes]]]) -> None:
    attribute = KRYONIX.attribution()
    for db, segments in keys:
        key = b":".join(segments)
        assert attribute(db, key) == KRYONIX.attribute(db, key)


@given(st.integers(0, 15), st.lists(st.sampled_from(WORDS), min_size=1, max_size=7), st.sampled_from(WORDS))
def test_what_holds_for_a_prefix_holds_for_each_of_its_keys(db: int, segments: list[bytes], last: bytes) -> None:
    prefix = b":".join(segments)
    common = KRYONIX.of_prefix(db, prefix)
    if common is None:
        assert KRYONIX.last_segment_matters(db, prefix)
    else:
        assert common == KRYONIX.attribute(db, prefix + b":" + last)


def test_memory_stays_bounded_under_hostile_shapes() -> None:
    keyspace = KeyspaceMap(KRYONIX.databases, KRYONIX.patterns)
    for number in range(30_000):
        bits = [b"tenant" if number >> place & 1 else b"x" for place in range(15)]
        keyspace.attribute(0, b":".join(bits))
    keyspace.attribute(0, b"x:" * 100_000)
    assert len(keyspace._shapes) <= 10_000
    assert max(len(shape) for _, shape in keyspace._shapes) <= 16


def test_facts_are_read_only_where_the_key_follows_from_the_tenant() -> None:
    keyspace = KeyspaceMap(
        (),
        (
            KeyPattern(1, "m:tenant:{t}", "m", facts={"hit_rate": "r"}),
            KeyPattern(1, "m:tenant:{t}:{module}", "n", facts={"hit_rate": "r"}),
            KeyPattern(1, "fixed", "o", facts={"hit_rate": "r"}),
            KeyPattern(None, "a:{t}", "p", facts={"hit_rate": "r"}),
        ),
    )
    assert [pattern.kind for pattern in keyspace.with_facts()] == ["m"]


def test_example_keys_fit_their_patterns() -> None:
    tenant = identity(b"probe")
    assert b"metrics:tenant:probe" in KRYONIX.example_keys(tenant)
    assert set(KRYONIX.example_keys(tenant, queues=True)) == {
        b"queue:tenant:probe:probe",
        b"queue:system:auto_client_creation",
        b"perf:timescale_queue:tenant:probe",
        b"websocket:events:performance",
    }
    assert KRYONIX.kinds_with(Role.CREATION) == {"creation", "auto_setup"}
