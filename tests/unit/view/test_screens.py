"""Screens as data: whose file counts, and what a mistake in it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kryonix_tui.config.provision import Provision
from kryonix_tui.config.screen import Limits, Screen
from kryonix_tui.errors import ConfigError
from kryonix_tui.model.exported import METRICS
from kryonix_tui.paths import shipped
from kryonix_tui.provision.rules.recording import platform_rules, request_rules, tenant_rules
from kryonix_tui.view.legends import LABEL
from kryonix_tui.view.screens import load_screen, screen_names

GOOD = "{title: Good, kind: stat, redis: keys}"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's own file for the screen `tenant`, not written yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "kryonix" / "screens" / "tenant.yaml"
    path.parent.mkdir(parents=True)
    return path


def _loaded(own: Path, text: str) -> Screen:
    own.write_text(text)
    return load_screen("tenant")


def test_the_shipped_screen_has_no_mistakes(own: Path) -> None:
    screen = load_screen("tenant")
    assert screen.mistakes == ()
    assert len(screen.panels) > 10


def test_a_file_of_ones_own_counts(own: Path) -> None:
    screen = _loaded(own, f"title: Mine\npanels:\n  - {GOOD}\n")
    assert (screen.title, [panel.title for panel in screen.panels]) == ("Mine", ["Good"])


def test_a_copy_of_the_shipped_file_is_a_good_start(own: Path) -> None:
    assert _loaded(own, (shipped("screens") / "tenant.yaml").read_text()).mistakes == ()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{title: Bad, kind: pie, redis: keys}", "panel Bad: kind: expected one of stat, timeseries, heatmap, table"),
        ("{title: Bad, kind: pie, redis: keys}", 'got "pie"'),
        ("{title: Bad, kind: stat}", "panel Bad: expected a figure: redis, query or queries"),
        ("{title: Bad, kind: stat, redis: keys, colour: red}", "panel Bad: colour: unknown key"),
        ("{title: Bad, kind: stat, redis: keys, treshold: 1}", "did you mean thresholds?"),
        ("{title: Bad, kind: stat, redis: keys, span: [25, 1]}", "panel Bad: span[0]: expected a whole number (1..24)"),
        ("{title: Bad, kind: stat, redis: keys, span: [6]}", "panel Bad: "),
        ("{title: Bad, kind: stat, redis: keys, thresholds: {warn: high}}", "thresholds.warn: expected a number"),
        ("{title: Bad, kind: stat, redis: keys, thresholds: {warn: 1}}", "required field `critical`"),
        ("{title: Bad, kind: gauge, query: up, low: 2, high: 1}", "high: expected more than low"),
        ("{title: Bad, kind: stat, query: up, queries: [{query: up}]}", "query or queries, not both"),
        (
            "{title: Bad, kind: table, queries: [{query: up}, {quary: up}]}",
            "queries[1].quary: unknown key; did you mean",
        ),
        ("{title: Bad, kind: stat, query: 'sum('}", "query: not PromQL: unclosed left parenthesis"),
        ("{title: Bad, kind: stat, queries: [{query: up}, {query: 'sum('}]}", "queries[1].query: not PromQL"),
        ("{title: Bad, kind: stat, query: 'up{a=\"$modul\"}'}", "there is no variable $modul; there are $tenant"),
        ("{title: Bad, kind: stat, query: 'up{a=$tenant}'}", "$tenant stands outside of quotes"),
        ("{title: Bad, kind: stat, query: 'up{a=`$tenant`}'}", "$tenant stands in backquotes"),
        ("{title: Bad, kind: stat, query: 'up{a=\"x}'}", "a quoted text has no end"),
        (
            f"{{title: Bad, kind: stat, query: '{'(' * 100_000}up{')' * 100_000}'}}",
            "query: longer than 4000 characters",
        ),
        (f"{{title: Bad, kind: stat, query: '{'abs(' * 400}up{')' * 400}'}}", "more than 150 brackets and operators"),
        ("{title: Bad, kind: gauge, query: up, low: .nan}", "low: expected a number or nothing, got nan"),
        ("{kind: stat, redis: keys}", "panel #2: title: is missing"),
        ("{title: [1, 2], kind: stat, redis: keys}", "panel #2: title: expected text, got a list"),
        ("just a text", "panel #2: expected a mapping"),
        ("[]", "panel #2: expected a mapping"),
        ("", "panel #2: expected a mapping"),
    ],
)
def test_a_mistake_names_file_line_panel_and_key_and_the_others_are_drawn(own: Path, bad: str, says: str) -> None:
    screen = _loaded(own, f"title: Mine\nsubject: tenant\npanels:\n  - {GOOD}\n  - {bad}\n  - {GOOD}\n")
    assert [panel.title for panel in screen.panels] == ["Good", "Good"]
    assert any(says in mistake for mistake in screen.mistakes), screen.mistakes
    assert all(mistake.startswith("tenant.yaml:5: ") for mistake in screen.mistakes)


def test_a_mistake_beside_the_panels_is_said(own: Path) -> None:
    screen = _loaded(own, f"titel: Mine\npanels: [{GOOD}]\n")
    assert screen.mistakes == ("tenant.yaml:1: titel: unknown key; did you mean title?",)
    assert screen.title == "tenant"
    screen = _loaded(own, f"title: {{a: 1}}\nsubject: moon\npanels: [{GOOD}]\n")
    assert set(screen.mistakes) == {
        "tenant.yaml:1: title: expected text, got a mapping",
        'tenant.yaml:2: subject: expected one of platform, tenant, got "moon"',
    }
    assert len(screen.panels) == 1


def test_variables_and_annotations_are_read_one_by_one(own: Path) -> None:
    screen = _loaded(
        own,
        "subject: platform\n"
        "variables:\n"
        "  - {name: module, label: api_module, series: 'up{tenant_id=\"$tenant\"}'}\n"
        "  - {name: region, label: region, series: up}\n"
        "  - {name: 3d, label: region, series: up}\n"
        "annotations:\n"
        "  - {name: Deployments, query: 'deployed{region=~\"$region\"}', text: '{{version}}'}\n"
        "  - {name: Broken, query: 'deployed{'}\n"
        f"panels: [{GOOD}, {{title: By region, kind: stat, query: 'up{{region=~\"$region\"}}'}}]\n",
    )
    assert [variable.name for variable in screen.variables] == ["region"]
    assert [annotation.name for annotation in screen.annotations] == ["Deployments"]
    assert [panel.title for panel in screen.panels] == ["Good", "By region"]
    first, second, third = screen.mistakes
    assert first == "tenant.yaml:3: variables module: series: there is no variable $tenant; there are none"
    assert "tenant.yaml:5: variables 3d: name: " in second
    assert third.startswith("tenant.yaml:8: annotations Broken: query: not PromQL: ")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../tenant", "a\0b"])
def test_a_name_is_no_path(own: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="no name of a screen"):
        load_screen(name)


def test_a_name_that_no_file_can_have_is_refused(own: Path) -> None:
    del own
    with pytest.raises(ConfigError, match="too long"):
        load_screen("x" * 300)


def test_files_of_ones_own_are_added(own: Path) -> None:
    shipped_names = {"tenant", "modules", "overview", "wallboard"}
    assert set(screen_names()) == shipped_names
    (own.parent / "mine.yaml").write_text(f"panels: [{GOOD}]")
    assert set(screen_names()) == shipped_names | {"mine"}
    assert load_screen("mine").title == "mine"


@pytest.mark.parametrize("name", ["tenant", "modules", "overview", "wallboard"])
def test_the_shipped_screens_have_no_mistakes(name: str) -> None:
    screen = load_screen(name)
    assert screen.mistakes == ()
    assert len(screen.panels) >= 5
    assert screen.about_tenant == (name == "tenant")


def test_the_six_panels_of_the_document_are_there() -> None:
    panels = {panel.title: panel for panel in load_screen("tenant").panels}
    mobile = panels["Mobile response time (p95)"]
    assert (mobile.kind, mobile.unit, mobile.thresholds) == ("stat", "ms", Limits(warn=50, critical=100))
    assert panels["API modules, response time"].kind == "heatmap"
    assert panels["Cache by Prometheus"].kind == "timeseries"
    assert panels["Certificate"].kind == "table"
    gauge = panels["AI anomaly score"]
    assert (gauge.kind, gauge.low, gauge.high) == ("gauge", 0, 1)
    assert panels["Alerts"].kind == "feed"


_BOMB = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected a mapping with title and panels"),
        ("- a\n- b\n", "expected a mapping"),
        ("title: x\n", "expected a mapping with title and panels"),
        ("title: x\npanels: none\n", "expected a mapping with title and panels"),
        ("panels: [\n", "not valid YAML"),
        ("title: a\x00b\n", "YAML"),
        (f"{_BOMB}\ntitle: *a11\npanels: []\n", "aliases"),
        ("title: !!python/object/apply:os.system [id]\npanels: []\n", "tags"),
        ("panels: !!int abc\n", "abc"),
        ("title: " + "[" * 5000, "nested too deeply"),
        ("panels: []\npanels: []\n", "second time"),
        ("#" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_its_name(own: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        _loaded(own, text)
    assert "tenant.yaml" in refused.value.message
    assert says in refused.value.message
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("broken", [b"title: \xff\xfe\xfa\n"])
def test_what_is_no_text_is_refused(own: Path, broken: bytes) -> None:
    own.write_bytes(broken)
    with pytest.raises(ConfigError, match=r"tenant\.yaml is not UTF-8"):
        load_screen("tenant")


def test_a_folder_in_its_place_is_refused(own: Path) -> None:
    own.mkdir()
    with pytest.raises(ConfigError, match=r"tenant\.yaml: Is a directory"):
        load_screen("tenant")


def test_titles_are_shown_harmlessly(own: Path) -> None:
    screen = _loaded(own, 'title: "a\\e[31m"\npanels:\n  - {title: "b\\e[2J", kind: pie, redis: keys}\n')
    assert screen.title == "a␛[31m"
    assert screen.mistakes[0].isprintable()


def _recorded() -> set[str]:
    provision = Provision()
    rules = [*request_rules(provision), *tenant_rules(provision), *platform_rules(provision)]
    return {rule["record"] for rule in rules}


@pytest.mark.parametrize("name", ["tenant", "modules", "overview", "wallboard"])
def test_every_series_of_ours_that_a_shipped_screen_asks_for_is_made_by_us(name: str) -> None:
    exported = {metric.name: metric.labels for metric in METRICS}
    for panel in load_screen(name).panels:
        for query in panel.asked:
            wanted = set(re.findall(r"\b(?:tenant|api_module|redis):\w+", query.query))
            assert wanted <= _recorded(), panel.title
            for metric in re.findall(r"\bkryonix_\w+", query.query):
                assert metric in exported, panel.title
                assert set(LABEL.findall(query.legend)) <= set(exported[metric]), panel.title
