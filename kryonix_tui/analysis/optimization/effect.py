"""Whether hit rates are other than before, or whether chance alone may have made that.

The rule: two readings of one hit rate differ by chance. With `LEAST` readings on both sides, a difference counts where it
is more than twice its standard error (which chance exceeds about once in twenty times), and at least one percentage point.
With fewer nobody can tell. Something else may have changed in the same hour: this is no proof of a cause.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

from kryonix_tui.model.optimization import Effect

LEAST: Final = 5
"""Readings on each side before anything is said."""

_ERRORS: Final = 2.0
_LEAST_POINTS: Final = 1.0


def effect(before: Sequence[float], after: Sequence[float]) -> Effect:
    """Compare hit rates in percent.

    >>> effect([70, 71, 72, 70, 71], [80, 81, 82, 80, 81]).certain
    True
    >>> effect([70], [90]).certain
    False
    """
    if not before or not after:
        return Effect(_mean(before), _mean(after), len(before), len(after))
    first, second = statistics.fmean(before), statistics.fmean(after)
    noise = None
    if min(len(before), len(after)) >= LEAST:
        error = math.sqrt(statistics.variance(before) / len(before) + statistics.variance(after) / len(after))
        noise = max(_LEAST_POINTS, _ERRORS * error)
    certain = noise is not None and abs(second - first) > noise
    return Effect(first, second, len(before), len(after), noise, certain)


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
