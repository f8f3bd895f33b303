"""One reading of Alertmanager: alerts, silences, status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.errors import ReplyError
from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import epoch
from kryonix_tui.sources.alertmanager.alerts import alert_list
from kryonix_tui.sources.alertmanager.silences import silence_list
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reader import HttpReader, first_error
from kryonix_tui.sources.http.reply import decoded

T = TypeVar("T")

_STATUS_LIMIT = 40


class _Cluster(msgspec.Struct):
    status: str = ""


class _Build(msgspec.Struct):
    version: str = ""


class _Status(msgspec.Struct):
    cluster: _Cluster = msgspec.field(default_factory=_Cluster)
    version: _Build = msgspec.field(default_factory=_Build, name="versionInfo")
    uptime: str = ""


class AlertmanagerSource:
    """Implements `model.ports.AlertsPort`. Alerts and silences are needed for a reading; the status is not."""

    def __init__(self, settings: HttpServer) -> None:
        """Prepare to read; nothing is sent yet.

        Raises:
            ConfigError: the URL cannot be used.
        """
        self._reader = HttpReader(Peer.of(settings, name="Alertmanager", key="alertmanager"))

    async def fetch(self) -> AlertFacts:
        """Read everything once, the three requests side by side.

        Raises:
            SourceError: alerts or silences could not be read.
        """
        with first_error():
            async with asyncio.TaskGroup() as group:
                read_alerts = group.create_task(self._parsed("/api/v2/alerts", alert_list))
                read_silences = group.create_task(self._parsed("/api/v2/silences", silence_list))
                read_status = group.create_task(self._status())
        listed, status = read_alerts.result(), read_status.result()
        silences, unreadable_silences = read_silences.result()
        return AlertFacts(
            alerts=listed.alerts,
            silences=silences,
            version=safe(status.version.version, _STATUS_LIMIT),
            cluster=safe(status.cluster.status, _STATUS_LIMIT),
            discarded=listed.discarded + unreadable_silences,
            truncated=listed.truncated,
            started=epoch(status.uptime) or 0.0,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._reader.close()

    async def _status(self) -> _Status:
        try:
            return decoded(await self._reader.get("/api/v2/status"), _Status, self._reader.peer)
        except ReplyError:
            return _Status()

    async def _parsed(self, path: str, parse: Callable[[bytes, Peer], T]) -> T:
        """Return what `parse` makes of the answer, made in a thread: thousands of alerts take a while."""
        return await asyncio.to_thread(parse, await self._reader.get(path), self._reader.peer)
