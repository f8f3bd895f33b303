"""Unpacking within bounds."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.errors import ReplyError
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import unpacked

PEER = Peer.of(HttpServer(url="http://127.0.0.1:9090", max_bytes=100_000), name="Prometheus", key="prometheus")


def test_gzip_up_to_the_cap_is_unpacked() -> None:
    plain = b"x" * 100_000
    assert unpacked(gzip.compress(plain), "gzip", PEER) == plain
    assert unpacked(plain, "identity", PEER) == plain


def test_a_gzip_bomb_takes_no_memory() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ReplyError):
            unpacked(bomb, "gzip", PEER)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
