"""Tiles on a wall of any size: everything has a place, figures are large, and what is stale looks like nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from kryonix_tui.config.screen import Limits, Panel
from kryonix_tui.i18n import use_language
from kryonix_tui.model.source import SourceName
from kryonix_tui.view.cells import Cell, Line, Tone, line, plain
from kryonix_tui.view.panel_questions import Frame
from kryonix_tui.view.screens import load_screen
from kryonix_tui.wallboard.critical import Exceptional
from kryonix_tui.wallboard.digits import ROWS, large
from kryonix_tui.wallboard.drawing import announcement, framed, gathering, picture
from kryonix_tui.wallboard.pages import LEAST, pages
from kryonix_tui.wallboard.tiles import About, Tile, tile
from tests.tui.updates import START, Stage, failing, later, states

SIZES = [(200, 46), (160, 41), (80, 21), (50, 27), (40, 10)]


def text_of(lines: Iterable[Line]) -> str:
    return "\n".join(plain(cells) for cells in lines)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["overview", "wallboard", "modules", "tenant"])
def test_every_panel_has_its_place_on_one_page(name: str, size: tuple[int, int]) -> None:
    width, height = size
    panels = load_screen(name).panels
    found = pages(panels, width, height)
    assert [place.panel for page in found for place in page] == list(panels)
    for page in found:
        cells = [
            (x, y)
            for place in page
            for x in range(place.x, place.x + place.width)
            for y in range(place.y, place.y + place.height)
        ]
        assert len(cells) == len(set(cells))
        assert all(x < width and y < height for x, y in cells)
        if height >= 21:
            assert all(place.height >= LEAST[place.panel.kind] for place in page)
            assert max(place.y + place.height for place in page) == height


def test_letters_grow_with_the_room() -> None:
    heights = [len(large("1,188", width, height)) for width, height in [(18, 3), (40, 5), (60, 9), (120, 20)]]
    assert heights == [3, 5, 8, 15]
    assert all(cell_len(row) <= 40 for row in large("1,188", 40, 5))
    assert large("1,188", 17, 9) == ()
    assert large("ação", 100, 10) == large("ACAO", 100, 10) != ()
    assert large("界", 100, 10) == ()
    assert large("", 100, 10) == ()
    assert ROWS == 5


@pytest.mark.parametrize("size", [(38, 8), (18, 5), (10, 3), (5, 2)])
def test_a_frame_is_as_large_as_it_should_be(size: tuple[int, int]) -> None:
    width, height = size
    shown = Tile("Título que é comprido demais 界", Cell("12s"), "▲", Cell("1,188", Tone.WARNING), "ms")
    for lines in (
        framed(shown, width, height),
        framed(Tile("x", Cell(""), stale="last answer 3 s ago"), width, height),
    ):
        if height > 2 and width > 9:
            assert [cell_len(plain(cells)) for cells in lines] == [width] * height


def test_a_picture_has_the_width_of_the_wall() -> None:
    about = About(Stage().update(), START, Frame({}, 3600.0))
    (page, *_more) = pages(load_screen("wallboard").panels, 160, 41)
    drawn = picture([(place, tile(place.panel, about, place.inner)) for place in page], 160, 41)
    assert [cell_len(plain(cells)) for cells in drawn] == [160] * 41


def stat(redis: str, **given: object) -> Panel:
    return Panel(title="Queued", kind="stat", redis=redis, **given)  # type: ignore[arg-type]


def test_a_figure_is_large_and_has_its_unit_its_mark_and_its_age() -> None:
    about = About(Stage().update(), later(3.0), Frame({}, 3600.0))
    found = tile(stat("queue_depth", unit="count"), about, (30, 5))
    assert (found.figure, found.age.text, found.stale) == (Cell("12", Tone.STRONG), "<10s", "")
    drawn = text_of(framed(found, 34, 7))
    assert "█" in drawn
    assert "╭─ Queued ─" in drawn
    latency = tile(stat("latency", unit="ms", thresholds=Limits(warn=0.1, critical=100)), about, (30, 5))
    assert (latency.figure, latency.unit, latency.mark) == (Cell("0.4", Tone.WARNING), "ms", "▲")
    assert "▲ warning" in text_of(framed(latency, 34, 7))
    assert "▲ Queued" in text_of(framed(latency, 34, 5))


@pytest.mark.parametrize(
    ("spoken", "figure", "shown"),
    [("en", "1,188", "1188"), ("en", "98.5%", "98.5"), ("pt_BR", "1.188", "1188"), ("pt_BR", "98,5%", "98,5")],
)
def test_without_room_a_figure_is_shorter_and_never_another_one(spoken: str, figure: str, shown: str) -> None:
    use_language(spoken)
    try:
        drawn = text_of(framed(Tile("x", Cell(""), figure=Cell(figure)), 20, 5))
    finally:
        use_language("en")
    assert all(row.strip() in drawn for row in large(shown, 16, 3))


def test_what_is_not_known_is_no_zero() -> None:
    about = About(Stage({}).update(), START, Frame({}, 3600.0))
    assert tile(stat("hit_rate", unit="percent"), about, (30, 5)).figure == Cell("–", Tone.MUTED)


@pytest.mark.parametrize("kind", ["stat", "gauge", "feed", "timeseries"])
def test_stale_is_a_word_an_age_and_a_frame_of_its_own(kind: str) -> None:
    figure = "attention" if kind == "feed" else "hit_rate"
    panel = Panel(title="Hit rate", kind=kind, redis=figure, unit="percent")  # type: ignore[arg-type]
    update = Stage().update(sources=states(START, failing(SourceName.TENANTS)))
    found = tile(panel, About(update, later(200.0), Frame({}, 3600.0)), (36, 6))
    lines = framed(found, 40, 8)
    drawn = text_of(lines)
    assert "STALE 3m" in drawn
    assert "last answer 3 min ago" in drawn
    assert drawn.startswith("┏━ Hit rate")
    assert text_of(line(Cell(row)) for row in large("STALE", 36, 3)).splitlines()[1] in drawn
    assert all(cell.tone is not Tone.STRONG for cells in lines[1:] for cell in cells)
    if kind in ("stat", "gauge"):
        assert "was " in drawn


def test_before_any_answer_there_is_no_figure() -> None:
    update = Stage({}).update(sources=states(START, failing(SourceName.REDIS, None)))
    update = replace(update, snapshot=replace(update.snapshot, server=None))
    found = tile(stat("ops"), About(update, START, Frame({}, 3600.0)), (36, 6))
    drawn = text_of(framed(found, 40, 8))
    assert "no answer yet" in drawn
    assert "was" not in drawn


@pytest.mark.parametrize(("text", "width", "shown"), [("12,140", 14, "12k"), ("1,250,000", 20, "1.2M")])
def test_a_number_without_room_is_large_in_thousands_and_small_below(text: str, width: int, shown: str) -> None:
    lines = text_of(framed(Tile("Sessions", Cell("2s"), figure=Cell(text)), width + 4, 7))
    assert large(shown, width, 4)[0] in lines
    assert lines.count(text) == 1
    assert text in text_of(framed(Tile("Sessions", Cell("2s"), figure=Cell(text)), width + 4, 5))


def test_what_one_is_called_is_large_on_several_lines() -> None:
    found = Exceptional("tenant:x", "centro_medico_ipe_violeta", ("hit rate 40 % < 60 % (redis)",), SourceName.TENANTS)
    for width, height in ((120, 24), (80, 20), (50, 24)):
        rows = text_of(announcement(found, Cell("2s"), "", width, height)).splitlines()
        assert len(rows) == height
        assert all(cell_len(row) == width for row in rows)
        assert sum("▀" in row for row in rows) >= 3
        assert "centro" not in "".join(rows)
    assert "centro_medico" in text_of(announcement(found, Cell("2s"), "", 30, 8))


def test_a_summary_in_the_sentence_stays_also_where_it_is_large() -> None:
    found = Exceptional("platform", "Platform", ("Gone (nobody): no keys",), SourceName.REDIS)
    assert "Gone (nobody): no keys" in text_of(announcement(found, Cell("2s"), "", 160, 40))


@pytest.mark.parametrize("height", [8, 12, 20])
def test_reasons_that_have_no_room_are_counted(height: int) -> None:
    reasons = tuple(f"alert Alert{number:02} is firing" for number in range(50))
    text = text_of(announcement(Exceptional("t", "alfa", reasons, SourceName.TENANTS), Cell("2s"), "", 80, height))
    shown = len(re.findall(r"Alert\d\d", text))
    large_one = 0 if "Alert00" in text else 1
    assert f"and {50 - shown - large_one} more" in text
    assert len(text.splitlines()) == height


def test_so_many_as_have_room_stand_on_one_slide_and_the_others_on_the_next() -> None:
    found = [Exceptional(f"t{number}", f"tenant{number:03}", ("why",), SourceName.TENANTS) for number in range(195)]
    for width, height in ((200, 46), (80, 21), (50, 27)):
        seen: list[str] = []
        for turn in range(1, 40):
            text = text_of(gathering(found, Cell("2s"), width, height, turn))
            assert all(cell_len(row) == width for row in text.splitlines())
            now = re.findall(r"tenant\d{3}", text)
            assert f"{195 - len(now)} others at the next turns" in text
            seen += now
        assert set(seen) == {one.title for one in found}
    assert "next turns" not in text_of(gathering(found[:10], Cell("2s"), 80, 21, 7))
