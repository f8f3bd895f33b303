"""What is on the wall at a moment: everything but the terminal.

update, moment, room ─▶ what is critical ─▶ rotation ─▶ the slide ─▶ lines, charts, and what to read for it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.screen import Panel
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.question import Question
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.tui.alarm import Alarm
from kryonix_tui.tui.starting import nothing_yet
from kryonix_tui.view import panel_questions
from kryonix_tui.view.cells import Line
from kryonix_tui.view.panel_questions import Frame
from kryonix_tui.wallboard import signs
from kryonix_tui.wallboard.critical import Exceptional, exceptional, tenant_of, was_judged
from kryonix_tui.wallboard.drawing import announcement, gathering, picture
from kryonix_tui.wallboard.pages import LEAST, Place, pages
from kryonix_tui.wallboard.rotation import OTHERS, Rotation, Slide
from kryonix_tui.wallboard.tiles import About, Tile, age_of, asked, tile
from kryonix_tui.wallboard.turns import Page, Shown, pages_of

WINDOW: Final = 3600.0
"""Seconds that charts show."""

TENANT_FIGURES: Final = (
    Panel(title=N_("Cache hit rate"), kind="stat", redis="hit_rate", unit="percent", span=(8, 3)),
    Panel(title=N_("Queued"), kind="stat", redis="queue_depth", unit="count", span=(8, 3)),
    Panel(title=N_("Sessions"), kind="stat", redis="sessions", unit="count", span=(8, 3)),
)
PLATFORM_FIGURES: Final = (
    Panel(title=N_("Alerts firing"), kind="stat", redis="alerts", unit="count", span=(8, 3)),
    Panel(title=N_("Tenants in trouble"), kind="stat", redis="troubled", unit="count", span=(8, 3)),
    Panel(title=N_("Latency"), kind="stat", redis="latency", unit="ms", span=(8, 3)),
)
FIGURES_WIDTH, FIGURES_HEIGHT = 76, 18
"""From this size on, the slide of one that is critical has figures below what is wrong."""

Plotted = list[tuple[Place, Tile]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What is to be seen: the slide's name, the lines above, the slide, and the tiles of it that are charts.

    `rings` says that something has become critical. `tenants` and `questions` are what must be read for it.
    """

    title: str
    head: list[Line]
    lines: list[Line]
    plotted: Plotted
    rings: bool
    tenants: list[str]
    questions: list[Question]


