"""Which way a backup will take, decided when it is planned, and refused there where none is permitted.

A snapshot by replication is the way; redis-cli takes it where the server's answers are not understood. A server that
gives none, or not to this user, is read key by key.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kryonix_tui.i18n import N_, _
from kryonix_tui.maintenance.backup.offer import Answer, Offer, replication_offer
from kryonix_tui.maintenance.backup.redis_cli import PROGRAM
from kryonix_tui.maintenance.connections import PurposeClients, purpose_address
from kryonix_tui.maintenance.permissions import not_permitted
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Scope

_KEY_BY_KEY: Final = ("scan", "dump", "pexpiretime")
_LIBRARIES: Final = "function|dump"
"""Needed besides where the whole server is read."""


class Way(StrEnum):
    """How the data is taken. The words stand in plans."""

    STREAM = "stream"
    REDIS_CLI = "redis-cli"
    KEYS = "key by key"
    TRIED = "stream, else key by key"
    """The server cannot be asked beforehand."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A way, and a sentence that says what it means for the server and the backup."""

    way: Way
    effect: str

    @property
    def forks(self) -> bool:
        """Whether the server forks, and a part is cut from a snapshot of everything."""
        return self.way is not Way.KEYS


_EFFECTS: Final = {
    Answer.GIVEN: N_("The server forks once and streams its data; nothing is written to it."),
    Answer.UNREADABLE: N_("What the server answers is not understood: redis-cli takes the snapshot; the server forks."),
    Answer.OPEN: N_(
        "Whether the server streams its data to this user shows when it is asked: else it is read key by key and fuzzy."
    ),
}
_NOTHING_ELSE: Final = N_(
    "Whether the server streams its data to this user shows when it is asked: else there is no backup, for {commands} "
    "are not permitted."
)
_INSTEAD: Final = {
    Answer.DENIED: N_("Replication is not permitted to this user: the backup is read key by key and fuzzy."),
    Answer.ABSENT: N_("The server does not offer replication: the backup is read key by key and fuzzy."),
    Answer.UNREADABLE: N_(
        "The server's answer is not understood and there is no redis-cli: the backup is read key by key and fuzzy."
    ),
}


async def choose(clients: PurposeClients, keyspace: KeyspaceMap, scope: Scope, missing: Collection[str]) -> Choice:
    """Return the way that a backup of `scope` takes; `missing` are the commands that its user may not send.

    Raises:
        RefusedError: no way is permitted; the hint is the line that grants all of them.
        SourceError: the server could not be asked.
    """
    settings = clients.settings
    offer = await replication_offer(
        await purpose_address(settings, clients.purpose),
        connect_timeout=settings.connect_timeout,
        patience=settings.connect_timeout + settings.timeout,
    )
    needed = _KEY_BY_KEY if scope != Scope() else (*_KEY_BY_KEY, _LIBRARIES)
    lacking = [name for name in needed if name in missing]
    way = _snapshot(offer)
    if way is Way.TRIED and lacking:
        return Choice(way, _(_NOTHING_ELSE).format(commands=", ".join(lacking)))
    if way is not None:
        return Choice(way, _(_EFFECTS[offer.answer]))
    if lacking:
        raise await not_permitted(clients, keyspace, (*offer.refused, *lacking))
    return Choice(Way.KEYS, _(_INSTEAD[offer.answer]))


def _snapshot(offer: Offer) -> Way | None:
    """Return the way to a snapshot, None where there is none."""
    if offer.answer is Answer.UNREADABLE:
        return Way.REDIS_CLI if shutil.which(PROGRAM) else None
    return {Answer.GIVEN: Way.STREAM, Answer.OPEN: Way.TRIED}.get(offer.answer)
