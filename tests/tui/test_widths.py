"""Columns stand one below the other whatever names hold: by our own measure and by that of terminals."""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import replace

import pytest
import wcwidth
from rich.cells import cell_len

from kryonix_tui.clock import Instant
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.safetext import safe
from kryonix_tui.tui.linux_console import drawable, understood
from kryonix_tui.tui.plain_glyphs import plain
from kryonix_tui.tui.suited import pinned
from tests.tui import updates
from tests.tui.console import NARROW, NORMAL, console
from tests.tui.updates import Stage

NAMES = {
    "ideographs": "診療所東京",
    "half a cell too many": "a診療所東京診療所東京診療所",
    "family": "👨\u200d👩\u200d👧",
    "flag": "🇧🇷 brasil",
    "skin": "👍🏽 ok",
    "heart": "❤\ufe0f",
    "marks": "cli\u0301nica a\u0300\u0301\u0302",
    "hebrew": "מרפאה 12",
    "arabic": "عيادة 34",
    "persian joiner": "می\u200cخواهم",
    "isolate": "\u2067abc\u2069",
    "ambiguous": "αЖ○●▲…±",
    "full width": "ＡＢＣ",
    "half width": "ｱｲｳ",
    "tab and hyphen": "a\tb\u00adc",
    "jamo": "\u1112\u1161\u11ab",
    "hindi": "हिन्दी",
    "thai": "คลินิก",
    "zero width": "a\u200bb\ufeffc",
    "bytes": "caf\udce9",
}


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
async def test_every_row_is_as_wide_as_the_screen_by_both_measures(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(tenant: str, hit_rate: float, *, at: Instant = updates.START) -> TenantFacts:
        return replace(facts(tenant, hit_rate, at=at), texts={"name": safe(tenant), "sector": safe(tenant)})

    facts = updates.facts
    monkeypatch.setattr(updates, "facts", read)  # names are safe when they are read
    async with console(size, Stage(dict.fromkeys(NAMES.values(), 40.0)).update()) as running:
        await running.press("2")
        table = running.table()
        rows = [table.paint(y, table.size.width).text for y in range(1, len(NAMES) + 1)]
        column = {wcwidth.wcswidth(row.partition("40.0")[0]) for row in rows}
        assert len(column) == 1, "the hit rates stand one below the other"
        for key in "26":
            await running.press(key)
            for strip in running.app.screen._compositor.render_strips():
                assert cell_len(strip.text) == wcwidth.wcswidth(strip.text) == size[0], strip.text


def test_what_stands_behind_a_doubtful_width_is_put_in_its_column() -> None:
    assert pinned("Plain, ação, Ж, ● ▲ │ ⣿, 診療所 한 ＡＢ") == "Plain, ação, Ж, ● ▲ │ ⣿, 診療所 한 ＡＢ"
    assert pinned("x 👍 y") == "x\x1b7 👍\x1b8\x1b[3C y"
    assert pinned("e\u0301") == "\x1b7e\u0301\x1b8\x1b[1C"
    assert pinned("\x1b[1mש\x1b[0m") == "\x1b[1m\x1b7ש\x1b8\x1b[1C\x1b[0m"
    assert pinned("\x1b[1m\u0301") == "\x1b[1m\x1b7\u0301\x1b8", "it combines with what stands before"


def test_the_linux_console_gets_a_cell_for_each_cell() -> None:
    for name, other in itertools.pairwise(NAMES.values()):
        text = safe(f"{name}{other}")
        drawn = drawable(text)
        assert len(drawn) == sum(map(cell_len, text))
        assert all(wcwidth.wcwidth(character) == 1 for character in drawn)
    assert drawable("╭─● ok ▲ ⣿⠁⣀⠀ ✖…") == "┌─• ok ▲ █▀▄  x»"
    assert drawable("ação €") == "ação €"


@pytest.mark.parametrize(
    "printed",
    [
        "\x1b[>25u",
        "\x1b[<u",
        "\x1b[?2026$p",
        "\x1b[?2048$p",
        "\x1b]52;c;YQ==\x07",
        "\x1b]22;pointer\x1b\\",
        "\x1bPtmux;x\x1b\\",
        "\x1b[2 q",
    ],
)
def test_the_linux_console_gets_nothing_that_it_prints(printed: str) -> None:
    assert understood(f"\x1b[1;1H{printed}a") == "\x1b[1;1Ha"
    assert understood(f"\x1b[0;1m\x1b[?1049h\x1b[2;3H{printed}\x1b[K") == "\x1b[0;1m\x1b[?1049h\x1b[2;3H\x1b[K"


def test_nothing_ambiguous_is_left_for_a_terminal_that_draws_it_wide() -> None:
    assert plain("╭─● ação, é ▲ ▼ │ 診 ⣿ …") == "+-* ação, e ^ v | 診 ⣿ ."
    for character in map(chr, range(0x20, 0x10000)):
        if cell_len(character) == 1 and character.isprintable():
            drawn = plain(character)
            assert cell_len(drawn) == 1
            assert unicodedata.east_asian_width(drawn) != "A"
