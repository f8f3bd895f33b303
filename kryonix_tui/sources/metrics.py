"""Prometheus as the configuration describes it: one for all tenants, some tenants' own, and what may be seen of them."""

from __future__ import annotations

import msgspec

from kryonix_tui.config.schema import Config, HttpServer, TenantStore
from kryonix_tui.model.ports import MetricsPort
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.prometheus import PrometheusSource


def metrics_of(config: Config) -> MetricsPort | None:
    """Return Prometheus as this console may see it, None where there is none. Nothing is connected yet.

    Raises:
        ConfigError: an address or a secret cannot be used.
    """
    visible = Visible(config.tenants)
    port = _stores(config, visible)
    if port is None or not visible.limited:
        return port
    from kryonix_tui.sources.visible import VisibleMetrics

    return VisibleMetrics(port, visible)


def _stores(config: Config, visible: Visible) -> MetricsPort | None:
    settings = config.prometheus
    own = visible.of(settings.per_tenant)
    if not settings.url and not own:
        return None
    common = PrometheusSource(settings, visible) if settings.url else None
    if not own:
        return common
    from kryonix_tui.sources.prometheus.stores import TenantStores

    return TenantStores(
        common,
        {
            tenant: PrometheusSource(
                _own_store(settings, server), Visible((tenant,)), key=f"prometheus.per_tenant.{tenant}"
            )
            for tenant, server in own.items()
        },
    )


def _own_store(common: HttpServer, own: TenantStore) -> HttpServer:
    """Return a tenant's store; without an address it is the common one, asked as the tenant. No secret goes elsewhere."""
    if own.url:
        names = ("url", "headers", "username", "password", "bearer_token")
        return msgspec.structs.replace(common, **{name: getattr(own, name) for name in names})
    proof = {name: getattr(own, name) for name in ("username", "password", "bearer_token")}
    return msgspec.structs.replace(
        common, headers={**common.headers, **own.headers}, **(proof if any(proof.values()) else {})
    )
