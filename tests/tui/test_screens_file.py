"""A user's own tenant screen: its mistakes are said, the other panels and screens draw."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kryonix_tui.tui.widgets.panels import PanelGrid
from tests.tui.console import NARROW, WIDE, console
from tests.tui.updates import Stage


def write_screen(text: str) -> None:
    """Put a tenant screen into the user's configuration folder."""
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "kryonix" / "screens" / "tenant.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)


async def test_a_panel_with_a_mistake_is_named_and_the_others_draw() -> None:
    write_screen(
        "title: mine\npanels:\n"
        "- {title: Good one, kind: stat, redis: hit_rate}\n"
        "- {title: Bad one, kind: hologram, redis: hit_rate}\n"
        "- {title: No such figure, kind: stat, redis: mood}\n"
        '- {title: "[/foo]", kind: table, redis: witnesses}\n'
        "- {title: No such past, kind: timeseries, redis: weather}\n"
    )
    async with console(WIDE, Stage().update()) as running:
        running.app.navigation.open_tenant("gama")
        await running.settle()
        assert "Good one" in running.text
        assert "40.0 %" in running.text
        assert "[/foo]" in running.text
        assert "no figure weather" in running.text
        assert "tenant.yaml:4: panel Bad one: kind: " in running.line("mistakes")
        assert "hologram" in running.line("mistakes")


@pytest.mark.parametrize("text", ["panels: 3", "- a\n- b", "title: [\n", "\x00", "a: &a [*a]", "panels: []"])
async def test_a_file_that_is_no_screen_leaves_the_heading(text: str) -> None:
    write_screen(text)
    async with console(NARROW, Stage().update()) as running:
        running.app.navigation.open_tenant("gama")
        await running.settle()
        assert "hit rate 40.0 %" in running.line("heading")
        if text != "panels: []":
            assert running.line("mistakes").startswith("▲ ")
        await running.press("2")
        assert "gama" in running.text


async def test_panels_are_laid_out_in_rows_and_below_each_other() -> None:
    for size, expected in ((WIDE, 4), (NARROW, 2)):
        async with console(size, Stage().update()) as running:
            running.app.navigation.open_tenant("gama")
            await running.settle()
            regions = [widget.region for _panel, widget in running.app.screen.query_one(PanelGrid).placed]
            first = regions[0]
            assert sum(region.y == first.y for region in regions) == expected
            assert not any(one.overlaps(other) for one in regions for other in regions if one is not other)
            assert all(region.right <= size[0] for region in regions)
