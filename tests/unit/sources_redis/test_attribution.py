"""Counting by prefix gives what judging every key alone gives."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap, Role
from kryonix_tui.model.kryonix_map import DATABASES, KRYONIX, PATTERNS
from kryonix_tui.model.queues import queue_module
from kryonix_tui.sources.redis import attribution
from kryonix_tui.sources.redis.attribution import Attributor
from kryonix_tui.sources.redis.key_sizes import KeySizes
from kryonix_tui.sources.redis.tally import MAX_QUEUES, SAMPLE_SIZE, Tally

WORDS = sorted({segment for pattern in PATTERNS for segment in pattern.segments if not segment.startswith(b"{")})
SEGMENTS = st.one_of(st.sampled_from([*WORDS, b"a", b"b", b""]), st.binary(max_size=3))
KEYS = st.lists(SEGMENTS, min_size=1, max_size=7).map(b":".join)
SHAPED = st.builds(
    lambda pattern, fills: b":".join(
        fills[at] if segment.startswith(b"{") else segment for at, segment in enumerate(pattern.segments)
    ),
    st.sampled_from(PATTERNS),
    st.lists(SEGMENTS, min_size=8, max_size=8),
)
OWN_MAP = KeyspaceMap(
    DATABASES[:1],
    (
        KeyPattern(0, "{t}:x:{rest}", "tenant_first"),
        KeyPattern(0, "x:{t}", "tenant_last"),
        KeyPattern(0, "x:fixed", "fixed"),
        KeyPattern(0, "x:{kind}:{t}", "both"),
        KeyPattern(0, "q:{module}:{t}", "queue", role=Role.QUEUE),
        KeyPattern(None, "{any}", "single"),
    ),
)
OWN_KEYS = st.lists(st.sampled_from([b"x", b"q", b"fixed", b"tenant", b"a", b""]), min_size=1, max_size=5).map(
    b":".join
)


def counted_one_by_one(keyspace: KeyspaceMap, db: int, keys: list[bytes]) -> Counter[tuple[str, str | None]]:
    return Counter((found.kind, found.tenant) for found in (keyspace.attribute(db, key) for key in keys))


def check_against_single_keys(keyspace: KeyspaceMap, db: int, keys: list[bytes], batch: int = 7) -> Tally:
    tally = Tally(Attributor(keyspace))
    for start in range(0, len(keys), batch):
        tally.add(db, keys[start : start + batch])
    tally.settle()
    expected = counted_one_by_one(keyspace, db, keys)
    got = {(kind, tenant): count for tenant, counts in tally.tenants.items() for (_, kind), count in counts.items()}
    assert got == {pair: count for pair, count in expected.items() if pair[1] is not None}
    if keys:
        here = tally.databases[db]
        kinds: Counter[str] = Counter()
        for (kind, _), count in expected.items():
            kinds[kind] += count
        assert here.kinds == kinds
        assert here.keys == len(keys)
        assert here.tenant_keys == sum(got.values())
        assert here.unattributed == sum(
            found.pattern is None and found.tenant is None for found in (keyspace.attribute(db, key) for key in keys)
        )
    return tally


@settings(max_examples=300)
@given(st.integers(0, 16), st.lists(st.one_of(KEYS, SHAPED), max_size=40))
def test_by_prefix_equals_key_by_key(db: int, keys: list[bytes]) -> None:
    check_against_single_keys(KRYONIX, db, keys)


@settings(max_examples=300)
@given(st.integers(0, 1), st.lists(OWN_KEYS, max_size=40))
def test_by_prefix_equals_key_by_key_for_a_map_of_ones_own(db: int, keys: list[bytes]) -> None:
    check_against_single_keys(OWN_MAP, db, keys)


@settings(max_examples=50)
@given(st.lists(st.one_of(KEYS, SHAPED), max_size=40))
def test_a_full_memory_of_prefixes_changes_no_count(keys: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attribution, "_MAX_REMEMBERED", 2)
        check_against_single_keys(KRYONIX, 0, keys)


def test_a_sample_of_mobile_sessions_is_kept_for_each_tenant() -> None:
    keys = [b"tenant:%d:mobile:session:%d" % (tenant, session) for session in range(50) for tenant in (1, 2)]
    tally = check_against_single_keys(KRYONIX, 0, keys)
    for tenant in ("1", "2"):
        (sample,) = tally.samples[tenant].values()
        assert len(sample) == len(set(sample)) == SAMPLE_SIZE
        assert all(key in keys and b":%s:" % tenant.encode() in key for key in sample)


def test_every_queue_is_kept_with_its_module_and_tenant() -> None:
    tally = Tally(Attributor(KRYONIX))
    tally.add(2, [b"queue:tenant:t:crm", b"queue:tenant:t:whatsapp:in", b"queue:system:auto_client_creation"])
    tally.add(9, [b"perf:timescale_queue:tenant:t", b"websocket:events:performance"])
    found = {(queue.db, queue.module, queue.tenant) for queue in tally.queues}
    assert found == {
        (2, "crm", "t"),
        (2, "whatsapp:in", "t"),
        (2, "auto_client_creation", None),
        (9, "timescale", "t"),
        (9, "performance", None),
    }
    assert len(found) < MAX_QUEUES


def test_the_module_of_a_queue_is_printable() -> None:
    pattern = KeyPattern(2, "queue:tenant:{t}:{module}", "queue")
    assert queue_module(pattern, b"queue:tenant:t:\x1b[2J") == "␛[2J"


def test_a_tenant_costs_little_memory_however_many_keys_it_has() -> None:
    tenants, sessions = 200, 40
    shapes = (b"tenant:tenant_%d:mobile:session:%d", b"tenant:tenant_%d:cfg:%d", b"preload:tenant:tenant_%d:%d")
    attributor = Attributor(KRYONIX)
    sizes = KeySizes(attributor)
    tracemalloc.start()
    try:
        tally = Tally(attributor)
        for db, shape in enumerate(shapes):
            for number in range(sessions):
                batch = [shape % (tenant, number) for tenant in range(tenants)]
                sizes.choose(db, batch, tally.add(db, batch))
        tally.settle()
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(tally.tenants) == tenants
    assert held / tenants < 4_900
