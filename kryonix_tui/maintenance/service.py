"""Maintenance, as front ends see it: the operations there are, the door they go through, and what lies in store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import msgspec

from kryonix_tui.config.alerts import Alerts
from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.schema import Config, Credentials, Sentinel
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import RefusedError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance import seen
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.audit import Entry as AuditEntry
from kryonix_tui.maintenance.backup import holdings
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.maintenance.backup.create import BackupCreate
from kryonix_tui.maintenance.backup.destination import Destination, Folder, destination_at
from kryonix_tui.maintenance.backup.prune import BackupPrune
from kryonix_tui.maintenance.backup.restore.operation import Policy, Restore
from kryonix_tui.maintenance.door import Door
from kryonix_tui.maintenance.notify.notifier import AppriseNotifier, language_of
from kryonix_tui.maintenance.optimize.work import Optimizing
from kryonix_tui.maintenance.queues.work import QueueWork
from kryonix_tui.maintenance.silences.alertmanager import Alertmanager
from kryonix_tui.maintenance.silences.operation import SilenceCreate, SilenceExpire, SilenceExtend
from kryonix_tui.maintenance.tenants.purge import TenantPurge
from kryonix_tui.maintenance.tenants.suspend import TenantSuspend
from kryonix_tui.maintenance.tuning.comparison import Comparison
from kryonix_tui.maintenance.tuning.on_settings import looked
from kryonix_tui.maintenance.tuning.operation import TuneApply
from kryonix_tui.maintenance.tuning.undo import TuneUndo
from kryonix_tui.masking import mask_value
from kryonix_tui.model.alert import Matcher
from kryonix_tui.model.census import Census
from kryonix_tui.model.matchers import editable
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis import RedisSource
from kryonix_tui.sources.redis.address import from_url


class Maintenance:
    """What can be done to the servers of one configuration."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.keyspace = keyspace_map(config.keyspace)
        self.visible = Visible(config.tenants)
        self.audit = AuditLog()
        self.door = Door(config, notifier=AppriseNotifier(config.notifications, language_of(config)), audit=self.audit)
        self.queues = QueueWork(config, self.keyspace, self.door, self.audit)
        self.optimizing = Optimizing(config, self.keyspace, self.door)

    def destination(self, text: str = "") -> Destination:
        """Return the destination of `--to`, or the configured one. Raises ArchiveError, AuthenticationError."""
        backup = self.config.backup
        return destination_at(text or backup.destination, instance_credentials=backup.instance_credentials)

    def archives(self, text: str = "") -> tuple[Entry, ...]:
        """Return the archives there, the newest first. Raises ArchiveError, SourceError."""
        return tuple(seen.archives(holdings.entries(self.destination(text), self.config), self.visible))

    def see_everybody(self) -> None:
        """Let what concerns all tenants pass. Raises RefusedError where this console does not see them all."""
        if self.visible.limited:
            raise seen.out_of_sight()

    def audited(self) -> Iterator[AuditEntry]:
        """Yield what was done, oldest first. Raises KryonixError where the log cannot be read."""
        return seen.lines(self.audit.entries(), self.visible)

    async def backup(self, scope: Scope, *, to: str = "", census: Census | None = None) -> BackupCreate:
        """Return the operation that backs up `scope`. A scope of tenants needs a census; one is taken where none is given.

        Raises:
            SourceError: the server could not be read.
        """
        counted = census if census is not None or not scope.tenants else await self._census()
        return BackupCreate(self.config, self.keyspace, scope, self.destination(to), lambda: counted)

    def restore(
        self,
        archive: str | ArchiveName,
        scope: Scope,
        *,
        policy: Policy = Policy.FAIL,
        into: str = "",
        trusted: bool = False,
        convert: bool = False,
        skip_unrestorable: bool = False,
    ) -> Restore:
        """Return the operation that restores `archive`: see `located`.

        `into` is the URL of another server than the configured one.

        Raises:
            UsageError: it is not the name of an archive.
            ConfigError: the URL cannot be read.
        """
        # What it restores is judged by its plan: a backup of everything holds visible tenants, too.
        destination, name = self._place_of(archive)
        config = _elsewhere(self.config, into) if into else self.config
        return Restore(
            config,
            self.keyspace,
            destination,
            name,
            scope,
            policy,
            trusted=trusted,
            convert=convert,
            skip_unrestorable=skip_unrestorable,
        )

    def prune(self, *, at: str = "") -> BackupPrune:
        """Return the operation that deletes archives by the rules of retention.

        What restores here have overwritten is part of it, unless it is only meant for another destination `at`.

        Raises:
            ArchiveError, AuthenticationError: the destination cannot be used.
        """
        return BackupPrune(self.config, self.keyspace, self.destination(at), undo=not at)

    async def tune(self, profile: str = "", only: tuple[str, ...] = (), *, rewrite: bool = False) -> TuneApply:
        """Return the operation that applies a profile, or the parameters `only` of it. Raises UsageError, SourceError."""
        self.see_everybody()
        place, wanted = self.destination(), profile or self.config.tuning.profile
        tuning = TuneApply(self.config, self.keyspace, place, rewrite, profile=wanted, only=only)
        await looked(tuning)
        return tuning

    async def compared(self, profile: str) -> Comparison:
        """Compare the server with a profile; nothing is planned. Raises UsageError, SourceError, RefusedError."""
        tuning = await self.tune(profile)
        try:
            return await tuning.compare()
        finally:
            await tuning.close()

    async def undo_tuning(self, *, rewrite: bool = False) -> TuneUndo:
        """Return the operation that takes the last application of a profile back. Raises SourceError."""
        self.see_everybody()
        undo = TuneUndo(self.config, self.keyspace, self.destination(), rewrite)
        await looked(undo)
        return undo

    def purge(self, tenant: str, *, to: str = "") -> TenantPurge:
        """Return the operation that removes a tenant, after a backup of it. Raises ArchiveError, AuthenticationError."""
        return TenantPurge(self.config, self.keyspace, tenant, self.destination(to))

    def suspend(self, tenant: str) -> TenantSuspend:
        """Return the operation that ends all sessions of a tenant."""
        return TenantSuspend(self.config, self.keyspace, tenant)

    def silence(self, matchers: tuple[Matcher, ...], seconds: float, reason: str) -> SilenceCreate:
        """Return the operation that holds alerts back. Raises UsageError, ConfigError."""
        return SilenceCreate(
            self._alertmanager(), matchers=matchers, seconds=seconds, reason=reason, limits=self._limits
        )

    def extend_silence(self, silence_id: str, seconds: float) -> SilenceExtend:
        """Return the operation that lets a silence end so many seconds from now. Raises UsageError, ConfigError."""
        return SilenceExtend(self._alertmanager(), silence_id=silence_id, seconds=seconds, limits=self._limits)

    def expire_silence(self, silence_id: str) -> SilenceExpire:
        """Return the operation that ends a silence. Raises ConfigError."""
        return SilenceExpire(self._alertmanager(), silence_id=silence_id)

    async def matchers_of(self, silence_id: str) -> tuple[Matcher, ...]:
        """Return what a silence holds back: what Alertmanager has, in a form that can be shown and edited.

        Raises:
            UsageError: there is no such silence.
            RefusedError: one of its matchers holds a secret.
            ConfigError, SourceError: Alertmanager cannot be asked.
        """
        place = self._alertmanager()
        try:
            found = (await place.silence(silence_id)).matchers
        finally:
            await place.close()
        if any(mask_value(matcher.name, matcher.value) != matcher.value for matcher in found):
            raise RefusedError(_("a matcher of this silence holds a secret: it is not shown"))
        return tuple(map(editable, found))

    @property
    def _limits(self) -> Alerts:
        return self.config.alerts

    def _alertmanager(self) -> Alertmanager:
        return Alertmanager(self.config.alertmanager, self.visible)

    def located(self, archive: str | ArchiveName, at: str = "") -> tuple[Destination, ArchiveName]:
        """Return where an archive lies that may be looked into, and its name.

        A name alone is one of the destination `at`, else of the configured one, whatever lies in the current folder. A
        path has a slash (`./NAME`), or is a URL.

        Raises:
            UsageError: it is not the name of an archive.
            RefusedError: it holds tenants that this console does not see.
            ArchiveError, SourceError: as `archives`.
        """
        place, name = self._place_of(archive, at)
        if self.visible.limited:
            found = seen.archives(holdings.entries(place, self.config), self.visible)
            if all(entry.name != name for entry in found):
                raise seen.out_of_sight()
        return place, name

    def _place_of(self, archive: str | ArchiveName, at: str = "") -> tuple[Destination, ArchiveName]:
        if isinstance(archive, ArchiveName):
            return self.destination(at), archive
        place, slash, last = archive.rpartition("/")
        name = ArchiveName.parse(last)
        if name is None:
            raise UsageError(
                _("{name} is not the name of an archive").format(name=safe(archive, 200)),
                hint=_("`kryonix backup list` shows them. Archives keep the name that they were made with."),
            )
        if "://" in place:
            return self.destination(place), name
        if slash:
            return Folder(Path(archive).expanduser().parent.absolute()), name
        destination = self.destination(at)
        if Path(archive).exists() and all(stored.name != archive for stored in destination.stored()):
            raise UsageError(
                _("{name} is not at {place}").format(name=name, place=destination.place),
                hint=_("Write ./{name} for the file in this folder.").format(name=name),
            )
        return destination, name

    async def _census(self) -> Census:
        source = RedisSource(self.config.redis, self.keyspace)
        found = Census()
        try:
            async with aclosing(source.census()) as passing:
                async for census in passing:
                    found = census
        finally:
            await source.close()
        return found


def _elsewhere(config: Config, url: str) -> Config:
    """Return the configuration with another server: the URL's own user wins, else that of the restore is used there.

    Raises:
        ConfigError: the URL cannot be read.
    """
    named = from_url(secret_text(url, "--into"), "--into", config.redis.tls)
    own = bool(named.username or named.password)
    redis = msgspec.structs.replace(
        config.redis,
        url=url,
        host="",
        socket="",
        replica_url="",
        sentinel=Sentinel(),
        credentials=Credentials() if own else Credentials(restore=config.redis.credentials.restore),
    )
    return msgspec.structs.replace(config, redis=redis)
