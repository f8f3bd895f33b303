"""From an instant vector to the figures of each tenant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from kryonix_tui.model.metrics import Sample
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import NAME_LIMIT, tenant_of
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import decoded, kept

PREFIX: Final = "tenant:"
QUERY: Final = f'{{__name__=~"{PREFIX}.+"}}'
"""Every recording rule that is aggregated by tenant, by the naming convention `level:metric`."""

MAX_SERIES: Final = 200_000


@dataclass(frozen=True, slots=True)
class TenantVector:
    """`tenants` is {tenant: {rule without its prefix: sample}}; the others as in `MetricsFacts`."""

    tenants: Mapping[str, Mapping[str, Sample]]
    discarded: int
    truncated: bool


class _Series(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


def tenant_vector(result: msgspec.Raw, peer: Peer, limit: int = MAX_SERIES) -> TenantVector:
    """Return the first `limit` series of `result`, the JSON of an instant vector, by tenant and rule.

    Discarded and counted: values that are not finite, series without a usable tenant label or rule name, and series
    that another one of the same tenant and rule precedes, as nobody could say which of them is meant.

    Raises:
        ReplyError: `result` is no list.
    """
    series = decoded(result, list[msgspec.Raw], peer)
    tenants: dict[str, dict[str, Sample]] = {}
    discarded = 0
    for raw in series[:limit]:
        point = _point(raw)
        if point is None or point[1] in tenants.get(point[0], ()):
            discarded += 1
            continue
        tenant, rule, sample = point
        tenants.setdefault(tenant, {})[rule] = sample
    return TenantVector(tenants, discarded, truncated=len(series) > limit)


def _point(raw: msgspec.Raw) -> tuple[str, str, Sample] | None:
    series = kept(raw, _Series)
    if series is None:
        return None
    try:
        value = float(series.value[1])
    except ValueError:
        return None
    name = series.metric.get("__name__", "")
    rule = safe(name.removeprefix(PREFIX), NAME_LIMIT)
    tenant = tenant_of(series.metric)
    if tenant is None or not name.startswith(PREFIX) or not rule or not math.isfinite(value):
        return None
    return tenant, rule, Sample(value, series.value[0])
