"""The window of time that charts share: it moves, it grows, and it says where it is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kryonix_tui.analysis.series import DAY
from kryonix_tui.clock import Instant
from kryonix_tui.view.cells import plain
from kryonix_tui.view.window import SPANS, Window, named_span, state, ticks

NOW = Instant(1_750_000_000.0, 500_000.0)


@pytest.fixture(params=["UTC", "America/Sao_Paulo", "Asia/Kathmandu"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A time zone: one with whole hours, one without."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def later(seconds: float) -> Instant:
    """Return the moment so many seconds after NOW."""
    return Instant(NOW.wall + seconds, NOW.steady + seconds)


def test_it_follows_the_time_until_it_is_moved() -> None:
    window = Window(900)
    assert window.bounds(NOW) == (499_100, 500_000)
    assert window.bounds(later(60)) == (499_160, 500_060)
    moved = window.earlier(NOW)
    assert moved.bounds(NOW) == moved.bounds(later(60)) == (498_650, 499_550)


def test_it_comes_back_to_the_present_and_follows_again() -> None:
    window = Window(900).earlier(NOW).earlier(NOW)
    assert window.later(NOW).until is not None
    assert window.later(NOW).later(NOW).until is None
    assert window.live().until is None


def test_it_ends_where_the_past_ends() -> None:
    window = Window(21_600)
    for _step in range(20):
        window = window.earlier(NOW)
    assert window.bounds(NOW)[0] == NOW.steady - DAY
    assert window.earlier(NOW) == window
    assert window.wider(NOW).bounds(NOW) == (NOW.steady - DAY, NOW.steady)
    assert Window(DAY).earlier(NOW) == Window(DAY)


def test_it_has_five_lengths() -> None:
    window = Window(SPANS[0])
    seen = [window.span]
    for _step in range(6):
        window = window.wider(NOW)
        seen.append(window.span)
    assert seen == [300, 900, 3600, 21_600, 86_400, 86_400, 86_400]
    for _step in range(6):
        window = window.closer()
    assert window.span == 300


@pytest.mark.parametrize(
    ("text", "span"),
    [("5m", 300), ("15 min", 900), ("1h", 3600), ("6H", 21_600), ("24h", DAY), ("1d", DAY), ("7m", None), ("", None)],
)
def test_a_length_can_be_named(text: str, span: float | None) -> None:
    assert named_span(text) == span


@pytest.mark.usefixtures("zone")
def test_its_state_is_said() -> None:
    clock = time.strftime("%H:%M:%S", time.localtime(NOW.wall))
    back = time.strftime("%H:%M:%S", time.localtime(NOW.wall - 1800))
    assert plain(state(Window(900), NOW, paused=False)) == "15 min live"
    assert plain(state(Window(900), NOW, paused=True)) == f"15 min paused {clock}"
    moved = Window(3600).earlier(NOW)
    assert plain(state(moved, NOW, paused=False)) == f"1 h -30 min (until {back})"
    assert plain(state(moved, NOW, paused=True)) == f"1 h paused {clock} -30 min (until {back})"


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("width", [16, 40, 78, 160])
def test_labels_are_round_local_times_and_leave_room_for_each_other(span: float, width: int) -> None:
    labels = ticks(NOW.wall - span, NOW.wall, width)
    assert all(NOW.wall - span <= at <= NOW.wall for at, _text in labels)
    assert all(text == time.strftime("%H:%M", time.localtime(at)) and int(at) % 60 == 0 for at, text in labels)
    assert len(labels) <= width / 10 + 1
    assert labels or width < 40
    if span == DAY and width == 160:
        assert all(text.endswith(":00") for _at, text in labels)
