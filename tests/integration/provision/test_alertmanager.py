"""Who is told about which alert: asked of amtool, and of a real Alertmanager."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from kryonix_tui.provision import alertmanager
from kryonix_tui.provision.alerting.routes import CRITICAL
from kryonix_tui.provision.generated import Description
from kryonix_tui.provision.rules.groups import rule_groups
from tests.integration.provision.promtool import described
from tests.metrics_servers import RunningServer
from tests.metrics_servers import alertmanager as running_alertmanager
from tests.webhooks import SECONDS, hook

HOSTILE = 'x"} or vector(1) # \\ {{ .Secret }}\nreceiver: x <!channel>'

EVERYBODY = {
    "receivers": {
        "desk": {"webhooks": [{"url": "https://example.test/desk", "token_file": "secrets/desk"}]},
        "oncall": {"slack": ["#oncall"], "email": ["oncall@example.test"]},
        "team": {"email": ["team@example.test"]},
        "phones": {"notify": ["pushover", "whatsapp"]},
        "security": {"webhooks": [{"url": "https://example.test/security"}]},
        "learning": {"webhooks": [{"url": "https://example.test/ai", "token_file": "secrets/ai"}]},
        "alarm clock": {"webhooks": [{"url": "https://example.test/alive"}]},
        "the customer": {"email": ["customer@example.test"]},
    },
    "default": "desk",
    "severities": {"critical": "oncall", "warning": "team"},
    "categories": {"mobile_performance": "phones", "api_availability": "oncall", "security": "security"},
    "ai": "learning",
    "tenants": {HOSTILE: "the customer"},
    "watchdog": "alarm clock",
    "smtp": {
        "smarthost": "mail.example.test:587",
        "sender": "alerts@example.test",
        "username": "kx",
        "password_file": "secrets/mail",
    },
    "slack_url_file": "/secrets/slack",
}


def alerting(folder: Path, settings: Mapping[str, Any]) -> Description:
    """Return a description with these settings of `provision.alerting`."""
    return described(folder, json.dumps({"alerting": settings}))


def everybody(folder: Path) -> Description:
    return alerting(folder, EVERYBODY)


def put(folder: Path, description: Description) -> None:
    for file in alertmanager.generate(description):
        (folder / file.path).parent.mkdir(exist_ok=True)
        (folder / file.path).write_text(file.text)


def told(folder: Path, labels: Mapping[str, str]) -> list[str]:
    """Return the receivers of an alert, as amtool says."""
    quoted = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()]
    command = ["amtool", "config", "routes", "test", "--config.file=alertmanager.yml", *quoted]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout.strip().split(",")


def alerts(description: Description) -> list[dict[str, str]]:
    """Return the labels of every alert that the generated rules can raise."""
    rules = [rule for groups in rule_groups(description).values() for group in groups for rule in group["rules"]]
    return [{"alertname": rule["alert"], **rule["labels"]} for rule in rules if "alert" in rule]


def test_nobody_configured_means_our_notifier_for_what_is_urgent(tmp_path: Path) -> None:
    put(tmp_path, described(tmp_path))
    assert alertmanager.problems(tmp_path).problems == ()
    for alert in alerts(described(tmp_path)):
        quiet = alert["severity"] in ("info", "none")
        assert told(tmp_path, alert) == ["kryonix-nobody" if quiet else "kryonix-notify"], alert
    assert told(tmp_path, {"alertname": "Foreign", "severity": "page"}) == ["kryonix-notify"]


def test_every_alert_reaches_those_who_care_for_its_severity_and_its_category(tmp_path: Path) -> None:
    description = everybody(tmp_path)
    put(tmp_path, description)
    assert alertmanager.problems(tmp_path).problems == ()
    by_severity = {"critical": ["oncall"], "warning": ["team"]}
    by_category = {"mobile_performance": ["phones"], "api_availability": ["oncall"], "security": ["security"]}
    found = alerts(description)
    assert {alert["severity"] for alert in found} == {"critical", "warning", "info", "none"}
    for alert in found:
        expected = by_severity.get(alert["severity"], [])
        special = "ai_enhanced" in alert or "ai_prediction" in alert
        own = ["learning"] if special else by_category.get(alert["category"], [])
        expected = expected + [receiver for receiver in own if receiver not in expected]
        if alert["alertname"] == "Watchdog":
            expected = ["alarm clock"]
        assert told(tmp_path, alert) == (expected or ["desk"]), alert


def test_a_tenant_may_have_a_receiver_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path, everybody(tmp_path))
    alert = {"alertname": "CacheHitRateLow", "severity": "warning", "category": "cache_performance"}
    assert told(tmp_path, alert | {"tenant_id": HOSTILE}) == ["team", "the customer"]
    assert told(tmp_path, alert | {"tenant_id": "another"}) == ["team"]


def test_secrets_are_only_named_by_their_files(tmp_path: Path) -> None:
    put(tmp_path, everybody(tmp_path))
    text = (tmp_path / "alertmanager.yml").read_text()
    assert {line.split(":")[0].strip() for line in text.splitlines() if "secrets/" in line} == {
        "credentials_file",
        "smtp_auth_password_file",
        "slack_api_url_file",
    }


def test_what_amtool_does_not_accept_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, everybody(tmp_path))
    (tmp_path / "templates/kryonix.tmpl").write_text("{{ define }}")
    assert "kryonix.tmpl" in " ".join(alertmanager.problems(tmp_path).problems)


# --- a real Alertmanager


def post(server: RunningServer, *alerts: Mapping[str, str]) -> None:
    body = json.dumps([{"labels": labels, "annotations": {"summary": "<!here> & so on"}} for labels in alerts])
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/v2/alerts", body.encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, timeout=60).close()


def held_back(server: RunningServer) -> dict[str, bool]:
    """Return, by name, tenant, severity and module, whether an alert is held back by another."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{server.url}/api/v2/alerts", timeout=10) as answer:
        found = json.load(answer)
    return {
        " ".join(alert["labels"].get(name, "") for name in ("alertname", "tenant_id", "severity", "module")): bool(
            alert["status"]["inhibitedBy"]
        )
        for alert in found
    }


