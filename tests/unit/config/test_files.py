from __future__ import annotations

import os
from pathlib import Path

import pytest

from kryonix_tui.config import files
from kryonix_tui.config.load import load
from kryonix_tui.errors import ConfigError
from tests.unit.config.conftest import WriteConfig


def _user_file() -> Path:
    path = files.user_file()
    path.parent.mkdir(parents=True)
    path.write_text("role: operator")
    return path


def test_the_first_of_flag_variable_folder_and_home_is_read(tmp_path: Path, write_config: WriteConfig) -> None:
    assert files.find(None, {}).path is None
    home = _user_file()
    assert files.find(None, {}).path == home
    here = write_config("role: viewer")
    assert files.find(None, {}).path == here
    assert files.find(None, {"KRYONIX_CONFIG": "/elsewhere"}).path == Path("/elsewhere")
    assert files.find(tmp_path / "given", {"KRYONIX_CONFIG": "/elsewhere"}).path == tmp_path / "given"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_in_the_folder_that_others_can_write_is_ignored_and_said(write_config: WriteConfig, mode: int) -> None:
    home = _user_file()
    write_config("role: viewer").chmod(mode)
    found = files.find(None, {})
    assert found.path == home
    assert "ignored" in found.notes[0]
    assert load(environ={}).notes == found.notes


def test_a_file_in_the_folder_of_another_user_is_ignored(
    write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config("role: operator")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert files.find(None, {}).path is None


def test_a_named_file_is_read_whoever_may_write_it(write_config: WriteConfig) -> None:
    path = write_config("role: operator")
    path.chmod(0o666)
    assert load(path, environ={}).config.role == "operator"


@pytest.mark.parametrize("name", ["absent.yaml", "a\0b", "x" * 5000, ".", "/dev/zero"])
def test_what_cannot_be_read_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(Path(name), environ={})
    assert caught.value.message.isprintable()


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"role: viewer\n# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.yaml:2: .*UTF-8"):
        files.read_text(path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (files.MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="too large"):
        files.read_text(path)
    path.write_bytes(b"#" * files.MAX_BYTES)
    assert len(files.read_text(path)) == files.MAX_BYTES


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfrole: operator\n")
    assert load(path, environ={}).config.role == "operator"
