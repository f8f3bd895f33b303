"""A user without a home: a number in a container that no name belongs to, and HOME is not set."""

from __future__ import annotations

import os.path

import pytest

from kryonix_tui.paths import NOWHERE, config_folder, state_folder


def test_who_has_no_home_has_folders_that_are_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert (config_folder(), state_folder()) == (NOWHERE / "kryonix", NOWHERE / "kryonix")
