"""The section `alerts`: what the console itself watches, and how silences are bounded."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from kryonix_tui.config.section import High, Percent, Seconds, Section

Long = Annotated[float, Meta(gt=0, le=31 * 86_400)]
"""Seconds, a month at most."""


class Checks(Section, frozen=True):
    """Alerts of the console's own, which need no Prometheus. Limits of figures are those of `thresholds`."""

    enabled: bool = True
    """Watch at all."""
    unreachable: Seconds = 15.0
    """Seconds for which Redis must not answer before that is an alert."""
    lasting: Seconds = 60.0
    """Seconds for which anything else must last before it is one."""
    hit_rate_lasting: Seconds = 300.0
    """Seconds for which the hit rate of a tenant must be low."""
    queue_lasting: Seconds = 900.0
    """Seconds for which a queue must grow without ever becoming shorter."""
    keep: Seconds = 120.0
    """Seconds for which an alert goes on when its cause is gone, so that it does not come and go."""
    hysteresis: Percent = 5.0
    """Percent by which a figure must be better than its limit before an alert on it ends."""
    replication_lag: High = High(warning=1_000_000.0, critical=64_000_000.0)
    """Bytes by which a replica is behind its primary."""
    census_age: Seconds = 3600.0
    """Seconds after which the last whole walk over all keys is too old."""
    source_stale: Seconds = 120.0
    """Seconds without an answer of Prometheus, Alertmanager, or about tenants, before that is an alert."""
    vanished: Long = 86_400.0
    """Seconds for which a tenant that has no keys any more is told of."""


class Alerts(Section, frozen=True):
    """The console's own alerts, and silences."""

    checks: Checks = Checks()
    """Alerts of the console's own, which need no Prometheus."""
    silence: Long = 7200.0
    """Seconds that are proposed for a silence."""
    max_silence: Long = 86_400.0
    """Seconds that a silence may last at most from now, a new one as well as one that is extended."""
    ending: Seconds = 900.0
    """Seconds before its end from which on a silence is marked as ending soon."""
