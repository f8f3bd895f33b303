"""Who may open the console in a browser: whoever shows the token; without one only this machine's own pages."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from kryonix_tui.config.listening import is_loopback
from kryonix_tui.config.secret import secret_text
from kryonix_tui.config.serve import Serve
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.serving.access import names_this_machine

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SHORTEST_TOKEN: Final = 16
"""Characters: a shorter one could be tried out."""
DAY: Final = 86_400
_DIGITS: Final = 3

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "kryonix",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer. Nothing is loaded from elsewhere, nobody frames the page, and no address with a token is passed on."""


class Gate:
    """Stands in front of all pages. With a `token`, who asks must have shown it: as `?token=`, which becomes a cookie and
    leaves the address, or as the password of basic authentication. Without one, the request must be for this machine by
    name: a page in a browser here could otherwise ask under a name of its own. A websocket must come from our own page.
    """

    def __init__(self, settings: Serve, token: str) -> None:
        self._token = token.encode()
        self._public = _origin(settings.public_url)
        self._key = secrets.token_urlsafe(32)
        self._cookie = f"kryonix-{secrets.token_hex(4)}"

    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through, or answer it; for `web.middleware`."""
        answer = self._refusal(request) or await _answered(request, handler)
        if not answer.prepared:
            answer.headers.update(HEADERS)
        return answer

    def _refusal(self, request: web.Request) -> web.StreamResponse | None:
        if not self._token and not names_this_machine(request.host.encode("utf-8", "replace")):
            return _plain(HTTPStatus.FORBIDDEN)
        if self._token and (shown := request.query.get("token")) is not None and self._fits(shown):
            return self._entrance(request)
        if self._token and not self._known(request):
            return _plain(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="kryonix", charset="UTF-8"'})
        if request.method != "GET":
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET"})
        if "upgrade" in request.headers and not self._from_our_page(request):
            return _plain(HTTPStatus.FORBIDDEN)
        return None

    def _entrance(self, request: web.Request) -> web.StreamResponse:
        """Send on to the page under an address without the token; how large letters are may stay in it."""
        size = request.query.get("fontsize", "")
        place = f"/?fontsize={size}" if size.isascii() and size.isdecimal() and len(size) <= _DIGITS else "/"
        answer = _plain(HTTPStatus.SEE_OTHER, {"Location": place})
        secure = self._public.startswith("https:")
        answer.set_cookie(self._cookie, self._key, max_age=DAY, httponly=True, samesite="Lax", secure=secure)
        return answer

    def _known(self, request: web.Request) -> bool:
        cookie = request.cookies.get(self._cookie, "")
        return _same(cookie.encode("utf-8", "replace"), self._key.encode()) or self._fits(_password(request))

    def _fits(self, shown: str) -> bool:
        return _same(shown.encode("utf-8", "replace"), self._token)

    def _from_our_page(self, request: web.Request) -> bool:
        """Tell whether a browser says that our own page opens this websocket."""
        pages = {f"http://{request.host}", f"https://{request.host}", self._public}
        return request.headers.get("origin", "") in pages


def browser_token(settings: Serve) -> str:
    """Return the token that opens the console; empty where there is none and none is needed.

    Raises:
        ConfigError: it cannot be read or used, or others than this machine could reach the console without one.
    """
    token = secret_text(settings.token, "serve.token")
    if settings.token and not token:
        raise ConfigError(_("{key}: the secret is empty").format(key="serve.token"))
    _origin(settings.public_url)
    exposed = bool(settings.public_url) or not is_loopback(settings.host)
    if exposed and len(token) < SHORTEST_TOKEN:
        raise ConfigError(
            _(
                "serve.token: whoever opens the console from elsewhere must show a token of {count} characters or more"
            ).format(count=SHORTEST_TOKEN),
            hint=_("--token file:/path reads one from a file; `openssl rand -hex 16` makes one."),
        )
    return token


def _origin(address: str) -> str:
    """Return what a browser calls the origin of pages under `address`; of no address a text that is no origin.

    Raises:
        ConfigError: it is no address of a page.
    """
    if not address:
        return "-"
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        text = _('{key}: expected http://... or https://..., got "{value}"')
        raise ConfigError(text.format(key="serve.public_url", value=safe(address, 60)))
    return f"{parts.scheme}://{parts.netloc}".lower()


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _plain(HTTPStatus(error.status))


def _plain(status: HTTPStatus, headers: dict[str, str] | None = None) -> web.StreamResponse:
    return web.Response(status=status, text=f"{status.value} {status.phrase}\n", headers=headers)


def _password(request: web.Request) -> str:
    scheme, _blank, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(encoded, validate=True).decode("utf-8", "replace").partition(":")[2]
    except ValueError:
        return ""


def _same(shown: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(shown, expected)
