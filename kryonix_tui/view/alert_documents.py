"""`kryonix alerts ... --json`: alerts and silences as documents for scripts. Texts are printable; times are ISO 8601."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from kryonix_tui.clock import Instant
from kryonix_tui.model.alert import Alert, Silence
from kryonix_tui.model.matchers import written
from kryonix_tui.safetext import safe
from kryonix_tui.view.silences import Standing

SCHEMA: Final = "kryonix.alerts/1"


def encode(content: Mapping[str, Any]) -> str:
    """Return a document as text."""
    return json.dumps({"schema": SCHEMA, **content}, indent=2)


def alert_part(alert: Alert) -> dict[str, Any]:
    """Return one alert."""
    shown = asdict(alert)
    del shown["raw"]
    return {
        **shown,
        "tenant": safe(alert.tenant) if alert.tenant is not None else None,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "starts_at": _iso(alert.starts_at),
        "summary": alert.summary,
    }


def silence_part(silence: Silence, standing: Standing) -> dict[str, Any]:
    """Return one silence, and what it does at the moment."""
    return {
        "id": silence.silence_id,
        "matchers": [safe(written(matcher), 2500) for matcher in silence.matchers],
        "starts_at": _iso(silence.starts_at),
        "ends_at": _iso(silence.ends_at),
        "seconds_left": round(standing.left),
        "author": silence.author,
        "comment": silence.comment,
        "active": silence.active,
        "alerts": standing.muted,
        "ending": standing.ending,
        "forgotten": standing.forgotten,
    }


def listed(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """Return several alerts."""
    return [alert_part(alert) for alert in alerts]


def _iso(wall: float) -> str | None:
    return Instant(wall, 0.0).iso() if wall else None
