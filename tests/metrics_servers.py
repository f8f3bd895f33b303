"""Real Prometheus and Alertmanager for tests: on free loopback ports, in temporary folders, always stopped.

with TenantExporter() as exporter, prometheus(folder, {"tenants": exporter.address}, RULES) as server:
    server.url
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError

import yaml
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from tests.servers import free_port

START_SECONDS = 60.0
"""A start takes about a second; a loaded machine gets this long."""

_PROGRAMS = {"prometheus": ("prometheus",), "alertmanager": ("prometheus-alertmanager", "alertmanager")}


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers at `url`."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def prometheus(folder: Path, targets: Mapping[str, str], rules: Mapping[str, Any]) -> Iterator[RunningServer]:
    """Run Prometheus, which scrapes `targets` ({job: host:port}) and evaluates `rules` (a rule file) every second."""
    (folder / "rules.yml").write_text(yaml.safe_dump(dict(rules)), encoding="utf-8")
    (folder / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(folder / "rules.yml")],
                "scrape_configs": [
                    {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
                ],
            }
        ),
        encoding="utf-8",
    )
    with prometheus_with(folder, folder / "prometheus.yml") as server:
        yield server


@contextmanager
def prometheus_with(folder: Path, configuration: Path) -> Iterator[RunningServer]:
    """Run Prometheus with a configuration of its own; its data and log go into `folder`."""

    def arguments(port: int) -> list[str]:
        return [
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]

    with _running("prometheus", arguments, folder) as server:
        yield server


NOBODY = {
    "route": {"receiver": "nobody", "group_wait": "0s", "group_interval": "1s"},
    "receivers": [{"name": "nobody"}],
    "inhibit_rules": [
        {
            "source_matchers": ['severity="critical"'],
            "target_matchers": ['severity="info"'],
            "equal": ["tenant_id"],
        }
    ],
}
"""A configuration of Alertmanager with one receiver that tells nobody."""


@contextmanager
def alertmanager(folder: Path, configuration: Mapping[str, Any] = NOBODY) -> Iterator[RunningServer]:
    """Run Alertmanager without a cluster. Files that `configuration` names must lie in `folder`."""
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(dict(configuration)), encoding="utf-8")

    def arguments(port: int) -> list[str]:
        return [
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]

    with _running("alertmanager", arguments, folder) as server:
        yield server


class TenantExporter:
    """Serves figures of tenants to Prometheus, as the platform's services would."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.hits = Gauge("cache_hits", "Cache hits", ["tenant_id"], registry=registry)
        self.lookups = Gauge("cache_lookups", "Cache lookups", ["tenant_id"], registry=registry)
        self._server, self._thread = start_http_server(0, "127.0.0.1", registry)

    @property
    def address(self) -> str:
        """Where it listens, as host:port."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def _running(program: str, arguments: Callable[[int], list[str]], folder: Path) -> Iterator[RunningServer]:
    executable = next((found for name in _PROGRAMS[program] if (found := shutil.which(name))), None)
    assert executable, f"{program} is not installed"
    log, port = folder / "log", free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [executable, *arguments(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": os.environ["PATH"], "TMPDIR": str(folder)},
        )
    try:
        assert _ready(port, process), f"{program} did not start: {log.read_text(errors='replace')}"
        yield RunningServer(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Ask until the server says that it is ready; False where it ended or did not in time."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with opener.open(f"http://127.0.0.1:{port}/-/ready", timeout=1) as answer:
                if answer.status == http.client.OK:
                    return True
        except (URLError, OSError):
            time.sleep(0.05)
    return False
