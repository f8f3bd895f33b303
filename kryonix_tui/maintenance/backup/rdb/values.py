"""Where does a value end? One function per shape, none of which looks into what it passes.

Each takes the buffer and the position after the type byte, and returns the position after the value; see `encoding`
for what they raise, and what they do at the end of the buffer. Sources: `rdbSaveObject` and `rdbLoadObject` in `rdb.c`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.encoding import MalformedError, read_length, read_number, skip_string
from kryonix_tui.maintenance.backup.rdb.types import Shape, known_types

Skip = Callable[[bytes, int], int]

_NOT_FINITE: Final = 253
"""From here on, the length byte of a score as text is itself the score: NaN and the two infinities."""

_STREAM_ID: Final = 16
_TIME: Final = 8


def _strings(data: bytes, at: int) -> int:
    count, at = read_length(data, at)
    for _ in range(count):
        at = skip_string(data, at)
    return at


def _pairs(data: bytes, at: int) -> int:
    count, at = read_length(data, at)
    for _ in range(2 * count):
        at = skip_string(data, at)
    return at


def _text_scores(data: bytes, at: int) -> int:
    count, at = read_length(data, at)
    for _ in range(count):
        at = skip_string(data, at)
        size = data[at]
        at += 1 + (size if size < _NOT_FINITE else 0)
    return at


def _binary_scores(data: bytes, at: int) -> int:
    count, at = read_length(data, at)
    for _ in range(count):
        at = skip_string(data, at) + 8
    return at


def _nodes(data: bytes, at: int) -> int:
    count, at = read_length(data, at)
    for _ in range(count):
        if data[at] not in (1, 2):
            raise MalformedError(at, N_("a node of a list, plain or packed"))
        at = skip_string(data, at + 1)
    return at


def _expiring_pairs(data: bytes, at: int) -> int:
    count, at = read_length(data, at)
    for _ in range(count):
        at = skip_string(data, skip_string(data, at)) + _TIME
    return at


def _timed_pairs(data: bytes, at: int) -> int:
    count, at = read_length(data, at + _TIME)
    for _ in range(count):
        _, at = read_number(data, at)
        at = skip_string(data, skip_string(data, at))
    return at


def _timed_string(data: bytes, at: int) -> int:
    return skip_string(data, at + _TIME)


def _stream(data: bytes, at: int, *, edition: int) -> int:
    """Streams: packed entries by id, counters, then the groups. `edition` is 1, 2 or 3."""
    groups, at = _groups(data, at, edition=edition)
    for _ in range(groups):
        at = _consumers(data, _group(data, at, edition=edition), times=2 if edition == 3 else 1)
    return at


def _groups(data: bytes, at: int, *, edition: int) -> tuple[int, int]:
    """Return how many groups a stream has, and the position of the first."""
    at = _pairs(data, at)
    for _ in range(3 if edition == 1 else 8):  # length and last id; from 2: first and last deleted id, entries ever
        _, at = read_number(data, at)
    return read_length(data, at)


def _group(data: bytes, at: int, *, edition: int) -> int:
    """Return the position of a group's consumers."""
    at = skip_string(data, at)
    for _ in range(2 if edition == 1 else 3):  # last delivered id; from 2: entries read
        _, at = read_number(data, at)
    return _pending(data, at)


def _pending(data: bytes, at: int) -> int:
    """Entries of a group that wait for acknowledgement: id, time of delivery, how often it was delivered."""
    count, at = read_length(data, at)
    for _ in range(count):
        _, at = read_number(data, at + _STREAM_ID + _TIME)
    return at


def _consumers(data: bytes, at: int, *, times: int) -> int:
    """Consumers of a group: name, when it was seen (and active), the ids that wait for it."""
    count, at = read_length(data, at)
    for _ in range(count):
        at = _waiting(data, skip_string(data, at) + times * _TIME)
    return at


def _waiting(data: bytes, at: int) -> int:
    """The ids that wait for a consumer."""
    count, at = read_length(data, at)
    return at + count * _STREAM_ID


def active_times(stream: bytes) -> Iterator[int]:
    """Yield where, in a stream of edition 3, each consumer's time of last activity begins.

    Nothing else tells it from a stream of edition 2.
    """
    groups, at = _groups(stream, 0, edition=3)
    for _ in range(groups):
        consumers, at = read_length(stream, _group(stream, at, edition=3))
        for _ in range(consumers):
            active = skip_string(stream, at) + _TIME
            yield active
            at = _waiting(stream, active + _TIME)


_BY_SHAPE: Final[dict[Shape, Skip]] = {
    Shape.STRING: skip_string,
    Shape.STRINGS: _strings,
    Shape.PAIRS: _pairs,
    Shape.TEXT_SCORES: _text_scores,
    Shape.BINARY_SCORES: _binary_scores,
    Shape.NODES: _nodes,
    Shape.STREAM_1: lambda data, at: _stream(data, at, edition=1),
    Shape.STREAM_2: lambda data, at: _stream(data, at, edition=2),
    Shape.STREAM_3: lambda data, at: _stream(data, at, edition=3),
    Shape.EXPIRING_PAIRS: _expiring_pairs,
    Shape.TIMED_PAIRS: _timed_pairs,
    Shape.TIMED_STRING: _timed_string,
}


def skips(version: int) -> dict[int, Skip]:
    """Return, by type byte, what finds the end of a value in a format version."""
    return {code: _BY_SHAPE[found.shape] for code, found in known_types(version).items()}
