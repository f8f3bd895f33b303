"""What runs the stack: the Compose file and the units of systemd."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kryonix_tui.errors import ConfigError
from kryonix_tui.provision import compose, parts, systemd
from kryonix_tui.provision.generated import Description
from tests.integration.provision.promtool import described

CONTAINERS = ("alertmanager", "grafana", "kryonix-exporter", "kryonix-notify", "postgres-exporter", "prometheus")


def composed(folder: Path, provision: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the Compose file as YAML's reader sees it."""
    (file,) = compose.generate(described(folder, json.dumps(provision or {})))
    (folder / file.path).write_text(file.text)
    found: dict[str, Any] = yaml.safe_load(file.text)
    return found


def units(folder: Path, provision: dict[str, Any] | None = None) -> dict[str, str]:
    """Write the units; return their texts by name."""
    found = {}
    for file in systemd.generate(described(folder, json.dumps(provision or {}))):
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_text(file.text)
        found[file.path.removeprefix("systemd/")] = file.text
    return found


def test_the_whole_stack_is_composed(tmp_path: Path) -> None:
    services = composed(tmp_path)["services"]
    assert sorted(services) == sorted((*CONTAINERS, "redis-exporter"))
    assert compose.problems(tmp_path).problems == ()
    for name, service in services.items():
        assert re.search(r":v?\d+\.\d+", service["image"]), f"{name} has no version"
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert all(mount["read_only"] for mount in service.get("volumes", ()) if mount["type"] == "bind"), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_what_is_mounted_is_what_the_other_parts_write(tmp_path: Path) -> None:
    services = composed(tmp_path)["services"]
    description = described(tmp_path)
    names = [name for name in parts.PARTS if name not in ("acl", "systemd", "compose")]
    written = {file.path for files in parts.generated(names, description).values() for file in files}
    for service in services.values():
        for mount in service.get("volumes", ()):
            source = mount["source"].removeprefix("./")
            if mount["type"] == "bind" and not source.startswith(("secrets", "$")):
                assert any(path == source or path.startswith(f"{source}/") for path in written), source


def test_programs_find_their_secrets_where_their_configuration_says(tmp_path: Path) -> None:
    alerting = {
        "receivers": {"desk": {"webhooks": [{"url": "https://example.test/", "token_file": "/etc/alertmanager/desk"}]}},
        "slack_url_file": "/etc/alertmanager/secrets/slack",
    }
    targets = {"ai": {"targets": ["ai-service:3200"], "token_file": "/etc/prometheus/secrets/ai"}}
    document = composed(tmp_path, {"alerting": alerting, "targets": targets})
    inside = {
        name: {one["target"]: document["secrets"][one["source"]]["file"] for one in service.get("secrets", ())}
        for name, service in document["services"].items()
    }
    assert inside["alertmanager"] == {
        "/etc/alertmanager/secrets/notify-token": "./secrets/notify-token",
        "/etc/alertmanager/desk": "./secrets/desk",
        "/etc/alertmanager/secrets/slack": "./secrets/slack",
    }
    assert set(inside["prometheus"]) == {"/etc/prometheus/secrets/exporter-token", "/etc/prometheus/secrets/ai"}
    for name, service in document["services"].items():
        for word in [*service.get("command", ()), *service.get("environment", {}).values()]:
            if isinstance(word, str) and word.startswith("/run/secrets/"):
                assert word in inside[name]


def test_no_password_is_in_it(tmp_path: Path) -> None:
    document = composed(tmp_path)
    for service in document["services"].values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASS|SECRET_KEY", key):
                assert value.startswith("/run/secrets/"), key


def test_what_stands_elsewhere_is_not_started(tmp_path: Path) -> None:
    elsewhere = {
        "targets": {
            "redis": {"exporter": "10.0.0.5:9121"},
            "postgres": {"targets": []},
            "alertmanager": {"targets": ["alerts.example.test:9093"]},
        },
        "alerting": {"notifier": {"url": "https://notify.example.test/"}},
    }
    document = composed(tmp_path, elsewhere)
    assert sorted(document["services"]) == ["grafana", "kryonix-exporter", "prometheus"]
    assert list(document["services"]["grafana"]["depends_on"]) == ["prometheus"]
    assert set(document["secrets"]) == {"exporter-token", "grafana-admin-password", "grafana-secret-key"}


