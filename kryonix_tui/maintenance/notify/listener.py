"""`kryonix notify listen`: Alertmanager's webhook in, notifications out.

`/` tells everybody, `/pushover`, `/whatsapp` and the like those who are reached by such a service. An answer is good only
when all of them were told; else Alertmanager sends the same again.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import ConfigError, ReplyError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.notify.alerts import Posted, posted
from kryonix_tui.maintenance.notify.destinations import destinations
from kryonix_tui.maintenance.notify.hand_over import HandOver, routes
from kryonix_tui.maintenance.notify.notifier import AppriseNotifier, language_of
from kryonix_tui.safetext import safe
from kryonix_tui.serving.access import Access, bearer_token
from kryonix_tui.serving.door import Answer, Asked, Door, plain_answer
from kryonix_tui.serving.start import address_of, ended_by_signal, listen, url_of

log = logging.getLogger(__name__)

MOST_BODY_BYTES: Final = 1_000_000
"""A message of a hundred alerts has about a tenth of it."""


class Webhook:
    """Answers what Alertmanager posts, and `/healthz`."""

    def __init__(self, hand_over: HandOver, token: str) -> None:
        self._hand_over = hand_over
        self._access = Access(token)

    async def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request."""
        if asked.path == "/healthz":
            return Answer(HTTPStatus.OK, b"ok\n")
        if refusal := self._access.refusal(asked.headers):
            return refusal
        route = asked.path.strip("/")
        if not self._hand_over.knows(route):
            log.warning("nobody is reached by the route /%s", safe(route, 40))
            return plain_answer(HTTPStatus.NOT_FOUND)
        if asked.method != "POST":
            return plain_answer(HTTPStatus.METHOD_NOT_ALLOWED, (b"Allow", b"POST"))
        try:
            group = posted(asked.body)
        except ReplyError as error:
            log.warning("/%s: %s", route, error.message)
            return Answer(HTTPStatus.BAD_REQUEST, f"{error.message}\n".encode())
        return await self._told(route, group)

    async def _told(self, route: str, group: Posted) -> Answer:
        deliveries = await self._hand_over.take(route, group)
        failed = [delivery for delivery in deliveries if delivery.trouble]
        log.info(
            "/%s: %d %s alerts for %s: told %d, not told %d",
            route,
            len(group.alerts),
            safe(group.status, 20),
            safe(group.receiver, 80),
            len(deliveries) - len(failed),
            len(failed),
        )
        for delivery in failed:
            log.warning("/%s: %s: %s", route, delivery.destination, delivery.trouble)
        # The body says no more than this: who asks may be somebody who must not know whom we tell.
        return plain_answer(HTTPStatus.BAD_GATEWAY if failed else HTTPStatus.OK)


async def serve(config: Config) -> None:
    """Take messages until SIGTERM or SIGINT. Prints where it listens when it does.

    Raises:
        ConfigError: nobody is to be notified, or the address, the token or a destination cannot be used.
        KryonixError: somebody else listens there.
    """
    settings = config.notifications
    address = address_of(settings.listen, "notifications.listen")
    token = bearer_token(settings.token, "notifications.token", address)
    by_route = routes(destinations(settings))
    if not any(by_route.values()):
        raise ConfigError(
            _("nobody is to be notified"),
            hint=_("Set notifications.urls, or notifications.evolution_url and _numbers."),
        )
    webhook = Webhook(HandOver(AppriseNotifier(settings, language_of(config)), by_route), token)
    ended = ended_by_signal()
    door = Door(webhook.answer, MOST_BODY_BYTES)
    server = await listen(door, address)
    print(f"notify={url_of(server)}/", flush=True)  # noqa: T201 - the command's output
    log.info("routes: %s", " ".join(f"/{route}" for route in by_route))
    await ended.wait()
    server.close()
    await door.close()
    log.info("ended by a signal")
