"""prometheus-api-client, in a thread of its own, over our HTTP reader.

The client is synchronous, its timeout is per read and its answers are unbounded. So its `requests` session has one
adapter, which hands every request to the `HttpReader` on the event loop and waits: deadline, byte cap, credentials,
TLS and errors are the reader's, and whoever is cancelled there sets the thread free at once. The client never sees
the real address or a credential.

The client retries nothing (`Retry(0)`): backoff belongs to the poller.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests
from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect
from requests.adapters import BaseAdapter
from urllib3.util import Retry

from kryonix_tui.i18n import _
from kryonix_tui.sources.http import errors
from kryonix_tui.sources.http.reply import api_data

if TYPE_CHECKING:
    from kryonix_tui.sources.http.reader import HttpReader

T = TypeVar("T")

_PLACEHOLDER = "http://prometheus.invalid"
"""The address that the client believes in; RFC 6761 reserves the name, so it can never be reached by accident."""

_GRACE = 2.0
"""Seconds beyond the reader's own deadline after which a thread stops waiting for an event loop that has died."""


class QueryThread:
    """Runs calls of `PrometheusConnect` one after the other: there is never more than one thread."""

    def __init__(self, reader: HttpReader) -> None:
        self._reader = reader
        self._adapter = _ReaderAdapter(reader)
        self._executor = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="prometheus")
        self._connect = _client(self._adapter)

    async def run(self, call: Callable[[PrometheusConnect], T]) -> T:
        """Return what `call` makes of the client, in the thread.

        Raises:
            SourceError: as `HttpReader.get`; ReplyError where the client cannot read the answer.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, self._translated, loop, call)
        except asyncio.CancelledError:
            self._adapter.cancel()
            raise

    def close(self) -> None:
        """End the thread."""
        self._adapter.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _translated(self, loop: asyncio.AbstractEventLoop, call: Callable[[PrometheusConnect], T]) -> T:
        self._adapter.loop = loop
        try:
            return call(self._connect)
        except (requests.RequestException, PrometheusApiClientException, LookupError) as error:
            raise errors.unreadable(self._reader.peer, _("not an answer of the query API")) from error


def _client(adapter: BaseAdapter) -> PrometheusConnect:
    session = requests.Session()
    session.trust_env = False
    client = PrometheusConnect(url=_PLACEHOLDER, session=session, retry=Retry(0))
    # The client has mounted an adapter with sockets; without it nothing can go out but through ours.
    session.adapters.clear()
    session.mount(_PLACEHOLDER, adapter)
    return client


class _Answer(requests.Response):
    """An answer whose JSON is checked by `api_data` instead of guessed at.

    What the client takes out of it stays raw JSON: one decoding of everything at once would hold the interpreter, and
    with it the screen, for a tenth of a second.
    """

    def __init__(self, body: bytes, reader: HttpReader) -> None:
        super().__init__()
        self.status_code = HTTPStatus.OK
        self._content = body
        self._peer = reader.peer

    def json(self, **_options: Any) -> Any:
        return {"data": api_data(self.content, dict[str, msgspec.Raw], self._peer)}


class _ReaderAdapter(BaseAdapter):
    """Sends requests through a reader that lives on an event loop."""

    def __init__(self, reader: HttpReader) -> None:
        super().__init__()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._reader = reader
        self._waiting: concurrent.futures.Future[bytes] | None = None

    def send(self, request: requests.PreparedRequest, *_arguments: Any, **_options: Any) -> requests.Response:
        """Return the answer to `request`. Called in the thread; only path and query of the request are used."""
        if self.loop is None:
            raise requests.ConnectionError("no event loop")
        self._waiting = asyncio.run_coroutine_threadsafe(self._reader.get(request.path_url), self.loop)
        try:
            body = self._waiting.result(self._reader.peer.settings.timeout + _GRACE)
        except TimeoutError as error:
            self.cancel()
            raise errors.deadline(self._reader.peer) from error
        response = _Answer(body, self._reader)
        response.request = request
        response.url = request.url or ""
        return response

    def cancel(self) -> None:
        """Give up the request under way, if there is one; the waiting thread ends."""
        if self._waiting is not None:
            self._waiting.cancel()

    def close(self) -> None:
        """Nothing to close: connections are the reader's."""
