"""Prometheus and Alertmanager for the demo: programs, command lines, configuration.

Everything is fast here: scraped and evaluated every 2 s, rates over 30 s, so that a change is seen while one looks.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from kryonix_tui.config.provision import ApiScrape, Provision, RedisScrape, Scrape, Series, Targets
from kryonix_tui.config.schema import Config
from kryonix_tui.paths import write_whole
from kryonix_tui.provision.alerting.inhibition import inhibit_rules
from kryonix_tui.provision.generated import Description
from kryonix_tui.provision.rules.groups import rule_files
from kryonix_tui.provision.rules.series import duration
from kryonix_tui.provision.scraping import ALERTMANAGER_JOB, KRYONIX_JOB, PROMETHEUS_JOB

_EVERY: Final = 2.0
_EVERY_OF_MANY: Final = 10.0
"""Seconds between two scrapes, and how many there are of many tenants."""
_MANY: Final = 200

_PATIENCE: Final = 0.03
"""Of the time that something must last before an alert fires: minutes become seconds."""


def prometheus_program() -> str | None:
    """Return the path of Prometheus, None where it is not installed."""
    return shutil.which("prometheus")


def alertmanager_program() -> str | None:
    """Return the path of Alertmanager under either of its names, None where it is not installed."""
    return shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")


def prometheus_command(program: str, port: int, folder: Path) -> list[str]:
    """Return Prometheus' command line; it listens on the loopback interface and keeps two hours."""
    return [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--storage.tsdb.retention.time=2h",
        "--storage.tsdb.retention.size=256MB",
        # Alertmanager may be found only after an alert fired: say it again soon.
        "--rules.alert.resend-delay=4s",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url=http://127.0.0.1:{port}",
        "--log.level=warn",
    ]


def alertmanager_command(program: str, port: int, folder: Path) -> list[str]:
    """Return Alertmanager's command line; it listens on the loopback interface and joins no cluster."""
    return [
        program,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url=http://127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]


def write_prometheus(
    folder: Path, *, platform_port: int, exporter_port: int, port: int, alertmanager_port: int, tenants: int
) -> None:
    """Write `prometheus.yml` and the rules that it names into `folder`. `alertmanager_port` 0 means that there is none.

    The simulated platform answers at `platform_port`, `kryonix exporter` at `exporter_port`.

    Many tenants are scraped less often: a scrape costs the exporter about 0.1 ms for each.
    """
    every = _EVERY if tenants <= _MANY else _EVERY_OF_MANY
    jobs = {"kryonix-platform": platform_port, KRYONIX_JOB: exporter_port, PROMETHEUS_JOB: port} | (
        {ALERTMANAGER_JOB: alertmanager_port} if alertmanager_port else {}
    )
    configuration: dict[str, Any] = {
        "global": {
            "scrape_interval": duration(every),
            "scrape_timeout": duration(every),
            "evaluation_interval": duration(every),
            "external_labels": {"cluster": "kryonix-demo"},
        },
        "rule_files": ["rules/*.yml"],
        "scrape_configs": [{"job_name": job, "static_configs": [_local(at)]} for job, at in jobs.items()],
    }
    if alertmanager_port:
        configuration["alerting"] = {"alertmanagers": [{"static_configs": [_local(alertmanager_port)]}]}
    _write(folder / "prometheus.yml", configuration)
    for file in rule_files(_description(every, scraped_alertmanager=bool(alertmanager_port))):
        write_whole(folder / file.path, file.text, file.mode)


def _description(every: float, *, scraped_alertmanager: bool) -> Description:
    """Return the platform as `kryonix provision` would have it described: the same rules, only faster."""
    nobody = Scrape(targets=())
    local = Scrape(targets=("localhost:1",))
    targets = Targets(
        api=ApiScrape(modules={}),
        redis=RedisScrape(exporter=""),
        traefik=nobody,
        postgres=nobody,
        mobile=nobody,
        ai=nobody,
        kryonix=local,
        prometheus=local,
        alertmanager=local if scraped_alertmanager else nobody,
    )
    return Description(
        Config(
            provision=Provision(
                targets=targets,
                series=Series(mobile="response_time_mobile_milliseconds"),
                evaluation_interval=every,
                recording_interval=every,
                rate_window=30.0 if every == _EVERY else 60.0,
                patience=_PATIENCE,
                grafana="",
            )
        )
    )


def write_exporter(folder: Path, *, redis_url: str, port: int) -> Path:
    """Write the configuration of `kryonix exporter` into `folder`, and return its path. It reads often, as all is fast here."""
    path = folder / "exporter.yml"
    configuration = {
        "redis": {"url": redis_url},
        "exporter": {"listen": f"127.0.0.1:{port}"},
        "intervals": {"tenants": 2.0, "census": 5.0},
    }
    _write(path, configuration)
    return path


def write_alertmanager(folder: Path) -> None:
    """Write `alertmanager.yml`: alerts are held for the console to read and sent to nobody."""
    _write(
        folder / "alertmanager.yml",
        {
            "route": {
                "receiver": "nobody",
                "group_by": ["tenant_id", "category"],
                "group_wait": "1s",
                "group_interval": "5s",
                "repeat_interval": "12h",
            },
            "inhibit_rules": inhibit_rules(Provision()),
            "receivers": [{"name": "nobody"}],
        },
    )


def _local(port: int) -> dict[str, list[str]]:
    return {"targets": [f"127.0.0.1:{port}"]}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200), encoding="utf-8")
