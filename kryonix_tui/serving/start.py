"""Where one listens, and until when."""

from __future__ import annotations

import asyncio
import signal

from kryonix_tui.config.listening import Listening, listening
from kryonix_tui.errors import ConfigError, KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.serving.door import MOST_HEAD_BYTES, Door


def address_of(text: str, key: str) -> Listening:
    """Return the address that the configuration's `key` names.

    Raises:
        ConfigError: it names none.
    """
    address = listening(text)
    if address is None:
        raise ConfigError(_('{key}: expected host:port, got "{value}"').format(key=key, value=safe(text, 60)))
    return address


async def listen(door: Door, address: Listening) -> asyncio.Server:
    """Let `door` take connections.

    Raises:
        KryonixError: somebody else listens there, or nobody can.
    """
    try:
        return await asyncio.start_server(door.enter, address.host, address.port, limit=MOST_HEAD_BYTES)
    except OSError as error:
        place, reason = safe(f"{address.host}:{address.port}"), safe(error.strerror or str(error))
        raise KryonixError(
            _("{place} cannot be listened on: {reason}").format(place=place, reason=reason),
            hint=_("--listen HOST:PORT takes another address."),
        ) from error


def url_of(server: asyncio.Server) -> str:
    """Return where a server is reached."""
    host, port = server.sockets[0].getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def ended_by_signal() -> asyncio.Event:
    """Return what is set by SIGTERM or SIGINT."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return ended
