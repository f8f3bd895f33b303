"""Where notifications go: Apprise URLs, and WhatsApp numbers through an Evolution API.

Each destination has a name that holds no secret, and says in one printable line what went wrong; nothing is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from kryonix_tui.config.schema import Notifications
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.notify.message import Message
from kryonix_tui.masking import MASK, mask_url
from kryonix_tui.safetext import safe

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{0,19})://", re.IGNORECASE)
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_OTHERS: Final = re.compile(r"[^a-z0-9]")
_SHOWN_DIGITS: Final = 4


class Destination(Protocol):
    """Somewhere to send a message to."""

    @property
    def name(self) -> str:
        """Printable, without secrets."""
        ...

    def kind(self) -> str:
        """Return what kind of service it is, in lower-case letters and digits (pushover, whatsapp, email, ...).

        Raises:
            ConfigError: it cannot be known, as its URL cannot be read or understood.
        """
        ...

    async def send(self, message: Message, seconds: float) -> str:
        """Send it within `seconds`; return what went wrong, empty where nothing did."""
        ...


@dataclass(frozen=True, slots=True)
class AppriseUrl:
    """One Apprise URL, as configured: it may be a reference to a secret."""

    key: str
    configured: str = field(repr=False)

    @property
    def name(self) -> str:
        """The key, and the kind of service where the URL stands in the configuration itself."""
        found = _SCHEME.match(self.configured)
        return f"{self.key} ({found.group(1).lower()}://{MASK})" if found else self.key

    def kind(self) -> str:
        """Return the name of the service as Apprise knows it."""
        from apprise import Apprise

        with _silenced():
            service = Apprise.instantiate(secret_text(self.configured, self.key), suppress_exceptions=True)
        if service is None:
            raise ConfigError(_("{key}: this is no URL that Apprise understands").format(key=self.key))
        return _OTHERS.sub("", str(service.service_name).lower())

    async def send(self, message: Message, seconds: float) -> str:
        """Send it in a thread, for Apprise is synchronous; a thread that hangs dies with the process."""
        try:
            url = secret_text(self.configured, self.key)
        except ConfigError as error:
            return error.message
        return await _in_thread(lambda: _send_by_apprise(url, message, seconds))


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """A number that is reached through an Evolution API. Its key travels in a header; redirects are not followed."""

    url: str
    number: str
    key: str = field(repr=False)

    @property
    def name(self) -> str:
        """The API's host, and the last digits of the number."""
        return safe(f"WhatsApp {MASK}{self.number[-_SHOWN_DIGITS:]} ({mask_url(self.url).split('?')[0]})", 120)

    def kind(self) -> str:
        """Return the same as for Apprise's own way to WhatsApp."""
        return "whatsapp"

    async def send(self, message: Message, seconds: float) -> str:
        """Post it."""
        import httpx

        try:
            headers = {"apikey": secret_text(self.key, "notifications.evolution_key")}
            content = {"number": self.number, "text": f"*{message.title}*\n{message.body}"}
            async with httpx.AsyncClient(timeout=seconds) as client:
                answer = await client.post(self.url, json=content, headers=headers)
        except ConfigError as error:
            return error.message
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return _("not reached: {error}").format(error=type(error).__name__)
        return "" if answer.is_success else _("answered with status {status}").format(status=answer.status_code)


def destinations(settings: Notifications) -> list[Destination]:
    """Return all destinations that are configured. Nothing is connected or looked up yet."""
    found: list[Destination] = [
        AppriseUrl(f"notifications.urls[{index}]", url) for index, url in enumerate(settings.urls)
    ]
    if settings.evolution_url:
        numbers = settings.evolution_numbers
        found += [WhatsApp(settings.evolution_url, number, settings.evolution_key) for number in numbers]
    return found


def _send_by_apprise(url: str, message: Message, seconds: float) -> str:
    """Send through Apprise, and return what went wrong. Its own messages hold addresses and tokens: only a status is kept."""
    from apprise import Apprise, AppriseAsset, NotifyFormat

    with _silenced() as reasons:
        asset = AppriseAsset(
            app_id="KRYONIX",
            app_desc="kryonix-tui",
            image_url_mask="",
            image_url_logo="",
            # Without these two Apprise sends from threads of its own, which the process waits for when it ends.
            async_mode=False,
            service_timeout=0,
        )
        service = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if service is None:
            return _("this is no URL that Apprise understands")
        service.socket_connect_timeout = service.socket_read_timeout = seconds
        sender = Apprise(asset=asset)
        sender.add(service)
        if sender.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT):
            return ""
        status = next((match.group(1) for text in reasons if (match := _STATUS.search(text))), None)
    return _("answered with status {status}").format(status=status) if status else _("not reached, or not accepted")


@contextlib.contextmanager
def _silenced() -> Iterator[list[str]]:
    """Keep what Apprise logs in this thread from the terminal, and give it to the caller."""
    texts: list[str] = []
    here = threading.get_ident()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                texts.append(record.getMessage())

    logger = logging.getLogger("apprise")
    logger.propagate = False
    collector = Collector(logging.WARNING)
    logger.addHandler(collector)
    try:
        yield texts
    finally:
        logger.removeHandler(collector)


async def _in_thread(call: Callable[[], str]) -> str:
    """Return what `call` returns, from a thread that nothing waits for at the end of the process."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[str] = loop.create_future()

    def give(text: str) -> None:
        if not ended.done():
            ended.set_result(text)

    def run() -> None:
        try:
            text = call()
        except Exception as error:
            text = _("not sent: {error}").format(error=type(error).__name__)
        # Where nobody waits any longer, the loop may be closed.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(give, text)

    threading.Thread(target=run, name="notification", daemon=True).start()
    return await ended
