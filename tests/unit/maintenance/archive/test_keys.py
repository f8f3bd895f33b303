"""The signing key and age identities."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.errors import ConfigError
from kryonix_tui.maintenance.backup.archive.encryption import identities_of, recipients_of
from kryonix_tui.maintenance.backup.archive.signature import SigningKey, key_file, load_key, load_or_make_key


def test_a_key_is_made_once_and_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "keys" / "backup.hmac"
        assert load_key(path) is None
        key = load_or_make_key(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_make_key(path) == key == load_key(path)
    assert [entry.name for entry in path.parent.iterdir()] == ["backup.hmac"]
    assert key.secret.hex() not in repr(key) + key.id


def test_two_that_make_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "backup.hmac"
    start = threading.Barrier(8)
    keys: list[SigningKey] = []

    def make() -> None:
        start.wait()
        keys.append(load_or_make_key(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len({key.secret for key in keys}) == 1


@pytest.mark.parametrize("text", ["", "zz" * 32, "00" * 31, "00" * 33, "00" * 32 + "\n\n\n"])
def test_what_is_no_key_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "backup.hmac"
    path.touch(mode=0o600)
    path.write_text(text)
    if len(text.strip()) == 64 and "z" not in text:
        assert load_key(path) is not None
        return
    with pytest.raises(ConfigError, match="no signing key"):
        load_or_make_key(path)
    assert path.read_text() == text


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.hmac"
    load_or_make_key(path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="other users") as caught:
        load_key(path)
    assert "chmod 600" in caught.value.hint


def test_the_key_lies_in_the_state_folder_unless_configured(tmp_path: Path) -> None:
    assert key_file() == tmp_path / "state" / "kryonix" / "keys" / "backup.hmac"
    assert key_file("/etc/kryonix/key") == Path("/etc/kryonix/key")


def test_an_identity_file_is_read_as_age_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "key.txt"
    path.touch(mode=0o600)
    one, two = Identity.generate(), Identity.generate()
    path.write_text(f"# created: today\n# public key: {one.to_public()}\n{one}\n\n{two}\n")
    assert [str(found) for found in identities_of(path)] == [str(one), str(two)]
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="other users"):
        identities_of(path)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"AGE-SECRET-KEY-1ABC\n", b"\xff\xfe"])
def test_an_identity_file_without_a_key_is_refused_and_never_quoted(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.txt"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        identities_of(path)
    assert "AGE-SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, UnicodeDecodeError)


def test_a_missing_identity_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"key\.txt"):
        identities_of(tmp_path / "key.txt")


def test_a_recipient_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match="age1nonsense"):
        recipients_of([str(Identity.generate().to_public()), "age1nonsense"])
