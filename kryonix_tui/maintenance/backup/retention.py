"""Which archives may go. Pure: a catalogue and a clock in, names and reasons out.

An archive is pruned when it is older than `days`, at least `keep_at_least` newer whole archives cover its scope, and
one of those has just been verified. A full backup covers every scope of its server; a partial one covers its own. An
empty one covers only empty ones: a server that lost everything must not push out what it had. A fuzzy one covers only
fuzzy ones. All of this is believed only where our own key signed it: an archive of which that cannot be said pushes
nothing out, and stays. So do damaged ones: they are for a person to look at. An archive from the future stops
everything: a clock is wrong, or somebody lies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kryonix_tui.errors import DriftError, RefusedError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.archive.naming import FULL, ArchiveName
from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.maintenance.backup.destination import Destination

CLOCK_SLACK: Final = timedelta(minutes=5)
"""How far ahead the clock of another host may be."""


Needed = Callable[[ArchiveName], str]
"""Says why an archive stays whatever else there is, empty where nothing needs it."""


def nobody(_name: ArchiveName) -> str:
    """Need nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An archive that stays, and why."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What to delete, oldest first, and what stays. `stopped` says why nothing may be deleted at all."""

    prune: tuple[Entry, ...]
    keep: tuple[Kept, ...]
    stopped: str = ""


def plan(
    catalogue: Sequence[Entry],
    *,
    days: int,
    keep_at_least: int,
    now: datetime,
    verified: Collection[ArchiveName],
    needed: Needed = nobody,
) -> Pruning:
    """Say what may go. `verified` are archives that were verified (data or drill) for this; `now` is aware, UTC."""
    limit = now - timedelta(days=days)

    def reason(entry: Entry) -> str:
        newer = [other.name for other in catalogue if _covers(other, entry)]
        return _reason(entry, newer, limit, keep_at_least, verified, needed)

    return _judged(catalogue, now, reason)


def plan_undo(catalogue: Sequence[Entry], *, days: int, now: datetime, needed: Needed) -> Pruning:
    """Say which snapshots of what restores have overwritten may go. None covers another: their age alone counts."""
    limit = now - timedelta(days=days)

    def reason(entry: Entry) -> str:
        return _too_early(entry, limit, needed) or (_unknown(entry) if entry.authentic is None else "")

    return _judged(catalogue, now, reason)


def _judged(catalogue: Sequence[Entry], now: datetime, reason: Callable[[Entry], str]) -> Pruning:
    """Divide into what goes and what stays, the oldest first; `reason` says why one stays."""
    future = [entry for entry in catalogue if entry.name.made_at > now + CLOCK_SLACK]
    if future:
        text = _("{name} is from the future: look at the clocks, or remove it by hand").format(name=future[0].name)
        return Pruning((), tuple(Kept(entry, _("stopped")) for entry in catalogue), text)
    oldest_first = sorted(catalogue, key=lambda found: (found.name.made_at, found.name.id))
    why = [(entry, reason(entry)) for entry in oldest_first]
    return Pruning(
        tuple(entry for entry, stays in why if not stays), tuple(Kept(entry, stays) for entry, stays in why if stays)
    )


def newest_whole(catalogue: Sequence[Entry]) -> tuple[ArchiveName, ...]:
    """Return those to verify before anything is pruned: the newest whole ones of each server, scope and kind."""
    known = [(entry, facts) for entry in catalogue if (facts := entry.authentic) is not None]
    oldest_first = sorted(known, key=lambda found: found[0].name.made_at)
    latest = {
        (facts.server, entry.name.scope, facts.consistency, facts.keys == 0): entry.name
        for entry, facts in oldest_first
    }
    return tuple(latest.values())


def apply(pruning: Pruning, destination: Destination) -> tuple[ArchiveName, ...]:
    """Delete what a plan says, and return the names. Each is looked at once more.

    Raises:
        RefusedError: the plan was stopped.
        DriftError: an archive changed since; those before it are deleted.
        ArchiveError, SourceError: one could not be deleted.
    """
    if pruning.stopped:
        raise RefusedError(pruning.stopped, title=_("Nothing is pruned"))
    deleted = []
    sizes = dict(destination.stored())
    for entry in pruning.prune:
        if sizes.get(str(entry.name)) != entry.size:
            raise DriftError(_("{name} changed since the plan was made").format(name=entry.name))
        destination.delete(entry.name)
        deleted.append(entry.name)
    return tuple(deleted)


def _covers(newer: Entry, older: Entry) -> bool:
    """Tell whether `newer` is newer, of the same server, and holds all that `older` does."""
    said, then = newer.authentic, older.authentic
    if said is None or then is None or said.server != then.server:
        return False
    if (said.keys == 0 and then.keys != 0) or (said.consistency == "fuzzy" and then.consistency != "fuzzy"):
        return False
    return newer.name.made_at > older.name.made_at and newer.name.scope in (FULL, older.name.scope)


def _unknown(entry: Entry) -> str:
    if entry.facts is None:
        return _("it is encrypted: of which server it is cannot be told here")
    return _("it is not signed with the key of this host")


def _too_early(entry: Entry, limit: datetime, needed: Needed) -> str:
    """Return why `entry` stays whatever else there is, nothing where it may go if others allow it."""
    if not entry.whole:
        return _("damaged: a person should look at it")
    if entry.name.made_at > limit:
        return _("not old enough")
    return needed(entry.name)


def _reason(
    entry: Entry,
    newer: Sequence[ArchiveName],
    limit: datetime,
    keep_at_least: int,
    verified: Collection[ArchiveName],
    needed: Needed,
) -> str:
    """Return why `entry` stays, nothing where it may go."""
    early = _too_early(entry, limit, needed)
    if early:
        return early
    if entry.authentic is None:
        return _unknown(entry)
    if len(newer) < keep_at_least:
        return ngettext(
            "only {count} newer one of its scope, {wanted} must exist",
            "only {count} newer ones of its scope, {wanted} must exist",
            len(newer),
        ).format(count=len(newer), wanted=keep_at_least)
    if not any(name in verified for name in newer):
        return _("no newer one has been verified")
    return ""
