"""Draw docs/pictures: the console and its wall on the demo, every screen in three sizes and in other themes, as SVG.

Run it with `make pictures`. The platform lives for a while first, so that its story is under way: a queue that nobody
drains, a tenant that degrades, alerts that fire. What is drawn, and by which keys one gets there, is in `picture_steps.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
from textual.filter import Monochrome
from textual.pilot import Pilot

from kryonix_tui import bootstrap
from kryonix_tui.clock import now
from kryonix_tui.config.load import load, over
from kryonix_tui.demo.platform import DemoPlatform
from kryonix_tui.maintenance import door
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.model.permissions import SUGGESTED_USER, RedisPermissions, Witness
from kryonix_tui.model.visible import EVERYBODY
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.terminal import TerminalApp
from kryonix_tui.tui.widgets import chart
from kryonix_tui.view import sources
from kryonix_tui.wallboard import proof
from kryonix_tui.wallboard.app import Reader, WallboardApp
from kryonix_tui.wallboard.turns import screens
from scripts.picture_steps import OPERATOR, SIZES, THEME_SIZE, THEMES, VIEWER, WALL, Shot
from scripts.pictures_page import page

DOCS: Final = Path(__file__).parent.parent / "docs"
FOLDER: Final = DOCS / "pictures"
STORY_SECONDS: Final = 100
"""Until the tenant that degrades is at its worst."""
HISTORY_SECONDS: Final = 40
"""Until charts and trends have something to show."""
FRESH_SECONDS: Final = 20
"""For how long a picture waits for sources that are late."""
SLIDES: Final = 40
"""Slides of a wall that are gone through; by then each kind was there."""


async def draw_all(platform: DemoPlatform) -> None:
    """Draw everything: a viewer's sizes at the same time; then an operator's one by one, for they change the platform."""
    await asyncio.gather(*(draw_viewer(platform, size) for size in SIZES))
    for size in SIZES:
        await draw_operator(platform, size)
    await asyncio.gather(*(draw_wall(platform, size) for size in SIZES))


async def draw_viewer(platform: DemoPlatform, size: str) -> None:
    """Draw every screen, and what opens over it, for somebody who looks."""
    app = console(platform, "viewer")
    async with app.run_test(size=SIZES[size]) as pilot:
        await asyncio.sleep(HISTORY_SECONDS)
        await draw(pilot, app, VIEWER, size)


async def draw_operator(platform: DemoPlatform, size: str) -> None:
    """Draw what changes something: plans, proposals, forms, and Maintenance with the backup that the first of them makes."""
    app = console(platform, "operator")
    async with app.run_test(size=SIZES[size]) as pilot:
        await settle(pilot)
        while not app.shown.platform.complete:
            await pilot.pause(0.2)
        await draw(pilot, app, OPERATOR, size)


def console(platform: DemoPlatform, role: str) -> ConsoleApp:
    """Return a console of a role on the demo."""
    loaded = over(load(environ={}), platform)
    loaded = replace(loaded, config=msgspec.structs.replace(loaded.config, role=role), notes=())
    return ConsoleApp(loaded, lambda: bootstrap.monitor_of(loaded.config))


async def draw(pilot: Pilot[int], app: ConsoleApp, shots: dict[str, Shot], size: str) -> None:
    """Take pictures, each after its steps."""
    for name, shot in shots.items():
        await shot(pilot, app)
        app.clear_notifications()
        await take(pilot, app, name, size)


async def draw_wall(platform: DemoPlatform, size: str) -> None:
    """Draw the wallboard: what is critical, and the first page of each screen."""
    loaded = replace(over(load(environ={}), platform), notes=())
    monitor = bootstrap.monitor_of(loaded.config)
    # On a real wall the server's user reads only, and nothing that writes is loaded: here both are as for all pictures.
    setattr(proof, "write_side_loaded", tuple)  # noqa: B010 - a stand-in for a process of its own

    async def ask() -> RedisPermissions:
        return RedisPermissions(SUGGESTED_USER, can_write=False, witness=Witness.DRY_RUN)

    shown = screens(loaded.config.wallboard.screens, EVERYBODY)
    app = WallboardApp(loaded, shown, lambda: Reader(monitor, ask), locked=False, accepted=False)
    async with app.run_test(size=SIZES[size]) as pilot:
        await asyncio.sleep(HISTORY_SECONDS / 4)
        missing = set(WALL)
        for _slide in range(SLIDES):
            title = app.title_of_slide
            name = f"wall-{'critical' if title.startswith('✖') else title.split()[0].lower()}"
            if name in missing:
                missing.remove(name)
                await take(pilot, app, name, size)
            if not missing:
                return
            await pilot.press("n")
            await pilot.pause(0.3)


async def take(pilot: Pilot[Any], app: TerminalApp, name: str, size: str) -> None:
    """Take the picture of what is on screen, and in one size those in the other themes."""
    await settle(pilot)
    with suppress(TimeoutError):
        await asyncio.wait_for(fresh(pilot, app), FRESH_SECONDS)
    save(app, f"{name}-{size}")
    if size == THEME_SIZE:
        worn = app.theme
        for suffix, theme in THEMES.items():
            wear(app, theme)
            await settle(pilot)
            save(app, f"{name}-{suffix}")
        wear(app, worn)
        await settle(pilot)


async def fresh(pilot: Pilot[Any], app: TerminalApp) -> None:
    """Wait until nothing is late: a machine that has much else to do is not what the pictures are of."""
    while sources.troubles(app.shown if isinstance(app, ConsoleApp) else app.latest, now()):  # type: ignore[attr-defined]
        await pilot.pause(0.5)
    await settle(pilot)


def wear(app: TerminalApp, theme: str) -> None:
    """Put a theme on; an empty name takes all colour away, as NO_COLOR does when a console starts."""
    filters = [one for one in app._filters if not isinstance(one, Monochrome)]  # noqa: SLF001 - Textual asks at its start only
    app.no_color = not theme
    app._filters = [*filters, Monochrome()] if app.no_color else filters  # noqa: SLF001
    if theme:
        app.theme = theme
    app.refresh_css(animate=False)
    for screen in app.screen_stack:
        for widget in screen.walk_children(with_self=True):
            widget.notify_style_update()
            widget.refresh()


async def settle(pilot: Pilot[Any]) -> None:
    """Let the screen take its place, and its charts be drawn."""
    for _round in range(2):
        await pilot.pause(0.25)
        while any(worker.group == chart.GROUP and worker.is_running for worker in pilot.app.workers):
            await pilot.pause(0.1)


def save(app: TerminalApp, name: str) -> None:
    """Write what is on screen as `name.svg`, without the parts that change from run to run."""
    drawn = app.export_screenshot(title=f"kryonix · {name}")
    drawn = re.sub(r"terminal-\d+", "terminal", drawn)
    # Fonts from elsewhere would be fetched by whoever looks at the picture; every system has a monospaced one.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    (FOLDER / f"{name}.svg").write_text(drawn, "utf-8")


def silence(platform: DemoPlatform, tenant: str, hours: float, comment: str) -> None:
    """Hold the alerts of a tenant back for some hours: a list of silences has something to list."""
    begin = time.time()
    asked = {
        "matchers": [{"name": "tenant_id", "value": tenant, "isRegex": False, "isEqual": True}],
        "startsAt": _stamp(begin),
        "endsAt": _stamp(begin + 3600 * hours),
        "createdBy": "operator",
        "comment": comment,
    }
    request = urllib.request.Request(  # noqa: S310 - the demo's own Alertmanager
        f"{platform.alertmanager_url}/api/v2/silences",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - as above


def _stamp(wall: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall))


async def story(platform: DemoPlatform) -> None:
    """Let the platform live for a while, then draw it."""
    await asyncio.sleep(STORY_SECONDS - HISTORY_SECONDS)
    if platform.alertmanager_url:
        await asyncio.to_thread(silence, platform, "salao_roxo_azul", 2, "moving to another host tonight")
        await asyncio.to_thread(silence, platform, "clinica_que_mudou", 20, "left us in spring")
    await draw_all(platform)


def main() -> None:
    """Run the demo and draw it; then the page that shows all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kryonix-") as state, DemoPlatform() as platform:
        # As on a terminal with all colours, whatever this runs in.
        os.environ.update(XDG_STATE_HOME=state, TERM="xterm-256color", COLORTERM="truecolor")
        os.environ.pop("NO_COLOR", None)
        # The pictures show nobody's name and machine.
        setattr(door, "current_actor", lambda: Actor("operator", "console"))  # noqa: B010 - a stand-in for the person
        for note in platform.notes:
            print(note, file=sys.stderr)
        asyncio.run(story(platform))
    (DOCS / "pictures.md").write_text(page(), "utf-8")
    print(f"{len(list(FOLDER.glob('*.svg')))} pictures after {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
