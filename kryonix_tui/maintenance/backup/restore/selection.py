"""What of an archive is restored: the records of a scope, walked so that the event loop stays alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.create import Keep, keeper
from kryonix_tui.maintenance.backup.rdb import RdbReader, Record, ends_at_ms
from kryonix_tui.maintenance.backup.restore.conversion import converted
from kryonix_tui.maintenance.backup.restore.left_out import LeftOut
from kryonix_tui.maintenance.backup.restore.target import Batcher
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Scope
from kryonix_tui.safetext import safe

_BREATH: Final = 2000
"""Records between two moments for others: a lock that is not renewed in time is lost."""


@dataclass(slots=True)
class Selection:
    """The records of `scope`, in the format `version` where one is given.

    `tenants` and `databases` are those of the scope that were met while walking; `left_out` those that have not expired
    and that the format cannot hold. `walked` counts the records of the archive that were passed; `breath` is called in
    between, and what it raises ends the walk.
    """

    scope: Scope
    keyspace: KeyspaceMap
    version: int | None = None
    breath: Callable[[], None] = lambda: None
    walked: int = 0
    tenants: set[str] = field(default_factory=set)
    databases: set[int] = field(default_factory=set)
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def keep(self) -> Keep:
        """The question whether a key is in the scope."""
        return keeper(self.scope, self.keyspace)

    async def records(self, reader: RdbReader) -> AsyncIterator[Record]:
        """Yield the records of the scope, in the archive's own format.

        Raises:
            CorruptRdbError, UnknownTypeError, ArchiveError: the archive is damaged.
        """
        keep, attribute, wanted = self.keep, self.keyspace.attribution(), self.scope.tenants
        self.walked = 0
        for record in reader:
            if self.walked % _BREATH == 0:
                await asyncio.sleep(0)
                self.breath()
            self.walked += 1
            if keep(record.db, record.key):
                self.databases.add(record.db)
                if wanted and (tenant := attribute(record.db, record.key).tenant) is not None:
                    self.tenants.add(tenant)
                yield record

    async def alive(
        self, reader: RdbReader, now_ms: Callable[[], int], expired: Callable[[], None]
    ) -> AsyncIterator[list[Record]]:
        """Yield what can be written, in batches of one database; `expired` is called for each whose time has passed."""
        batcher = Batcher()
        async for record in self.records(reader):
            if (ends := ends_at_ms(record)) is not None and ends <= now_ms():
                expired()
                continue
            fitting = record if self.version is None else converted(record, self.version)
            if fitting is None:
                self.left_out.take(record)
                continue
            full = batcher.add(fitting)
            if full:
                yield full
        rest = batcher.rest()
        if rest:
            yield rest

    def check(self) -> None:
        """Look, after a walk, whether everything that the scope names was there.

        Raises:
            KryonixError: it names a tenant or a database of which the archive has no key.
        """
        tenants = [safe(name, 60) for name in self.scope.tenants if name not in self.tenants]
        databases = [str(db) for db in self.scope.databases if db not in self.databases]
        absent = [*tenants, *(_("database {number}").format(number=number) for number in databases)]
        if absent:
            raise KryonixError(
                _("the archive has no key of {names}").format(names=", ".join(absent)),
                hint=_("`kryonix backup show` lists what is in it."),
                title=_("Nothing to restore"),
            )
