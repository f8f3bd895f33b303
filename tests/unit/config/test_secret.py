from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kryonix_tui.config.schema import Config
from kryonix_tui.config.secret import MAX_FILE_BYTES, secret_file_warnings, secret_text, secrets
from kryonix_tui.errors import ConfigError


@pytest.mark.parametrize("text", ["", "hush", "$HOME", "a${X}", "${X}b", "${not a name}"])
def test_text_that_is_no_reference_is_the_secret(text: str) -> None:
    assert secret_text(text, "k") == text


def test_a_variable_gives_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET", "hush ")
    assert secret_text("${SOME_SECRET}", "k") == "hush "
    monkeypatch.delenv("SOME_SECRET")
    with pytest.raises(ConfigError, match=r"redis\.url: the environment variable SOME_SECRET is not set"):
        secret_text("${SOME_SECRET}", "redis.url")


@pytest.mark.parametrize(
    ("content", "secret"), [("a\n", "a"), ("a", "a"), ("a\n\n", "a\n"), ("a\r\n", "a"), (" a ", " a ")]
)
def test_a_file_gives_its_content_without_the_final_newline(tmp_path: Path, content: str, secret: str) -> None:
    path = tmp_path / "s"
    path.write_bytes(content.encode())
    assert secret_text(f"file:{path}", "k") == secret


@pytest.mark.parametrize("content", [None, b"\xff\xfehush", b"x" * (MAX_FILE_BYTES + 1)])
def test_a_file_that_gives_none_names_the_key_and_nothing_of_the_content(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s\x1b"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        secret_text(f"file:{path}", "redis.url")
    assert caught.value.message.startswith("redis.url: ")
    assert "hush" not in caught.value.message
    assert caught.value.message.isprintable()


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file"):
        secret_text(f"file:{tmp_path}", "k")


def _config(path: Path) -> Config:
    return msgspec.convert(
        {
            "redis": {"credentials": {"monitor": {"password": f"file:{path}"}}},
            "prometheus": {"headers": {"X-A": f"file:{path}"}},
            "contexts": {"prod": {"alertmanager": {"bearer_token": f"file:{path}"}}},
        },
        Config,
    )


def test_every_secret_of_a_configuration_is_found(tmp_path: Path) -> None:
    assert {key for key, _ in secrets(_config(tmp_path))} - {"redis.url", "contexts.prod.redis.url"} == {
        "redis.credentials.monitor.password",
        "prometheus.headers.X-A",
        "contexts.prod.alertmanager.bearer_token",
    }


def test_files_that_others_can_read_are_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert secret_file_warnings(_config(path)) == []
    path.write_text("hush")
    path.chmod(0o600)
    assert secret_file_warnings(_config(path)) == []
    path.chmod(0o640)
    warnings = secret_file_warnings(_config(path))
    assert len(warnings) == 3
    assert "redis.credentials.monitor.password" in warnings[0]
