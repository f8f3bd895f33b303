"""How queues are named."""

from __future__ import annotations

import pytest

from kryonix_tui.errors import UsageError
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.queues import QueuePage, WaitingItem, named, of_module, queue_of_key, shown

CRM = QueueKey(2, b"queue:tenant:alfa:crm", "crm", "alfa")


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("alfa/crm", CRM),
        ("queue:tenant:alfa:crm", CRM),
        ("alfa/crm:sub", QueueKey(2, b"queue:tenant:alfa:crm:sub", "crm:sub", "alfa")),
        ("perf:timescale_queue:tenant:alfa", QueueKey(9, b"perf:timescale_queue:tenant:alfa", "timescale", "alfa")),
        ("a/b/crm", QueueKey(2, b"queue:tenant:a/b:crm", "crm", "a/b")),
        ("\udcff/crm", QueueKey(2, b"queue:tenant:\xff:crm", "crm", "\udcff")),
        (
            "queue:system:auto_client_creation",
            QueueKey(2, b"queue:system:auto_client_creation", "auto_client_creation", None),
        ),
    ],
)
def test_a_queue_is_named_by_tenant_and_module_or_by_its_key(text: str, queue: QueueKey) -> None:
    assert named(KRYONIX, text) == queue


def test_what_may_be_two_is_asked_about() -> None:
    with pytest.raises(UsageError, match="perf:timescale_queue"):
        named(KRYONIX, "alfa/timescale")
    assert named(KRYONIX, "alfa/timescale", 9).key == b"perf:timescale_queue:tenant:alfa"


@pytest.mark.parametrize("text", ["", "alfa", "metrics:tenant:alfa", "/crm", "kryonix:lock:maintenance", "a:b/crm"])
def test_what_is_no_queue_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        named(KRYONIX, text)


def test_an_empty_queue_is_no_key_and_has_a_name_all_the_same() -> None:
    assert of_module(KRYONIX, "alfa", "crm") == [CRM]
    assert [queue.db for queue in of_module(KRYONIX, "alfa", "timescale")] == [2, 9]
    (queue,) = of_module(KRYONIX, None, "performance")
    assert (queue.db, queue.key, queue.tenant) == (9, b"websocket:events:performance", None)
    assert of_module(KRYONIX, None, "crm") == []


def test_a_queue_is_shown_printable() -> None:
    assert shown(QueueKey(2, b"k", "crm", "a\x1b[2J")) == "a␛[2J/crm"
    assert shown(QueueKey(9, b"websocket:events:performance", "performance", None)) == "websocket:events:performance"
    assert queue_of_key(KRYONIX, 3, b"metrics:tenant:alfa") is None


def test_a_page_says_where_to_go_on() -> None:
    items = tuple(WaitingItem(place, b"x", 1) for place in range(3, 6))
    assert QueuePage(10, items).next == 6
    assert QueuePage(6, items).next is None
    assert QueuePage(0).next is None
