"""`AppriseNotifier`: tells everybody who is configured, all at the same time, each with its own deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from kryonix_tui.config.schema import Config, Notifications
from kryonix_tui.i18n import _, environment_languages
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.notify.destinations import Destination, destinations
from kryonix_tui.maintenance.notify.message import Message, event_of, message
from kryonix_tui.maintenance.notify.texts import ENGLISH, LANGUAGES
from kryonix_tui.model.operation import Outcome, Plan


class Delivery(NamedTuple):
    """What became of a message at one destination; `trouble` is empty where it was taken."""

    destination: str
    trouble: str


class AppriseNotifier:
    """Implements `door.Notifier`. `language` is `en` or `pt_BR`, see `language_of`."""

    def __init__(self, settings: Notifications, language: str = "en") -> None:
        self._settings = settings
        self.words = LANGUAGES.get(language, ENGLISH)

    async def tell(self, plan: Plan, outcome: Outcome, who: Actor, audit_hash: str) -> str:
        """Tell everybody how an operation ended, if such news are wanted. Returns who was not told and why, in one line."""
        if event_of(plan, outcome) not in self._settings.on:
            return ""
        deliveries = await self.deliver(message(plan, outcome, who, audit_hash, self.words))
        failed = [f"{delivery.destination}: {delivery.trouble}" for delivery in deliveries if delivery.trouble]
        return _("not told: {destinations}").format(destinations="; ".join(failed)) if failed else ""

    async def deliver(self, news: Message, places: Sequence[Destination] | None = None) -> Sequence[Delivery]:
        """Send a message to `places`, else to every destination, and say what became of it. Raises nothing."""
        chosen = destinations(self._settings) if places is None else places
        return await asyncio.gather(*(self._sent(place, news) for place in chosen))

    async def _sent(self, place: Destination, news: Message) -> Delivery:
        try:
            async with asyncio.timeout(self._settings.timeout):
                return Delivery(place.name, await place.send(news, self._settings.timeout))
        except TimeoutError:
            seconds = f"{self._settings.timeout:g}"
            return Delivery(place.name, _("no answer within {seconds} s").format(seconds=seconds))
        except Exception as error:
            return Delivery(place.name, _("not sent: {error}").format(error=type(error).__name__))


def language_of(config: Config) -> str:
    """Return the language of notifications: their own, else the console's, else that of the environment."""
    for wanted in (config.notifications.lang, config.lang, *environment_languages()):
        if wanted:
            return "pt_BR" if wanted.lower().startswith("pt") else "en"
    return "en"
