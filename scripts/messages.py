"""The catalogue of texts that translators start from, `kryonix_tui/locale/kryonix.pot`.

Texts come from four places: calls of `_`, `N_` and `ngettext`; the titles of the shipped screens; the titles of the error
tree, which lies too low to import gettext; and click, which asks gettext for the words of its own that stand in the help
and in messages about flags. Neither dates nor line numbers are written: the file changes when a text does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import write_po

from kryonix_tui import errors

TOP: Final = Path(__file__).resolve().parent.parent
CATALOGUE: Final = "kryonix_tui/locale/kryonix.pot"

_KEYWORDS: Final = {"_": None, "N_": None, "ngettext": (1, 2)}
_CLICK: Final = ("core", "decorators", "exceptions", "formatting", "parser", "types")
"""The modules of click whose texts this program can bring to light."""

_HEADER: Final = """\
# Texts of kryonix-tui, made from its sources by `make docs`.
# A translation is a copy of this file: <language>/LC_MESSAGES/kryonix.po beside it.
msgid ""
msgstr ""
"Project-Id-Version: kryonix-tui\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def catalogue() -> str:
    """Return the whole catalogue as the text of a PO template."""
    found = Catalog()
    sources = extract_from_dir(
        TOP / "kryonix_tui", [("**.py", "python")], keywords=_KEYWORDS, comment_tags=("Translators:",)
    )
    for _file, _line, text, comments, _context in sources:
        found.add(text, auto_comments=comments)
    for text in (*screen_titles(), *error_titles(), *click_texts()):
        found.add(text)
    file = io.BytesIO()
    write_po(file, found, no_location=True, omit_header=True, sort_output=True, width=120)
    return _HEADER + file.getvalue().decode()


def screen_titles() -> Iterator[str]:
    """Yield the titles of the shipped screens, their panels and variables; a title in braces is a placeholder."""
    for path in sorted((TOP / "screens").glob("*.yaml")):
        screen = yaml.safe_load(path.read_text(encoding="utf-8"))
        for titled in (screen, *screen["panels"], *screen.get("variables", [])):
            if not titled["title"].startswith("{"):
                yield titled["title"]


def click_texts() -> Iterator[str | tuple[str, ...]]:
    """Yield what click itself says."""
    folder = Path(click.__file__).parent
    for module in _CLICK:
        for _line, text, _comments, _context in extract_from_file(
            "python", folder / f"{module}.py", keywords=_KEYWORDS
        ):
            yield text


def error_titles() -> Iterator[str]:
    """Yield the title of each class in the error tree."""
    for member in vars(errors).values():
        if isinstance(member, type) and issubclass(member, errors.KryonixError):
            yield member.default_title