def queue(name: str, tenant: str, module: str) -> dict[str, str]:
    return {"alertname": name, "severity": "warning", "category": "queue", "tenant_id": tenant, "module": module}


@contextmanager
def told_at(folder: Path, url: str, days: list[str]) -> Iterator[RunningServer]:
    """Run Alertmanager with a generated configuration that tells one receiver, at once; `days` are working days."""
    (folder / "token").write_text("letmein")
    (folder / "slack").write_text(f"{url}/slack")
    desk = {"webhooks": [{"url": f"{url}/hook", "token_file": "token"}], "slack": ["#desk"]}
    hours = {"days": days, "start": "00:00", "end": "24:00", "time_zone": "UTC"}
    description = alerting(
        folder, {"receivers": {"desk": desk}, "slack_url_file": str(folder / "slack"), "hours": hours}
    )
    put(folder, description)
    document: dict[str, Any] = yaml.safe_load((folder / "alertmanager.yml").read_text())
    document["route"] |= {"group_wait": "0s"}
    with running_alertmanager(folder, document) as server:
        yield server


def days_around_today(*distances: int) -> list[str]:
    today = dt.datetime.now(dt.UTC)
    return [f"{today + dt.timedelta(days=days):%A}".lower() for days in distances]


def test_what_can_wait_waits_until_people_are_at_work(tmp_path: Path) -> None:
    later = days_around_today(3)
    with hook() as desk, told_at(tmp_path, desk.url, later) as server:
        post(server, {"alertname": "Mild", "severity": "warning", "category": "queue", "tenant_id": "mild"})
        post(server, {"alertname": "Bad", "severity": CRITICAL, "category": "queue", "tenant_id": "bad"})
        post(server, {"alertname": "Blind", "severity": "warning", "category": "monitoring", "job": "x"})
        told = [desk.next() for _ in range(4)]
        assert desk.received.empty()
    assert "mild" not in json.dumps(told)


