"""A server that speaks S3 over HTTP for tests: moto in an environment of its own (`scripts/store-server` makes it)."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from tests.servers import START_TIMEOUT, free_port

PROGRAM: Final = Path(__file__).parent.parent / ".tools" / "s3" / "bin" / "moto_server"
SECRET: Final = "very-secret-key-7"
KEY_ID: Final = "AKIAKRYONIXTEST00000"


class S3Server:
    """One server process on a free loopback port. A context manager; what is stored is gone with it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def environment(self, port: int = 0) -> dict[str, str]:
        """Return the variables that lead to it; `port` is that of a proxy before it."""
        return {
            "AWS_ENDPOINT": f"http://127.0.0.1:{port or self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def make_bucket(self, name: str) -> None:
        """Make an empty bucket, also where there was one."""
        self._ask("POST", "/moto-api/reset")
        self._ask("PUT", f"/{name}")

    def __enter__(self) -> Self:
        if not PROGRAM.exists():
            raise FileNotFoundError(f"{PROGRAM} is not there: run scripts/store-server")
        command = [str(PROGRAM), "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            try:
                self._ask("GET", "/moto-api/")
            except OSError:
                assert self._process.poll() is None, "the S3 server ended"
                assert time.monotonic() < deadline, "the S3 server does not answer"
                time.sleep(0.05)  # it tells nobody that it is ready
            else:
                return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(60)

    def _ask(self, method: str, path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
        finally:
            connection.close()


def running() -> Iterator[S3Server]:
    """Yield a server, for a fixture."""
    with S3Server() as server:
        yield server
