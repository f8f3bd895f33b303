"""Commands become the same bytes as redis-py makes of them, and what it refuses stays refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio.connection import Connection
from redis.exceptions import DataError

from kryonix_tui.sources.redis.connection import GuardedConnection
from kryonix_tui.sources.redis.own_traffic import OwnTraffic

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ARGUMENT = st.binary() | TEXT | st.integers() | st.floats() | st.binary().map(bytearray)


def connection() -> GuardedConnection:
    return GuardedConnection(traffic=OwnTraffic())


@given(st.lists(ARGUMENT))
def test_any_arguments_are_packed_as_by_redis_py(arguments: list[object]) -> None:
    packed = connection().pack_command("hmget", *arguments)
    assert b"".join(packed) == b"".join(Connection().pack_command("hmget", *arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("argument", [None, True, [b"a"], object()])
def test_what_is_no_argument_is_refused(argument: object) -> None:
    with pytest.raises(DataError):
        connection().pack_command("HMGET", b"key", argument)


def test_a_large_value_is_packed_whole() -> None:
    value = bytes(1 << 20)
    packed = connection().pack_commands([("HMGET", b"key", value), ("HLEN", b"key")])
    assert b"".join(packed) == b"".join(Connection().pack_commands([("HMGET", b"key", value), ("HLEN", b"key")]))
