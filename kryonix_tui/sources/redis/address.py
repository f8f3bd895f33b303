"""Where a Redis is and how to log in there: configuration -> one value, before anything is connected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from redis.asyncio.connection import parse_url

from kryonix_tui.config.schema import Credential, Redis, Tls
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.connection import GuardedConnection, GuardedSocketConnection, GuardedTlsConnection

DEFAULT_PORT: Final = 6379
SENTINEL_PORT: Final = 26379


@dataclass(frozen=True, slots=True)
class Address:
    """A server and the credential for it. `path` is a unix socket and wins over host and port."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    path: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Tls | None = None

    def __str__(self) -> str:
        """Return the place as it is shown: `host:port` or the path, printable, without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return safe(self.path or f"{host}:{self.port}", 120)

    @property
    def connection_class(self) -> type:
        """The guarded connection that speaks to such a place."""
        if self.path:
            return GuardedSocketConnection
        return GuardedConnection if self.tls is None else GuardedTlsConnection

    def options(self) -> dict[str, Any]:
        """Return the arguments of `connection_class` that say where, as whom, and over which transport.

        Raises:
            ConfigError: a file of the TLS settings is not there.
        """
        where: dict[str, Any] = {"path": self.path} if self.path else {"host": self.host, "port": self.port}
        if self.username or self.password:
            where |= {"username": self.username or None, "password": self.password}
        if self.tls is None or self.path:
            return where
        for key, file in (
            ("ca_file", self.tls.ca_file),
            ("cert_file", self.tls.cert_file),
            ("key_file", self.tls.key_file),
        ):
            if file and not Path(file).is_file():
                raise ConfigError(_("redis.tls.{key}: {file} is no file").format(key=key, file=safe(file)))
        return where | {
            "ssl_ca_certs": self.tls.ca_file or None,
            "ssl_certfile": self.tls.cert_file or None,
            "ssl_keyfile": self.tls.key_file or None,
            "ssl_cert_reqs": "required" if self.tls.verify else "none",
            "ssl_check_hostname": self.tls.verify,
        }


def primary_address(settings: Redis, purpose: Purpose = Purpose.MONITOR) -> Address:
    """Return the address of the primary, from socket, host or URL, in this order. Not for Sentinel.

    The credential is that of `purpose`.

    Raises:
        ConfigError: the URL cannot be read, or a secret is missing.
    """
    if settings.socket:
        place = Address(path=settings.socket)
    elif settings.host:
        place = Address(settings.host, settings.port, tls=settings.tls if settings.tls.enabled else None)
    else:
        place = from_url(secret_text(settings.url, "redis.url"), "redis.url", settings.tls)
    return logged_in(place, settings, purpose)


def replica_address(settings: Redis, purpose: Purpose = Purpose.MONITOR) -> Address | None:
    """Return the address to read keys from, None where no replica is configured.

    Raises:
        ConfigError: as `primary_address`.
    """
    if not settings.replica_url:
        return None
    url = secret_text(settings.replica_url, "redis.replica_url")
    return logged_in(from_url(url, "redis.replica_url", settings.tls), settings, purpose)


def sentinel_addresses(settings: Redis) -> tuple[Address, ...]:
    """Return the addresses of the Sentinels, with the credential for them."""
    sentinel = settings.sentinel
    password = secret_text(sentinel.password, "redis.sentinel.password")
    tls = settings.tls if settings.tls.enabled else None
    found = []
    for node in sentinel.nodes:
        host, colon, port = node.rpartition(":")
        number = int(port) if colon and port.isdigit() else SENTINEL_PORT
        found.append(Address((host if colon else node).strip("[]"), number, "", sentinel.username, password, tls))
    return tuple(found)


def has_credential(settings: Redis, purpose: Purpose) -> bool:
    """Tell whether a user or password of its own is configured for `purpose`."""
    credential: Credential = getattr(settings.credentials, purpose.value)
    return bool(credential.username or credential.password)


def logged_in(place: Address, settings: Redis, purpose: Purpose = Purpose.MONITOR) -> Address:
    """Return `place` with the credential of `purpose`, where there is none with the monitor's; the URL's own comes last."""
    for whose in (purpose, Purpose.MONITOR):
        if has_credential(settings, whose):
            credential: Credential = getattr(settings.credentials, whose.value)
            password = secret_text(credential.password, f"redis.credentials.{whose.value}.password")
            return replace(place, username=credential.username, password=password)
    return place


def from_url(url: str, key: str, tls: Tls) -> Address:
    """Return the address that a redis://, rediss:// or unix:// URL names. A database in it is ignored: all are read.

    Raises:
        ConfigError: it is none of these; `key` is named, the URL is not shown, for it may hold a password.
    """
    try:
        parts = parse_url(url)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            _("{key} is not a usable URL").format(key=key),
            hint=_("Write it as redis://host:6379, rediss://host:6379 or unix:///path/to/redis.sock."),
        ) from error
    encrypted = url.lower().startswith("rediss://") or tls.enabled
    return Address(
        host=str(parts.get("host", "127.0.0.1")),
        port=int(parts.get("port", DEFAULT_PORT)),
        path=str(parts.get("path", "")),
        username=str(parts.get("username", "")),
        password=str(parts.get("password", "")),
        tls=tls if encrypted else None,
    )
