"""The Portuguese catalogue: complete, exact where texts are filled in, short where places are narrow, and compiled."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message

from kryonix_tui import i18n
from kryonix_tui.model.source import SourceName, Trouble
from kryonix_tui.view import formats, sentences
from kryonix_tui.view.cells import Cell
from kryonix_tui.view.columns import Column, fit
from kryonix_tui.view.filter_terms import number
from kryonix_tui.view.status import encode, status
from scripts.messages import TOP
from scripts.translations import LANGUAGES, compiled, parsed, renewed, source
from tests.tui.updates import START, Stage, failing, states

LANGUAGE = "pt_BR"
TEXTS = (TOP / source(LANGUAGE)).read_text(encoding="utf-8")


@pytest.fixture
def portuguese() -> Iterator[None]:
    i18n.use_language(LANGUAGE)
    yield
    i18n.use_language("en")


def catalogue() -> Catalog:
    return parsed(TEXTS, LANGUAGE)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each form of a text, with its translation."""
    ids = (message.id,) if isinstance(message.id, str) else message.id
    strings = (message.string or "",) if isinstance(message.string, str | None) else message.string
    yield from zip(ids, strings, strict=True)


def messages() -> list[tuple[str, str]]:
    return [pair for message in catalogue() if message.id for pair in pairs(message)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_are_those_of_the_sources(language: str) -> None:
    path = TOP / source(language)
    texts = path.read_text(encoding="utf-8")
    assert renewed(texts, language) == texts, "make docs"
    assert path.with_suffix(".mo").read_bytes() == compiled(texts, language), "make docs"


def test_nothing_is_left_to_translate_and_nothing_is_doubtful() -> None:
    assert [text for text, translation in messages() if not translation] == []
    assert [message.id for message in catalogue() if message.id and message.fuzzy] == []
    assert not catalogue().obsolete


def test_a_text_that_is_new_is_missed() -> None:
    """What `make docs` would write for a text without its translation is what the test above fails on."""
    lost = re.sub(r'(?m)^msgid "Leave the console"\nmsgstr .*$', "", TEXTS)
    assert lost != TEXTS
    assert [text.id for text in parsed(renewed(lost, LANGUAGE), LANGUAGE) if not text.string] == ["Leave the console"]


def fields(text: str) -> set[str]:
    """The places of a text that values are put into, with their formats."""
    return set(re.findall(r"\{\{.*?\}\}|\{[^{}]*\}|%\(\w+\)s", text))


def test_places_commands_and_ends_are_kept() -> None:
    for text, translation in messages():
        assert fields(translation) == fields(text), text
        assert translation.count("`") == text.count("`"), text
        assert (translation.startswith(" "), translation.endswith(" ")) == (text.startswith(" "), text.endswith(" ")), (
            text
        )
        assert translation.endswith(("?", ":", "…")) == text.endswith(("?", ":", "…")), text
        assert translation.endswith(".") or " " not in text or not text.endswith("."), text


def test_what_can_be_run_is_the_same_in_every_language() -> None:
    for text, translation in messages():
        commands = re.findall(r"`(?:kryonix|redis-cli|promtool|loginctl|chmod|ACL)[^`]*`", text)
        assert all(command in translation for command in commands), text
        assert set(re.findall(r"--[a-z][a-z-]+", text)) == set(re.findall(r"--[a-z][a-z-]+", translation)), text


def columns() -> Iterator[tuple[str, int]]:
    """Titles of columns, with their widths, as they stand in the sources."""
    for path in sorted((TOP / "kryonix_tui").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(
                    args=[_, ast.Call(func=ast.Name(id="N_"), args=[ast.Constant(value=str(title))]), width, *_]
                ):
                    match width:
                        case ast.Constant(value=int(cells)):
                            yield title, cells
                        case ast.Name(id=name):
                            module = ".".join(path.relative_to(TOP).with_suffix("").parts)
                            yield title, getattr(importlib.import_module(module), name)


@pytest.mark.usefixtures("portuguese")
def test_titles_of_columns_are_short() -> None:
    found = list(columns())
    assert len(found) > 60
    assert [(title, i18n._(title), width) for title, width in found if len(i18n._(title)) > width + 1] == []


@pytest.mark.usefixtures("portuguese")
def test_a_column_has_room_for_its_title_in_any_language() -> None:
    column: Column[int] = Column("keys", "Keys", 5, lambda n: Cell(str(n)), lambda n: n)
    assert [place.width for place in fit([column], 40)] == [len("Chaves")]
    i18n.use_language("en")
    assert [place.width for place in fit([column], 40)] == [5]


def test_the_signs_in_numbers_are_those_of_unicode() -> None:
    for language, (decimal, thousands) in i18n.SIGNS.items():
        symbols = Locale.parse(language).number_symbols["latn"]
        assert (symbols["decimal"], symbols["group"]) == (decimal, thousands)
    assert set(i18n.SIGNS) == {"en", *LANGUAGES}


@pytest.mark.usefixtures("portuguese")
def test_figures_are_written_as_in_brazil() -> None:
    assert formats.count(1234) == "1,2k"
    assert formats.full_count(12_345_678) == "12.345.678"
    assert formats.size(1.5 * 2**30) == "1,5 GiB"
    assert formats.percent(87.5) == "87,5 %"
    assert formats.limit_percent(99.5) == "99,5 %"
    assert formats.milliseconds(0.3) == "0,3 ms"
    assert formats.duration(7500) == "2 h 5 min"
    assert formats.age(0) == "já"
    assert re.fullmatch(r"\d\d/\d\d \d\d:\d\d", formats.clock_time(0.0, today=1e9))


@pytest.mark.parametrize(
    ("text", "value"), [("85,5", 85.5), ("85.5", 85.5), ("1,5k", 1500.0), (",5", 0.5), ("85", 85.0)]
)
def test_filters_take_numbers_with_a_point_and_with_a_comma(text: str, value: float) -> None:
    assert number(text, "") == value


def test_what_is_wanted_first_counts_also_where_it_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_US:pt_BR")
    i18n.use_language()
    assert i18n._("Tenants in trouble") == "Tenants in trouble"
    monkeypatch.setenv("LANGUAGE", "pt_BR:en")
    i18n.use_language()
    assert i18n._("Tenants in trouble") == "Tenants com problemas"
    i18n.use_language("en")


def differing(one: object, other: object, name: str = "") -> Iterator[str]:
    """The names of the fields in which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differing(one[key], other[key], key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for left, right in zip(one, other, strict=True):
            yield from differing(left, right, name)
    elif one != other:
        yield name


def test_json_differs_in_sentences_for_people_at_most() -> None:
    update = Stage().update(sources=states(START, *(failing(name) for name in SourceName)))
    english = json.loads(encode(status(update)))
    i18n.use_language(LANGUAGE)
    found = json.loads(encode(status(update)))
    i18n.use_language("en")
    assert set(differing(english, found)) <= {"text", "message", "hint"}


README, TRANSLATED = Path("README.md"), Path("README.pt-BR.md")


def outline(path: Path) -> tuple[list[int], list[str], set[str], int]:
    """The levels of a page's headings, its commands, the files that it names, and how many rows its tables have."""
    text = (TOP / path).read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```(?:console|yaml)\n(.*?)^```", text)
    lines = [line.partition(" #")[0].rstrip() for block in blocks for line in block.splitlines()]
    headings = [len(found) for found in re.findall(r"(?m)^(#+) ", re.sub(r"(?ms)^```.*?^```", "", text))]
    files = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if link not in {str(README), str(TRANSLATED)}}
    return headings, lines, files, len(re.findall(r"(?m)^\|", text))


def test_the_readme_says_the_same_in_both_languages() -> None:
    assert outline(TRANSLATED) == outline(README)


@pytest.mark.usefixtures("portuguese")
def test_troubles_are_called_in_portuguese() -> None:
    source = failing(SourceName.REDIS)
    trouble = Trouble("Unreachable", "ninguém escuta", "")
    assert "Inacessível: ninguém escuta" in sentences.source_trouble(replace(source, trouble=trouble), START)
