"""Tenants that are being created: how far they are, in the platform's own words. First passwords are never read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kryonix_tui.i18n import _
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line

_BAR: Final = 20
DONE: Final = 100.0
"""Percent at which nothing more is to be told."""


def under_way(tenant: Tenant) -> bool:
    """Tell whether a tenant is being created: it has no other keys yet, or the platform says that more is to come."""
    progress = tenant.number("creation_progress")
    return tenant.creating or (progress is not None and progress < DONE)


def state(tenant: Tenant) -> str:
    """Return `creating` or `active`: a tenant that has more keys than those of its creation is active."""
    return "creating" if tenant.creating else "active"


def short(tenant: Tenant) -> str:
    """Return it in few words, for a row: `being created 35 % creating_database`."""
    progress = tenant.number("creation_progress")
    share = formats.percent(progress, 0) if progress is not None else ""
    step = tenant.text("creation_step") or tenant.text("creation_status")
    return " ".join(part for part in (_("being created"), share, step) if part)


def lines(tenant: Tenant) -> list[Line]:
    """Return how far the creation is, as a bar and words; nothing where none is under way, or nothing is known."""
    if not under_way(tenant):
        return []
    progress = tenant.number("creation_progress")
    words = "  ".join(_words(tenant))
    if progress is None:
        return [line(Cell(f"  {words}", Tone.INFO))] if words else []
    filled = round(progress / DONE * _BAR)
    return [
        line(
            Cell("  " + "█" * filled + "░" * (_BAR - filled), Tone.ACCENT),
            Cell(f" {formats.percent(progress, 0)}  ", Tone.INFO),
            Cell(words),
        )
    ]


def _words(tenant: Tenant) -> Iterator[str]:
    status, step = tenant.text("creation_status"), tenant.text("creation_step")
    following, left = tenant.text("creation_next_step"), tenant.text("creation_estimate")
    if status:
        yield status
    if step:
        yield _("step {name}").format(name=step)
    if following:
        yield _("then {name}").format(name=following)
    if left:
        yield _("{time} to go").format(time=left)
