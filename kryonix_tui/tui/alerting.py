"""The feature that is about alerts: what rings, and silences as jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, Matcher
from kryonix_tui.model.matchers import exactly, expression, text_of
from kryonix_tui.model.source import SourceName
from kryonix_tui.safetext import raw_bytes, safe
from kryonix_tui.tui.alarm import Alarm
from kryonix_tui.tui.feature import beside
from kryonix_tui.view.cells import Cell, Tone

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.working import Work

_TOLD = ("module", "instance", "job")
"""Labels besides name and tenant that say what an alert is about."""


class Alerting:
    """Hears alerts, and silences them."""

    def __init__(self, console: ConsoleApp, work: Work) -> None:
        self.console = console
        self._work = work
        self.alarm = Alarm()
        work.read_after("alerts", SourceName.ALERTMANAGER)

    def hear(self, update: Update) -> None:
        """Ring where a critical alert is new. Nothing opens: whoever types goes on typing."""
        if self.alarm.hear(update) and self.console.config.ui.bell:
            self.console.bell()

    def badge(self) -> list[Cell]:
        """Return how many critical alerts are new and were not looked at, for every screen."""
        count = self.alarm.unseen
        return [Cell(f" ✖ {_('{count} new').format(count=count)} ", Tone.CRITICAL)] if count else []

    def why_not_silence(self) -> str:
        """An Alertmanager must be configured."""
        return "" if self.console.config.alertmanager.url else _("no Alertmanager is configured (alertmanager.url)")

    @beside("silencing")
    async def ask_silence(self, matchers: tuple[Matcher, ...]) -> None:
        """Ask what to silence, for how long and why, with these matchers proposed, and begin."""
        from kryonix_tui.tui.screens.silence_form import SilenceForm

        form = SilenceForm(text_of(matchers), self.console.config.alerts, self.console.shown.platform.alerts)
        wish = await self.console.push_screen_wait(form)
        if wish is None:
            return

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.silence(wish.matchers, wish.seconds, wish.reason)

        self._work.start(_("Silence {matchers}").format(matchers=safe(text_of(wish.matchers), 60)), make)

    @beside("silencing-again")
    async def ask_silence_like(self, silence_id: str) -> None:
        """Ask as `ask_silence`. What Alertmanager has of a silence is proposed, for what the list shows may be cut."""
        maintenance = await asyncio.to_thread(self._work.maintenance)
        matchers = await maintenance.matchers_of(silence_id)
        self.ask_silence(matchers)

    @beside("silencing")
    async def ask_extend(self, silence_id: str) -> None:
        """Ask until when a silence is to last, and begin."""
        from kryonix_tui.tui.screens.silence_form import LengthForm

        seconds = await self.console.push_screen_wait(
            LengthForm(_("Extend the silence: how long from now"), self.console.config.alerts)
        )
        if seconds is None:
            return

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.extend_silence(silence_id, seconds)

        self._work.start(_("Extend silence {id}").format(id=silence_id[:8]), make)

    def expire_silence(self, silence_id: str) -> None:
        """Begin to end a silence."""

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.expire_silence(silence_id)

        self._work.start(_("End silence {id}").format(id=silence_id[:8]), make)


def matchers_for(alert: Alert) -> tuple[Matcher, ...]:
    """Return matchers for an alert and those like it: its name, its tenant, and what it is about."""
    labels = alert.exact_labels
    found = [exactly("alertname", labels["alertname"])]
    if alert.tenant is not None:
        found += matchers_for_tenants((alert.tenant,))
    return (*found, *(exactly(name, labels[name]) for name in _TOLD if labels.get(name)))


def matchers_for_tenants(tenants: Iterable[str]) -> tuple[Matcher, ...]:
    """Return a matcher for all alerts about tenants, by identity. Ids that are no text have no alerts."""
    return matchers_for_values("tenant_id", [name for tenant in tenants if (name := _text(tenant)) is not None])


def matchers_for_values(label: str, values: Sequence[str]) -> tuple[Matcher, ...]:
    """Return a matcher for all alerts whose label has one of these values; none for none."""
    if len(values) < 2:
        return tuple(exactly(label, value) for value in values)
    return (Matcher(label, "|".join(map(expression, values)), is_regex=True),)


def _text(tenant: str) -> str | None:
    try:
        return raw_bytes(tenant).decode()
    except UnicodeDecodeError:
        return None
