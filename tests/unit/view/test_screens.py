"""Screens as data: whose file counts, and what a mistake in it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from kryonix_tui.errors import ConfigError
from kryonix_tui.paths import shipped
from kryonix_tui.view.screens import Screen, load_screen

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
        ("{title: Bad, kind: pie, redis: keys}", ["panel Bad", "'pie'", "$.kind"]),
        ("{title: Bad, kind: stat}", ["panel Bad", "redis"]),
        ("{title: Bad, kind: stat, redis: keys, colour: red}", ["panel Bad", "colour"]),
        ("{title: Bad, kind: stat, redis: keys, span: [25, 1]}", ["panel Bad", "$.span[0]", "24"]),
        ("{title: Bad, kind: stat, redis: keys, span: [6]}", ["panel Bad", "$.span"]),
        ("{title: Bad, kind: stat, redis: keys, thresholds: {warn: high}}", ["panel Bad", "thresholds"]),
        ("{kind: stat, redis: keys}", ["panel #2", "title"]),
        ("{title: [1, 2], kind: stat, redis: keys}", ["panel #2", "$.title"]),
        ("just a text", ["panel #2"]),
        ("[]", ["panel #2"]),
        ("", ["panel #2"]),
    ],
)
def test_a_mistake_names_file_panel_and_key_and_the_others_are_drawn(own: Path, bad: str, says: list[str]) -> None:
    screen = _loaded(own, f"title: Mine\npanels:\n  - {GOOD}\n  - {bad}\n  - {GOOD}\n")
    assert [panel.title for panel in screen.panels] == ["Good", "Good"]
    (mistake,) = screen.mistakes
    assert mistake.startswith("tenant.yaml: ")
    for word in says:
        assert word in mistake


def test_a_mistake_beside_the_panels_is_said(own: Path) -> None:
    screen = _loaded(own, f"titel: Mine\npanels: [{GOOD}]\n")
    assert screen.mistakes == ("tenant.yaml: unknown key titel",)
    assert screen.title == "tenant"
    screen = _loaded(own, f"title: {{a: 1}}\npanels: [{GOOD}]\n")
    assert screen.mistakes == ("tenant.yaml: title: expected a text",)
    assert len(screen.panels) == 1


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
