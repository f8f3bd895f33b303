"""Scrape targets."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import Target
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import NAME_LIMIT
from kryonix_tui.sources.http.errors import one_line

MAX_TARGETS = 10_000
_ERROR_LIMIT = 300


class _Target(msgspec.Struct):
    labels: dict[str, str] = {}
    health: str = "unknown"
    lastError: str = ""  # noqa: N815 - the name on the wire


def targets_of(data: Mapping[str, object]) -> tuple[Target, ...]:
    """Return the active targets in `data` of `/api/v1/targets`, those that cannot be read left out.

    Raises:
        LookupError, TypeError: there is no list of active targets.
    """
    active = data["activeTargets"]
    if not isinstance(active, list):
        raise TypeError("activeTargets is no list")
    return tuple(target for item in active[:MAX_TARGETS] if (target := _target(item)) is not None)


def _target(item: object) -> Target | None:
    try:
        wire = msgspec.convert(item, _Target)
    except msgspec.ValidationError:
        return None
    up = wire.health == "up"
    error = one_line(wire.lastError, _ERROR_LIMIT)
    if not up and not error:
        error = _("not scraped yet")
    return Target(
        job=safe(wire.labels.get("job", ""), NAME_LIMIT),
        instance=safe(wire.labels.get("instance", ""), NAME_LIMIT),
        up=up,
        error="" if up else error,
    )
