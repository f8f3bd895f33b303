"""Our own themes can be read: WCAG's contrast of every text with what is under it, and tones that the colour-blind tell apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from kryonix_tui.config.schema import Ui
from kryonix_tui.tui.themes import CURSOR, THEMES
from kryonix_tui.tui.widgets.toned import TONES
from kryonix_tui.view.cells import Tone
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage, alert

AA, AAA = 4.5, 7.0
GROUNDS = ("background", "surface", "panel", CURSOR)

# Simulation of whole deuteranopia, protanopia and tritanopia, in linear RGB: Machado, Oliveira and Fernandes (2009).
BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
Linear = tuple[float, ...]


def linear(colour: Color) -> Linear:
    """A colour's red, green and blue as amounts of light, 0 to 1."""
    parts = (part / 255 for part in colour.rgb)
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def contrast(one: Color, other: Color) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    lights = [
        sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))
        for colour in (one, other)
    ]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def distance(one: Linear, other: Linear) -> float:
    """How different two colours look: the distance in CIE L*a*b* (D65); 2 can just be seen."""
    return math.dist(_lab(one), _lab(other))


def _lab(colour: Linear) -> Linear:
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    shares = (
        sum(a * b for a, b in zip(row, colour, strict=True)) / full for row, full in zip(rows, white, strict=True)
    )
    x, y, z = (share ** (1 / 3) if share > 216 / 24389 else (24389 / 27 * share + 16) / 116 for share in shares)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def variables(theme: Theme) -> dict[str, str]:
    """The colours of a theme by name."""
    return {**theme.to_color_system().generate(), **theme.variables}


def drawn(theme: Theme, tone: Tone, ground: str) -> tuple[Color, Color]:
    """The colour of a tone's text, and what is under it, as `toned` mixes them."""
    named = variables(theme)
    # What is transparent was mixed with the ground of the list, and is drawn on its cursor then.
    mixed = Color.parse(named["background" if ground == CURSOR else ground])
    colours = [word for word in TONES[tone].split() if word != "bold"]
    name, alpha = (colours[0].removeprefix("$"), colours[1:]) if colours else ("foreground", [])
    colour = Color.parse(named[name])
    return mixed + colour.with_alpha(float(alpha[0].rstrip("%")) / 100 if alpha else 1.0), Color.parse(named[ground])


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("tone", Tone)
def test_every_tone_can_be_read_on_every_ground(theme: Theme, tone: Tone) -> None:
    most = AAA if theme.name == "kryonix-contrast" else AA
    # What is muted stands back on purpose: the age of a figure, a unit. 3:1 would do; it is AA everywhere.
    least = AA if tone is Tone.MUTED else most
    ratios = {ground: round(contrast(*drawn(theme, tone, ground)), 2) for ground in GROUNDS}
    assert {ground: ratio for ground, ratio in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_colour_blind_tell_good_from_bad(blindness: str) -> None:
    (theme,) = [theme for theme in THEMES if theme.name == "kryonix-colorblind"]
    seen = {}
    for tone in (Tone.OK, Tone.WARNING, Tone.CRITICAL):
        colour = linear(drawn(theme, tone, "background")[0])
        seen[tone] = tuple(
            min(1.0, max(0.0, sum(share * part for share, part in zip(row, colour, strict=True))))
            for row in BLINDNESS[blindness]
        )
    apart = {pair: distance(seen[pair[0]], seen[pair[1]]) for pair in itertools.combinations(seen, 2)}
    assert min(apart.values()) > 35, apart


def test_the_usual_theme_would_not_do_for_them() -> None:
    """The measure measures: green and red of the dark theme are near each other with deuteranopia."""
    usual = THEMES[0]
    rows = BLINDNESS["deuteranopia"]
    good, bad = (
        tuple(
            sum(share * part for share, part in zip(row, linear(Color.parse(variables(usual)[name])), strict=True))
            for row in rows
        )
        for name in ("success", "error")
    )
    assert distance(good, bad) < 20


def texts(running: Console) -> Iterator[tuple[str, Style]]:
    """The words on screen, with how they look. What lies under a dialog is dimmed on purpose, and left out."""
    top = running.app.screen
    dialog = top.query(".dialog").first().region if top.is_modal else top.region
    for y, strip in enumerate(top._compositor.render_strips()):
        inside = strip.crop(dialog.x, dialog.right) if dialog.y <= y < dialog.bottom else ()
        for text, style, _control in inside:
            if any(sign.isalnum() for sign in text) and style is not None:
                yield text, style


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_whatever_is_drawn_can_be_read(theme: Theme) -> None:
    # Muted text in the contrast theme, the words of a line to type into and the titles of boxes are AA there.
    critical = [alert("Down", "gama"), alert("Slow", None)]
    faint: dict[str, float] = {}
    async with console(WIDE, Stage(alerts=critical).update(), ui=Ui(theme=theme.name)) as running:
        for keys in (
            ["1"],
            ["2", "space"],
            ["3"],
            ["4"],
            ["5"],
            ["6"],
            ["7"],
            ["8"],
            ["2", "question_mark"],
            ["escape", "s"],
            ["escape", "x"],
        ):
            await running.press(*keys)
            look(running, faint)
        await running.press("escape", "colon")
        await running.type("tenant nobody")
        look(running, faint)
        await running.press("enter")
        look(running, faint)
        running.app.notify("a word", severity="warning", markup=False)
        running.app.notify("a word", severity="error", markup=False)
        await running.settle()
        look(running, faint)
    assert faint == {}


def look(running: Console, faint: dict[str, float]) -> None:
    """Remember texts that are too faint."""
    for text, style in texts(running):
        if style.color is None or style.bgcolor is None or style.dim:
            continue
        front, back = (Color.from_rich_color(colour) for colour in (style.color, style.bgcolor))
        ratio = contrast(front, back)
        if ratio < AA:
            faint[f"{text.strip()[:40]} {front.hex} on {back.hex}"] = round(ratio, 2)
