from __future__ import annotations

from types import SimpleNamespace

import pytest

from kryonix_tui.config.load import FLAGS, Loaded, load, over
from kryonix_tui.config.schema import Config, Prometheus, Redis
from kryonix_tui.errors import ConfigError
from tests.unit.config.conftest import WriteConfig


def _problems(**arguments: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(**{"environ": {}, **arguments})  # type: ignore[arg-type]
    return caught.value.message.splitlines()


def test_nothing_given_is_the_defaults() -> None:
    loaded = load(environ={})
    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}
    assert (loaded.path, loaded.context, loaded.notes) == (None, "", ())


def test_flag_over_environment_over_file_over_default(write_config: WriteConfig) -> None:
    write_config("role: operator\nlang: en\nredis:\n  timeout: 9\n")
    environ = {"KRYONIX_LANG": "pt_BR", "KRYONIX_ROLE": "operator", "KRYONIX_READ_ONLY": "true"}
    loaded = load(overrides={"role": "viewer"}, environ=environ)
    assert (loaded.config.role, loaded.config.lang, loaded.config.redis.timeout) == ("viewer", "pt_BR", 9.0)
    assert {key: origin for key, origin in loaded.origins.items() if origin != "default"} == {
        "role": "flag --role",
        "read_only": "env KRYONIX_READ_ONLY",
        "lang": "env KRYONIX_LANG",
        "redis.timeout": "config.yaml:4",
    }


def test_every_flag_belongs_to_a_key() -> None:
    assert set(FLAGS) <= set(load(environ={}).origins)


def test_every_mistake_is_named_with_line_key_and_expectation(write_config: WriteConfig) -> None:
    write_config(
        "redis:\n"
        "  port: abc\n"
        "  tiemout: 3\n"
        "lang: no\n"
        "intervals: {redis: .nan}\n"
        "production: 1\n"
        "thresholds: 5\n"
        "contexts:\n"
        "  prod:\n"
        "    redis: {timeout: 0}\n"
        "keyspace:\n"
        "  databases:\n"
        "    - {name: x}\n"
        "    - {db: 70000, name: y}\n"
    )
    assert sorted(_problems(), key=lambda line: int(line.split(":")[1])) == [
        'config.yaml:2: redis.port: expected a whole number (1..65535), got "abc"',
        "config.yaml:3: redis.tiemout: unknown key; did you mean timeout?",
        'config.yaml:4: lang: expected one of "", en, pt_BR, got false (put it in quotes)',
        "config.yaml:5: intervals.redis: expected a number (over 0, at most 86400), got nan",
        "config.yaml:6: production: expected true or false, got 1",
        "config.yaml:7: thresholds: expected a mapping, got 5",
        "config.yaml:10: contexts.prod.redis.timeout: expected a number (over 0, at most 86400), got 0",
        "config.yaml:13: keyspace.databases[0].db: is missing",
        "config.yaml:14: keyspace.databases[1].db: expected a whole number (0..65535), got 70000",
    ]


def test_of_many_mistakes_the_rest_is_counted(write_config: WriteConfig) -> None:
    write_config("".join(f"unknown_{n}: 1\n" for n in range(25)))
    lines = _problems()
    assert len(lines) == 11
    assert lines[-1] == "... and 15 more"


def test_a_secret_of_a_wrong_type_is_not_repeated(write_config: WriteConfig) -> None:
    write_config("redis: {credentials: {monitor: {password: 987654}}}\n")
    (line,) = _problems()
    assert "987654" not in line
    assert "expected text (put it in quotes)" in line


def test_escape_sequences_in_keys_and_values_are_made_visible(write_config: WriteConfig) -> None:
    write_config('"a\\e[2J": 1\nrole: "\\e]0;x\\a"\n')
    for line in _problems():
        assert line.isprintable()


def test_an_empty_section_is_no_mistake(write_config: WriteConfig) -> None:
    write_config("redis:\n  # url: redis://h\nui:\ncontexts:\nkeyspace:\n  patterns:\n")
    assert load(environ={}).config.redis == Redis()


def test_half_a_threshold_keeps_the_other_half(write_config: WriteConfig) -> None:
    write_config("thresholds: {hit_rate: {warning: 90}}\n")
    loaded = load(environ={})
    assert loaded.config.thresholds.hit_rate.warning == 90
    assert loaded.config.thresholds.hit_rate.critical == Config().thresholds.hit_rate.critical


def test_a_default_that_no_longer_fits_is_blamed_on_what_was_given() -> None:
    (line,) = _problems(environ={"KRYONIX_THRESHOLDS_MEMORY_WARNING": "99"})
    assert line.startswith("env KRYONIX_THRESHOLDS_MEMORY_WARNING: thresholds.memory.critical: ")


# Servers


_FILE = (
    "redis:\n"
    "  host: prod\n"
    "  port: 7000\n"
    "  replica_url: redis://replica\n"
    "  timeout: 1\n"
    "  credentials: {monitor: {username: kx_mon, password: hush}}\n"
    "  tls: {enabled: true, ca_file: ca.pem}\n"
    "prometheus: {url: 'http://prod:9090', bearer_token: hush, headers: {X-Scope-OrgID: a}, timeout: 2}\n"
)


