"""What a console that sees some tenants only may know of archives and of the audit log, and what it may change.

Whatever is about others as well, or about nobody in particular, is not for it: that is refused, or left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.audit import Entry as Line
from kryonix_tui.maintenance.backup.archive.manifest import tenant_identity
from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.model.operation import Plan, Scope
from kryonix_tui.model.visible import Visible

TENANTS = "tenants"
"""The detail of a line of the audit log that says whom it was about."""


def confine(plan: Plan, visible: Visible) -> None:
    """Let a plan pass that touches visible tenants only.

    Raises:
        RefusedError: it touches others, or everything.
    """
    if not visible.covers(plan.scope):
        raise out_of_sight()


def out_of_sight() -> RefusedError:
    """Return the error for what concerns tenants that this console does not see."""
    return RefusedError(
        _("this console is limited to some tenants, and this concerns others as well"),
        hint=_("Name a tenant that it sees (--tenant); tenants in the configuration says which they are."),
    )


def archives(found: Iterable[Entry], visible: Visible) -> Iterator[Entry]:
    """Yield the archives that hold visible tenants and nothing else."""
    return (entry for entry in found if not visible.limited or _is_seen(entry, visible))


def lines(found: Iterable[Line], visible: Visible) -> Iterator[Line]:
    """Yield the lines of the audit log that are about visible tenants and nobody else."""
    for line in found:
        about = line.details.get(TENANTS)
        if not visible.limited or (isinstance(about, list) and visible.covers(Scope(tuple(map(str, about))))):
            yield line


def _is_seen(entry: Entry, visible: Visible) -> bool:
    if entry.manifest is not None:
        return visible.covers(Scope(tuple(tenant_identity(text) for text in entry.manifest.scope.tenants)))
    # Sealed or damaged: a short name of one tenant stands in the label as it is; with ~ it was shortened.
    kind, _dash, rest = entry.name.scope.partition("-")
    label = rest.partition("+db-")[0]
    return kind == "tenant" and "~" not in label and visible.sees(label)
