"""Every screen has all of its pictures, the page shows each, and none is left that nobody draws."""

from __future__ import annotations

import re
from pathlib import Path

from kryonix_tui.tui.screens import MODES
from scripts.picture_steps import OPERATOR, VIEWER, names
from scripts.pictures_page import page

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_every_screen_is_drawn() -> None:
    assert set(MODES) <= {*VIEWER, *OPERATOR}


def test_all_pictures_are_there_and_no_others() -> None:
    assert {path.stem for path in (DOCS / "pictures").glob("*")} == set(names())


def test_the_page_shows_every_picture_and_is_up_to_date() -> None:
    text = (DOCS / "pictures.md").read_text("utf-8")
    assert text == page()
    assert set(re.findall(r"\(pictures/([\w-]+)\.svg\)", text)) == set(names())
