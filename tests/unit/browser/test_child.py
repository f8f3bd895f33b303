"""The process behind a window: always read-only, without a secret on its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kryonix_tui.browser.child import READ_ONLY, Child, child_of
from kryonix_tui.config.load import load

PASSWORD = "s3cret-of-the-server"


def child(
    folder: Path, text: str = "", environ: dict[str, str] | None = None, command: tuple[str, ...] = (), **flags: object
) -> Child:
    file = folder / "config.yaml"
    file.write_text(text)
    file.chmod(0o600)
    keys = {"redis": "redis.url", "role": "role"}
    overrides = {keys[name]: value for name, value in flags.items() if name in keys}
    variables = environ or {}
    return child_of({"config": str(file), **flags}, load(file, overrides, None, variables), variables, command)


@pytest.mark.parametrize("command", [(), ("wallboard", "--accept-writable-user")])
def test_it_cannot_write_whatever_anybody_says(tmp_path: Path, command: tuple[str, ...]) -> None:
    window = child(
        tmp_path, "role: operator\nread_only: false\n", {"KRYONIX_ROLE": "operator"}, command, role="operator"
    )
    assert window.arguments[-3:] == READ_ONLY == ("--role", "viewer", "--read-only")
    assert window.arguments.count("--role") == 1
    words = [word for word in window.arguments if not word.endswith("config.yaml")]
    assert words[3:-3] == list(command)


def test_it_is_read_only_when_it_has_read_its_command_line(tmp_path: Path) -> None:
    window = child(tmp_path, "role: operator\n", {"KRYONIX_ROLE": "operator", "KRYONIX_READ_ONLY": "0"})
    assert window.environment["KRYONIX_ROLE"] == "operator"
    config = load(tmp_path / "config.yaml", {"role": "viewer", "read_only": True}, None, window.environment).config
    assert (config.role, config.read_only) == ("viewer", True)


def test_a_password_is_in_the_environment_alone(tmp_path: Path) -> None:
    url = f"redis://monitor:{PASSWORD}@127.0.0.1:1"
    window = child(tmp_path, redis=url, no_mouse=True, fps=5, lang="en")
    assert PASSWORD not in " ".join(window.arguments)
    assert window.environment["KRYONIX_REDIS_URL"] == url
    assert {"--no-mouse", "--fps=5", "--lang=en"} <= set(window.arguments)


def test_a_password_is_not_sent_to_a_server_that_a_flag_names(tmp_path: Path) -> None:
    environ = {
        "KRYONIX_REDIS_URL": "redis://127.0.0.1:1",
        "KRYONIX_REDIS_CREDENTIALS_MONITOR_PASSWORD": PASSWORD,
        "KRYONIX_REDIS_TIMEOUT": "7",
    }
    window = child(tmp_path, "", environ, redis="redis://127.0.0.1:2")
    config = load(tmp_path / "config.yaml", {}, None, window.environment).config
    assert config.redis.url == "redis://127.0.0.1:2"
    assert config.redis.credentials.monitor.password == ""
    assert config.redis.timeout == 7.0


def test_the_token_stays_with_the_server(tmp_path: Path) -> None:
    window = child(tmp_path, "", {"KRYONIX_SERVE_TOKEN": PASSWORD, "PATH": "/bin"})
    assert PASSWORD not in window.environment.values()
    assert window.environment["PATH"] == "/bin"
