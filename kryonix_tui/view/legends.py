"""What a series of an answer is called."""

from __future__ import annotations

import re
from typing import Final

from kryonix_tui.config.screen import Query
from kryonix_tui.i18n import _
from kryonix_tui.model.question import LabelledSeries
from kryonix_tui.safetext import safe

LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
"""The place of a label's value, as in Grafana."""

_LIMIT: Final = 60


def text(template: str, series: LabelledSeries, limit: int = _LIMIT) -> str:
    """Return a template with the values of labels in it; those that a series does not have are empty."""
    return safe(LABEL.sub(lambda found: series.labels.get(found[1], ""), template).strip(), limit)


def legend(query: Query, series: LabelledSeries) -> str:
    """Return what a series is called: as the query says, else by its labels, else by its name."""
    if query.legend:
        return text(_(query.legend), series) or "–"
    labels = [f"{name}={value}" for name, value in sorted(series.labels.items()) if name != "__name__"]
    return safe(" ".join(labels) or series.labels.get("__name__", "") or _("value"), _LIMIT)
