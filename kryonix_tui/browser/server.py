"""The web server: one page, its files, and a websocket for each window."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template
from typing import Final

from aiohttp import web

from kryonix_tui.browser.child import Child
from kryonix_tui.browser.crowd import BACKLOG, KEEP_ALIVE, Crowd
from kryonix_tui.browser.gate import Gate, Handler, browser_token
from kryonix_tui.browser.session import LONGEST_MESSAGE, Session
from kryonix_tui.config.serve import Serve
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _, language
from kryonix_tui.safetext import safe
from kryonix_tui.serving.start import ended_by_signal

log = logging.getLogger(__name__)

HEARTBEAT: Final = 15.0
"""Seconds after which a browser that says nothing is asked whether it is still there."""

FILES: Final = {
    "/page.js": ("kryonix_tui.browser", "page/page.js", "text/javascript"),
    "/page.css": ("kryonix_tui.browser", "page/page.css", "text/css"),
    "/textual.js": ("textual_serve", "static/js/textual.js", "text/javascript"),
    "/xterm.css": ("textual_serve", "static/css/xterm.css", "text/css"),
    "/font.ttf": ("textual_serve", "static/fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}
"""All that the page needs, by its address: package, file, type."""


@dataclass(slots=True)
class Site:
    """What can be opened."""

    settings: Serve
    child: Child
    token: str
    windows: set[web.WebSocketResponse] = field(default_factory=set)
    crowd: Crowd = field(default_factory=Crowd)

    def application(self) -> web.Application:
        """Return the site as aiohttp serves it."""
        gate = Gate(self.settings, self.token)

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            with self.crowd.serving(request.protocol):
                return await gate.middleware(request, handler)

        site = web.Application(middlewares=[guard], client_max_size=LONGEST_MESSAGE)
        site.router.add_get("/", self._page)
        site.router.add_get("/ws", self._window)
        for path, (package, name, kind) in FILES.items():
            site.router.add_get(path, _file(package, name, kind))
        site.on_shutdown.append(self._close)
        return site

    async def _page(self, _request: web.Request) -> web.Response:
        said = {
            "lang": language().replace("_", "-"),
            "ended": _("This session has ended."),
            "refused": _("The server is not reached, or too many windows are open."),
            "again": _("Open again"),
        }
        page = Template(files("kryonix_tui.browser").joinpath("page/page.html").read_text("utf-8"))
        text = page.substitute({name: html.escape(words) for name, words in said.items()})
        return web.Response(text=text, content_type="text/html")

    async def _window(self, request: web.Request) -> web.StreamResponse:
        if len(self.windows) >= self.settings.sessions:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_MESSAGE)
        self.windows.add(socket)
        try:
            await socket.prepare(request)
            log.info("a window was opened from %s", safe(request.remote or ""))
            await Session(socket, self.child).run(request.query.get("width", ""), request.query.get("height", ""))
            await socket.close()
        finally:
            self.windows.discard(socket)
        return socket

    async def _close(self, _site: web.Application) -> None:
        for socket in list(self.windows):
            await socket.close()


def _file(package: str, name: str, kind: str) -> Handler:
    async def give(_request: web.Request) -> web.Response:
        return web.Response(body=files(package).joinpath(name).read_bytes(), content_type=kind)

    return give


async def serve(settings: Serve, child: Child, opened: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `opened` is told the address when somebody can come.

    Raises:
        ConfigError: the token cannot be used, or is missing.
        KryonixError: somebody else listens there, or nobody can.
    """
    site = Site(settings, child, browser_token(settings))
    ended = ended_by_signal()
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=5.0, keepalive_timeout=KEEP_ALIVE)
    await runner.setup()
    thinning = asyncio.ensure_future(site.crowd.thin_out(runner))
    try:
        try:
            door = site.crowd.door(runner)
            loop = asyncio.get_running_loop()
            listening = await loop.create_server(door, settings.host, settings.port, backlog=BACKLOG)
        except OSError as error:
            place, reason = safe(f"{settings.host}:{settings.port}"), safe(error.strerror or str(error))
            raise KryonixError(
                _("{place} cannot be listened on: {reason}").format(place=place, reason=reason),
                hint=_("--host and --port take another address."),
            ) from error
        host, port = listening.sockets[0].getsockname()[:2]
        opened(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")
        await ended.wait()
        listening.close()
    finally:
        thinning.cancel()
        await runner.cleanup()
