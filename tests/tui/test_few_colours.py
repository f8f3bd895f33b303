"""What can be read in 16 million colours can be read in 256 and in 16: no text in the colour that it stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich._palettes import EIGHT_BIT_PALETTE
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from kryonix_tui.terminals import Colours
from kryonix_tui.tui import themes
from kryonix_tui.tui.few_colours import BRIGHT, DRAWN, FAITHFUL, PC_COLOURS, TEXT, FewColours, contrast
from tests.tui.console import NORMAL, Console, console
from tests.tui.updates import Stage


def looks(running: Console) -> Iterator[tuple[str, Style]]:
    """Yield the texts on screen with their styles: letters and digits first of all, but lines and bars as well."""
    for strip in running.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.text.strip() and segment.style is not None:
                yield segment.text, segment.style


def drawn(text: str) -> bool:
    """Whether there are only lines, bars and blanks in a text."""
    return all(c == " " or "\u2500" <= c <= "\u259f" or "\u2800" <= c <= "\u28ff" for c in text)


@pytest.mark.parametrize("theme", [theme.name for theme in themes.THEMES])
@pytest.mark.parametrize("terminal", ["linux", "xterm"])
async def test_with_16_colours_every_text_can_be_read(
    terminal: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.delenv("COLORTERM")
    seen: set[tuple[int, int]] = set()
    async with console(NORMAL, Stage().update()) as running:
        running.app.run_command("theme", theme)
        for key in ("1", "2", "8", "question_mark"):
            await running.press(key)
            for text, style in looks(running):
                assert style.color is not None
                assert style.bgcolor is not None
                pair = style.color.number, style.bgcolor.number
                assert style.color.type is style.bgcolor.type is ColorType.STANDARD
                assert pair[0] is not None
                assert pair[1] is not None
                assert terminal != "linux" or pair[1] < BRIGHT, "the kernel draws such a background as its dark twin"
                least = DRAWN if drawn(text) else TEXT
                assert contrast(PC_COLOURS[pair[0]], PC_COLOURS[pair[1]]) >= least, (text, style)
                seen.add((pair[0], pair[1]))
    assert len({foreground for foreground, _ in seen}) >= 4, "colours are left"
    assert len({background for _, background in seen}) >= 2, "the row of the cursor differs"


async def test_with_256_colours_text_stays_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    async with console(NORMAL, Stage().update()) as running:
        for theme in themes.THEMES:
            running.app.run_command("theme", theme.name)
            await running.press("2")
            for text, style in looks(running):
                assert style.color is not None
                assert style.bgcolor is not None
                assert style.color.number is not None
                assert style.bgcolor.number is not None
                pair = EIGHT_BIT_PALETTE[style.color.number], EIGHT_BIT_PALETTE[style.bgcolor.number]
                assert drawn(text) or contrast(*pair) >= FAITHFUL, (theme.name, text, style)


@pytest.mark.parametrize(
    ("colour", "background", "expected"),
    [
        ("#ff6b6b", "#0d1117", 9),  # critical: bright red
        ("#b3261e", "#ffffff", 1),  # and on light: red
        ("#ffc857", "#0d1117", 11),  # a warning is yellow, never red
        ("#3f444b", "#0d1117", 7),  # too dim to read: grey
        ("#0b62b8", "#ffffff", 4),  # blue, not the cyan that is near and pale
        ("#d7dde8", "#20415c", 15),  # on the cursor's blue
    ],
)
def test_the_hue_says_the_same(colour: str, background: str, expected: int) -> None:
    segment = Segment("word", Style.parse(f"{colour} on {background}"))
    (found,) = FewColours(Colours.FEW).apply([segment], Color.parse("black"))
    assert found.style is not None
    assert found.style.color is not None
    assert found.style.color.number == expected


def test_what_is_in_the_terminals_own_colours_already_stays() -> None:
    segments = [Segment("a", Style.parse("red on default")), Segment("b", None), Segment("c", Style.parse("bold"))]
    assert FewColours(Colours.FEW).apply(segments, Color.parse("black")) == segments
