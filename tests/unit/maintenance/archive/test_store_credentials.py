"""Without credentials a store is refused, and the metadata address of a cloud is asked by nobody unless it is allowed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kryonix_tui.errors import AuthenticationError, ConfigError, KryonixError
from kryonix_tui.maintenance.backup import store_credentials
from kryonix_tui.maintenance.backup.destination import destination_at

PREFIXES = ("AWS_", "GOOGLE_", "AZURE_")


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIXES)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was asked at the metadata address of a cloud, which is on this machine and knows nobody."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(404)

        do_GET = do_PUT = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    yield asked
    server.shutdown()
    server.server_close()


def test_the_metadata_address_is_asked_only_where_that_is_allowed(metadata: list[str]) -> None:
    with pytest.raises(AuthenticationError, match="no credentials") as refused:
        destination_at("s3://bucket/prefix").stored()
    assert "AWS_ACCESS_KEY_ID" in refused.value.hint
    assert "instance_credentials" in refused.value.hint
    assert metadata == []
    with pytest.raises(KryonixError):
        destination_at("s3://bucket/prefix", instance_credentials=True).stored()
    assert any("latest/" in line for line in metadata)


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("s3://bucket", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"),
        ("S3A://bucket", "AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN"),
        ("https://bucket.s3.eu-west-1.amazonaws.com/prefix", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"),
        ("gs://bucket", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("az://container", "AZURE_STORAGE_ACCOUNT_KEY"),
        ("https://account.blob.core.windows.net/container", "AZURE_STORAGE_SAS_TOKEN"),
    ],
)
def test_credentials_are_enough_when_they_are_complete(url: str, names: str) -> None:
    wanted = names.split()
    environ = dict.fromkeys(wanted, "x")
    assert store_credentials.required(url, environ) == ()
    for name in wanted:
        rest = {other: "x" for other in environ if other != name}
        assert store_credentials.required(url, rest)
        assert store_credentials.required(url, {**environ, name: ""})


def test_what_needs_no_credentials_is_asked_for_none() -> None:
    assert store_credentials.required("/srv/backups", {}) == ()
    assert store_credentials.required("https://backups.example.org/dav", {}) == ()
    assert store_credentials.required("s3://public", {"AWS_SKIP_SIGNATURE": "true"}) == ()
    assert store_credentials.required("s3://public", {"AWS_SKIP_SIGNATURE": "false"})


@pytest.mark.parametrize("address", ["http://[::1", "ftp://store", "nonsense", "http://a\nb"])
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(ConfigError, match="AWS_ENDPOINT_URL"):
        store_credentials.check("s3://bucket", {"AWS_ENDPOINT_URL": address})
    store_credentials.check("s3://bucket", {"AWS_ENDPOINT_URL": "http://[::1]:9000"})
