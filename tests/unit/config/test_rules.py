from __future__ import annotations

import pytest

from kryonix_tui.config.document import dotted
from kryonix_tui.config.load import load
from kryonix_tui.config.rules import broken_rules
from kryonix_tui.config.schema import Config
from kryonix_tui.errors import ConfigError
from tests.unit.config.conftest import WriteConfig


def test_the_defaults_break_no_rule() -> None:
    assert list(broken_rules(Config())) == []


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("redis: {url: 'http://h'}", "redis.url", "redis://"),
        ("redis: {url: 'redis://h:99999'}", "redis.url", "redis://"),
        ("redis: {url: 'redis://'}", "redis.url", "redis://"),
        ("redis: {url: 'unix://'}", "redis.url", "redis://"),
        ("redis: {url: ''}", "redis.url", "no server"),
        ("redis: {replica_url: 'h:1'}", "redis.replica_url", "redis://"),
        ("redis: {url: 'redis://h', host: h}", "redis.host", "url, host"),
        ("redis: {sentinel: {name: m, nodes: ['h']}}", "redis.sentinel.nodes[0]", "host:port"),
        ("redis: {sentinel: {name: m, nodes: ['h:0']}}", "redis.sentinel.nodes[0]", "host:port"),
        ("redis: {sentinel: {name: m}}", "redis.sentinel.nodes", "at least one"),
        ("prometheus: {url: 'redis://h'}", "prometheus.url", "http://"),
        ("alertmanager: {url: 'http://[::1'}", "alertmanager.url", "http://"),
        ('prometheus: {headers: {"X: y": a}}', "prometheus.headers.X: y", "HTTP header"),
        ('optimize: {warm: {headers: {"X: y": a}}}', "optimize.warm.headers.X: y", "HTTP header"),
        ('prometheus: {headers: {X-A: "a\\r\\nB: c"}}', "prometheus.headers.X-A", "HTTP header"),
        ("thresholds: {hit_rate: {warning: 60, critical: 85}}", "thresholds.hit_rate.critical", "lower is worse"),
        ("thresholds: {memory: {warning: 95, critical: 80}}", "thresholds.memory.critical", "higher is worse"),
        ("thresholds: {latency: {warning: -1, critical: 5}}", "thresholds.latency", "0 or more"),
        ("backup: {destination: 's3://id:pw@bucket'}", "backup.destination", "without credentials"),
        ("backup: {destination: 'ftp://host/x'}", "backup.destination", "s3://"),
        ("backup: {recipients: ['AGE-SECRET-KEY-1ABC']}", "backup.recipients[0]", "age public key"),
        ("backup: {time: '25:00'}", "backup.time", "time of day"),
        ("tuning: {maxmemory: lots}", "tuning.maxmemory", "60%"),
        ("tuning: {maxmemory: '0%'}", "tuning.maxmemory", "60%"),
        ("tuning: {machine_memory: '50%'}", "tuning.machine_memory", "16gb"),
        ("keyspace: {databases: [{db: 1, name: a}, {db: 1, name: b}]}", "keyspace.databases", "2 times"),
    ],
)
def test_a_broken_rule_names_its_key(write_config: WriteConfig, text: str, place: str, said: str) -> None:
    write_config(text + "\n")
    with pytest.raises(ConfigError) as caught:
        load(environ={})
    (line,) = caught.value.message.splitlines()
    assert line.startswith(f"config.yaml:1: {place}: ")
    assert said in line


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{pattern: '', kind: a}", "empty"),
        ("{pattern: 'a:{t', kind: a}", "placeholder"),
        ("{pattern: 'a:x{t}', kind: a}", "placeholder"),
        ("{pattern: 'a:{t}:{t}', kind: a}", "only once"),
        ("{pattern: 'a:{t}', kind: other}", "cannot name a kind"),
        ("{pattern: 'a:{t}', kind: 'a b'}", "cannot name a kind"),
        ("{pattern: 'a:{t}', kind: a, role: queue}", "type list"),
        ("{pattern: 'a:{t}', kind: a, queue: x}", "role queue"),
        ("{db: 1, pattern: 'a:{t}', kind: a, facts: {hit_rat: f}}", "did you mean hit_rate"),
        ("{db: 1, pattern: 'a:{t}:{x}', kind: a, facts: {hit_rate: f}}", "facts need"),
        ("{pattern: 'a:{t}', kind: a, facts: {hit_rate: f}}", "facts need"),
        ("{db: 1, pattern: 'a:{t}', kind: a, type: string, facts: {hit_rate: f}}", "facts need"),
        ("{db: 2, pattern: 'ok:{t}', kind: b}", "twice"),
        ("{db: 3, pattern: 'else:{t}', kind: b, role: creation}", "one kind has one role"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused_where_it_stands(
    write_config: WriteConfig, entry: str, said: str
) -> None:
    write_config(f"keyspace:\n  patterns:\n    - {{db: 2, pattern: 'ok:{{t}}', kind: b}}\n    - {entry}\n")
    with pytest.raises(ConfigError) as caught:
        load(environ={})
    (line,) = caught.value.message.splitlines()
    assert line.startswith("config.yaml:4: keyspace.patterns[1]: ")
    assert said in line


def test_the_password_in_a_wrong_url_is_not_repeated(write_config: WriteConfig) -> None:
    write_config("redis: {url: 'redis://u:hush@h:99999'}\nprometheus: {url: 'tcp://u:hush@h'}\n")
    with pytest.raises(ConfigError) as caught:
        load(environ={})
    assert "hush" not in caught.value.message


def test_a_url_that_is_a_secret_elsewhere_is_judged_when_it_is_known(write_config: WriteConfig) -> None:
    write_config("redis: {url: '${SOMEWHERE}'}\nprometheus: {url: 'file:/run/secrets/prometheus'}\n")
    assert [dotted(problem.path) for problem in broken_rules(load(environ={}).config)] == []
