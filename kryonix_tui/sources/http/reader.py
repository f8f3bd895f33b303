"""GET over HTTP within a deadline and a byte cap, for whatever stands at the other end.

httpx' own timeouts are per read, so a server that sends a byte now and then would hold a request for hours: one
`asyncio.timeout` spans the whole answer instead. Bodies are read as raw chunks and unpacked under the same cap.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kryonix_tui.errors import AuthenticationError, ConfigError, ReplyError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.sources.http import errors
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import unpacked

if TYPE_CHECKING:
    import httpx

_ERROR_BODY = 4096
"""Bytes that are read of the body of an error."""


Params = Mapping[str, str] | tuple[tuple[str, str], ...]
"""What is asked in the query; pairs where a name stands there more than once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request is besides its address."""

    method: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


GET: Final = Sent("GET")

KEEP_ALIVE: Final = 30.0
"""Seconds for which an idle connection is kept: longer than the usual pause between two readings, shorter than servers and
proxies keep theirs."""


class HttpReader:
    """Reads whole answers of one peer. Cheap to make: httpx is imported and TLS prepared at the first request."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._client: httpx.AsyncClient | None = None

    async def get(self, path: str, params: Params | None = None) -> bytes:
        """Return the whole body of `path` (below the peer's base, may hold a query), unpacked.

        Redirects are not followed and proxies of the environment are not used.

        Raises:
            UnreachableError: no connection, or it was cut before an answer.
            DeadlineError: the answer was not complete within the peer's timeout.
            AuthenticationError: 401 or 403, or our own credential cannot be read.
            ReplyError: another status than 200, more bytes than the cap, half a body.
        """
        return await self._whole(path, params, GET)

    async def _whole(self, path: str, params: Params | None, sent: Sent) -> bytes:
        if self._client is None:
            self._client = await asyncio.to_thread(_new_client, self.peer)
        try:
            headers = {**self.peer.headers(), **sent.headers}
        except ConfigError as error:
            raise AuthenticationError(error.message, hint=error.hint) from error
        try:
            async with asyncio.timeout(self.peer.settings.timeout):
                return await self._read(self._client, self.peer.base + path, params, headers, sent)
        except TimeoutError as error:
            raise errors.deadline(self.peer) from error

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _read(
        self,
        client: httpx.AsyncClient,
        url: str,
        params: Params | None,
        headers: Mapping[str, str],
        sent: Sent = GET,
    ) -> bytes:
        import httpx

        answered = False
        try:
            request = client.stream(sent.method, url, params=params, headers=headers, content=sent.content)
            async with request as response:
                answered = True
                if response.status_code != 200:
                    body, __ = await _up_to(response, _ERROR_BODY)
                    location = response.headers.get("location", "")
                    said = _unpacked_error(body, response.headers.get("content-encoding", ""), self.peer)
                    raise errors.from_status(self.peer, response.status_code, location, said)
                body, complete = await _up_to(response, self.peer.settings.max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if answered:
                raise errors.cut_off(self.peer) from error
            if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error):
                raise errors.unreadable(self.peer, _("an answer that is not HTTP")) from error
            raise errors.unreachable(error, self.peer) from error
        if not complete:
            raise errors.too_large(self.peer)
        return unpacked(body, response.headers.get("content-encoding", ""), self.peer)


@contextmanager
def first_error() -> Iterator[None]:
    """Turn the group in which `asyncio.TaskGroup` wraps errors into the first of them."""
    try:
        yield
    except ExceptionGroup as group:
        first = group.exceptions[0]
        raise first from first.__cause__


async def _up_to(response: httpx.Response, limit: int) -> tuple[bytes, bool]:
    """Return at most `limit` bytes of the body as sent, and whether that is all of it."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), False
    return bytes(body), True


def _unpacked_error(body: bytes, encoding: str, peer: Peer) -> bytes:
    """Return the body of an error, nothing where it cannot be unpacked: the status says enough."""
    try:
        return unpacked(body, encoding, peer)
    except ReplyError:
        return b""


def _new_client(peer: Peer) -> httpx.AsyncClient:
    import httpx

    try:
        context = _tls_context(peer)
    except (OSError, ValueError) as error:
        raise UnreachableError(
            _("{place}: the TLS files cannot be used: {reason}").format(
                place=peer.place, reason=errors.one_line(str(error))
            ),
            hint=_("Check {key}.tls: ca_file, cert_file and key_file must be readable PEM files.").format(key=peer.key),
        ) from error
    limits = httpx.Limits(keepalive_expiry=KEEP_ALIVE)
    return httpx.AsyncClient(verify=context, timeout=None, limits=limits, trust_env=False, follow_redirects=False)  # noqa: S113 - one deadline spans the whole answer


def _tls_context(peer: Peer) -> ssl.SSLContext:
    tls = peer.settings.tls
    context = ssl.create_default_context(cafile=tls.ca_file or None)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert_file:
        # Without a password of ours, OpenSSL would ask for that of an encrypted key on the terminal, and wait.
        context.load_cert_chain(tls.cert_file, tls.key_file or None, password=lambda: "")
    return context
