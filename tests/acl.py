"""ACL lines as an administrator runs them."""

from __future__ import annotations

import shlex

import redis


def run_line(admin: redis.Redis, line: str) -> None:
    """Run a line for redis-cli; its password stays the word PASSWORD."""
    reply = admin.execute_command(*shlex.split(line))  # type: ignore[no-untyped-call]  # redis-py's
    assert reply in (b"OK", True), reply
