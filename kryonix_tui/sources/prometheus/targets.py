"""Scrape targets."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import Target
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import NAME_LIMIT
from kryonix_tui.sources.http.errors import one_line
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import decoded, kept

MAX_TARGETS = 10_000
_ERROR_LIMIT = 300


class _Target(msgspec.Struct):
    labels: dict[str, str] = {}
    health: str = "unknown"
    lastError: str = ""  # noqa: N815 - the name on the wire


def targets_of(data: Mapping[str, msgspec.Raw], peer: Peer) -> tuple[Target, ...]:
    """Return the active targets in `data` of `/api/v1/targets`, those that cannot be read left out.

    Raises:
        LookupError: there are no active targets.
        ReplyError: they are no list.
    """
    active = decoded(data["activeTargets"], list[msgspec.Raw], peer)
    readable = (kept(raw, _Target) for raw in active[:MAX_TARGETS])
    return tuple(_target(wire) for wire in readable if wire is not None)


def _target(wire: _Target) -> Target:
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
