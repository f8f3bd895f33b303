"""Commands on their way to the embedded server: gathered per database, sent in pipelines."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any, Final, Protocol, TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

Word: TypeAlias = str | bytes | int | float
Write: TypeAlias = tuple[int, tuple[Word, ...]]
"""A command and the database that it is for."""

BATCH: Final = 500


class Sink(Protocol):
    """Where commands go."""

    def send(self, write: Write) -> None:
        """Take one command."""


class Writer:
    """One client per database, over a unix socket; `send` gathers, `flush` delivers.

    A command that the server refuses (somebody changed the type of a key, say) is counted and logged once per message:
    the platform goes on.
    """

    def __init__(self, socket: str, databases: int = 16) -> None:
        self._clients = [
            Redis(unix_socket_path=socket, db=db, protocol=3, retry=Retry(NoBackoff(), 0)) for db in range(databases)
        ]
        self._waiting: list[list[tuple[Word, ...]]] = [[] for _ in range(databases)]
        self.refused: Counter[str] = Counter()

    def client(self, db: int) -> Redis:
        """Return the client of database `db`."""
        return self._clients[db]

    def send(self, write: Write) -> None:
        """Gather one command; a full batch is delivered at once."""
        db, command = write
        waiting = self._waiting[db]
        waiting.append(command)
        if len(waiting) >= BATCH:
            self.replies(db)

    def flush(self) -> None:
        """Deliver everything that was gathered.

        Raises:
            redis.ConnectionError: the server is gone.
        """
        for db in range(len(self._waiting)):
            self.replies(db)

    def replies(self, db: int) -> list[Any]:
        """Deliver what was gathered for `db` and return the server's replies, in order; a refusal is an exception in it."""
        commands, self._waiting[db] = self._waiting[db], []
        if not commands:
            return []
        with self._clients[db].pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            replies = pipeline.execute(raise_on_error=False)
        for reply in replies:
            if isinstance(reply, Exception):
                self._note(str(reply))
        return replies

    def close(self) -> None:
        """Close the connections; what was gathered and not delivered is dropped."""
        for client in self._clients:
            client.close()

    def _note(self, message: str) -> None:
        self.refused[message] += 1
        if self.refused[message] == 1:
            print(message, file=sys.stderr, flush=True)  # noqa: T201 - standard error is this process's log


def hash_set(db: int, key: str, **fields: Word) -> Write:
    """Return the write of a hash."""
    words: list[Word] = ["HSET", key]
    for name, value in fields.items():
        words += (name, value)
    return db, tuple(words)


def expire(db: int, key: str, seconds: int) -> Write:
    """Return the write that lets `key` end in `seconds`."""
    return db, ("EXPIRE", key, seconds)


def string(db: int, key: str, value: str, seconds: int) -> Write:
    """Return the write of a string that ends in `seconds`."""
    return db, ("SET", key, value, "EX", seconds)
