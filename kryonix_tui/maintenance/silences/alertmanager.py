"""Alertmanager's API v2 as far as silences need it: which alerts matchers hold back, and silences one by one.

Matchers are evaluated by Alertmanager itself, never here: what is shown beforehand is what it will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.errors import ConfigError, ReplyError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, Matcher
from kryonix_tui.model.matchers import written
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import epoch
from kryonix_tui.sources.alertmanager.alerts import alert_list
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import decoded
from kryonix_tui.sources.http.writer import HttpWriter
from kryonix_tui.sources.visible.alerting import visible_alerts

_ID = re.compile(r"[0-9a-zA-Z-]{1,64}")
EXPIRED: Final = "expired"


class _Matcher(msgspec.Struct, rename="camel"):
    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class _Status(msgspec.Struct):
    state: str = ""


class _Silence(msgspec.Struct, rename="camel"):
    id: str
    matchers: list[_Matcher]
    starts_at: str
    ends_at: str
    created_by: str = ""
    comment: str = ""
    status: _Status = msgspec.field(default_factory=_Status)


class _Created(msgspec.Struct):
    silence_id: str = msgspec.field(name="silenceID")


@dataclass(frozen=True, slots=True)
class Held:
    """A silence as Alertmanager has it, byte by byte: nothing in it is made printable. Times are epoch seconds."""

    silence_id: str
    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A silence to be made, or, with an id, one that gets another end."""

    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str
    silence_id: str = ""


class Alertmanager:
    """One Alertmanager, to be read and to be told of silences."""

    def __init__(self, settings: HttpServer, visible: Visible = EVERYBODY) -> None:
        """Prepare; nothing is sent yet. Of alerts, those about `visible` tenants are told.

        Raises:
            ConfigError: there is no URL, or it cannot be used.
        """
        if not settings.url:
            raise ConfigError(
                _("no Alertmanager is configured"), hint=_("Set alertmanager.url, or --alertmanager URL.")
            )
        self.peer = Peer.of(settings, name="Alertmanager", key="alertmanager")
        self._visible = visible
        self._http = HttpWriter(self.peer)

    async def alerts(self, matchers: Iterable[Matcher] = ()) -> tuple[Alert, ...]:
        """Return all alerts that fit all matchers, those that are held back already included. Raises SourceError."""
        asked = tuple(("filter", written(matcher)) for matcher in matchers)
        found = alert_list(await self._http.get("/api/v2/alerts", asked), self.peer, most=None).alerts
        return visible_alerts(found, self._visible) if self._visible.limited else found

    async def version(self) -> str:
        """Return its version, empty where it does not say. Raises SourceError."""
        body = decoded(await self._http.get("/api/v2/status"), dict[str, msgspec.Raw], self.peer)
        info = decoded(body.get("versionInfo", msgspec.Raw(b"{}")), dict[str, str], self.peer)
        return safe(info.get("version", ""), 40)

    async def silences(self) -> tuple[Held, ...]:
        """Return the silences that have not ended. Raises SourceError."""
        body = decoded(await self._http.get("/api/v2/silences"), list[_Silence], self.peer)
        return tuple(_held(found) for found in body if found.status.state != EXPIRED)

    async def silence(self, silence_id: str) -> Held:
        """Return one silence, also one that has ended.

        Raises:
            UsageError: this is no id, or there is no such silence.
            SourceError: Alertmanager did not answer.
        """
        if not _ID.fullmatch(silence_id):
            raise UsageError(_("{id} is not the id of a silence").format(id=safe(silence_id, 80)))
        try:
            body = await self._http.get(f"/api/v2/silence/{silence_id}")
        except ReplyError as error:
            # Alertmanager answers 404 to an id that it does not have, and 422 to what is none.
            if "HTTP 404" not in error.message and "HTTP 422" not in error.message:
                raise
            raise UsageError(_("there is no silence {id}").format(id=silence_id)) from error
        return _held(decoded(body, _Silence, self.peer))

    async def put(self, wanted: Wanted) -> str:
        """Make a silence, or give one another end; return its id. Raises SourceError."""
        content = {
            "matchers": [
                {"name": m.name, "value": m.value, "isRegex": m.is_regex, "isEqual": m.is_equal}
                for m in wanted.matchers
            ],
            "startsAt": _rfc3339(wanted.starts_at),
            "endsAt": _rfc3339(wanted.ends_at),
            "createdBy": wanted.author,
            "comment": wanted.comment,
            **({"id": wanted.silence_id} if wanted.silence_id else {}),
        }
        return decoded(await self._http.post("/api/v2/silences", content), _Created, self.peer).silence_id

    async def expire(self, silence_id: str) -> None:
        """End a silence now. Raises SourceError."""
        await self._http.delete(f"/api/v2/silence/{silence_id}")

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()


def _held(wire: _Silence) -> Held:
    return Held(
        wire.id,
        tuple(Matcher(m.name, m.value, m.is_equal, m.is_regex) for m in wire.matchers),
        epoch(wire.starts_at) or 0.0,
        epoch(wire.ends_at) or 0.0,
        wire.created_by,
        wire.comment,
        wire.status.state,
    )


def _rfc3339(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds")
