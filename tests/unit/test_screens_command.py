"""`kryonix screens`: what there is, what is wrong, what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kryonix_tui.cli import main as entry_point


def main(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        entry_point(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the user's own screens."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "kryonix" / "screens"
    folder.mkdir(parents=True)
    return folder


def test_the_shipped_screens_are_listed_and_sound(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screens", "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "kryonix.screens/1"
    assert [screen["name"] for screen in document["screens"]] == ["modules", "overview", "tenant", "wallboard"]
    assert not any(screen["own"] or screen["mistakes"] for screen in document["screens"])
    assert main(["screens", "check"]) == 0
    assert "4 screens, no mistakes" in capsys.readouterr().out


def test_a_file_of_ones_own_replaces_and_adds(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "tenant.yaml").write_text("panels: [{title: A, kind: stat, redis: keys}]")
    (own / "mine.yaml").write_text("title: Mine\npanels: [{title: A, kind: stat, redis: ops}]")
    assert main(["screens", "list", "--json"]) == 0
    screens = {screen["name"]: screen for screen in json.loads(capsys.readouterr().out)["screens"]}
    assert (screens["tenant"]["own"], screens["tenant"]["panels"]) == (True, 1)
    assert (screens["mine"]["title"], screens["mine"]["file"]) == ("Mine", str(own / "mine.yaml"))
    assert main(["screens", "list"]) == 0
    assert "Mine" in capsys.readouterr().out


def test_mistakes_are_told_and_end_with_1(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "mine.yaml").write_text(
        "panels:\n"
        "  - {title: A, kind: stat, redis: mood}\n"
        "  - {title: B, kind: pie, redis: ops}\n"
        "  - {title: C, kind: stat, query: 'sum('}\n"
    )
    assert main(["screens", "check", "mine"]) == 1
    told = capsys.readouterr().out
    assert (
        'mine.yaml:3: panel B: kind: expected one of stat, timeseries, heatmap, table, gauge, feed, got "pie"' in told
    )
    assert "mine.yaml:4: panel C: query: not PromQL" in told
    assert "mine.yaml: panel A: redis: no figure mood; there are tenants" in told
    assert main(["screens", "check", "tenant"]) == 0
    capsys.readouterr()
    (own / "broken.yaml").write_text("panels: [")
    assert main(["screens", "check", "--json"]) == 1
    found = {screen["name"]: screen["mistakes"] for screen in json.loads(capsys.readouterr().out)["screens"]}
    assert "broken.yaml:" in found["broken"][0]
    assert found["overview"] == []


SHIPPED = ("modules", "overview", "tenant", "wallboard")


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_screen_is_shown_and_gives_way_to_a_file_of_ones_own(
    own: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    show = ["screens", "show", name, "--prometheus", "http://127.0.0.1:1"]
    assert main(show) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.endswith(f"/screens/{name}.yaml")
    assert len(rows) > 5
    (own / f"{name}.yaml").write_text(
        "title: Ours\n"
        "panels:\n"
        "  - {title: Good, kind: stat, redis: hit_rate}\n"
        "  - title: Bad\n"
        "    kind: stat\n"
        "    redis: hit_rate\n"
        "    thresholds: {warn: many, critical: 1}\n"
        "  - {title: Cut, kind: table, query: 'up{', legend: '{{job}}'}\n"
    )
    assert main(show) == 1
    head, _titles, good, *mistakes = capsys.readouterr().out.splitlines()
    assert head.split(" · ")[0] == "Ours"
    assert head.endswith(str(own / f"{name}.yaml"))
    assert good.split() == ["Good", "stat", "6", "x", "3", "–", "redis:", "hit_rate"]
    assert mistakes[0] == f'▲ {name}.yaml:7: panel Bad: thresholds.warn: expected a number, got "many"'
    assert mistakes[1].startswith(f"▲ {name}.yaml:8: panel Cut: query: not PromQL: ")
    assert len(mistakes) == 2


def test_facts_that_nobody_writes_are_found(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "mine.yaml").write_text(
        "subject: tenant\npanels: [{title: A, kind: table, redis: 'facts:mobile_users, shoe_size'}]"
    )
    assert main(["screens", "check", "mine"]) == 1
    assert "no figure shoe_size" in capsys.readouterr().out


def test_a_screen_is_shown_whole(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screens", "show", "tenant", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["subject"] == "tenant"
    assert [annotation["name"] for annotation in document["annotations"]] == ["Deployments", "Incidents"]
    gauge = next(panel for panel in document["panels"] if panel["kind"] == "gauge")
    assert gauge["thresholds"] == {"warn": 0.6, "critical": 0.8}
    assert main(["screens", "show", "modules", "--prometheus", "http://127.0.0.1:1"]) == 0
    assert "api_module:request_rate" in capsys.readouterr().out


def test_without_prometheus_its_panels_are_one_remark(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screens", "show", "tenant"]) == 0
    told = capsys.readouterr().out
    assert "Hit rate by witness" in told
    assert "Certificate" not in told
    assert told.endswith("5 panels need Prometheus: not configured (prometheus.url)\n")
    assert main(["screens", "show", "tenant", "--prometheus", "http://127.0.0.1:1"]) == 0
    told = capsys.readouterr().out
    assert "Certificate" in told
    assert "not configured" not in told


def test_a_screen_that_is_not_there_is_a_mistake_of_the_caller(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("nope", "../tenant"):
        assert main(["screens", "show", name]) == 2
        assert name in capsys.readouterr().err
