"""Since when an item waits: what it says itself, and nothing where it says nothing that makes sense."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.waiting import waiting_since

NOW = 1_738_000_000.0
THEN = 1_737_973_800.0


@pytest.mark.parametrize(
    ("item", "since"),
    [
        ('{"enqueued_at": "2025-01-27T10:30:00Z"}', THEN),
        ('{"enqueued_at": "2025-01-27T07:30:00-03:00"}', THEN),
        ('{"timestamp": "2025-01-27T10:30:00"}', THEN),
        ('{"created_at": 1737973800}', THEN),
        ('{"created_at": 1737973800.5}', THEN + 0.5),
        ('{"created_at": 1737973800500}', THEN + 0.5),
        ('{"created_at": "1737973800500"}', THEN + 0.5),
        ('{"created_at": 1, "timestamp": 1737973800}', THEN),
        ('{"timestamp": 1737000000, "enqueued_at": 1737973800}', THEN),
        ('{"enqueued_at": "soon", "created_at": 1737973800}', THEN),
        (f'{{"enqueued_at": {NOW + 5}}}', NOW),
        (f'{{"enqueued_at": {NOW + 500}}}', None),
        ('{"enqueued_at": true}', None),
        ('{"enqueued_at": null}', None),
        ('{"enqueued_at": {"enqueued_at": 1737973800}}', None),
        ('{"enqueued_at": 1e400}', None),
        ('{"enqueued_at": "nan"}', None),
        ('{"enqueued_at": -5}', None),
        ('{"scheduled_for": "now"}', None),
        ("[1737973800]", None),
        ("1737973800", None),
        ("", None),
        ('{"enqueued_at": 1737973800', None),
        ("[" * 5000, None),
    ],
)
def test_the_moment_of_an_item(item: str, since: float | None) -> None:
    assert waiting_since(item.encode(), NOW) == since


@given(st.binary() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_no_item_is_too_strange(item: bytes) -> None:
    since = waiting_since(item, NOW)
    assert since is None or since <= NOW


@given(st.text() | st.floats() | st.integers())
def test_no_moment_is_too_strange(said: object) -> None:
    since = waiting_since(json.dumps({"enqueued_at": said}).encode("utf-8", "surrogatepass"), NOW)
    assert since is None or 0 < since <= NOW
