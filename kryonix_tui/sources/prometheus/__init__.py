"""Prometheus, or any store that speaks its HTTP API."""

from kryonix_tui.sources.prometheus.source import PrometheusSource

__all__ = ["PrometheusSource"]
