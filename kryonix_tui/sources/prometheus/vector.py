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


def tenant_vector(series: object, limit: int = MAX_SERIES) -> TenantVector:
    """Return the first `limit` series by tenant and rule.

    Discarded and counted: values that are not finite, series without a usable tenant label or rule name, and series
    that another one of the same tenant and rule precedes, as nobody could say which of them is meant.

    Raises:
        TypeError: `series`, the `result` of an instant query, is no list.
    """
    if not isinstance(series, list):
        raise TypeError("result is no list")
    tenants: dict[str, dict[str, Sample]] = {}
    discarded = 0
    for item in series[:limit]:
        point = _point(item)
        if point is None or point[1] in tenants.get(point[0], ()):
            discarded += 1
            continue
        tenant, rule, sample = point
        tenants.setdefault(tenant, {})[rule] = sample
    return TenantVector(tenants, discarded, truncated=len(series) > limit)


def _point(item: object) -> tuple[str, str, Sample] | None:
    try:
        series = msgspec.convert(item, _Series)
        value = float(series.value[1])
    except ValueError:
        return None
    name = series.metric.get("__name__", "")
    rule = safe(name.removeprefix(PREFIX), NAME_LIMIT)
    tenant = tenant_of(series.metric)
    if tenant is None or not name.startswith(PREFIX) or not rule or not math.isfinite(value):
        return None
    return tenant, rule, Sample(value, series.value[0])
