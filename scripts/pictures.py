"""Draw docs/pictures: every screen of the console on the demo, in three sizes, as SVG.

Run it with `make pictures`. The platform lives for a while first, so that its story is under way: a queue that nobody
drains, a tenant that degrades, alerts that fire.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
from textual.pilot import Pilot

from kryonix_tui import bootstrap
from kryonix_tui.config.load import load, over
from kryonix_tui.demo.platform import DemoPlatform
from kryonix_tui.maintenance import door
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.permissions import SUGGESTED_USER, RedisPermissions, Witness
from kryonix_tui.model.visible import EVERYBODY
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.screens import MODES
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.proposal import Proposal
from kryonix_tui.tui.terminal import TerminalApp
from kryonix_tui.wallboard import proof
from kryonix_tui.wallboard.app import Reader, WallboardApp
from kryonix_tui.wallboard.turns import screens

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pictures"
SIZES: Final = {"wide": (160, 45), "normal": (80, 24), "narrow": (50, 30)}
STORY_SECONDS: Final = 100
"""Until the tenant that degrades is at its worst."""
HISTORY_SECONDS: Final = 40
"""Until charts and trends have something to show."""

TENANT: Final = "centro_medico_ipe_violeta"


async def draw_all(platform: DemoPlatform) -> None:
    """Draw every screen in every size: a viewer's at the same time, then an operator's, whose first one makes a backup."""
    await asyncio.gather(*(draw(platform, name, size) for name, size in SIZES.items()))
    for name, size in SIZES.items():
        await draw_maintenance(platform, name, size)
        await draw_wall(platform, name, size)


async def draw_wall(platform: DemoPlatform, name: str, size: tuple[int, int]) -> None:
    """Draw the wallboard: what is critical, and the first page of each screen."""
    loaded = replace(over(load(environ={}), platform), notes=())
    monitor = bootstrap.monitor_of(loaded.config)
    # On a real wall the server's user reads only, and nothing that writes is loaded: here both are as for all pictures.
    setattr(proof, "write_side_loaded", tuple)  # noqa: B010 - a stand-in for a process of its own

    async def ask() -> RedisPermissions:
        return RedisPermissions(SUGGESTED_USER, can_write=False, witness=Witness.DRY_RUN)

    shown = screens(loaded.config.wallboard.screens, EVERYBODY)
    app = WallboardApp(loaded, shown, lambda: Reader(monitor, ask), locked=False, accepted=False)
    async with app.run_test(size=size) as pilot:
        await asyncio.sleep(HISTORY_SECONDS / 4)
        taken: set[str] = set()
        for _slide in range(40):
            title = app.title_of_slide
            kind = "critical" if title.startswith("✖") else title.split()[0].lower()
            if kind not in taken:
                taken.add(kind)
                await settle(pilot)
                save(app, f"wall-{kind}-{name}")
            await pilot.press("n")
            await pilot.pause(0.3)


async def draw(platform: DemoPlatform, name: str, size: tuple[int, int]) -> None:
    """Draw every screen in one size."""
    loaded = replace(over(load(environ={}), platform), notes=())
    app = ConsoleApp(loaded, lambda: bootstrap.monitor_of(loaded.config))
    async with app.run_test(size=size) as pilot:
        await asyncio.sleep(HISTORY_SECONDS)
        app.tenant = TENANT
        for screen in (command.name for command in app.offered if command.name in MODES and command.name != "keys"):
            app.run_command(screen)
            await settle(pilot)
            save(app, f"{screen}-{name}")
        await extras(pilot, app, name)


async def draw_maintenance(platform: DemoPlatform, name: str, size: tuple[int, int]) -> None:
    """Draw the plan of a backup, and the Maintenance screen when it is made."""
    loaded = over(load(environ={}), platform)
    loaded = replace(loaded, config=msgspec.structs.replace(loaded.config, role="operator"), notes=())
    app = ConsoleApp(loaded, lambda: bootstrap.monitor_of(loaded.config))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        app.run_command("maintenance")
        app.back_up(Scope())
        while not isinstance(app.screen, Confirm):
            await pilot.pause(0.2)
        await settle(pilot)
        save(app, f"plan-{name}")
        app.screen.dismiss("")
        while app.jobs.running:
            await pilot.pause(0.2)
        app.clear_notifications()
        await settle(pilot)
        save(app, f"maintenance-{name}")
        await proposals(pilot, app, name)


async def proposals(pilot: Pilot[int], app: ConsoleApp, name: str) -> None:
    """Draw what optimising a tenant and tuning the server would change, and a look into a queue."""
    steps: dict[str, Callable[[], None]] = {
        "optimise": lambda: app.optimize((TENANT,)),
        "tune": lambda: app.choose_tuning("conservative"),
    }
    for step, act in steps.items():
        act()
        while not isinstance(app.screen, Proposal):
            await pilot.pause(0.2)
        await settle(pilot)
        save(app, f"{step}-{name}")
        app.screen.dismiss(False)
        await settle(pilot)
    app.run_command("queues")
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)
    save(app, f"peek-{name}")


async def extras(pilot: Pilot[int], app: ConsoleApp, name: str) -> None:
    """Draw what opens over a screen: help, a filter, the inside of a database."""

    def filtered() -> None:
        app.run_command("tenants")
        app.run_command("filter", "hit<92 sector=medicina")

    steps: dict[str, Callable[[], None]] = {"filter": filtered, "help": lambda: app.run_command("help")}
    for step, act in steps.items():
        act()
        await settle(pilot)
        save(app, f"{step}-{name}")


async def settle(pilot: Pilot[int]) -> None:
    """Let the screen take its place and be drawn."""
    for _round in range(4):
        await pilot.pause(0.3)


def save(app: TerminalApp, name: str) -> None:
    """Write what is on screen as `name.svg`, without the parts that change from run to run."""
    drawn = app.export_screenshot(title=f"kryonix · {name}")
    drawn = re.sub(r"terminal-\d+", "terminal", drawn)
    # Fonts from elsewhere would be fetched by whoever looks at the picture; every system has a monospaced one.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    (FOLDER / f"{name}.svg").write_text(drawn, "utf-8")


def main() -> None:
    """Run the demo and draw it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kryonix-") as state, DemoPlatform() as platform:
        os.environ["XDG_STATE_HOME"] = state
        # The pictures show nobody's name and machine.
        setattr(door, "current_actor", lambda: Actor("operator", "console"))  # noqa: B010 - a stand-in for the person
        for note in platform.notes:
            print(note, file=sys.stderr)
        asyncio.run(story(platform))


async def story(platform: DemoPlatform) -> None:
    """Let the platform live for a while, then draw it."""
    await asyncio.sleep(STORY_SECONDS - HISTORY_SECONDS)
    await draw_all(platform)


if __name__ == "__main__":
    main()
