"""The part of the console that is about alerts: what rings, and silences as jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import work

from kryonix_tui.analysis.update import Update
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, Matcher
from kryonix_tui.model.matchers import exactly, expression, text_of
from kryonix_tui.model.source import SourceName
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.safetext import raw_bytes, safe
from kryonix_tui.tui.alarm import Alarm
from kryonix_tui.tui.jobs import Job
from kryonix_tui.tui.tenant_life import TenantLifeApp
from kryonix_tui.view.cells import Cell, Tone

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.service import Maintenance

_TOLD = ("module", "instance", "job")
"""Labels besides name and tenant that say what an alert is about."""


class AlertingApp(TenantLifeApp):
    """An app that hears alerts, and silences them."""

    shown: Update
    _monitor: Monitor | None

    def __init__(self) -> None:
        super().__init__()
        self.alarm = Alarm()

    def hear(self, update: Update) -> None:
        """Ring where a critical alert is new. Nothing opens: whoever types goes on typing."""
        if self.alarm.hear(update) and self.config.ui.bell:
            self.bell()

    def alarm_badge(self) -> list[Cell]:
        """Return how many critical alerts are new and were not looked at, for every screen."""
        count = self.alarm.unseen
        return [Cell(f" ✖ {_('{count} new').format(count=count)} ", Tone.CRITICAL)] if count else []

    def job_ended(self, job: Job) -> None:
        """Show soon what a silence has changed, or the end of a tenant."""
        about = job.plan.action.partition(".")[0] if job.plan is not None else ""
        source = {"alerts": SourceName.ALERTMANAGER, "tenant": SourceName.CENSUS}.get(about)
        if self._monitor is not None and source is not None:
            self._monitor.refresh(source)

    def why_not_silence(self) -> str:
        """An Alertmanager must be configured."""
        return "" if self.config.alertmanager.url else _("no Alertmanager is configured (alertmanager.url)")

    @work(exclusive=True, group="silencing")
    async def ask_silence(self, matchers: tuple[Matcher, ...]) -> None:
        """Ask what to silence, for how long and why, with these matchers proposed, and begin."""
        from kryonix_tui.tui.screens.silence_form import SilenceForm

        form = SilenceForm(text_of(matchers), self.config.alerts, self.shown.platform.alerts)
        wish = await self.push_screen_wait(form)
        if wish is None:
            return

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.silence(wish.matchers, wish.seconds, wish.reason)

        self._start(_("Silence {matchers}").format(matchers=safe(text_of(wish.matchers), 60)), make)

    @work(exclusive=True, group="silencing-again")
    async def ask_silence_like(self, silence_id: str) -> None:
        """Ask as `ask_silence`. What Alertmanager has of a silence is proposed, for what the list shows may be cut."""
        try:
            maintenance = await asyncio.to_thread(self.maintenance)
            matchers = await maintenance.matchers_of(silence_id)
        except KryonixError as error:
            self.notify(error.message, title=_(error.title), severity="error", timeout=20, markup=False)
            return
        self.ask_silence(matchers)

    @work(exclusive=True, group="silencing")
    async def ask_extend(self, silence_id: str) -> None:
        """Ask until when a silence is to last, and begin."""
        from kryonix_tui.tui.screens.silence_form import LengthForm

        seconds = await self.push_screen_wait(
            LengthForm(_("Extend the silence: how long from now"), self.config.alerts)
        )
        if seconds is None:
            return

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.extend_silence(silence_id, seconds)

        self._start(_("Extend silence {id}").format(id=silence_id[:8]), make)

    def expire_silence(self, silence_id: str) -> None:
        """Begin to end a silence."""

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.expire_silence(silence_id)

        self._start(_("End silence {id}").format(id=silence_id[:8]), make)


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