def test_compose_replaces_nothing_in_what_comes_from_the_configuration(tmp_path: Path) -> None:
    document = composed(tmp_path, {"grafana": "https://grafana.example.test/${HOME}".replace("{", "").replace("}", "")})
    assert document["services"]["grafana"]["environment"]["GF_SERVER_ROOT_URL"] == "https://grafana.example.test/$$HOME"


def test_what_is_named_but_not_there_is_a_problem(tmp_path: Path) -> None:
    document = composed(tmp_path)
    del document["secrets"]["notify-token"], document["services"]["alertmanager"]
    (tmp_path / compose.FILE).write_text(yaml.safe_dump(document))
    found = compose.problems(tmp_path).problems
    assert [text.split(" uses ")[1] for text in found] == [
        "alertmanager, which services does not have",
        "notify-token, which secrets does not have",
    ]
    composed(tmp_path, {"alerting": {"slack_url_file": "/etc/alertmanager/the secret"}})
    assert compose.problems(tmp_path).problems == ("docker-compose.yml: the secret cannot be the name of a secret",)


def warned(folder: Path, *names: str) -> str:
    """Return what systemd only warns of, a misspelt setting for instance; where it is not installed, what a parser says."""
    if not shutil.which("systemd-analyze"):
        for name in names:
            configparser.RawConfigParser(strict=False).read_string((folder / name).read_text())
        return ""
    command = ["systemd-analyze", "verify", "--man=no", *names]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return "\n".join(line for line in (said.stderr + said.stdout).splitlines() if "kryonix" in line)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    found = units(tmp_path)
    assert systemd.problems(tmp_path).problems == ()
    assert warned(tmp_path / "systemd", *(name for name in found if name.endswith((".service", ".timer")))) == ""
    for name in (systemd.EXPORTER, systemd.NOTIFY, "kryonix-backup.service.d/kryonix.conf"):
        for line in ("User=kryonix", "ProtectSystem=strict", "CapabilityBoundingSet=", "NoNewPrivileges=yes"):
            assert line in found[name].splitlines(), name
    assert "OnCalendar=*-*-* 03:00:00" in found["kryonix-backup.timer"]
    assert "MARK" not in "".join(found.values())
    assert "schedule install" not in "".join(found.values())


def test_systemd_says_what_it_does_not_accept(tmp_path: Path) -> None:
    text = units(tmp_path)[systemd.EXPORTER]
    (tmp_path / "systemd" / systemd.EXPORTER).write_text(text.replace("ExecStart=", "ExecStop="))
    report = systemd.problems(tmp_path)
    assert systemd.EXPORTER in " ".join(report.problems) or report.unchecked == ("systemd-analyze",)


def test_the_program_may_be_somewhere_else_on_the_machines_of_the_units(tmp_path: Path) -> None:
    found = units(tmp_path, {"program": "/usr/lib/kryonix/kryonix"})
    for name in (systemd.EXPORTER, systemd.NOTIFY, "kryonix-backup.service"):
        starts = [line for line in found[name].splitlines() if line.startswith("ExecStart=")]
        assert starts
        assert all(line.partition("=")[2].lstrip("-").startswith("/usr/lib/kryonix/kryonix ") for line in starts)
    assert systemd.problems(tmp_path).problems == ()


@pytest.mark.parametrize("program", ["kryonix", "/usr/a b/kryonix", "/usr/$HOME/kryonix", "/x\nExecStart=/bin/sh"])
def test_a_program_that_cannot_stand_in_a_unit_is_refused(tmp_path: Path, program: str) -> None:
    with pytest.raises(ConfigError, match="program"):
        units(tmp_path, {"program": program})


def test_everything_is_made_from_nothing_but_defaults(tmp_path: Path) -> None:
    found = parts.generated(parts.PARTS, Description(described(tmp_path).config))
    assert all(found.values())
    paths = [file.path for files in found.values() for file in files]
    assert len(set(paths)) == len(paths)
