"""From the newest update to the text that Prometheus reads."""

from __future__ import annotations

import time
from itertools import islice

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Exporter, Intervals
from kryonix_tui.exporter.freshness import Freshness
from kryonix_tui.exporter.labels import TenantLabels
from kryonix_tui.exporter.membership import Membership
from kryonix_tui.exporter.page import Page, Press
from kryonix_tui.exporter.platform_figures import platform_figures
from kryonix_tui.exporter.tenant_figures import TenantFigures, tenant_names
from kryonix_tui.model import exported


class Exposition:
    """Writes updates as text, one at a time. It remembers who has series of their own, and under which label."""

    def __init__(self, settings: Exporter, intervals: Intervals) -> None:
        self.members: list[str] = []
        """Who had series of their own the last time."""
        self._settings = settings
        self._intervals = intervals
        self._membership = Membership(settings.top)
        self._labels = TenantLabels()
        self._tenants = TenantFigures()
        self._press = Press()
        self._took: float | None = None

    def text(self, update: Update) -> bytes:
        """Return `update` in Prometheus' text format; what is stale or unknown at this moment is left out."""
        began = time.perf_counter()
        platform, at = update.platform, now()
        fresh = Freshness.of(update.snapshot, at, self._settings.stale_after, self._intervals)
        self.members = self._membership.members(platform.tenants, at.steady)
        self._labels.retain(platform.tenants)
        # Members first: where not everybody can be named, they are.
        order = dict.fromkeys([*self.members, *sorted(platform.tenants)])
        page = Page()
        platform_figures(page, platform, fresh)
        self._tenants.write(page, platform, self.members, self._labels, fresh)
        tenant_names(page, (platform.tenants[name] for name in islice(order, self._settings.names)), self._labels)
        page.add(exported.OWN_RENDER, self._took)
        text = self._press.text(page)
        self._took = time.perf_counter() - began
        return text
