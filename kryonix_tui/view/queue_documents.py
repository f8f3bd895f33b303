"""Queues and their items as JSON: what scripts get from `kryonix queues list` and `kryonix queues peek`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.queues import QueuePage, QueueState, Rate
from kryonix_tui.safetext import safe
from kryonix_tui.view.queue_items import text_of


def queues(states: Iterable[QueueState], now: float) -> str:
    """Return the document `kryonix.queues/1`. Rates are items per second, ages seconds; null: not known."""
    return _encode("queues", {"time": _iso(now), "queues": [_state(state, now) for state in states]})


def peek(queue: QueueKey, page: QueuePage, now: float, *, revealed: bool) -> str:
    """Return the document `kryonix.queue_peek/1`. `next` is the place to go on from, null where that was all."""
    return _encode(
        "queue_peek",
        {
            "time": _iso(now),
            "tenant": None if queue.tenant is None else safe(queue.tenant),
            "module": queue.module,
            "db": queue.db,
            "key": safe(queue.key),
            "type": page.type or None,
            "depth": page.depth,
            "revealed": revealed,
            "refused": page.refused,
            "items": [
                {
                    "place": item.place,
                    "bytes": item.size,
                    "age_s": None if item.since is None else round(max(0.0, now - item.since), 1),
                    "text": text_of(item, revealed=revealed),
                }
                for item in page.items
            ],
            "next": page.next,
        },
    )


def _state(state: QueueState, now: float) -> dict[str, Any]:
    empties = state.seconds_to_empty
    return {
        "tenant": None if state.tenant is None else safe(state.tenant),
        "module": state.module,
        "depth": state.depth,
        "oldest_age_s": None if state.oldest is None else round(max(0.0, now - state.oldest), 1),
        "net": _rounded(state.net),
        "arriving": _rate(state.arriving),
        "leaving": _rate(state.leaving),
        "empty_in_s": None if empties is None else round(empties, 1),
        "quiet_s": round(state.quiet, 1),
        "consumer": state.consumer.value,
    }


def _rate(rate: Rate | None) -> dict[str, Any] | None:
    return None if rate is None else {"value": _rounded(rate.value), "certainty": rate.certainty.value}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _encode(name: str, content: dict[str, Any]) -> str:
    return json.dumps({"schema": f"kryonix.{name}/1", **content}, indent=2)


def _iso(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds")
