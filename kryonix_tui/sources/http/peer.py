"""The server at the other end: its address without credentials, and the headers that each request carries."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_PLACE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Peer:
    """A server of the metrics stack.

    `name` is what people call it, `key` its section of the configuration (for hints), `base` its URL without user,
    password and final slash. Requests go to `base` and nowhere else.
    """

    name: str
    key: str
    base: str
    settings: HttpServer = field(repr=False)
    url_credential: tuple[str, str] = field(default=("", ""), repr=False)

    @classmethod
    def of(cls, settings: HttpServer, *, name: str, key: str) -> Peer:
        """Return the peer that `settings` describe.

        Raises:
            ConfigError: the URL is none of http or https with a host, or holds a query.
        """
        url = secret_text(settings.url, f"{key}.url")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
            usable = usable and parts.port != 0 and url.isprintable()
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(
                _("{key}.url is not the address of an HTTP server").format(key=key),
                hint=_("Write it like http://host:9090 or https://host/prefix, without ? and what follows."),
            )
        credential = (unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(name, key, _base(parts, https=settings.tls.enabled), settings, credential)

    @property
    def place(self) -> str:
        """Name and address, printable and without credentials: how messages call the server."""
        return safe(f"{self.name} ({self.base})", _PLACE_LIMIT)

    def headers(self) -> dict[str, str]:
        """Return the headers of one request.

        They are made anew each time, so that a token in a file may be renewed while the console runs. A bearer token
        wins over a user, a user in the settings over one in the URL, and all of them over an Authorization header.

        Raises:
            ConfigError: a secret cannot be read, or holds what no header can carry.
        """
        settings, key = self.settings, self.key
        headers = {
            name.lower(): secret_text(value, f"{key}.headers.{name}") for name, value in settings.headers.items()
        }
        token = secret_text(settings.bearer_token, f"{key}.bearer_token")
        user, password = self.url_credential
        if settings.username:
            user, password = settings.username, secret_text(settings.password, f"{key}.password")
        if token:
            headers["authorization"] = f"Bearer {token}"
        elif user:
            packed = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
            headers["authorization"] = f"Basic {packed}"
        for name, value in headers.items():
            if not (name and name.isascii() and value.isascii() and f"{name}{value}".isprintable()):
                raise ConfigError(
                    _("{key}: the header {name} holds a character that no header can carry").format(
                        key=key, name=safe(name, 80)
                    ),
                    hint=_("Look for line breaks and accents in the value, the token or the file that it comes from."),
                )
        return {"accept": "application/json", "accept-encoding": "gzip", **headers}


def _base(parts: SplitResult, *, https: bool) -> str:
    scheme = "https" if https else parts.scheme
    return urlunsplit((scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
