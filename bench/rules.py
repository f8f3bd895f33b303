"""How long a real Prometheus takes for the generated rules: seconds of each group against its interval.

python -m bench.rules [--tenants 1000] [--modules 8] [--minutes 6] [--own 100] [--every 5] [--troubled 100]

The crowd is scraped every `--every` seconds; after 5 minutes the windows of the rates are full. `--own` tenants have limits
of their own; of all, `--troubled` percent have figures that alerts are about, which is what costs most. Beside each report
stands what Prometheus took of the machine, scrapes included: on a machine that does other things, too, that says more than
the seconds do. `a round` is its CPU since the start by the evaluations of the slowest group: what an interval costs at most.

10,000 tenants need 3 GB and a slower scrape, as they would in earnest:
--tenants 10000 --modules 1 --every 15 --troubled 5
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from kryonix_tui.config.load import load
from kryonix_tui.provision import prometheus
from kryonix_tui.provision.generated import Description
from tests.integration.provision.crowd import page, served
from tests.servers import free_port


def main() -> int:
    options = argparse.ArgumentParser()
    for name, default in (
        ("tenants", 1000),
        ("modules", 8),
        ("minutes", 6),
        ("own", 100),
        ("every", 5),
        ("troubled", 100),
    ):
        options.add_argument(f"--{name}", type=int, default=default)
    given = options.parse_args()
    text = page(given.tenants, given.modules, given.troubled)
    names = [f"tenant_{number}" for number in range(given.tenants)]
    print(f"{given.tenants} tenants, {text.count(chr(10))} series, {len(text) / 1e6:.1f} MB a scrape")
    with tempfile.TemporaryDirectory() as name, served(text) as address:
        folder, port = Path(name), free_port()
        _write(folder, _section(address, names, given.own, given.every, port))
        return _measured(folder, port, given.minutes * 60)


def _section(address: str, names: list[str], own: int, every: int, port: int) -> dict[str, Any]:
    limits = {
        name: {"mobile_p95": {"warning": 1, "critical": 2}, "hit_rate": {"warning": 9, "critical": 1}}
        for name in names[:own]
    }
    idle: dict[str, list[str]] = {"targets": []}
    targets = dict.fromkeys(("traefik", "postgres", "mobile", "ai", "alertmanager"), idle)
    return {
        "tenants": names,
        "limits": {"tenants": limits},
        "targets": {
            "api": {"modules": {}},
            "redis": {"exporter": ""},
            **targets,
            "kryonix": {"targets": [address], "interval": every, "token_file": ""},
            "prometheus": {"targets": [f"127.0.0.1:{port}"]},
        },
    }


def _write(folder: Path, section: dict[str, Any]) -> None:
    """Write the configuration of Prometheus."""
    (folder / "config.yaml").write_text(json.dumps({"provision": section}))
    description = Description(load(folder / "config.yaml", environ={}).config, tuple(section["tenants"]))
    for file in prometheus.generate(description):
        (folder / file.path).parent.mkdir(exist_ok=True)
        (folder / file.path).write_text(file.text)


def _measured(folder: Path, port: int, seconds: float) -> int:
    """Run Prometheus for so long; return 1 where at the end some group took longer than its interval."""
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    server = subprocess.Popen(command, env={"PATH": os.environ["PATH"]})
    process, worst = psutil.Process(server.pid), 0.0
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began, before = time.monotonic(), sum(process.cpu_times()[:2])
            time.sleep(min(60, max(1, end - time.monotonic())))
            cores = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
            worst = _report(port)
            rounds, missed = _rounds(port)
            whole = sum(process.cpu_times()[:2]) / max(rounds, 1)
            memory = process.memory_info().rss / 1e9
            print(
                f"Prometheus: {cores:.2f} cores, {memory:.1f} GB; {rounds} rounds, {missed} missed, {whole:.1f} s CPU a round\n"
            )
            sys.stdout.flush()
    finally:
        server.terminate()
        server.wait()
    return int(worst >= 1)


def _rounds(port: int) -> tuple[int, int]:
    """Return how often the group that was evaluated least has been, and how many evaluations of all were left out."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    counts: dict[str, list[int]] = {}
    for name, count in re.findall(r"^prometheus_rule_group_(iterations\w*)\{.*\} (\d+)$", text, re.MULTILINE):
        counts.setdefault(name, []).append(int(count))
    done, missed = counts.get("iterations_total", [0]), counts.get("iterations_missed_total", [0])
    return min(map(int.__sub__, done, missed)), sum(missed)


def _report(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/rules") as answer:
        groups = json.load(answer)["data"]["groups"]
    worst = 0.0
    for group in groups:
        share = group["evaluationTime"] / group["interval"]
        worst = max(worst, share)
        failing = sum(rule["health"] == "err" for rule in group["rules"])
        firing = sum(len(rule.get("alerts", ())) for rule in group["rules"])
        print(
            f"{group['name']:26} {len(group['rules']):6} rules {group['evaluationTime']:8.3f} s of {group['interval']:g} s"
            f" = {share:6.1%}, {failing} failing, {firing} alerts"
        )
    return worst


if __name__ == "__main__":
    sys.exit(main())
