"""Queues and their items in words: what is not known is not said, and what is in an item only where it was revealed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kryonix_tui.clock import Instant
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.queues import Certainty, Consumer, QueueList, QueuePage, QueueState, Rate, WaitingItem
from kryonix_tui.view import queue_documents, queue_items, queues
from kryonix_tui.view.cells import plain
from kryonix_tui.view.columns import column_named, sort_items
from kryonix_tui.view.filters import compile_filter

NOW = 1_750_000_000.0
STATE = QueueState("alfa", "crm", 1200, Instant(NOW, 1.0), oldest=NOW - 600, recent=(1, 5, 9))
BUSY = replace(
    STATE,
    net=-0.5,
    arriving=Rate(1.5, Certainty.ABOUT),
    leaving=Rate(2.0, Certainty.ABOUT),
    consumer=Consumer.WORKING,
)
GROWING = replace(
    STATE,
    module="mail",
    net=2.0,
    arriving=Rate(2.0, Certainty.KNOWN),
    leaving=Rate(0.0, Certainty.KNOWN),
    quiet=900.0,
    consumer=Consumer.NONE,
)
EMPTY = QueueState(None, "auto_client_creation", 0, Instant(NOW, 1.0), consumer=Consumer.IDLE)


def cells(state: QueueState) -> dict[str, str]:
    return {column.name: column.cell(state).text for column in queues.columns(NOW)}


def test_a_row_says_what_is_known() -> None:
    shown = cells(BUSY)
    assert [shown[name] for name in ("depth", "in", "out", "net", "oldest", "empty")] == [
        "1.2k", "~90", "~120", "-30", "10m", "40m",
    ]  # fmt: skip
    shown = cells(GROWING)
    assert [shown[name] for name in ("in", "out", "net", "empty", "quiet")] == ["120", "0", "+120", "grows", "15m"]
    assert "no consumer" in shown["why"]


def test_a_row_does_not_say_what_is_not_known() -> None:
    shown = cells(replace(STATE, oldest=None))
    assert {shown[name] for name in ("in", "out", "net", "oldest", "empty", "quiet")} == {"–"}
    shown = cells(replace(STATE, net=0.1, arriving=Rate(0.1, Certainty.LEAST)))
    assert (shown["in"], shown["out"]) == ("≥6", "–")
    assert cells(EMPTY)["empty"] == "empty"
    assert cells(EMPTY)["tenant"] == "(platform)"


def test_the_worst_come_first_and_of_those_the_longest() -> None:
    column = column_named(queues.columns(NOW), "consumer")
    assert column is not None
    short = replace(GROWING, module="few", depth=3)
    assert sort_items([EMPTY, BUSY, short, GROWING], column, reverse=True) == [GROWING, short, BUSY, EMPTY]


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ("consumer=none", [GROWING]),
        ("depth>0", [BUSY, GROWING]),
        ("oldest>5m", [BUSY, GROWING]),
        ("empty<1h", [BUSY]),
        ("queue=mail", [GROWING]),
        ("auto", [EMPTY]),
    ],
)
def test_queues_are_filtered_by_what_is_known(terms: str, found: list[QueueState]) -> None:
    passes = compile_filter(terms, queues.columns(NOW))
    assert [state for state in (BUSY, GROWING, EMPTY) if passes(state)] == found


def test_the_summary_names_trouble_only() -> None:
    assert queues.summary(QueueList()) == []
    told = plain(queues.summary(QueueList(consumers={Consumer.NONE: 2, Consumer.STALLED: 0, Consumer.WORKING: 9})))
    assert "2 without a consumer" in told
    assert "stalled" not in told


def test_the_heading_says_how_rates_are_known() -> None:
    text = "\n".join(plain(line) for line in queues.heading(BUSY, NOW))
    assert "alfa/crm" in text
    assert "items' own times" in text
    assert "at least" in "\n".join(
        plain(line) for line in queues.heading(replace(STATE, leaving=Rate(1.0, Certainty.LEAST)), NOW)
    )


SECRETS = {"phone": "+5511987654321", "nested": {"api_key": "s3cr3t", "cpf": "123.456.789-00"}, "token": "t0k3n"}


def item(content: bytes, size: int | None = None) -> WaitingItem:
    return WaitingItem(0, content, len(content) if size is None else size, NOW - 90)


def test_values_are_hidden_and_names_of_fields_are_not() -> None:
    hidden = queue_items.text_of(item(json.dumps(SECRETS).encode()))
    assert "phone" in hidden
    for secret in ("98765", "s3cr3t", "123.456", "t0k3n"):
        assert secret not in hidden


def test_what_is_revealed_still_hides_credentials() -> None:
    shown = queue_items.text_of(item(json.dumps(SECRETS).encode()), revealed=True)
    assert "+5511987654321" in shown
    assert "123.456.789-00" in shown
    assert "s3cr3t" not in shown
    assert "t0k3n" not in shown


@pytest.mark.parametrize(
    "content", [b"\x1b]52;c;aGk=\x07", b'{"\x1b[2J": 1}', b"\xff\xfe\x00", b"[" * 5000, b'{"a": "\xe2\x80\xae"}', b""]
)
@pytest.mark.parametrize("revealed", [False, True])
def test_hostile_items_are_printable(content: bytes, *, revealed: bool) -> None:
    text = queue_items.text_of(item(content), revealed=revealed)
    assert not any(ord(character) < 32 or character in "\x7f\u202e" for character in text)


def test_of_an_item_that_was_cut_nothing_is_told_but_its_length() -> None:
    assert queue_items.text_of(item(b'{"phone": "+55', 5000)) == "••• (5000 bytes)"
    assert "5000" in queue_items.text_of(item(b"plain", 5000), revealed=True)


def test_a_page_says_what_is_left() -> None:
    page = QueuePage(10, (item(b"x"),), refused="")
    lines = [plain(line) for line in queue_items.lines(page, NOW)]
    assert "2m" in lines[0] or "1m" in lines[0]
    assert "9 more" in lines[-1]
    assert "empty" in plain(queue_items.lines(QueuePage(0, type=""), NOW)[0])


def test_documents_have_numbers_and_nulls() -> None:
    document = json.loads(queue_documents.queues([BUSY, EMPTY], NOW))
    assert document["schema"] == "kryonix.queues/1"
    first, second = document["queues"]
    assert (first["arriving"], first["net"], first["empty_in_s"]) == ({"value": 1.5, "certainty": "about"}, -0.5, 2400)
    assert (second["tenant"], second["net"], second["consumer"]) == (None, None, "idle")
    queue = QueueKey(2, b"queue:tenant:\xff:crm", "crm", "\udcff")
    peek = json.loads(queue_documents.peek(queue, QueuePage(1, (item(b"x"),)), NOW, revealed=False))
    assert (peek["schema"], peek["tenant"], peek["next"]) == ("kryonix.queue_peek/1", "\\xff", None)
    assert peek["items"] == [{"place": 0, "bytes": 1, "age_s": 90.0, "text": "••• (1 byte)"}]
