"""A web server that takes what others send to it, one message after the other."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

SECONDS = 60.0
"""How long a message may take to come: a busy machine is slow, not wrong."""


class Received(NamedTuple):
    """One request. `body` is what its JSON says."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Hook:
    """A server on a free port of the loopback interface. The statuses are given in turn, the last one ever after."""

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [200])
    received: queue.Queue[Received] = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self) -> Received:
        """Return the next message, as soon as it comes."""
        return self.received.get(timeout=SECONDS)


@contextmanager
def hook(*statuses: int) -> Iterator[Hook]:
    """Yield a server that answers with `statuses`."""
    found = Hook(statuses=list(statuses) or [200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = found.statuses.pop(0) if len(found.statuses) > 1 else found.statuses[0]
            found.received.put(Received(self.path, dict(self.headers), json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
