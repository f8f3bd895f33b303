"""Generated rules under `promtool test rules`: series in, alerts and figures out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from kryonix_tui.config.load import load
from kryonix_tui.provision import prometheus
from kryonix_tui.provision.generated import Description

FIRING = (
    'sum by (alertname, tenant_id, severity, module, instance) (ALERTS{alertstate="firing",'
    'alertname!~"Watchdog|JobWithoutTargets"})'
)


def described(folder: Path, provision: str = "{}", tenants: Sequence[str] = (), thresholds: str = "{}") -> Description:
    """Return a description as a configuration file with this `provision` section makes it."""
    path = folder / "config.yaml"
    path.write_text(f"provision: {provision.strip()}\nthresholds: {thresholds}\n")
    return Description(load(path, environ={}).config, tuple(tenants))


def written(folder: Path, description: Description) -> list[str]:
    """Write Prometheus' files; return the names of those with rules."""
    for file in prometheus.generate(description):
        (folder / file.path).parent.mkdir(exist_ok=True)
        (folder / file.path).write_text(file.text)
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("rules/*.yml"))


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run promtool, which has memory enough to collect garbage seldom."""
    environment = {**os.environ, "GOGC": "400"}
    return subprocess.run(
        ["promtool", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def objections(
    folder: Path,
    description: Description,
    series: Mapping[str, str],
    checks: Sequence[dict[str, Any]],
    step: str = "15s",
    **kinds: Any,
) -> str:
    """Return what promtool has to say against `checks` (promql_expr_test); empty where they hold.

    A value of a series stands for a `step`, and all rules are evaluated at each.
    """
    document = {
        "rule_files": written(folder, description),
        "evaluation_interval": step,
        "tests": [
            {
                "interval": step,
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": list(checks),
                **kinds,
            }
        ],
    }
    (folder / "test.yml").write_text(yaml.safe_dump(document, allow_unicode=True))
    run = ran(folder, "test", "rules", "test.yml")
    return "" if run.returncode == 0 else run.stdout + run.stderr


def firing(at: str, *alerts: Mapping[str, str]) -> dict[str, Any]:
    """Return the check that exactly these alerts fire `at` a time, leaving aside those on the test itself."""
    return {
        "expr": FIRING,
        "eval_time": at,
        "exp_samples": [{"labels": selector(alert), "value": 1} for alert in alerts],
    }


def selector(labels: Mapping[str, str], name: str = "") -> str:
    """Return a series as PromQL writes it."""
    return name + "{" + ",".join(f"{key}={quoted(value)}" for key, value in labels.items()) + "}"


def quoted(value: str) -> str:
    """Return a string as PromQL reads it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
