"""What the console itself costs the server, against its budget; what a pass of the census at full speed would cost."""

from __future__ import annotations

from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import _
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Tone

USUAL_SECONDS_PER_KEY: Final = 1e-6
"""Server time of walking by one key, where this server has not been measured yet."""


def pairs(update: Update) -> tuple[tuple[str, Cell], ...]:
    """Return the console's own cost as named values."""
    own = update.snapshot.own_load
    server = update.snapshot.server
    total = server.value.traffic.ops_per_second if server else 0
    part = f" ({100 * own.commands_per_second / total:.0f} %)" if total > own.commands_per_second else ""
    return (
        (_("commands/s"), Cell(f"{own.commands_per_second:.0f}{part}", Tone.STRONG)),
        *_shares(own),
        *_pace(own),
        (_("commands"), Cell(formats.full_count(own.commands))),
        (_("hits caused"), Cell(formats.full_count(own.hits))),
        (_("misses caused"), Cell(formats.full_count(own.misses))),
    )


def _shares(own: OwnLoad) -> tuple[tuple[str, Cell], ...]:
    """The budget holds where keys are walked: on the replica, where one is configured."""
    budget = (_("budget"), Cell(formats.limit_percent(100 * own.budget) if own.budget else formats.DASH))
    if own.replica_share is None:
        return ((_("server time"), _share(own.share, over=own.over_budget)), budget)
    return (
        (_("server time"), _share(own.share, over=False)),
        (_("replica's time"), _share(own.replica_share, over=own.over_budget)),
        budget,
    )


def _share(share: float | None, *, over: bool) -> Cell:
    if share is None:
        return UNKNOWN
    text = _("{share} of a core").format(share=formats.percent(100 * share, 2 if share < 0.01 else 1))
    return Cell(f"▲ {text}", Tone.WARNING) if over else Cell(text)


def _pace(own: OwnLoad) -> tuple[tuple[str, Cell], ...]:
    if own.hurried:
        return ((_("census"), Cell(_("at full speed"), Tone.INFO)),)
    if own.held_back > 1:
        text = _("held back {factor:.0f} x: answers come late").format(factor=own.held_back)
        return ((_("census"), Cell(f"▲ {text}", Tone.WARNING)),)
    return ()


def badge(update: Update) -> tuple[Cell, ...]:
    """Return what must be seen on every screen: that we take more than we may, or all that there is on purpose."""
    own = update.snapshot.own_load
    if own.hurried:
        return (Cell(f" {_('census at full speed')} ", Tone.INFO),)
    if own.over_budget:
        taken = max(own.share or 0.0, own.replica_share or 0.0)
        text = _("own load {share} > {budget}").format(
            share=formats.percent(100 * taken), budget=formats.limit_percent(100 * own.budget)
        )
        return (Cell(f" ▲ {text} ", Tone.WARNING),)
    return ()


def full_census(update: Update) -> str:
    """Return what a pass without pauses would cost, as a question."""
    server, own = update.snapshot.server, update.snapshot.own_load
    keys = server.value.keys if server else 0
    each = own.seconds_per_key or USUAL_SECONDS_PER_KEY
    measured = (
        _("as measured here")
        if own.seconds_per_key
        else _("at a usual {micros:.0f} µs per key").format(micros=1e6 * each)
    )
    where = _("the replica") if own.replica_share is not None else _("the server")
    return _(
        "Walk over all {keys} without pauses? It takes about {seconds} of {where}'s time ({measured}); other clients "
        "wait a little longer meanwhile."
    ).format(keys=formats.keys(keys), seconds=formats.milliseconds(1000 * keys * each), where=where, measured=measured)
