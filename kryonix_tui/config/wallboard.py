"""The section `wallboard`: what hangs on the wall, for how long, and what is loud."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from kryonix_tui.config.section import Seconds, Section

Stay = Annotated[float, Meta(ge=3, le=3600)]
"""Seconds that something stays on the wall."""


class Turn(Section, frozen=True):
    """One screen of the rotation."""

    screen: Annotated[str, Meta(min_length=1, max_length=60)]
    """Name of a screen: overview, wallboard, modules, tenant, or a file of your own (`kryonix screens list`)."""
    seconds: Stay = 20.0
    """Seconds that it stays. One that needs several pages stays so long with each."""
    tenant: str = ""
    """Whom a screen about one tenant shows. Empty: who needs attention most."""


class Wallboard(Section, frozen=True):
    """`kryonix wallboard`: a screen that nobody touches."""

    screens: tuple[Turn, ...] = (
        Turn(screen="overview"),
        Turn(screen="wallboard"),
    )
    """What it goes through, in this order."""
    exception_seconds: Stay = 15.0
    """Seconds for which what is critical has the wall for itself: at once, and then before every round."""
    bell: bool = True
    """Ring the terminal's bell when something becomes critical."""
    watchdog: str = "Watchdog"
    """Name of the alert that always fires: without it, alerting is dead. Empty: not watched."""
    recheck: Seconds = 3600.0
    """Seconds after which the server is asked again whether its user could write; also after each reconnection."""
