"""Tenants that had keys when a walk over all keys ended, and have none at the end of a later one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from kryonix_tui.analysis.standing import Key, Sign
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.alert import Severity
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.snapshot import Snapshot

NAME: Final = "TenantVanished"
TOGETHER: Final = "TenantsVanished"
MOST: Final = 20
"""Tenants that are named one by one; where more are gone, something has emptied the server."""


class RollCall:
    """Compares the ends of passes. A tenant that is gone is told of for `seconds`, once it was gone for `lasting`."""

    def __init__(self, seconds: float, lasting: float) -> None:
        self._seconds = seconds
        self._lasting = lasting
        self._ended: Census | None = None
        self._present: Mapping[str, TenantCensus] = {}
        self._gone: dict[str, Instant] = {}

    def read(self, snapshot: Snapshot, now: Instant) -> None:
        """Take a snapshot; only the end of a pass says anything new."""
        census = snapshot.census.value if snapshot.census else None
        if census is not None and census.finished and census is not self._ended:
            self._ended = census
            for name in self._present.keys() - census.tenants.keys():
                self._gone[name] = now
            self._present = census.tenants
            for name in self._gone.keys() & census.tenants.keys():
                del self._gone[name]
        if self._gone:
            self._gone = {name: since for name, since in self._gone.items() if since.age(now) < self._seconds}

    def signs(self) -> Iterator[Sign]:
        """Yield the tenants that are gone, or how many there are."""
        if len(self._gone) > MOST:
            text = partial(_many, len(self._gone))
            yield Sign(Key(TOGETHER, Severity.CRITICAL), "tenants", self._lasting, text)
            return
        for name in self._gone:
            yield Sign(Key(NAME, Severity.WARNING, name), "tenants", self._lasting, _one)


def _many(count: int) -> str:
    return ngettext("{count} tenant has no keys any more", "{count} tenants have no keys any more", count).format(
        count=count
    )


def _one() -> str:
    return _("the tenant has no keys any more")
