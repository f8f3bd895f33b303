"""Where a server of ours listens, and who may reach it there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

_HOST_PORT: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Listening:
    """An address to listen on; port 0 takes a free one."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def listening(text: str) -> Listening | None:
    """Return the address that `host:port` or `[IPv6]:port` names, None where it names none.

    >>> listening("127.0.0.1:9877"), listening("[::1]:0"), listening(":9877"), listening("host:99999")
    (Listening(host='127.0.0.1', port=9877), Listening(host='::1', port=0), None, None)
    """
    match = _HOST_PORT.fullmatch(text)
    if match is None or int(match.group(3)) > 65_535:
        return None
    return Listening(match.group(1) or match.group(2), int(match.group(3)))


def is_loopback(host: str) -> bool:
    """Whether `host` (without a port) is this machine's own, out of everybody else's reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
