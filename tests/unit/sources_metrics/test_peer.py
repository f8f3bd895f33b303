"""Addresses and error texts without credentials."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kryonix_tui.config.schema import HttpServer, Tls
from kryonix_tui.errors import ConfigError
from kryonix_tui.sources.http.errors import error_text, one_line
from kryonix_tui.sources.http.peer import Peer


def peer(url: str, **settings: object) -> Peer:
    return Peer.of(HttpServer(url=url, **settings), name="Prometheus", key="prometheus")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://host:9090", "http://host:9090"),
        ("http://host:9090/", "http://host:9090"),
        ("https://u:p@host/prefix/", "https://host/prefix"),
        ("http://u:p@[::1]:9090", "http://[::1]:9090"),
    ],
)
def test_base(url: str, base: str) -> None:
    assert peer(url).base == base
    assert ":p@" not in repr(peer(url))


def test_tls_switches_to_https() -> None:
    assert peer("http://host", tls=Tls(enabled=True)).base == "https://host"


@pytest.mark.parametrize(
    "url",
    ["", "host:9090", "redis://host", "http://", "http://host:99999", "http://host/?a=1", "http://[::1", "http://h\n"],
)
def test_addresses_that_cannot_be_used(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        peer(url)
    assert "prometheus.url" in caught.value.message


def test_the_order_of_credentials() -> None:
    url = "http://url:p@host"
    headers = {"Authorization": "own"}
    assert peer("http://host", headers=headers).headers()["authorization"] == "own"
    assert peer(url, headers=headers).headers()["authorization"] == "Basic dXJsOnA="
    assert peer(url, username="user", password="q").headers()["authorization"] == "Basic dXNlcjpx"
    assert peer(url, username="user", bearer_token="t").headers()["authorization"] == "Bearer t"


def test_foreign_text_is_one_line_without_credentials() -> None:
    assert one_line("a\r\n\tb  c") == "a b c"
    assert one_line("\x1b[2J http://u:letmein@host") == "␛[2J http://•••@host"
    assert len(one_line("x" * 100_000)) == 201


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error":"bad\\nquery"}', "bad query"),
        (b'{"message":"no"}', "no"),
        (b'"plain"', "plain"),
        (b"plain\n", "plain"),
        (b"<html>login", ""),
        (b'{"error":{"deep":1}}', ""),
        (b"[" * 5000, None),
        (b"\xff\xfe", "��"),
        (b"", ""),
    ],
)
def test_what_the_body_of_an_error_says(body: bytes, text: str | None) -> None:
    assert text is None or error_text(body) == text
    assert len(error_text(body)) <= 201


def test_importing_the_sources_loads_no_heavy_module() -> None:
    code = (
        "import sys, kryonix_tui.sources.prometheus, kryonix_tui.sources.alertmanager;"
        "print({'httpx', 'requests', 'prometheus_api_client'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
