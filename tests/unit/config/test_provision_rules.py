from __future__ import annotations

import pytest

from kryonix_tui.config.load import load
from kryonix_tui.errors import ConfigError
from tests.unit.config.conftest import WriteConfig


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{targets: {api: {modules: {auth: nowhere}}}}", 'targets.api.modules.auth: expected host:port, got "nowhere"'),
        ("{targets: {mobile: {targets: ['m:99999']}}}", "targets.mobile.targets[0]: expected host:port"),
        ("{targets: {mobile: {path: metrics}}}", "targets.mobile.path: expected a path that begins with /"),
        ("{targets: {mobile: {interval: 0}}}", "targets.mobile.interval"),
        (
            "{targets: {redis: {servers: ['redis://u:hunter2@r:6379']}}}",
            "targets.redis.servers[0]: expected redis://host",
        ),
        ("{series: {requests: 'x[5m]) or vector(1'}}", "series.requests: expected the name of a series"),
        ("{labels: {__x: y}}", "labels.__x: expected the name of a label"),
        ("{labels: {x: $HOME}}", "labels.x: expected printable text without $"),
        ("{limits: {tenants: {a: {hit_rate: {warning: 1, critical: 2}}}}}", "limits.tenants.a.hit_rate.critical"),
        ("{limits: {anomaly_score: {warning: 1, critical: 0}}}", "limits.anomaly_score.critical"),
        ("{tenants: ['']}", "tenants[0]: expected the id of a tenant"),
        ("{tenants: [a, b, a]}", "tenants: a stands here 2 times"),
        ("{runbooks: 'ftp://x'}", "runbooks: expected an http://"),
        ("{grafana: 'https://x/{{ .Labels }}'}", "grafana: expected an http://"),
        ("{retention: forever}", "retention: expected a duration like 30d"),
        ("{alerting: {default: nobody}}", "alerting.default: there is no receiver nobody"),
        ("{alerting: {receivers: {ops: {email: [a@b.c]}}}}", "alerting.receivers.ops.email: e-mail needs"),
        ("{alerting: {receivers: {ops: {slack: ['#x']}}}}", "alerting.receivers.ops.slack: Slack needs"),
        ("{alerting: {hours: {start: '18:00', end: '08:00'}}}", "alerting.hours.end: the end must be after the start"),
        ("{alerting: {hours: {start: noon}}}", "alerting.hours.start: expected a time of day"),
        ("{alerting: {hours: {time_zone: Mars/Base}}}", 'alerting.hours.time_zone: there is no time zone "Mars/Base"'),
        ("{alerting: {hours: {time_zone: ../../etc/passwd}}}", "alerting.hours.time_zone: there is no time zone"),
    ],
)
def test_mistakes_name_the_key(write_config: WriteConfig, section: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_config(f"provision: {section}\n"), environ={})
    assert f"provision.{said}" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_what_differs_from_tenant_to_tenant_can_be_said(write_config: WriteConfig) -> None:
    path = write_config(
        "provision: {limits: {tenants: {'x\"} or vector(1) #': {mobile_p95: {warning: 80, critical: 160}, capacity: 9}}}}\n"
    )
    limits = load(path, environ={}).config.provision.limits.tenants['x"} or vector(1) #']
    assert limits.mobile_p95 is not None
    assert (limits.mobile_p95.warning, limits.capacity, limits.hit_rate) == (80, 9, None)