class Scene:
    """Goes through the screens with the time, and lets in what is critical."""

    def __init__(self, loaded: Loaded, shown: list[Shown]) -> None:
        self._loaded = loaded
        self._shown = shown
        self.rotation = Rotation(loaded.config.wallboard.exception_seconds)
        self._pages: dict[Slide, Page] = {}
        self._room: tuple[int, int, bool] = (0, 0, False)
        self._alarm = Alarm()
        self._heard = nothing_yet(loaded.config)
        self._others = 0
        self._slide: Slide | None = None

    def sight(
        self, update: Update, now: Instant, standing: signs.Standing, room: tuple[int, int], size: tuple[int, int]
    ) -> Sight | None:
        """Return what is to be seen now in the room of the slide, on a wall of a size; None where there is nothing."""
        self._lay_out(update, room)
        critical = {one.name: one for one in exceptional(update, now, standing.alerting)}
        rings = self._rings(critical, update, now)
        slide = self.rotation.step(now.steady)
        if slide is None:
            return None
        if slide != self._slide:
            self._slide, self._others = slide, self._others + (slide.name == OTHERS)
        page = self._pages.get(slide)
        if page is not None:
            tiles = self._tiles(page.places, self._about(page, update, now))
            lines = picture(tiles, *room)
        else:
            tiles, lines = [], self._alone(slide, critical, update, now, room)
        plotted = [(place, shown) for place, shown in tiles if shown.plot is not None and not shown.stale]
        after = self.rotation.following
        named = self._title(after, critical, update) if after is not None and after != slide else ""
        following = signs.Following(named, self.rotation.left(now.steady))
        title = self._title(slide, critical, update)
        head = signs.head(title, following, standing, (self._loaded, update, now), size)
        return Sight(title, head, lines, plotted, rings, *self._needed(page, update, now))

    def _lay_out(self, update: Update, room: tuple[int, int]) -> None:
        """Have the pages of the moment: they depend on the room, and on whether there is a Prometheus."""
        absent = update.snapshot.sources[SourceName.PROMETHEUS].condition is Condition.NOT_CONFIGURED
        if (*room, absent) != self._room:
            self._room = (*room, absent)
            self._pages = pages_of(self._shown, *room, alone=absent)
            self.rotation.go_through(tuple(self._pages))

    def _rings(self, critical: Mapping[str, Exceptional], update: Update, now: Instant) -> bool:
        """Tell whether something is critical now that was known to be better, or nobody would be alerted any more."""
        before, self._heard = self._heard, update
        news = self.rotation.hear({name: found.causes for name, found in critical.items()}, now.steady)
        worse = any(was_judged(name, before, update) for name, _cause in news)
        # `Alarm` compares two readings: the same one again has nothing new.
        alerts = self._alarm.hear(update) if before is not update else 0
        return bool(worse or alerts)

    def _tiles(self, places: Sequence[Place], about: About) -> Plotted:
        return [(place, tile(place.panel, about, place.inner)) for place in places]

    def _alone(
        self, slide: Slide, critical: Mapping[str, Exceptional], update: Update, now: Instant, room: tuple[int, int]
    ) -> list[Line]:
        """Return the slide of one that is critical: what is wrong, and below that its figures; or of several."""
        if slide.name == OTHERS:
            age, _stale = age_of(update, SourceName.TENANTS, now)
            return gathering([critical[name] for name in self.rotation.others], age, *room, turn=self._others)
        found, (width, height) = critical[slide.name], room
        tenant = update.platform.tenants.get(tenant_of(slide.name) or "")
        panels = TENANT_FIGURES if tenant is not None else PLATFORM_FIGURES
        below = max(LEAST["stat"], height // 3) if width >= FIGURES_WIDTH and height >= FIGURES_HEIGHT else 0
        above = announcement(found, *age_of(update, found.source, now), width, height - below)
        if not below:
            return above
        places = pages(panels, width, below)[0]
        about = About(update, now, Frame({}, WINDOW), tenant, tenant is not None)
        return [*above, *picture(self._tiles(places, about), width, below)]

    def _title(self, slide: Slide, critical: Mapping[str, Exceptional], update: Update) -> str:
        page = self._pages.get(slide)
        if page is None:
            found = critical.get(slide.name)
            return f"✖ {found.title if found is not None else _('others')}"
        tenant = self._tenant_of(page, update)
        return page.title.replace("{tenant}", safe(tenant.tenant, 40) if tenant is not None else _("Tenant"))

    def _about(self, page: Page, update: Update, now: Instant) -> About:
        tenant, screen = self._tenant_of(page, update), page.shown.screen
        values = panel_questions.values_of(screen, tenant.tenant if tenant is not None else None, {})
        return About(update, now, Frame(values, WINDOW), tenant, screen.about_tenant)

    def _tenant_of(self, page: Page, update: Update) -> Tenant | None:
        """Return whom a page is about: who is configured, else who needs attention most."""
        known = update.platform.tenants
        if not page.shown.screen.about_tenant or not known:
            return None
        if page.shown.tenant:
            return known.get(page.shown.tenant)
        return min(known.values(), key=lambda found: (found.health.rank, found.tenant))

    def _needed(self, page: Page | None, update: Update, now: Instant) -> tuple[list[str], list[Question]]:
        """Return whom and what to read: for what is shown, and for what comes next, so that it is there by then."""
        following = self.rotation.following
        after = self._pages.get(following) if following is not None else None
        tenants, questions = [tenant_of(name) for name in self.rotation.alone], list[Question]()
        for one in (page, after):
            if one is None:
                continue
            about = self._about(one, update, now)
            tenants.append(about.identity)
            questions += [
                known.question
                for place in one.places
                for known in asked(place.panel, about, place.inner[0])
                if known.question and panel_questions.from_rules(known, update, about.identity) is None
            ]
        return [name for name in tenants if name is not None], questions
