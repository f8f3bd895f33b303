"""Values of keys: what is secret or about a person is shown nowhere, however it is packed."""

from __future__ import annotations

import json

import pytest

from kryonix_tui.masking import MASK
from kryonix_tui.model.keys import FoundKey, KeyValue, Part
from kryonix_tui.sources.redis.browser import PART_BYTES, parts_of
from kryonix_tui.view import keys, values
from kryonix_tui.view.cells import plain

SECRET = "letmein"
PHONE = "+5511999990000"
INNER = json.dumps({"token": SECRET, "phone": PHONE, "lang": "pt"})
LARGE = json.dumps({"lang": "pt", "token": SECRET, "note": "y" * PART_BYTES})

PACKED = {
    "JSON whose end was not read": LARGE[:PART_BYTES],
    "JSON in a text of JSON": json.dumps({"data": INNER}),
    "JSON in JSON in JSON": json.dumps({"data": json.dumps([INNER])}),
    "a JSON text that is JSON": json.dumps(INNER),
    "JSON that is broken": INNER[:-1],
    "JSON in a text of JSON, cut off": json.dumps({"data": INNER[:-3]}),
    "a list with names of fields": json.dumps([{"name": "api_key", "value": SECRET}, {"key": "phone", "value": PHONE}]),
    "a query": f"user=1&token={SECRET}",
    "a header": f"Authorization: Bearer {SECRET}",
    "a header in JSON": json.dumps({"sent": f"Bearer {SECRET}"}),
    "a URL in a text of JSON": json.dumps({"broker": f"amqp://user:{SECRET}@host/"}),
    "words of another language": json.dumps({"senha": SECRET, "jwt": SECRET}),
    "a phone number in a text": f"call {PHONE} back",
    "a phone number as a name": json.dumps({PHONE: 1}),
}


@pytest.mark.parametrize("name", PACKED)
def test_it_is_hidden_however_it_is_packed(name: str) -> None:
    shown = values.masked("data", PACKED[name].encode())
    assert shown
    assert SECRET not in shown
    assert PHONE not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"lang": "pt", "n": [1, 2.5, null]}', '{"lang": "pt", "n": [1, 2.5, null]}'),
        ("[1] started", "[1] started"),
        ("1764000000000", "1764000000000"),
        ("90.5", "90.5"),
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05+00:00"),
        ("plain text", "plain text"),
    ],
)
def test_what_tells_nothing_of_anybody_is_shown(text: str, shown: str) -> None:
    assert values.masked("data", text.encode()) == shown


@pytest.mark.parametrize("depth", [20, 400, 900, 2000])
def test_what_is_nested_deep_ends_nothing(depth: int) -> None:
    shown = values.masked("data", b"[" * depth + b'"' + SECRET.encode() + b'"' + b"]" * depth)
    assert SECRET not in shown
    assert MASK in shown


def test_no_length_is_told_of_what_is_only_begun() -> None:
    found = FoundKey(0, b"x", "kind", None)
    for kind in ("string", "hash", "list", "set"):
        part = Part(b"data", LARGE[:PART_BYTES].encode(), cut=True)
        text = "\n".join(plain(shown) for shown in keys.lines(found, KeyValue(kind, parts=(part,), length=1)))
        assert str(PART_BYTES) not in text
        assert f"{MASK} …" in text


def test_all_that_is_kept_for_a_verification_is_hidden() -> None:
    found = FoundKey(0, f"verify:phone:{PHONE}".encode(), "verify", None)
    parts = (Part(b"code", b"123456"), Part(b"tries", b"2"))
    text = "\n".join(plain(shown) for shown in keys.lines(found, KeyValue("hash", parts=parts, length=2)))
    assert "123456" not in text
    assert PHONE not in text


def test_of_a_stream_only_names_are_kept() -> None:
    (part,) = parts_of("stream", [(b"1-0", [b"to", f"ana  {SECRET}  x={PHONE}".encode(), b"text", b"hello"])])
    found = FoundKey(0, b"events", "events", None)
    text = "\n".join(plain(shown) for shown in keys.lines(found, KeyValue("stream", parts=(part,), length=1)))
    assert SECRET not in text
    assert PHONE not in text
    assert f"to: {MASK}  text: {MASK}" in text


def test_the_type_of_a_value_is_a_word_of_the_server_like_any_other() -> None:
    found = FoundKey(0, b"x", "kind", None)
    assert all(plain(shown).isprintable() for shown in keys.lines(found, KeyValue("\x1b]0;x\x07", refused="no")))
