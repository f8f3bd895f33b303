r"""Since when an item of a queue waits, by its own word. Nothing else of an item is looked at, and nothing of it is kept.

>>> waiting_since(b'{"enqueued_at": "2025-01-27T10:30:00Z", "number": "..."}', now=1738000000)
1737973800.0
>>> waiting_since(b'{"created_at": 1737973800123}', now=1738000000)
1737973800.123
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

FIELDS: Final = ("enqueued_at", "timestamp", "created_at")
"""Where the moment may stand, the first that can be read is taken."""

_EARLIEST: Final = 946_684_800.0
"""2000-01-01: whatever is before was no moment."""

_AHEAD: Final = 60.0
"""Seconds by which the clock of whoever wrote it may be ahead of ours."""

_MILLISECONDS: Final = 1e11
"""A number that is larger counts milliseconds: as seconds it would be in the year 5138."""


def waiting_since(item: bytes, now: float) -> float | None:
    """Return since when an item waits in epoch seconds, `now` at the latest; None where it does not say.

    A moment is a number (seconds or milliseconds since 1970), or a text: such a number, or ISO 8601, UTC without a zone.
    """
    try:
        fields = msgspec.json.decode(item, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    for name in FIELDS:
        since = _moment(fields[name]) if name in fields else None
        if since is not None and _EARLIEST <= since <= now + _AHEAD:
            return min(since, now)
    return None


def _moment(raw: msgspec.Raw) -> float | None:
    try:
        said = msgspec.json.decode(raw, type=float | str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if isinstance(said, str):
        try:
            number = float(said)
        except ValueError:
            return _iso(said)
    else:
        number = said
    return number / 1000 if number > _MILLISECONDS else number


def _iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
