"""A figure against its threshold."""

from __future__ import annotations

from dataclasses import dataclass

from kryonix_tui.config.schema import High, Low
from kryonix_tui.model.tenant import Health


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure that is not ok: how bad, and the limit that it crossed."""

    level: Health
    limit: float


def judge(value: float, threshold: High | Low) -> Verdict | None:
    """Return the verdict on `value`, None where it is ok."""
    if isinstance(threshold, Low):
        critical, warning = value < threshold.critical, value < threshold.warning
    else:
        critical, warning = value > threshold.critical, value > threshold.warning
    if critical:
        return Verdict(Health.CRITICAL, threshold.critical)
    return Verdict(Health.WARNING, threshold.warning) if warning else None
