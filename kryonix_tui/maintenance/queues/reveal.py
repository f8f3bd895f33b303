"""Looking at what is in items: for operators alone, and written down before anything is shown.

The audit log says who looked at how many items of which queue, never what was in them.
"""

from __future__ import annotations

from kryonix_tui.i18n import ngettext
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.door import Door
from kryonix_tui.maintenance.seen import TENANTS
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.queues import QueuePage, QueuesPort, shown

REVEAL = "queues.reveal"
REVEALED = "revealed"
KEPT = 64 * 1024
"""Bytes of an item that are shown at most."""


async def reveal(
    door: Door, audit: AuditLog, port: QueuesPort, queue: QueueKey, start: int = 0, count: int = 0
) -> QueuePage:
    """Return items with what is in them.

    Raises:
        RefusedError: role, read-only, a STOP file, or a queue that this console does not see.
        SourceError: the server does not answer.
        KryonixError: it could not be written down; then nothing is shown.
    """
    door.admit()
    page = await port.items(queue, start, count, KEPT)
    details: dict[str, object] = {"queue": shown(queue), "items": len(page.items), "from": start}
    if queue.tenant is not None:
        details = {TENANTS: [queue.tenant], **details}
    audit.append(REVEALED, action=REVEAL, plan="", who=door.actor, target=port.place, details=details)
    return page


def warning(count: int) -> str:
    """Return what is asked before items are revealed."""
    return ngettext(
        "Show what is in {count} item? It may hold personal data. It is written down that you looked.",
        "Show what is in up to {count} items? They may hold personal data. It is written down that you looked.",
        count,
    ).format(count=count)
