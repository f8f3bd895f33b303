"""Dashboards hold the same panels as the console's screens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import ConfigError
from kryonix_tui.provision import grafana
from kryonix_tui.provision.dashboards import OVERVIEW, TENANT, dashboard_uid
from kryonix_tui.provision.generated import Description
from kryonix_tui.view.screens import load_screen, screen_names

TYPES = {
    "stat": "stat",
    "gauge": "gauge",
    "timeseries": "timeseries",
    "heatmap": "heatmap",
    "table": "table",
    "feed": "table",
}


@pytest.fixture(autouse=True)
def own_screens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for screens of one's own, empty at first."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("KRYONIX_CONFIG", raising=False)
    folder = tmp_path / "kryonix" / "screens"
    folder.mkdir(parents=True)
    return folder


def files() -> dict[str, str]:
    return {file.path: file.text for file in grafana.generate(Description(Config()))}


def made(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files()[f"grafana/dashboards/{name}.json"])
    return found


def own(folder: Path, name: str, *panels: dict[str, Any], **more: Any) -> None:
    (folder / f"{name}.yaml").write_text(json.dumps({"title": "Mine", "panels": panels, **more}))


def written(folder: Path) -> Path:
    for path, text in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.mark.parametrize("name", screen_names())
def test_each_shipped_screen_is_a_dashboard_with_the_same_panels(name: str) -> None:
    dashboard, screen = made(name), load_screen(name)
    asked = [panel for panel in screen.panels if panel.asked]
    assert dashboard["uid"] == dashboard_uid(name)
    assert [panel["title"] for panel in dashboard["panels"]] == [panel.title for panel in asked]
    for panel, wanted in zip(dashboard["panels"], asked, strict=True):
        assert panel["type"] == ("table" if wanted.by else TYPES[wanted.kind]), wanted.title
        assert [target["expr"] for target in panel["targets"]] == [query.query for query in wanted.asked]
        assert panel["gridPos"]["w"] == wanted.span[0]
        assert len({target["refId"] for target in panel["targets"]}) == len(wanted.asked)
    # The SDK reads it again without loss: every key is one that Grafana's schema has, but for what its source of
    # Prometheus adds to annotations.
    for annotation in dashboard["annotations"]["list"]:
        del annotation["titleFormat"], annotation["textFormat"]
    again = JSONEncoder().encode(Dashboard.from_json(json.loads(json.dumps(dashboard))))
    assert json.loads(again) == dashboard


def test_what_is_made_has_no_mistakes_and_is_the_same_every_time(tmp_path: Path) -> None:
    assert grafana.problems(written(tmp_path / "out")).problems == ()
    assert files() == files()


def test_alerts_lead_to_dashboards_that_exist() -> None:
    assert {f"grafana/dashboards/{name}.json" for name in (TENANT, OVERVIEW)} <= set(files())
    assert [variable["name"] for variable in made(TENANT)["templating"]["list"]] == ["tenant", "api_module"]


def test_deployments_and_incidents_are_drawn_into_charts() -> None:
    found = {one["name"]: one for one in made(TENANT)["annotations"]["list"]}
    assert found["Deployments"]["expr"] == 'deployment_events{tenant_id="$tenant"}'
    assert found["Incidents"]["textFormat"] == "{{severity}} - {{summary}}"


def test_units_limits_and_scales_are_those_of_the_panel(own_screens: Path) -> None:
    low = {"title": "Low", "kind": "stat", "query": "a", "unit": "percent", "thresholds": {"warn": 85, "critical": 60}}
    high = {"title": "High", "kind": "gauge", "query": "a", "unit": "ratio", "thresholds": {"warn": 0, "critical": 0.8}}
    own(own_screens, "mine", low, high)
    first, second = (panel["fieldConfig"]["defaults"] for panel in made("mine")["panels"])
    assert [(step["value"], step["color"]) for step in first["thresholds"]["steps"]] == [
        (None, "red"),
        (60, "yellow"),
        (85, "green"),
    ]
    assert (first["unit"], second["unit"], second["min"], second["max"]) == ("percent", "percentunit", 0, 1)
    # Nothing is well at a limit of 0, unless it has to be passed.
    assert [step["color"] for step in second["thresholds"]["steps"] if (step["value"] or 0) <= 0] == ["green"]


def test_a_query_may_have_a_unit_of_its_own(own_screens: Path) -> None:
    queries = [{"query": "a", "unit": "ms"}, {"query": "b", "legend": "{{x}}"}]
    own(own_screens, "mine", {"title": "Two", "kind": "timeseries", "queries": queries, "unit": "count"})
    panel = made("mine")["panels"][0]
    assert panel["fieldConfig"]["overrides"] == [
        {"matcher": {"id": "byFrameRefID", "options": "A"}, "properties": [{"id": "unit", "value": "ms"}]}
    ]
    assert [target["legendFormat"] for target in panel["targets"]] == ["__auto", "{{x}}"]


def test_panels_never_lie_over_each_other(own_screens: Path, tmp_path: Path) -> None:
    panels = [
        {"title": str(number), "kind": "table", "query": "a", "span": [width, height]}
        for number, (width, height) in enumerate([(16, 3), (12, 20), (8, 2), (24, 1), (7, 5), (7, 9), (7, 2), (7, 5)])
    ]
    own(own_screens, "mine", *panels, {"title": "Redis alone", "kind": "stat", "redis": "hit_rate"})
    assert len(made("mine")["panels"]) == len(panels)
    assert grafana.problems(written(tmp_path / "out")).problems == ()
    path = tmp_path / "out/grafana/dashboards/mine.json"
    document = json.loads(path.read_text())
    document["panels"][1]["gridPos"] = document["panels"][0]["gridPos"]
    path.write_text(json.dumps(document))
    assert grafana.problems(tmp_path / "out").problems == ("mine.json: 1 lies over 0",)
    path.write_text("{")
    assert grafana.problems(tmp_path / "out").problems[0].startswith("mine.json: ")


def test_a_screen_with_a_mistake_makes_no_dashboards(own_screens: Path) -> None:
    own(own_screens, "mine", {"title": "Bad", "kind": "stat", "query": "sum("})
    with pytest.raises(ConfigError, match="Bad"):
        files()


def test_grafana_finds_its_sources_and_the_folder() -> None:
    sources = yaml.safe_load(files()["grafana/provisioning/datasources/kryonix.yml"])["datasources"]
    assert {source["uid"]: source["url"] for source in sources} == {
        "kryonix-prometheus": "http://prometheus:9090",
        "kryonix-alertmanager": "http://alertmanager:9093",
    }
    used = {panel["datasource"]["uid"] for name in screen_names() for panel in made(name)["panels"]}
    assert used == {"kryonix-prometheus"}
    provider = yaml.safe_load(files()["grafana/provisioning/dashboards/kryonix.yml"])["providers"][0]
    assert provider["options"]["path"] == grafana.DASHBOARDS_IN_GRAFANA
