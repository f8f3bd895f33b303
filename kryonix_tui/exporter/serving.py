"""The two pages of the exporter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from kryonix_tui.serving.access import Access
from kryonix_tui.serving.door import Answer, Asked, plain_answer

FIGURES: Final = b"text/plain; version=0.0.4; charset=utf-8"


class Pages:
    """Answers requests for `/metrics` and `/healthz`. With a `token`, who asks for figures must show it."""

    def __init__(self, figures: Callable[[], Awaitable[bytes]], token: str) -> None:
        self._figures = figures
        self._access = Access(token)

    async def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request."""
        if asked.path not in ("/metrics", "/healthz"):
            return plain_answer(HTTPStatus.NOT_FOUND)
        if asked.method not in ("GET", "HEAD"):
            return plain_answer(HTTPStatus.METHOD_NOT_ALLOWED, (b"Allow", b"GET, HEAD"))
        if asked.path == "/healthz":
            return Answer(HTTPStatus.OK, b"ok\n")
        return self._access.refusal(asked.headers) or Answer(HTTPStatus.OK, await self._figures(), FIGURES)
