"""`kryonix provision` as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
import yaml

from tests import program
from tests.integration.provision.promtool import ran
from tests.servers import Server

COMMAND = ("provision", "--only", "prometheus")


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "LANG": "C",
    } | more


def provision(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return program.run(*COMMAND, "--output", "out", *arguments, cwd=folder, env=environment(folder, **more))


def test_what_is_written_is_valid_and_the_same_every_time(tmp_path: Path) -> None:
    assert provision(tmp_path, "--diff").returncode == 1
    assert not (tmp_path / "out").exists()
    first = provision(tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    # The file with the exporter's token is where Prometheus runs.
    checked = ran(tmp_path, "check", "config", "--syntax-only", "--lint=all", "--lint-fatal", "out/prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    again = provision(tmp_path)
    assert (again.returncode, again.stdout) == (0, "Nothing has changed.\n")
    assert provision(tmp_path, "--diff").returncode == 0


def test_nowhere_is_not_here(tmp_path: Path) -> None:
    run = provision(tmp_path, "--output", "")
    assert (run.returncode, "say where to" in run.stderr) == (2, True)
    assert list(tmp_path.glob("*.yml")) == []


def test_overwriting_needs_a_yes_and_shows_what_is_lost(tmp_path: Path) -> None:
    provision(tmp_path)
    config = tmp_path / "c.yaml"
    config.write_text("provision: {targets: {mobile: {interval: 1}}}\n")
    refused = provision(tmp_path, "--config", str(config))
    assert refused.returncode == 2
    assert "+    scrape_interval: 1s" in refused.stderr
    assert provision(tmp_path, "--diff").returncode == 0
    assert provision(tmp_path, "--config", str(config), "--yes").returncode == 0
    assert ran(tmp_path, "check", "config", "--syntax-only", "out/prometheus.yml").returncode == 0
    (tmp_path / "out/prometheus.yml").write_text("mine\n")
    kept = provision(tmp_path, "--yes")
    assert (kept.returncode, (tmp_path / "out/prometheus.yml").read_text()) == (4, "mine\n")
    assert provision(tmp_path, "--yes", "--force").returncode == 0


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 4)])
def test_on_a_terminal_it_asks(tmp_path: Path, answer: str, code: int) -> None:
    provision(tmp_path)
    before = (tmp_path / "out/prometheus.yml").read_text()
    command = ["-m", "kryonix_tui", *COMMAND, "--output", "out"]
    variables = environment(tmp_path, KRYONIX_PROVISION_EVALUATION_INTERVAL="7")
    child = pexpect.spawn(sys.executable, command, cwd=tmp_path, env=variables, encoding="utf-8", timeout=60)
    child.expect_exact("+  evaluation_interval: 7s")
    child.expect_exact("Overwrite?")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.wait()
    child.close()
    assert child.exitstatus == code
    assert ((tmp_path / "out/prometheus.yml").read_text() == before) is (code != 0)


def test_nothing_is_written_when_promtool_objects(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "promtool").write_text("#!/bin/sh\necho 'line 3: \033[2Jno' >&2\nexit 1\n")
    (tools / "promtool").chmod(0o755)
    run = provision(tmp_path, PATH=f"{tools}:{os.environ['PATH']}")
    assert run.returncode == 1
    assert "promtool: line 3: ␛[2Jno" in run.stderr
    assert not (tmp_path / "out").exists()


def test_without_promtool_it_says_that_nothing_was_checked(tmp_path: Path) -> None:
    run = provision(tmp_path, "--json", PATH=str(tmp_path))
    assert run.returncode == 0
    assert "promtool is not installed here" in run.stderr
    document = json.loads(run.stdout)
    assert (document["schema"], document["unchecked"]) == ("kryonix.provision/1", ["promtool"])
    assert {"path": "prometheus.yml", "part": "prometheus", "kind": "new", "protected": ""} in document["changes"]


def test_tokens_may_lie_where_only_prometheus_runs(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("provision: {targets: {kryonix: {targets: ['k:9877'], token_file: /run/secrets/kryonix}}}\n")
    assert provision(tmp_path, "--config", str(config)).returncode == 0
    assert "credentials_file: /run/secrets/kryonix" in (tmp_path / "out/prometheus.yml").read_text()


def test_the_tenants_of_redis_are_missed_when_they_get_lost(tmp_path: Path, redis_server: Server) -> None:
    with redis_server.client(db=0) as client:
        client.hset("tenant:alfa:mobile:session:1", "platform", "ios")
        # The exporter names these otherwise: see exporter.labels.
        for other in (b"b\xff", b"\x1b[2J", b"other", b"x" * 300):
            client.hset(b"tenant:" + other + b":mobile:session:1", "platform", "ios")
    with redis_server.client(db=6) as client:
        client.hset("creation:tenant:nova", "status", "running")
    run = provision(tmp_path, "--tenants-from-redis", "--redis", redis_server.url)
    assert run.returncode == 0, run.stderr
    (group,) = yaml.safe_load((tmp_path / "out/rules/tenants.yml").read_text())["groups"]
    assert [rule["labels"]["tenant_id"] for rule in group["rules"]] == ["alfa"]


def test_limits_of_a_tenant_that_is_not_there_are_mentioned(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("provision: {tenants: [alfa], limits: {tenants: {alfa: {capacity: 1}, alpha: {capacity: 1}}}}\n")
    run = provision(tmp_path, "--config", str(config))
    assert (run.returncode, run.stderr) == (0, "note: provision.limits.tenants.alpha: there is no such tenant\n")


def test_of_many_such_tenants_some_are_mentioned(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    limits = ", ".join(f"t{number}: {{capacity: 1}}" for number in range(500))
    config.write_text(f"provision: {{tenants: [alfa], limits: {{tenants: {{{limits}}}}}}}\n")
    run = provision(tmp_path, "--config", str(config))
    assert run.returncode == 0
    assert run.stderr.splitlines()[-1] == "note: provision.limits.tenants: 490 more do not exist"
    assert len(run.stderr.splitlines()) == 11
