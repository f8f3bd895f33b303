"""The configured rotation: which screens, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kryonix_tui.config.wallboard import Turn, Wallboard
from kryonix_tui.errors import ConfigError
from kryonix_tui.model.visible import Visible
from kryonix_tui.wallboard.turns import pages_of, screens

EVERYBODY = Visible(())


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's own folder of screens."""
    folder = tmp_path / "kryonix" / "screens"
    monkeypatch.setattr("kryonix_tui.view.screens.config_folder", lambda: folder.parent)
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ((), r"wallboard\.screens: expected one screen at least"),
        (
            (Turn(screen="overview"), Turn(screen="overveiw")),
            r"wallboard\.screens\[1\]\.screen: .*did you mean overview",
        ),
        ((Turn(screen="overview", tenant="alfa"),), r"screens\[0\]\.tenant: this screen is not about a tenant"),
    ],
)
def test_a_mistake_says_where_it_stands(turns: tuple[Turn, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        screens(turns, EVERYBODY)


def test_a_limited_console_shows_no_other_tenant() -> None:
    assert screens((Turn(screen="tenant", tenant="alfa"),), Visible(("al*",)))[0].tenant == "alfa"
    with pytest.raises(ConfigError, match="does not see that tenant"):
        screens((Turn(screen="tenant", tenant="beta"),), Visible(("al*",)))


def test_a_file_of_ones_own_takes_part(own: Path) -> None:
    (own / "hall.yaml").write_text("title: Hall\npanels:\n  - {title: Queued, kind: stat, redis: queue_depth}\n")
    (shown,) = screens((Turn(screen="hall", seconds=7),), EVERYBODY)
    ((slide, page),) = pages_of([shown], 80, 20, alone=False).items()
    assert (slide.seconds, page.title) == (7, "Hall")


def test_what_is_shipped_is_an_hour_of_pages_at_most() -> None:
    shown = screens(Wallboard().screens, EVERYBODY)
    large, small = (pages_of(shown, width, height, alone=False) for width, height in ((200, 46), (50, 26)))
    assert len(large) == 2
    assert len(large) < len(small) < 12
    assert "1/" in next(iter(small.values())).title


def test_without_prometheus_its_panels_have_no_place() -> None:
    shown = screens((Turn(screen="modules"), Turn(screen="wallboard")), EVERYBODY)
    found = pages_of(shown, 160, 41, alone=True)
    assert {page.shown.screen.name for page in found.values()} == {"wallboard"}
    assert all(place.panel.redis for page in found.values() for place in page.places)
