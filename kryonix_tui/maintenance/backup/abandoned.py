"""Restores that have begun and not ended, in words: what they keep from being pruned, and when they are given up."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.pruning import Planned
from kryonix_tui.maintenance.backup.restore.journal import Mark
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats


def sentences(found: Planned, days: int) -> Iterator[str]:
    """Yield what there is to say of them; `days` is how long each is waited for."""
    for mark in found.restores:
        text = ngettext(
            "{restore} has not ended. What it needs stays until it has, or is given up after {days} day.",
            "{restore} has not ended. What it needs stays until it has, or is given up after {days} days.",
            days,
        )
        yield text.format(restore=named(mark, found), days=days)
    for mark in found.abandoned:
        text = _(
            "{restore} has not ended and is given up: it cannot go on over the keys that it wrote itself any more, only"
            " with --policy skip or replace. What it needed may go at the next pruning, not at this one."
        )
        yield text.format(restore=named(mark, found))


def named(mark: Mark, found: Planned) -> str:
    """Return which restore it is: of which archive, into which server, and how long ago it last began."""
    age = formats.duration(max(0.0, time.time() - mark.since))
    if not mark.archive:
        text = _("a restore whose mark {file} cannot be read, begun {age} ago,")
        return text.format(file=safe(mark.path.name, 60), age=age)
    entries = [kept.entry for pruning in (found.backups, found.undo) for kept in pruning.keep]
    names = {entry.name.id: str(entry.name) for entry in entries}
    archive = names.get(mark.archive[:8], mark.archive[:8])
    text = _("the restore of {archive} into {place}, begun {age} ago,")
    return text.format(archive=safe(archive, 160), place=safe(mark.place, 100), age=age)
