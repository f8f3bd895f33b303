"""Whoever posts alerts, and whoever uses amtool or the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from tests import program
from tests.metrics_servers import RunningServer
from tests.servers import free_port


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed, as JSON."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def kryonix(
    server: RunningServer, *arguments: str, role: str = "operator", prometheus: str = "", redis: str = ""
) -> Ended:
    """Run the command line against an Alertmanager, nobody being there to ask; without `redis`, none answers."""
    flags = ["--alertmanager", server.url, "--role", role, "--redis", redis or f"redis://127.0.0.1:{free_port()}"]
    if prometheus:
        flags += ["--prometheus", prometheus]
    done = program.run(*arguments, *flags)
    return Ended(done.returncode, done.stdout, done.stderr)


def post(server: RunningServer, name: str, tenant: str | None = None, severity: str = "warning", **labels: str) -> None:
    """Let an alert fire."""
    own = {"alertname": name, "severity": severity, **labels, **({"tenant_id": tenant} if tenant is not None else {})}
    body = [
        {
            "labels": own,
            "annotations": {"summary": f"{name} happened"},
            "startsAt": datetime.now(UTC).isoformat(),
            "generatorURL": "http://prometheus.invalid/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        }
    ]
    httpx.post(f"{server.url}/api/v2/alerts", json=body, trust_env=False).raise_for_status()


def amtool(server: RunningServer, *arguments: str) -> str:
    """Return what amtool prints."""
    executable = shutil.which("amtool")
    assert executable, "amtool is not installed"
    command = [executable, f"--alertmanager.url={server.url}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def silences(server: RunningServer) -> list[dict[str, Any]]:
    """Return the silences that amtool sees."""
    found: list[dict[str, Any]] = json.loads(amtool(server, "silence", "query", "-o", "json"))
    return found
