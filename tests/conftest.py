"""Fixtures for all tests: real servers, one per flavour for the whole run, emptied for each test."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from kryonix_tui import i18n
from tests.servers import FLAVOURS, Server, running

# A busy machine is slow, not wrong.
settings.register_profile("kryonix", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kryonix")

# Tests read English on the same terminal, wherever they run, and reach what listens on this machine.
_LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES")
_PLACE = ("COLUMNS", "LINES", "NO_COLOR", "COLORTERM", "TMUX", "STY", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
for _name in [*os.environ]:
    if _name.upper() in (*_LOCALE, *_PLACE, *_PROXIES) or _name.startswith("KRYONIX_"):
        del os.environ[_name]
os.environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color"}

# What a shell starts in the background, or `nohup`, ignores signals, and so would every program that a test interrupts.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """What a command line has made of this process's language ends with the test."""
    yield
    i18n.use_language("en")
    os.environ.pop("LANGUAGE", None)


def pytest_collection_finish() -> None:
    """Leave modules and tests out of garbage collection, and collect seldom: it took two thirds of a console's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(300_000, 10, 10)


@pytest.fixture(scope="session")
def _redis() -> Iterator[Server]:
    yield from running("redis")


@pytest.fixture(scope="session")
def _valkey() -> Iterator[Server]:
    yield from running("valkey")


@pytest.fixture(params=FLAVOURS)
def redis_server(request: pytest.FixtureRequest) -> Server:
    """An empty server, once as Redis and once as Valkey. Its process is shared: do not stop it or change its users."""
    server: Server = request.getfixturevalue(f"_{request.param}")
    _empty(server)
    return server


@pytest.fixture
def one_redis(_redis: Server) -> Server:
    """An empty Redis, where the flavour does not matter. Its process is shared: do not stop it or change its users."""
    _empty(_redis)
    return _redis


def _empty(server: Server) -> None:
    with server.client() as client:
        client.flushall()
        client.config_resetstat()
        client.slowlog_reset()
