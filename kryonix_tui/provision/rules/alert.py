"""One alert rule: what it says and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kryonix_tui.config.provision import Provision
from kryonix_tui.i18n import _
from kryonix_tui.provision.dashboards import OVERVIEW, TENANT, dashboard_url
from kryonix_tui.provision.rules.series import duration

INFO: Final = "info"
NONE: Final = "none"

_PLACES: Final = {
    "tenant": "{{ $labels.tenant_id }}",
    "module": "{{ $labels.module }}",
    "job": "{{ $labels.job }}",
    "instance": "{{ $labels.instance }}",
    "value": '{{ printf "%.4g" $value }}',
}
"""What Prometheus puts into a text when an alert fires. Values of labels are put in as they are, never read as templates."""

_TENANT_IN_URL: Final = "{{ $labels.tenant_id | urlquery }}"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alert. `summary` and `description` are texts to translate with places like {tenant} and {value}; `lasting` is
    the time in seconds for which `expression` must hold; `screen` is the dashboard that shows it.
    """

    name: str
    expression: str
    lasting: float
    severity: str
    category: str
    summary: str
    description: str
    labels: Mapping[str, str] = field(default_factory=dict)
    screen: str = TENANT

    def document(self, provision: Provision) -> dict[str, Any]:
        """Return the rule as Prometheus reads it."""
        rule: dict[str, Any] = {"alert": self.name, "expr": self.expression}
        if self.lasting:
            rule["for"] = duration(self.lasting * provision.patience)
        if provision.keep_firing and self.severity != NONE:
            rule["keep_firing_for"] = duration(provision.keep_firing)
        rule["labels"] = {"severity": self.severity, "category": self.category, **self.labels}
        rule["annotations"] = self._annotations(provision)
        return rule

    def _annotations(self, provision: Provision) -> dict[str, str]:
        found = {
            "summary": _(self.summary).format(**_PLACES),
            "description": _(self.description).format(**_PLACES),
        }
        if provision.runbooks:
            found["runbook_url"] = f"{provision.runbooks.rstrip('/')}/{self.category.replace('_', '-')}"
        if provision.grafana:
            tenant = _TENANT_IN_URL if self.screen == TENANT else ""
            found["dashboard_url"] = dashboard_url(provision.grafana, self.screen, tenant)
        return found


def on_overview(**fields: Any) -> AlertRule:
    """Return an alert that concerns no single tenant."""
    return AlertRule(**fields, screen=OVERVIEW)
