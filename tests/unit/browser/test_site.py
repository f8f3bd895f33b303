"""Who is let in, what a page is made of, and what a browser may say; the consoles are small programs that say what they got."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from kryonix_tui.browser.child import Child
from kryonix_tui.browser.gate import browser_token
from kryonix_tui.browser.server import FILES, Site
from kryonix_tui.browser.session import LONGEST_MESSAGE
from kryonix_tui.config.serve import Serve
from kryonix_tui.errors import ConfigError

TOKEN = "a-token-of-23-characters"
HOSTILE = "$(touch%20/tmp/x);`id`%00%0a--role=operator"

# It says its size, then what it is told, in packets of its own; it ends when it is asked to.
CONSOLE = """
import os, sys
def say(content):
    os.write(1, b"D" + len(content).to_bytes(4, "big") + content)
os.write(1, b"__GANGLION__\\n")
say(f"{os.environ['COLUMNS']}x{os.environ['ROWS']} {sys.argv[1:]}".encode())
while head := sys.stdin.buffer.read(5):
    say(head[:1] + sys.stdin.buffer.read(int.from_bytes(head[1:], "big")))
"""


@contextlib.asynccontextmanager
async def site(token: str = "", program: str = CONSOLE, **settings: Any) -> AsyncIterator[tuple[str, Site]]:
    child = Child((sys.executable, "-c", program, "only", "this"), {"PATH": os.environ["PATH"]})
    served = Site(Serve(**settings), child, token)
    runner = web.AppRunner(served.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", served
    finally:
        await runner.cleanup()


async def status(address: str, **options: Any) -> int:
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client,
        client.get(address, allow_redirects=False, **options) as answer,
    ):
        return answer.status


def basic(password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth("anybody", password)}


@contextlib.asynccontextmanager
async def window(
    address: str, origin: str | None = "", query: str = ""
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {} if origin is None else {"Origin": origin or address}
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{address}/ws{query}", headers=headers) as socket:
        yield socket


async def closed(served: Site) -> None:
    """Wait until no window is left."""
    async with asyncio.timeout(60):
        while served.windows:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        ({"host": "0.0.0.0"}, ""),
        ({"host": "192.0.2.7"}, "short"),
        ({"public_url": "https://console.example.org"}, ""),
        ({"host": "::"}, ""),
    ],
)
def test_nobody_else_gets_near_without_a_token(settings: dict[str, Any], token: str) -> None:
    with pytest.raises(ConfigError, match="must show a token of 16 characters"):
        browser_token(Serve(**settings, token=token))


@pytest.mark.parametrize("address", ["console.example.org", "ftp://x", "http://[", "https://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match=r"serve\.public_url: expected"):
        browser_token(Serve(public_url=address, token=TOKEN))


def test_a_token_may_stand_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_TEST", TOKEN)
    assert browser_token(Serve(host="0.0.0.0", token="${TOKEN_OF_THE_TEST}")) == TOKEN
    assert browser_token(Serve()) == ""


async def test_a_token_opens_and_leaves_the_address() -> None:
    async with (
        site(TOKEN) as (address, _site),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        for path in ("/", "/ws", *FILES):
            assert await status(address + path) == 401, path
        assert await status(f"{address}/?token={TOKEN}x") == 401
        assert await status(f"{address}/?token=%ff%00") == 401
        async with client.get(f"{address}/?token={TOKEN}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert TOKEN not in cookie
        async with client.get(address) as answer:
            assert answer.status == 200
        async with client.ws_connect(f"{address}/ws", headers={"Origin": address}) as socket:
            assert (await socket.receive_bytes()).startswith(b"80x24")


async def test_a_token_is_also_a_password() -> None:
    async with site(TOKEN) as (address, _site):
        for password, expected in ((TOKEN, 200), (TOKEN[:-1], 401), ("", 401)):
            assert await status(address, headers=basic(password)) == expected
        for header in ("Basic", "Basic ###", f"Bearer {TOKEN}", "Basic " + b64encode(b"\xff\xfe").decode()):
            assert await status(address, headers={"Authorization": header}) == 401


async def test_a_name_that_is_not_this_machines_is_refused() -> None:
    async with site() as (address, _site):
        assert await status(address, headers={"Host": "rebound.example.org"}) == 403
        assert await status(address, headers={"Host": "localhost"}) == 200


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("line", [b"Host: \xff", b"Authorization: Basic \xff", b"Cookie: \xff=\xff", b"Origin: \xff"])
async def test_bytes_that_are_no_text_are_refused(token: str, line: bytes) -> None:
    async with site(token) as (address, _site):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        host = b"" if line.startswith(b"Host") else b"Host: 127.0.0.1\r\n"
        writer.write(b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n" + host + line + b"\r\n\r\n")
        assert int((await reader.readline()).split()[1]) in (400, 401, 403)
        writer.close()


@pytest.mark.parametrize("origin", [None, "null", "http://127.0.0.1:1", "https://evil.example.org", "http://["])
async def test_only_our_own_page_opens_a_window(origin: str | None) -> None:
    async with site() as (address, served):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with window(address, origin):
                pass
        assert refused.value.status == 403
        assert not served.windows


async def test_a_page_of_the_proxy_in_front_opens_one() -> None:
    async with site(TOKEN, public_url="https://console.example.org") as (address, _site):
        headers = {"Origin": "https://console.example.org", **basic(TOKEN)}
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"{address}/ws", headers=headers) as socket,
        ):
            assert await socket.receive_bytes()


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    async with site() as (address, _site), aiohttp.ClientSession() as client:
        async with client.get(f"{address}/?token={HOSTILE}&fontsize=<script>") as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "://" not in text
        assert "script>" not in text.replace("<script src=", "").replace("</script>", "")
        for path in FILES:
            async with client.get(address + path) as answer:
                assert answer.status == 200
                assert await answer.read()
        for path in ("/static/", "/download/x", "/../child.py", "/page/page.html"):
            assert await status(address + path) == 404
        async with client.post(address) as answer:
            assert answer.status == 405


async def test_what_an_address_says_reaches_no_command_line() -> None:
    async with site() as (address, _site):
        async with window(address, query=f"?width={HOSTILE}&height=99999999999&command={HOSTILE}") as socket:
            assert await socket.receive_bytes() == b"80x200 ['only', 'this']"
        async with window(address, query="?width=1&height=-3") as socket:
            assert await socket.receive_bytes() == b"20x5 ['only', 'this']"


async def test_keys_sizes_and_focus_are_passed_on() -> None:
    async with site() as (address, _site), window(address) as socket:
        await socket.receive_bytes()
        await socket.send_json(["stdin", "ç"])
        assert await socket.receive_bytes() == b"D\xc3\xa7"
        await socket.send_json(["resize", {"width": 100_000, "height": 30}])
        said = await socket.receive_bytes()
        assert (said[:1], json.loads(said[1:])) == (b"M", {"type": "resize", "width": 500, "height": 30})
        await socket.send_json(["blur"])
        assert json.loads((await socket.receive_bytes())[1:]) == {"type": "blur"}
        await socket.send_json(["ping", "12"])
        assert await socket.receive_json() == ["pong", "12"]


@pytest.mark.parametrize(
    "said", ["x", "{}", "[]", '["stdin", 3]', '["quit"]', '["resize", 3]', '["deliver_chunk_request"]']
)
async def test_what_no_page_of_ours_says_ends_the_window(said: str) -> None:
    async with site() as (address, served):
        async with window(address) as socket:
            await socket.receive_bytes()
            await socket.send_str(said)
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        await closed(served)


async def test_there_are_so_many_windows_and_no_more() -> None:
    async with site(sessions=1) as (address, served):
        async with window(address) as first:
            await first.receive_bytes()
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with window(address):
                    pass
            assert refused.value.status == 503
        await closed(served)
        async with window(address) as next_one:
            assert await next_one.receive_bytes()


STUBBORN = CONSOLE.replace(
    "import os, sys", "import os, signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
).replace("while head", "say(str(os.getpid()).encode())\nwhile True: say(b' ' * 60_000)\nwhile head")


async def test_a_console_that_does_not_leave_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kryonix_tui.browser.session.END_SECONDS", 0.2)
    async with site(program=STUBBORN) as (address, served):
        async with window(address) as socket:
            await socket.receive_bytes()
            process = int(await socket.receive_bytes())
            os.kill(process, 0)
        await closed(served)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def failing(code: int) -> str:
    """Return a console that says why it leaves, as an app does: the end of its drawing comes before its last words."""
    ended = r"os.write(1, b'__GANGLION__\nM' + (15).to_bytes(4, 'big') + b'{\"type\":\"exit\"}')"
    said = "sys.stderr.write('Not read-only: it could write\\n  ACL SETUSER kx_mon \\x1b]52;c;eA==\\a\\n')"
    return f"import os, sys, time; {ended}; time.sleep(0.05); {said}; raise SystemExit({code})"


async def test_what_a_console_refuses_is_said_in_its_window() -> None:
    async with site(program=failing(4)) as (address, _site), window(address) as socket:
        kind, said = await socket.receive_json()
        assert kind == "ended"
        assert said.startswith("Not read-only: it could write\n  ACL SETUSER kx_mon ")
        assert "\x1b" not in said
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("code", [1, 2, 3])
async def test_what_else_a_console_says_stays_in_the_log(code: int, capfd: pytest.CaptureFixture[str]) -> None:
    async with site(program=failing(code)) as (address, _site), window(address) as socket:
        text = f"The console has ended with code {code}. The log of `kryonix serve` says why."
        assert await socket.receive_json() == ["ended", text]
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert "Not read-only" in capfd.readouterr().err


async def test_a_console_that_is_left_says_nothing() -> None:
    async with site(program=failing(0)) as (address, _site), window(address) as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_two_windows_are_two_consoles() -> None:
    async with site() as (address, _site), window(address, query="?width=50") as one, window(address) as other:
        assert (await one.receive_bytes()).startswith(b"50x24")
        assert (await other.receive_bytes()).startswith(b"80x24")
        await one.send_json(["stdin", "a"])
        await other.send_json(["stdin", "b"])
        assert (await one.receive_bytes(), await other.receive_bytes()) == (b"Da", b"Db")


async def test_a_message_that_is_too_large_ends_the_window() -> None:
    async with site() as (address, served):
        async with window(address) as socket:
            await socket.receive_bytes()
            await socket.send_json(["stdin", "x" * LONGEST_MESSAGE])
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        await closed(served)


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ({"width": 0, "height": 0}, (20, 5)),
        ({"width": 100_000, "height": 100_000}, (500, 200)),
        ({"width": "9" * 5000, "height": None}, (80, 24)),
        ({"width": -1.5, "height": [1]}, (80, 24)),
    ],
)
async def test_no_size_is_too_much(asked: dict[str, Any], got: tuple[int, int]) -> None:
    async with site() as (address, _site), window(address) as socket:
        await socket.receive_bytes()
        await socket.send_json(["resize", asked])
        said = json.loads((await socket.receive_bytes())[1:])
        assert (said["width"], said["height"]) == got


@pytest.mark.parametrize(
    ("asked", "place"), [("20", "/?fontsize=20"), ("2e1", "/"), ("%0d%0aX: y", "/"), ("9999", "/")]
)
async def test_the_size_of_letters_stays_in_the_address(asked: str, place: str) -> None:
    async with (
        site(TOKEN) as (address, _site),
        aiohttp.ClientSession() as client,
        client.get(f"{address}/?fontsize={asked}&token={TOKEN}", allow_redirects=False) as answer,
    ):
        assert answer.headers["Location"] == place