def test_a_message_says_what_and_where_and_carries_the_token(tmp_path: Path) -> None:
    at_work = days_around_today(-1, 0, 1)
    with hook() as desk, told_at(tmp_path, desk.url, at_work) as server:
        post(server, {"alertname": "Mild", "severity": "warning", "category": "queue", "tenant_id": HOSTILE})
        told = {message.path: message for message in (desk.next(), desk.next())}
    assert told["/hook"].headers["Authorization"] == "Bearer letmein"
    assert told["/hook"].body["commonLabels"]["tenant_id"] == HOSTILE
    attachment = told["/slack"].body["attachments"][0]
    shown = 'x"} or vector(1) # \\ {{ .Secret }} receiver: x ‹!channel›'
    assert attachment["title"] == f"[FIRING warning] {shown} · queue (1)"
    assert attachment["text"] == "▲ ‹!here› & so on\n"
    assert attachment["color"] == "warning"
    assert [action["url"] for action in attachment["actions"]] == [attachment["title_link"]] * 2


@pytest.mark.parametrize(
    ("cause", "held"),
    [
        (
            {"alertname": "RedisDown", "severity": CRITICAL, "category": "redis", "instance": "r1"},
            {
                "QueueBacklog a warning crm",
                "QueueBacklog a warning sms",
                "QueueBacklog b warning crm",
                "QueueWithoutConsumer a warning sms",
                "CacheHitRateLow b warning ",
                "MobileResponseTimeHigh b critical ",
                "RedisMemoryHigh  warning ",
            },
        ),
        (
            {"alertname": "ApiModulesDown", "severity": CRITICAL, "category": "api_availability"},
            {"MobileResponseTimeHigh b critical "},
        ),
        (
            {
                "alertname": "QueueBacklog",
                "severity": CRITICAL,
                "category": "queue",
                "tenant_id": "a",
                "module": "crm",
            },
            # Neither what else is wrong with that tenant's queues, nor the same queue of another.
            {"QueueBacklog a warning crm"},
        ),
        (
            {"alertname": "RedisMemoryHigh", "severity": CRITICAL, "category": "redis", "instance": "r1"},
            {"RedisMemoryHigh  warning "},
        ),
    ],
)
def test_a_cause_holds_back_its_symptoms_and_nothing_else(
    tmp_path: Path, cause: dict[str, str], held: set[str]
) -> None:
    put(tmp_path, described(tmp_path))
    document = yaml.safe_load((tmp_path / "alertmanager.yml").read_text())
    document["receivers"] = [{"name": receiver["name"]} for receiver in document["receivers"]]
    others = [
        queue("QueueBacklog", "a", "crm"),
        queue("QueueBacklog", "a", "sms"),
        queue("QueueBacklog", "b", "crm"),
        queue("QueueWithoutConsumer", "a", "sms"),
        {"alertname": "CacheHitRateLow", "severity": "warning", "category": "cache_performance", "tenant_id": "b"},
        {
            "alertname": "MobileResponseTimeHigh",
            "severity": CRITICAL,
            "category": "mobile_performance",
            "tenant_id": "b",
        },
        {"alertname": "CertificateExpiring", "severity": "warning", "category": "security", "tenant_id": "a"},
        {"alertname": "RedisMemoryHigh", "severity": "warning", "category": "redis", "instance": "r1"},
        {"alertname": "PostgresDown", "severity": CRITICAL, "category": "database", "instance": "p1"},
        {"alertname": "Watchdog", "severity": "none", "category": "meta"},
    ]
    with running_alertmanager(tmp_path, document) as server:
        post(server, cause, *others)
        deadline = time.monotonic() + SECONDS
        found: dict[str, bool] = {}
        while {name for name, is_held in found.items() if is_held} != held:
            # It takes what it was told in turns of its own.
            assert time.monotonic() < deadline, found
            found = held_back(server)
    assert len(found) == len(others) + 1
