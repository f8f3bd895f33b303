"""Configuration -> address and credential."""

from __future__ import annotations

from pathlib import Path

import pytest

from kryonix_tui.config.schema import Credential, Credentials, Redis, Sentinel, Tls
from kryonix_tui.errors import ConfigError
from kryonix_tui.sources.redis.address import Address, primary_address, replica_address, sentinel_addresses
from kryonix_tui.sources.redis.connection import GuardedConnection, GuardedSocketConnection, GuardedTlsConnection

MONITOR = Credentials(monitor=Credential(username="kx", password="secret"))


@pytest.mark.parametrize(
    ("settings", "shown", "kind"),
    [
        (Redis(), "127.0.0.1:6379", GuardedConnection),
        (Redis(url="redis://h:7/3"), "h:7", GuardedConnection),
        (Redis(url="redis://[::1]:7"), "[::1]:7", GuardedConnection),
        (Redis(url="rediss://u:p@h"), "h:6379", GuardedTlsConnection),
        (Redis(url="redis://h", tls=Tls(enabled=True)), "h:6379", GuardedTlsConnection),
        (Redis(url="unix:///run/r.sock"), "/run/r.sock", GuardedSocketConnection),
        (Redis(host="h", port=9), "h:9", GuardedConnection),
        (Redis(socket="/run/s.sock", host="h"), "/run/s.sock", GuardedSocketConnection),
    ],
)
def test_places(settings: Redis, shown: str, kind: type) -> None:
    address = primary_address(settings)
    assert (str(address), address.connection_class) == (shown, kind)


def test_the_credential_of_the_purpose_wins_over_that_of_the_url() -> None:
    assert primary_address(Redis(url="redis://u:p@h", credentials=MONITOR)).username == "kx"
    by_url = primary_address(Redis(url="redis://u:p%40@h"))
    assert (by_url.username, by_url.password) == ("u", "p@")


def test_no_credential_is_shown() -> None:
    address = primary_address(Redis(url="redis://u:hunter2@h"))
    assert "hunter2" not in f"{address} {address!r}"


def test_secrets_by_reference(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WHERE", "redis://u:p@h:1")
    (tmp_path / "secret").write_text("from-file\n")
    by_file = Credential(username="kx", password=f"file:{tmp_path}/secret")
    settings = Redis(url="${WHERE}", credentials=Credentials(monitor=by_file))
    address = primary_address(settings)
    assert (address.port, address.password) == (1, "from-file")


@pytest.mark.parametrize("url", ["http://h", "h:6379", "redis://h:port", "redis://h:99999999", "redis://[::1"])
def test_an_unusable_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        primary_address(Redis(url=url))
    assert url not in f"{caught.value}"


def test_a_missing_certificate_file_is_named() -> None:
    address = Address(tls=Tls(enabled=True, ca_file="/nowhere/ca.pem"))
    with pytest.raises(ConfigError, match=r"ca_file: /nowhere/ca\.pem"):
        address.options()


def test_replica_and_sentinels() -> None:
    settings = Redis(
        replica_url="redis://r:2",
        credentials=MONITOR,
        sentinel=Sentinel(name="m", nodes=("s1:5", "s2", "[::1]:7"), username="su", password="sp"),
    )
    replica = replica_address(settings)
    assert replica is not None
    assert (str(replica), replica.username) == ("r:2", "kx")
    assert [(str(node), node.username) for node in sentinel_addresses(settings)] == [
        ("s1:5", "su"),
        ("s2:26379", "su"),
        ("[::1]:7", "su"),
    ]
    assert replica_address(Redis()) is None
