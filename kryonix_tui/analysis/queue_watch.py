"""Queues that grow and never become shorter: nobody takes anything from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from kryonix_tui.analysis.standing import Key, Sign
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import ngettext
from kryonix_tui.model.alert import Severity
from kryonix_tui.model.tenant import Tenant

NAME: Final = "QueueWithoutConsumer"
LONGEST_GAP: Final = 120.0
"""Seconds between two readings, or half of the time that is asked for: after a longer gap nobody knows what went on."""


@dataclass(slots=True)
class _Watched:
    """A queue since it was last seen to become shorter: how long it was then, and how long it is."""

    since: Instant
    read: Instant
    first: int
    last: int


class QueueWatch:
    """Remembers each queue of each tenant. `seconds`: how long a queue must do nothing but grow."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._gap = max(LONGEST_GAP, seconds / 2)
        self._watched: dict[str, dict[str, _Watched]] = {}

    def read(self, name: str, tenant: Tenant | None) -> None:
        """Take what is known of a tenant's queues now; None: it is gone."""
        if tenant is None or tenant.facts is None:
            self._watched.pop(name, None)
            return
        at = tenant.facts.read_at
        before = self._watched.get(name, {})
        queues = {module: self._next(before.get(module), depth, at) for module, depth in tenant.queues.items() if depth}
        if queues:
            self._watched[name] = queues
        else:
            self._watched.pop(name, None)

    def _next(self, known: _Watched | None, depth: int, at: Instant) -> _Watched:
        if known is None or depth < known.last or known.read.age(at) > self._gap:
            return _Watched(at, at, depth, depth)
        known.last, known.read = depth, at
        return known

    def signs(self) -> Iterator[Sign]:
        """Yield the queues that have done nothing but grow for that long. Most queues do for a moment."""
        for tenant, queues in self._watched.items():
            for module, watched in queues.items():
                if watched.last > watched.first and watched.since.age(watched.read) >= self._seconds:
                    key = Key(NAME, Severity.WARNING, tenant, module)
                    yield Sign(key, "queue", 0.0, partial(_text, module, watched.last))


def _text(module: str, depth: int) -> str:
    return ngettext(
        "queue {module} only grows: {count} waits, nobody takes any",
        "queue {module} only grows: {count} wait, nobody takes any",
        depth,
    ).format(module=module, count=depth)
