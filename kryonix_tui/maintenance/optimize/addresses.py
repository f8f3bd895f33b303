"""Which addresses of a tenant's API may be called, and where they really lead.

An address may come from Redis, where more people write than this console trusts. So: https, or a host that the
configuration names; no user in it; no `..`; and whatever its name resolves to must be public, or of a network that the
configuration allows. The call then goes to the very address that was examined, not to what a second look may find. With
headers of the configuration, it goes only to hosts that the configuration names, and by https or on this machine.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from kryonix_tui.config.optimize import Warming
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError, RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_PORTS: Final = {"http": 80, "https": 443}

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""The only IPv6 addresses that are public."""
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant's endpoint: module and resource, each as the key has it, and the tenant's name."""

    tenant: str
    module: str
    resource: str


@dataclass(frozen=True, slots=True)
class Examined:
    """An address that may be called: `ip` is where, `host` whom that is asked of."""

    url: str
    scheme: str
    host: str
    ip: str
    port: int
    path: str


def address_of(place: Place, endpoints: Mapping[str, str], settings: Warming) -> str:
    """Return the address of an endpoint: by the template, else below the module's address; empty where there is none.

    Raises:
        ConfigError: the template's secret cannot be read.
    """
    words = {
        name: _segment(text)
        for name, text in (("tenant", place.tenant), ("module", place.module), ("resource", place.resource))
    }
    if not all(words.values()):
        return ""
    if settings.url:
        template = secret_text(settings.url, "optimize.warm.url")
        for name, text in words.items():
            template = template.replace(f"{{{name}}}", text)
        return template
    base = endpoints.get(place.module, "")
    parts = urlsplit(base) if _is_url(base) else None
    if parts is None or parts.query or parts.fragment:
        return ""
    return f"{base.rstrip('/')}/{words['resource']}"


def endpoints_of(said: bytes) -> Mapping[str, str]:
    """Return the addresses that a tenant's SDK configuration names by module; none where it cannot be read."""
    try:
        found = json.loads(said).get("api_endpoints", {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {str(name): url for name, url in found.items() if isinstance(url, str)} if isinstance(found, dict) else {}


async def examine(url: str, settings: Warming) -> Examined:
    """Look whether an address may be called, and where it leads.

    Raises:
        RefusedError: it may not.
        ConfigError: the private networks cannot be read.
    """
    parts = _split(url)
    host, listed = parts.hostname or "", _is_listed(parts.hostname or "", settings.hosts)
    if settings.hosts and not listed:
        raise _refused(host, _("optimize.warm.hosts does not name it"))
    if parts.scheme != "https" and not (parts.scheme == "http" and listed):
        raise _refused(host, _("it is not https"))
    if parts.username is not None or parts.password is not None:
        raise _refused(host, _("there is a user in the address"))
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise _refused(host, _("its port cannot be read")) from error
    if settings.headers and not listed:
        raise _refused(host, _("optimize.warm.headers are only for hosts that optimize.warm.hosts names"))
    ip = await _resolved(host, port, settings.private)
    if settings.headers and parts.scheme != "https" and not _meant(ipaddress.ip_address(ip)).is_loopback:
        raise _refused(host, _("optimize.warm.headers are only sent by https, or on this machine"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Examined(url, parts.scheme, _ascii(host), ip, port, path)


def _ascii(host: str) -> str:
    """Return a host's name as it stands in a request and in a certificate."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _refused(host, _("its name is not known")) from error


async def _resolved(host: str, port: int, private: Sequence[str]) -> str:
    """Return the first address of a host; all of them must be allowed, for who answers may choose."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _refused(host, _("its name is not known")) from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    networks = _networks(private)
    for address in addresses:
        plain = _meant(address)
        public = plain.is_global and not (plain.is_multicast or plain.is_reserved)
        if isinstance(plain, ipaddress.IPv6Address):
            # Others lead to private networks, or to IPv4 addresses that nobody has looked at.
            public = public and plain in _UNICAST and plain not in _SIX_TO_FOUR
        if not public and not any(plain in network for network in networks if network.version == plain.version):
            raise _refused(host, _("its address is not public, and optimize.warm.private does not allow it"))
    return str(addresses[0])


def _meant(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, or for NAT64), or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _networks(private: Sequence[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(text, strict=False) for text in private]
    except ValueError as error:
        raise ConfigError(
            _("optimize.warm.private: {reason}").format(reason=safe(str(error), 120)),
            hint=_("For instance 10.1.0.0/16."),
        ) from error


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _refused(url, _("it cannot be read")) from error


def _is_url(text: str) -> bool:
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _is_listed(host: str, hosts: Sequence[str]) -> bool:
    return any(host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in hosts)


def _segment(text: str) -> str:
    """Return a text as one segment of a path; empty for what would be something else there."""
    return "" if text in ("", ".", "..") else quote(text, safe="", errors="surrogateescape")


def _refused(host: str, why: str) -> RefusedError:
    return RefusedError(_("{host} is not called: {why}").format(host=safe(host, 80), why=why))
