"""Where only a part is painted anew, the rest of the screen stays as it is."""

from __future__ import annotations

from textual.geometry import Region

from kryonix_tui.tui.glass import Frugal
from tests.tui.console import WIDE, console
from tests.tui.updates import Stage


async def test_a_partial_paint_after_a_new_layout_knows_the_edges_of_all_widgets() -> None:
    """Else a piece of a line reaches over widgets that were not asked, and blanks are sent in their places."""
    async with console(WIDE, Stage().update()) as running:
        running.app.run_command("tenant")
        await running.settle()
        compositor = running.app.screen._compositor
        assert isinstance(compositor, Frugal)
        edges = [*compositor.cuts]
        assert max(map(len, edges)) > 4
        # As a layout leaves it, and then a line at the top is painted.
        compositor._cuts = None
        compositor._dirty_regions = {Region(0, 0, 10, 1)}
        assert compositor.render_partial_update() is not None
        assert compositor.cuts == edges
