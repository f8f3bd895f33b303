"""Alertmanager, API v2."""

from kryonix_tui.sources.alertmanager.source import AlertmanagerSource

__all__ = ["AlertmanagerSource"]
