"""When a session was last used, by its own word: whatever else it says must not make it look left behind."""

from __future__ import annotations

import pytest

from kryonix_tui.maintenance.optimize.sample import _moment


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        (b"2026-03-01T12:00:00Z", 1772366400.0),
        (b" 2026-03-01 09:00:00.000-03:00\n", 1772366400.0),
        # Nobody says whose noon that is: nowhere is it later than twelve hours after that of Greenwich.
        (b"2026-03-01T12:00", 1772366400.0 + 12 * 3600),
        # Milliseconds of 2024, which could be read as 1711-12-13 20:00.
        (b"1711121312000", None),
        (b"20260301", None),
        # Some time of that day.
        (b"2026-03-01", None),
        (b"2026-W10-7", None),
        (b"yesterday", None),
        (b"\xff", None),
        (b"", None),
        (None, None),
    ],
)
def test_the_latest_moment_that_is_meant(said: bytes | None, moment: float | None) -> None:
    assert _moment(said) == moment
