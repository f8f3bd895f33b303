"""No byte of a hostile name reaches the terminal: every sequence that does is one of Textual's own."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from tests.metrics_servers import alertmanager
from tests.pty.terminal import Terminal
from tests.servers import Server

MARK = "EVIL"
PAYLOADS = (
    "\x1b]52;c;{mark}\x07",
    "\x1b]0;{mark}\x1b\\",
    "\x1bP{mark}\x1b\\",
    "\x1b[31m{mark}\x1b[2J",
    "\x9b31m{mark}",
    "\x9d52;c;{mark}\x9c",
    "\x1b_{mark}\x1b\\",
    "{mark}\r\n\x08\x0c\x0e",
    "[/{mark}] [@click=app.quit]x[/] [bold",
    "\u202e{mark}\u200b\u2066",
)

OWN_SEQUENCES = re.compile(
    rb"\x1b\[[0-9;]*[mHABCDJK]"  # colours, cursor, erasing
    rb"|\x1b\[\?[0-9;]+[hlu]|\x1b\[\?[0-9;]+\$p"  # modes: alternate screen, cursor, mouse, paste, synchronised output
    rb"|\x1b\[[<>=][0-9;]*[a-z]"  # keyboard protocol
    rb"|\x1b\[c|\x1b\[6n|\x1b\[14t|\x1b\[16t|\x1b\[18t"  # questions
    rb"|\x1b[78=>]|\x1b\(B|\x1b\[8[hl]"
    rb"|\x1b\]22;[a-z-]*\x07"  # shape of the mouse pointer
)


PAYLOAD_SEQUENCES = re.compile(rb"\x1b\[31m|\x1b\[2J")
"""Sequences that are well-formed and could be Textual's, but which it does not send: whole colours are, and no erasing."""


def assert_only_own_sequences(raw: bytes) -> None:
    """Nothing but Textual's sequences and printable UTF-8 was sent."""
    assert not PAYLOAD_SEQUENCES.search(raw)
    rest = OWN_SEQUENCES.sub(b"", raw)
    text = rest.decode("utf-8")
    found = {character for character in text if not (character.isprintable() or character in "\r\n")}
    assert not found, [ascii(text[max(0, text.index(c) - 20) : text.index(c) + 30]) for c in found]


def seed_hostile(server: Server) -> None:
    """Put payloads into tenants, key names, values and queue names."""
    for number, payload in enumerate(PAYLOADS):
        raw = payload.format(mark=f"{MARK}{number}").encode("utf-8", "surrogateescape")
        c1 = raw.replace(b"\xc2", b"") if b"\xc2" in raw else raw
        for name in {raw, c1}:
            with server.client(2) as client:
                client.rpush(b"queue:tenant:" + name + b":" + name, b"x")
            with server.client(3) as client:
                client.hset(b"metrics:tenant:" + name, mapping={b"cache_hit_rate": b"10", b"business_sector": name})
            with server.client(5) as client:
                client.hset(b"sdk:tenant:" + name, mapping={b"tenant_name": name, b"subdomain": name})
            with server.client(0) as client:
                client.hset(b"tenant:" + name + b":mobile:session:1", mapping={b"platform": name})
                client.set(name, name)
    with server.client(0) as client:
        client.config_set("slowlog-log-slower-than", 0)
        client.execute_command("GET", PAYLOADS[0].format(mark=MARK))


def post_alerts(url: str) -> None:
    """Post alerts whose labels and annotations are payloads."""
    alerts = [
        {
            "labels": {"alertname": payload.format(mark=MARK), "tenant_id": payload, "severity": "critical"},
            "annotations": {"summary": payload.format(mark=MARK), "description": payload * 20},
            "generatorURL": "http://127.0.0.1/" + MARK,
        }
        for payload in PAYLOADS
    ]
    request = urllib.request.Request(
        f"{url}/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        assert answer.status == 200


def test_no_byte_of_a_payload_reaches_the_terminal(platform: Server, tmp_path: Path) -> None:
    seed_hostile(platform)
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    with alertmanager(folder) as alerts:
        post_alerts(alerts.url)
        arguments = ("--redis", platform.url, "--alertmanager", alerts.url)
        with Terminal(*arguments, size=(160, 50)) as terminal:
            terminal.until(MARK)
            for key, shown in {"2": "tenants", "4": "inside", "6": MARK, "8": "Slow log", "3": "witness"}.items():
                terminal.press(key)
                terminal.until(shown if key != "4" else "Mobile sessions")
            terminal.press("2", "j", "j", "enter")
            terminal.until("Sessions by kind")
            terminal.press("c")
            terminal.until("sent to the clipboard")
            terminal.press("a")
            terminal.until("tenant=")
            terminal.press("q")
            assert terminal.end() == 0
            raw = bytes(terminal.raw)
    assert MARK.encode() in raw, "the names were shown, harmlessly"
    own_copy = re.compile(rb"\x1b\]52;c;[A-Za-z0-9+/=]*\x07")
    assert len(own_copy.findall(raw)) == 1, "the one that `c` asked for"
    rest = own_copy.sub(b"", raw)
    assert_only_own_sequences(rest)


def test_the_check_itself_finds_every_payload() -> None:
    for payload in PAYLOADS[:8]:
        for raw in (payload.encode(), payload.encode("latin-1")):
            with pytest.raises((AssertionError, UnicodeDecodeError)):
                assert_only_own_sequences(b"\x1b[1;1H" + raw)
