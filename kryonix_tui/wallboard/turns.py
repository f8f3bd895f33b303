"""What the wall goes through: the configured screens, each on as many pages as the terminal makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kryonix_tui.config.reading import did_you_mean
from kryonix_tui.config.screen import Screen
from kryonix_tui.config.wallboard import Turn
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.view.screens import load_screen, screen_names
from kryonix_tui.wallboard.pages import Place, pages
from kryonix_tui.wallboard.rotation import Slide


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen of the rotation as it was read."""

    screen: Screen
    seconds: float
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a screen: what stands where, and which page of how many it is."""

    shown: Shown
    places: tuple[Place, ...]
    number: int = 1
    count: int = 1

    @property
    def title(self) -> str:
        """What it is called."""
        title = safe(_(self.shown.screen.title), 60)
        return f"{title} {self.number}/{self.count}" if self.count > 1 else title


def screens(turns: Sequence[Turn], visible: Visible) -> list[Shown]:
    """Read the screens of the rotation.

    Raises:
        ConfigError: there is none, one does not exist or cannot be used, or it is about a tenant that is not visible.
    """
    if not turns:
        raise ConfigError(_("wallboard.screens: expected one screen at least"))
    return [_screen(number, turn, visible) for number, turn in enumerate(turns)]


def _screen(number: int, turn: Turn, visible: Visible) -> Shown:
    place = f"wallboard.screens[{number}]"
    names = screen_names()
    if turn.screen not in names:
        text = _("{key}: there is no screen {name}; there are {names}")
        known = ", ".join(safe(name, 40) for name in names)
        said = text.format(key=f"{place}.screen", name=safe(turn.screen, 40), names=known)
        raise ConfigError(said + did_you_mean(turn.screen, names))
    screen = load_screen(turn.screen)
    if turn.tenant and not screen.about_tenant:
        raise ConfigError(_("{key}: this screen is not about a tenant").format(key=f"{place}.tenant"))
    if turn.tenant and not visible.sees(turn.tenant):
        raise ConfigError(_("{key}: this console does not see that tenant").format(key=f"{place}.tenant"))
    return Shown(screen, turn.seconds, turn.tenant)


def pages_of(shown: Sequence[Shown], width: int, height: int, *, alone: bool) -> dict[Slide, Page]:
    """Return the pages of all screens on a wall of a size, in their order.

    `alone`: there is no Prometheus, so what only it knows has no place; a screen of nothing else is left out.
    """
    found: dict[Slide, Page] = {}
    for number, one in enumerate(shown):
        panels = [panel for panel in one.screen.panels if panel.redis or not alone]
        if not panels and len(shown) > 1:
            continue
        parts = pages(panels, width, height)
        for index, places in enumerate(parts, 1):
            slide = Slide(f"screen {number + 1} page {index}", one.seconds)
            found[slide] = Page(one, places, index, len(parts))
    return found
