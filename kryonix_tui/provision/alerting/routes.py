"""The routing tree: one for all tenants, whose alerts are grouped by tenant and category.

Under the route of each severity stand those who are told of it: first the receiver of the severity itself, then those of
the tenant and of the category. Whom none of these takes goes to the default receiver. Only critical alerts, those on the
monitoring itself and those of unknown severity arrive at any hour; the others wait for business hours. A route does not
inherit the hours of the one above it, so each says its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kryonix_tui.config.provision import Alerting
from kryonix_tui.provision.alerting.matching import equal

Route = dict[str, Any]

HOURS: Final = "business-hours"
"""Name of the time interval."""
NOBODY: Final = "kryonix-nobody"
"""The receiver that tells nobody: such alerts are only shown."""
NOTIFIER: Final = "kryonix-notify"
"""The receiver that stands in where none is configured."""

CRITICAL: Final = "critical"
_SEVERITIES: Final = (CRITICAL, "warning", "info")
_CAN_WAIT: Final = ("warning", "info")
_OF_MONITORING: Final = "monitoring"
"""The category that cannot wait: while monitoring fails, a critical alert may not be raised."""

_ROOT_TIMING: Final = {"group_wait": "10s", "group_interval": "5m", "repeat_interval": "12h"}
_TIMINGS: Final = {
    CRITICAL: {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "5m"},
    "info": {"repeat_interval": "24h"},
}
_WATCHDOG_TIMING: Final = {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "2m"}
_CATEGORY_TIMINGS: Final = {"mobile_performance": {"group_interval": "2m"}}
_AI_TIMING: Final = {"group_interval": "1m"}
_AI_LABELS: Final = ("ai_enhanced", "ai_prediction")


def root(alerting: Alerting) -> Route:
    """Return the tree."""
    children = [
        {
            "matchers": [equal("alertname", "Watchdog")],
            "receiver": alerting.watchdog or NOBODY,
            "group_by": ["alertname"],
            **_WATCHDOG_TIMING,
        }
    ]
    for severity in dict.fromkeys((*_SEVERITIES, *alerting.severities)):
        children += _of_severity(alerting, severity)
    children += [*_of_categories(alerting, "", hours={})]
    return {
        "receiver": default_receiver(alerting),
        "group_by": ["tenant_id", "category"],
        **_ROOT_TIMING,
        "routes": children,
    }


def default_receiver(alerting: Alerting) -> str:
    """Return who is told what no other receiver takes: without a choice the first of them, without any our notifier."""
    if alerting.default:
        return alerting.default
    if alerting.receivers:
        return next(iter(alerting.receivers))
    return NOTIFIER if alerting.notifier.url else NOBODY


def time_intervals(alerting: Alerting) -> list[dict[str, Any]]:
    """Return the business hours; nothing where no day is a working day, as then nothing waits."""
    hours = alerting.hours
    if not hours.days:
        return []
    times = {
        "times": [{"start_time": hours.start, "end_time": hours.end}],
        "weekdays": list(hours.days),
        "location": hours.time_zone,
    }
    return [{"name": HOURS, "time_intervals": [times]}]


def _of_severity(alerting: Alerting, severity: str) -> Iterator[Route]:
    matchers = [equal("severity", severity)]
    if severity not in _CAN_WAIT or not alerting.hours.days:
        yield _told(alerting, severity, matchers, hours={})
        return
    yield _told(alerting, severity, [*matchers, equal("category", _OF_MONITORING)], hours={})
    yield _told(alerting, severity, matchers, hours={"active_time_intervals": [HOURS]})


def _told(alerting: Alerting, severity: str, matchers: list[str], hours: Route) -> Route:
    """Return the route of alerts of one severity, with those below it who are told of them."""
    own = alerting.severities.get(severity, "")
    if not own and not alerting.receivers and severity == "info":
        own = NOBODY
    below = [{"receiver": own, "continue": True, **hours}] if own else []
    below += _of_tenants(alerting, own, hours)
    below += _of_categories(alerting, severity, hours)
    route = {"matchers": matchers, "receiver": default_receiver(alerting), **_TIMINGS.get(severity, {}), **hours}
    return {**route, "routes": below} if below else route


def _of_tenants(alerting: Alerting, told: str, hours: Route) -> Iterator[Route]:
    for tenant, receiver in alerting.tenants.items():
        if receiver != told:
            yield {"matchers": [equal("tenant_id", tenant)], "receiver": receiver, "continue": True, **hours}


def _of_categories(alerting: Alerting, severity: str, hours: Route) -> Iterator[Route]:
    """Yield the routes by category. Whom `severity` has told already is not told twice."""
    told = alerting.severities.get(severity, "")
    urgent = severity == CRITICAL
    if alerting.ai and alerting.ai != told:
        timing = {} if urgent else _AI_TIMING
        for label in _AI_LABELS:
            yield {"matchers": [equal(label, "true")], "receiver": alerting.ai, **timing, **hours}
    for category, receiver in alerting.categories.items():
        if receiver != told:
            timing = {} if urgent else _CATEGORY_TIMINGS.get(category, {})
            yield {"matchers": [equal("category", category)], "receiver": receiver, **timing, **hours}
