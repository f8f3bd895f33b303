from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies

from kryonix_tui.config.document import MAX_DEPTH, dotted, parse, parse_value
from kryonix_tui.errors import ConfigError


def test_every_key_and_item_has_its_line() -> None:
    document = parse("a: 1\nb:\n  c:\n    - x\n    - y: 2\n", "f")
    assert document.data == {"a": 1, "b": {"c": ["x", {"y": 2}]}}
    lines = {path: document.lines[path] for path in [("a",), ("b", "c"), ("b", "c", 0), ("b", "c", 1, "y")]}
    assert lines == {("a",): 1, ("b", "c"): 3, ("b", "c", 0): 4, ("b", "c", 1, "y"): 5}


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_document_is_an_empty_mapping(text: str) -> None:
    assert parse(text, "f").data == {}


def test_what_yaml_takes_for_a_date_stays_text() -> None:
    assert parse_value("2024-01-01", "f") == "2024-01-01"
    assert parse_value("2024-99-99", "f") == "2024-99-99"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a second time, after line 1"),
        ("a: &x 1\nb: *x\n", 2, "aliases"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("a: !!set {x, y}\n", 1, "tags"),
        ("a: 1\n  b: 2\n", 2, "not valid YAML"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("? [a, b]\n: 1\n", 1, "plain text"),
        ("- a\n", 1, "mapping"),
        ("just text", 1, "mapping"),
        ("a: \x1b[31m\n", 1, "not valid YAML"),
        ("a: " + "9" * 5000, 1, "cannot be read"),
        ("a: " + "[" * (MAX_DEPTH + 1), 1, "nested too deeply"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "some.yaml")
    assert caught.value.message.startswith(f"some.yaml:{line}: ")
    assert said in caught.value.message


def test_a_bomb_of_brackets_or_aliases_is_refused_before_it_is_built() -> None:
    bombs = ["a: " + "[" * 100_000, "a: &a [x,x]\n" + "".join(f"k{n}: &b{n} [*a,*a]\n" for n in range(30))]
    for bomb in bombs:
        with pytest.raises(ConfigError):
            parse(bomb, "f")


@pytest.mark.timeout(400)
@given(strategies.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse(text, "f").data, dict)


def test_paths_are_written_as_people_write_them() -> None:
    assert dotted(("keyspace", "patterns", 3, "kind")) == "keyspace.patterns[3].kind"
    assert "\x1b" not in dotted(("a\x1b[2J",))
