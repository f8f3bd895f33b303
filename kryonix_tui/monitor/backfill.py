"""Charts begin with a past: what Prometheus knows of the time before the console was started is asked for once.

The platform's first, then that of the tenants on screen, each once. It is not urgent, and what fails is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.past import (
    FIGURE_LABEL,
    SPANS,
    TENANT,
    TENANTS_KEPT,
    platform_expression,
    tenant_expression,
)
from kryonix_tui.analysis.series import Point
from kryonix_tui.clock import now
from kryonix_tui.errors import KryonixError
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.question import Question
from kryonix_tui.monitor.questions import Ask

TENANTS_AT_ONCE = 15
"""Tenants that one question is about, so that their figures are within the series of an answer."""
PAUSE = 30.0
"""Seconds after which a question that failed is asked again."""

_log = logging.getLogger(__name__)

Series = dict[tuple[str | None, str], dict[float, list[Point]]]
"""{(tenant, figure): {seconds between two points: points}}"""


class Backfill:
    """Fills the history of the platform, and of tenants as they come into view."""

    def __init__(self, ask: Ask, history: History) -> None:
        self._ask = ask
        self._history = history
        self._platform_told = False
        self._waiting: tuple[str, ...] = ()
        self._told: tuple[str, ...] = ()
        self._ready = asyncio.Event()
        self._looked_at = asyncio.Event()

    def ready(self) -> None:
        """Prometheus has answered: now it can be asked."""
        self._ready.set()

    def look_at(self, tenants: Iterable[str]) -> None:
        """Somebody looks, and these tenants are on screen; of many the first are enough."""
        self._waiting = tuple(name for name in islice(tenants, TENANTS_AT_ONCE) if name not in self._told)
        if self._waiting or not self._platform_told:
            self._looked_at.set()

    async def run(self) -> None:
        """Fill what is on screen, until cancelled."""
        await self._ready.wait()
        while True:
            await self._looked_at.wait()
            self._looked_at.clear()
            if not await self._told_everything():
                await asyncio.sleep(PAUSE)
                self._looked_at.set()

    async def _told_everything(self) -> bool:
        """Ask for what is still missing; tell whether that was answered."""
        self._platform_told = self._platform_told or await self._fill(platform_expression(), ())
        tenants = self._waiting
        if self._platform_told and tenants and await self._fill(tenant_expression(tenants), tenants):
            # Of whom the history forgets the past may be asked again.
            self._told = (*self._told, *tenants)[-TENANTS_KEPT:]
            return True
        return self._platform_told and not tenants

    async def _fill(self, expression: str, tenants: tuple[str, ...]) -> bool:
        """Ask for a past and keep it; tell whether it was answered."""
        told: Series = defaultdict(dict)
        try:
            for span, step in SPANS:
                await self._read(expression, span, step, told)
        except KryonixError as error:
            _log.info("no past from Prometheus: %s", error)
            return False
        for tenant in tenants or (None,):
            figures = {figure: resolutions for (whose, figure), resolutions in told.items() if whose == tenant}
            if figures:
                self._history.fill(tenant, figures)
        return True

    async def _read(self, expression: str, span: float, step: float, told: Series) -> None:
        answer = await self._ask(Question(expression, span, step))
        at = now()
        ahead = at.wall - at.steady
        for series in answer.series:
            tenant = series.labels.get(TENANT_LABEL)
            figure = TENANT.get(series.labels.get("__name__", "")) if tenant else series.labels.get(FIGURE_LABEL)
            if figure is not None:
                told[tenant, figure][step] = [(moment - ahead, value) for moment, value in series.points]
