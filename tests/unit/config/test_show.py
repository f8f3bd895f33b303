from __future__ import annotations

import json
from pathlib import Path

from kryonix_tui.config.load import load
from kryonix_tui.config.show import as_json, as_text
from tests.unit.config.conftest import WriteConfig

_HUSH = """\
redis:
  url: redis://user:HUSH@h?password=HUSH
  replica_url: redis://:HUSH@r
  credentials:
    monitor: {password: HUSH}
    backup: {password: '${REDIS_PW}'}
  sentinel: {password: HUSH}
prometheus: {url: 'http://u:HUSH@p', password: HUSH, bearer_token: HUSH, headers: {Authorization: HUSH}}
contexts:
  prod:
    redis: {url: 'redis://u:HUSH@p', credentials: {tune: {password: HUSH}}}
    alertmanager: {headers: {X-A: HUSH}}
ui: {theme: "\\e[31mred"}
"""


def test_no_secret_is_shown_but_references_are(write_config: WriteConfig) -> None:
    write_config(_HUSH)
    loaded = load(environ={})
    for text in (as_text(loaded), json.dumps(as_json(loaded), ensure_ascii=False)):
        assert "HUSH" not in text
        assert "${REDIS_PW}" in text
        assert "redis://user:•••@h?password=•••" in text


def test_the_table_shows_every_key_with_its_origin_and_nothing_that_acts_on_a_terminal(
    write_config: WriteConfig,
) -> None:
    write_config(_HUSH)
    loaded = load(environ={}, overrides={"role": "operator"})
    lines = as_text(loaded).splitlines()
    assert len(lines) == len(loaded.origins)
    assert all(line.isprintable() for line in lines)
    assert lines[0].split() == ["role", "operator", "flag", "--role"]
    assert any(line.startswith("redis.url ") and line.endswith("config.yaml:2") for line in lines)


def test_json_has_every_key_whole(write_config: WriteConfig) -> None:
    write_config(_HUSH)
    report = as_json(load(environ={}))
    assert report["schema"] == "kryonix.config/1"
    assert report["path"] == str(Path("config.yaml").absolute())
    values = {item["key"]: item for item in report["values"]}  # type: ignore[attr-defined]
    assert values["prometheus.headers"] == {
        "key": "prometheus.headers",
        "value": {"Authorization": "•••"},
        "origin": "config.yaml:8",
    }
    assert len(values["keyspace.patterns"]["value"]) == 45
