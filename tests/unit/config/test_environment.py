from __future__ import annotations

import pytest

from kryonix_tui.config.environment import layer_of
from kryonix_tui.config.fields import leaves
from kryonix_tui.config.load import load
from kryonix_tui.errors import ConfigError
from tests.unit.config.conftest import WriteConfig


def test_every_key_has_a_variable_of_its_own() -> None:
    names = [leaf.variable for leaf in leaves()]
    assert len(names) == len(set(names))
    assert {"KRYONIX_ROLE", "KRYONIX_REDIS_URL", "KRYONIX_REDIS_BUDGET"} <= set(names)
    assert "KRYONIX_CONFIG" not in names


def test_values_are_read_as_their_key_wants_them() -> None:
    config = load(
        environ={
            "KRYONIX_REDIS_PORT": "100",
            "KRYONIX_REDIS_CREDENTIALS_MONITOR_PASSWORD": "0123",
            "KRYONIX_REDIS_SENTINEL_NODES": "[a:1, 'b:2']",
            "KRYONIX_REDIS_SENTINEL_NAME": "yes",
            "KRYONIX_PROMETHEUS_HEADERS": "{X-Scope-OrgID: a}",
            "KRYONIX_UI_MOUSE": "0",
            "KRYONIX_INTERVALS_REDIS": "3",
            "KRYONIX_LANG": "",
        }
    ).config
    assert config.redis.port == 100
    assert config.redis.credentials.monitor.password == "0123"
    assert (config.redis.sentinel.nodes, config.redis.sentinel.name) == (("a:1", "b:2"), "yes")
    assert config.prometheus.headers == {"X-Scope-OrgID": "a"}
    assert config.ui.mouse is False
    assert config.intervals.redis == 3.0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KRYONIX_REDIS_PORT", "abc", 'expected a whole number (1..65535), got "abc"'),
        ("KRYONIX_REDIS_PORT", "[", "not valid YAML"),
        ("KRYONIX_INTERVALS_REDIS", ".inf", "expected a number"),
        ("KRYONIX_ROLE", "admin\x1b[2J", "expected one of viewer, operator"),
        ("KRYONIX_REDIS_HOST", "\udcff", "not valid UTF-8"),
        ("KRYONIX_REDS_URL", "x", "did you mean KRYONIX_REDIS_URL"),
        ("KRYONIX_\udcff\x1b", "x", "there is no such key"),
    ],
)
def test_mistakes_name_the_variable(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(environ={name: value})
    assert said in caught.value.message
    assert caught.value.message.startswith("env KRYONIX_")
    assert caught.value.message.isprintable()


def test_a_variable_that_the_file_refers_to_is_not_unknown(write_config: WriteConfig) -> None:
    environ = {"KRYONIX_PW": "hush"}
    with pytest.raises(ConfigError):
        load(environ=environ)
    write_config("redis: {credentials: {monitor: {password: '${KRYONIX_PW}'}}}\n")
    assert load(environ=environ).config.redis.credentials.monitor.password == "${KRYONIX_PW}"


def test_variables_of_others_are_left_alone() -> None:
    assert layer_of({"PATH": "/bin", "KRYONIXX": "1"}) == {}
    load(environ={"KRYONIXX": "1", "_KRYONIX_COMPLETE": "x"})
