"""Limits of round trips for tests of other things: on a machine that stands still, a PING takes as long as it takes."""

from __future__ import annotations

from typing import Final

import msgspec

from kryonix_tui.config.schema import Config, High

_NEVER: Final = 1e9

ENVIRONMENT: Final = {
    "KRYONIX_THRESHOLDS_LATENCY_WARNING": str(_NEVER),
    "KRYONIX_THRESHOLDS_LATENCY_CRITICAL": str(_NEVER),
}


def calm(config: Config) -> Config:
    """Return a configuration that finds no round trip long."""
    limits = msgspec.structs.replace(config.thresholds, latency=High(warning=_NEVER, critical=_NEVER))
    return msgspec.structs.replace(config, thresholds=limits)
