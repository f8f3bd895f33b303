"""POST and DELETE over HTTP, with the deadlines, limits and errors of the reader. Only `maintenance` has any use for it.

Nothing is sent twice: where a connection breaks, nobody knows whether the request arrived, and the caller looks.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kryonix_tui.sources.http.reader import HttpReader, Sent


class HttpWriter(HttpReader):
    """Also changes things at one peer."""

    async def post(self, path: str, content: Any) -> bytes:
        """Send `content` as JSON and return the answer. Raises as `get`."""
        body = msgspec.json.encode(content)
        return await self._whole(path, None, Sent("POST", body, {"content-type": "application/json"}))

    async def delete(self, path: str) -> bytes:
        """Have something deleted and return the answer. Raises as `get`."""
        return await self._whole(path, None, Sent("DELETE"))