@pytest.mark.parametrize("way", ["flag", "env"])
def test_another_server_gets_nothing_that_was_meant_for_the_files(write_config: WriteConfig, way: str) -> None:
    write_config(_FILE)
    urls = {"redis.url": "redis://other", "prometheus.url": "http://other"}
    if way == "flag":
        loaded = load(overrides=urls, environ={})
    else:
        loaded = load(
            environ={"KRYONIX_REDIS_URL": urls["redis.url"], "KRYONIX_PROMETHEUS_URL": urls["prometheus.url"]}
        )
    assert loaded.config.redis == Redis(url="redis://other", timeout=1.0)
    assert loaded.config.prometheus == Prometheus(url="http://other", timeout=2.0)
    assert len(loaded.notes) == 2


def test_a_host_of_the_environment_replaces_the_files_url(write_config: WriteConfig) -> None:
    write_config("redis: {url: 'redis://prod', credentials: {monitor: {password: hush}}}\n")
    environ = {"KRYONIX_REDIS_HOST": "other", "KRYONIX_REDIS_CREDENTIALS_MONITOR_PASSWORD": "123456"}
    redis = load(environ=environ).config.redis
    assert (redis.url, redis.host) == (Redis().url, "other")
    assert redis.credentials.monitor.password == "123456"


def test_credentials_of_a_file_that_names_no_server_are_for_the_one_that_is_named(write_config: WriteConfig) -> None:
    write_config("redis: {credentials: {monitor: {password: hush}}}\n")
    loaded = load(environ={"KRYONIX_REDIS_URL": "redis://other"})
    assert loaded.config.redis.credentials.monitor.password == "hush"
    assert loaded.notes == ()


def test_other_keys_of_a_server_leave_its_address_alone(write_config: WriteConfig) -> None:
    write_config(_FILE)
    redis = load(environ={"KRYONIX_REDIS_TIMEOUT": "7"}).config.redis
    assert (redis.host, redis.timeout, redis.credentials.monitor.password) == ("prod", 7.0, "hush")


def test_the_demo_keeps_nothing_of_the_configured_servers(write_config: WriteConfig) -> None:
    write_config(_FILE + "contexts: {prod: {production: true}}\ncontext: prod\nui: {theme: kryonix-light}\n")
    demo = SimpleNamespace(redis_url="redis://127.0.0.1:1", prometheus_url="", alertmanager_url="")
    loaded = over(load(environ={}), demo)
    assert loaded.config == Config(ui=loaded.config.ui, redis=Redis(url="redis://127.0.0.1:1"))
    assert loaded.config.ui.theme == "kryonix-light"
    assert loaded.origins["redis.url"] == "demo"


# Contexts


_CONTEXTS = (
    "redis: {host: local, timeout: 1, credentials: {monitor: {username: kx_mon}}}\n"
    "contexts:\n"
    "  prod:\n"
    "    production: true\n"
    "    redis:\n"
    "      url: redis://prod\n"
    "  metrics: {prometheus: {url: 'http://metrics'}}\n"
)


def _with_context(
    write_config: WriteConfig, *, environ: dict[str, str] | None = None, flag: str | None = None
) -> Loaded:
    write_config(_CONTEXTS)
    return load(context=flag, environ=environ or {})


def test_a_context_stands_over_the_top_level(write_config: WriteConfig) -> None:
    loaded = _with_context(write_config, flag="prod")
    redis = loaded.config.redis
    assert (redis.url, redis.host, redis.timeout) == ("redis://prod", "", 1.0)
    assert redis.credentials.monitor.username == "kx_mon"
    assert loaded.config.production
    assert (loaded.context, loaded.config.context) == ("prod", "prod")
    assert loaded.origins["redis.url"] == "config.yaml:6"


def test_what_a_context_leaves_out_is_that_of_the_top_level(write_config: WriteConfig) -> None:
    config = _with_context(write_config, flag="metrics").config
    assert (config.redis.host, config.prometheus.url, config.production) == ("local", "http://metrics", False)


def test_flag_over_environment_over_file_chooses_the_context(write_config: WriteConfig) -> None:
    assert _with_context(write_config, environ={"KRYONIX_CONTEXT": "prod"}).context == "prod"
    assert _with_context(write_config, environ={"KRYONIX_CONTEXT": "prod"}, flag="metrics").context == "metrics"
    write_config(_CONTEXTS + "context: metrics\n")
    assert load(environ={}).context == "metrics"
    assert load(context="", environ={}).context == ""


def test_an_unknown_context_is_refused_with_what_is_near(write_config: WriteConfig) -> None:
    write_config(_CONTEXTS)
    assert _problems(context="prd") == ["flag --context: there is no context prd; did you mean prod?"]


def test_a_context_that_is_not_chosen_is_checked_too(write_config: WriteConfig) -> None:
    write_config("contexts:\n  a:\n    redis:\n      url: http://wrong\n")
    (line,) = _problems()
    assert line.startswith("config.yaml:4: contexts.a.redis.url: expected a URL")
    assert len(_problems(context="a")) == 1
