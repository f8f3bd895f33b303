"""The list of silences."""

from __future__ import annotations

import msgspec

from kryonix_tui.masking import mask_value
from kryonix_tui.model.alert import Matcher, Silence
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import MAX_LABELS, NAME_LIMIT, VALUE_LIMIT, epoch
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import decoded, kept

MAX_SILENCES = 5000
_SHOWN = ("active", "pending")


class _Status(msgspec.Struct):
    state: str


class _Matcher(msgspec.Struct, rename="camel"):
    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class _Silence(msgspec.Struct, rename="camel"):
    id: str
    status: _Status
    matchers: list[_Matcher] = []
    starts_at: str = ""
    ends_at: str = ""
    created_by: str = ""
    comment: str = ""


def silence_list(body: bytes, peer: Peer) -> tuple[tuple[Silence, ...], int]:
    """Read the answer of `/api/v2/silences`: those that are active or pending, the first to end first.

    Returns them, at most `MAX_SILENCES`, and how many could not be read.

    Raises:
        ReplyError: see `decoded`.
    """
    silences: list[Silence] = []
    discarded = 0
    for raw in decoded(body, list[msgspec.Raw], peer):
        wire = kept(raw, _Silence)
        if wire is None:
            discarded += 1
        elif wire.status.state in _SHOWN:
            silences.append(_silence(wire))
    silences.sort(key=lambda silence: silence.ends_at)
    return tuple(silences[:MAX_SILENCES]), discarded


def _value(matcher: _Matcher) -> str:
    """Return the value as it is, for it is compared with labels; one that is too long to be shown is cut."""
    value = mask_value(matcher.name, matcher.value)
    return value if len(value) <= VALUE_LIMIT else safe(value, VALUE_LIMIT)


def _silence(wire: _Silence) -> Silence:
    return Silence(
        silence_id=safe(wire.id, NAME_LIMIT),
        matchers=tuple(
            Matcher(
                name=safe(matcher.name, NAME_LIMIT),
                value=_value(matcher),
                is_equal=matcher.is_equal,
                is_regex=matcher.is_regex,
            )
            for matcher in wire.matchers[:MAX_LABELS]
        ),
        starts_at=epoch(wire.starts_at) or 0.0,
        ends_at=epoch(wire.ends_at) or 0.0,
        author=safe(wire.created_by, NAME_LIMIT),
        comment=safe(wire.comment, VALUE_LIMIT),
        active=wire.status.state == "active",
    )
