"""Waiting items as lines: the names of their fields, and what is in them only where somebody may and wants to see it."""

from __future__ import annotations

import json
from typing import Any, Final

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.masking import MASK, is_secret_name, mask_text
from kryonix_tui.model.queues import QueuePage, WaitingItem
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.values import DEEPEST, payload

REVEALED: Final = 4000
"""Characters of an item that are shown."""


def lines(page: QueuePage, now: float, *, revealed: bool = False) -> list[Line]:
    """Return the items of a page, those that go next first; ages at `now` (epoch seconds)."""
    if not page.type:
        return [line(Cell(_("the queue is empty"), Tone.MUTED))]
    found = [_item(item, now, revealed=revealed) for item in page.items]
    if page.refused:
        found.append(line(Cell(f"▲ {page.refused}", Tone.WARNING)))
    left = page.depth - (page.next or page.depth)
    if page.next is not None and left > 0:
        found.append(line(Cell(_("and {count} more").format(count=formats.full_count(left)), Tone.MUTED)))
    return found or [line(Cell(_("the queue is empty"), Tone.MUTED))]


def text_of(item: WaitingItem, *, revealed: bool = False) -> str:
    """Return an item for people: its shape, or what is in it. Credentials are hidden either way."""
    if not revealed:
        # Of one that was cut, the shape cannot be told: nothing but its length is.
        return (
            payload(item.content)
            if not item.cut
            else ngettext("{mask} ({count} byte)", "{mask} ({count} bytes)", item.size).format(
                mask=MASK, count=item.size
            )
        )
    try:
        text = json.dumps(_without_credentials(json.loads(item.content), 0), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = mask_text(safe(item.content, REVEALED))
    return safe(text, REVEALED) + (_(" … {count} bytes").format(count=item.size) if item.cut else "")


def _item(item: WaitingItem, now: float, *, revealed: bool) -> Line:
    waits = formats.age(max(0.0, now - item.since)) if item.since is not None else formats.DASH
    return line(
        Cell(f"{item.place:>6} ", Tone.MUTED),
        Cell(f"{waits:>4} ", Tone.ACCENT),
        Cell(f"{formats.short_size(item.size):>5}  ", Tone.MUTED),
        text_of(item, revealed=revealed),
    )


def _without_credentials(content: Any, depth: int) -> Any:
    if depth >= DEEPEST:
        return MASK
    if isinstance(content, dict):
        return {
            name: MASK if is_secret_name(name) else _without_credentials(value, depth + 1)
            for name, value in content.items()
        }
    if isinstance(content, list):
        return [_without_credentials(value, depth + 1) for value in content]
    return mask_text(content) if isinstance(content, str) else content
