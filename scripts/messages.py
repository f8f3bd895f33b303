"""The catalogue of texts that translators start from, `kryonix_tui/locale/kryonix.pot`.

Texts come from several places: calls of `_`, `N_` and `ngettext`; the titles of the shipped screens; what the lowest layers
name and the views translate (fields of tenants, databases, the titles of the error tree); and click, which asks gettext for the words of its own that stand in the help
and in messages about flags. Neither dates nor line numbers are written: the file changes when a text does.
"""

from __future__ import annotations

import ast
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
from kryonix_tui.model.facts import FACTS
from kryonix_tui.model.kryonix_map import DATABASES

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
    titles = (*screen_titles(), *fact_titles(), *database_titles(), *error_titles())
    for text in (*nested_texts(), *titles, *click_texts()):
        found.add(text)
    file = io.BytesIO()
    write_po(file, found, no_location=True, omit_header=True, sort_output=True, width=120)
    return _HEADER + file.getvalue().decode()


def nested_texts() -> Iterator[str]:
    """Yield the texts of calls that stand within f-strings: for Babel those are text, not code."""
    for path in sorted((TOP / "kryonix_tui").rglob("*.py")):
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(found, ast.JoinedStr):
                yield from _marked(found)


def _marked(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "N_"):
            yield from (one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def fact_titles() -> Iterator[str]:
    """Yield what the fields of tenants are called on screen."""
    yield from (name.replace("_", " ") for name in FACTS)


def database_titles() -> Iterator[str]:
    """Yield what the databases of the default keyspace map are called, and what they are for."""
    yield from (text for database in DATABASES for text in (database.name, database.purpose))


def screen_titles() -> Iterator[str]:
    """Yield the titles and legends of the shipped screens; one that begins with braces is what a label says."""
    for path in sorted((TOP / "screens").glob("*.yaml")):
        screen = yaml.safe_load(path.read_text(encoding="utf-8"))
        panels = screen["panels"]
        queries = (query for panel in panels for query in (panel, *panel.get("queries", [])))
        titles = (titled["title"] for titled in (screen, *panels, *screen.get("variables", [])))
        legends = (query["legend"] for query in queries if "legend" in query)
        yield from (text for text in (*titles, *legends) if not text.startswith("{"))


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
