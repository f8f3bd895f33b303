"""Addresses to listen on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kryonix_tui.config.listening import Listening, listening
from kryonix_tui.config.load import load
from kryonix_tui.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        ("127.0.0.1:9877", Listening("127.0.0.1", 9877), True),
        ("localhost:0", Listening("localhost", 0), True),
        ("[::1]:1", Listening("::1", 1), True),
        ("0.0.0.0:9877", Listening("0.0.0.0", 9877), False),
        ("[::]:9877", Listening("::", 9877), False),
        ("exporter.example:80", Listening("exporter.example", 80), False),
    ],
)
def test_addresses(text: str, address: Listening, loopback: bool) -> None:
    assert listening(text) == address
    assert address.loopback is loopback


@pytest.mark.parametrize("text", ["", ":9877", "9877", "host:", "host:65536", "host:x", "::1:80", "h ost:1", "a:1\n"])
def test_what_is_no_address(text: str) -> None:
    assert listening(text) is None


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("listen: 0.0.0.0:9877", "token"),
        ('listen: ":9877"', "host:port"),
        ("top: 0", "top"),
        ("stale_after: -1", "stale"),
    ],
)
def test_an_exporter_that_cannot_be_is_refused(tmp_path: Path, section: str, message: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"exporter:\n  {section}\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=message):
        load(path, environ={})
