"""A real browser without a window: Debian's Chromium, driven by the DevTools protocol, in a temporary profile."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pyte

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60.0
"""Seconds that something may take to be seen."""

SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    # What is not on this machine is not there: nothing may be loaded from elsewhere.
    *("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--remote-debugging-port=0", "about:blank"),
)


class Tab:
    """A page. `screen` is what its terminal was sent, as a terminal shows it; `asked` are the addresses that it loaded."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.frames = 0

    async def listen(self) -> None:
        """Take what the browser tells, until it has gone."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
                continue
            async with self._news:
                self._happened(said["method"], said["params"])
                self._news.notify_all()

    def _happened(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.webSocketFrameReceived" and params["response"]["opcode"] == 2:
            self.frames += 1
            self._stream.feed(b64decode(params["response"]["payloadData"]))
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.said.append(str(params.get("entry", params)))

    async def send(self, method: str, **params: Any) -> Any:
        """Give a command and return its result."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        answer = await asyncio.wait_for(self._answers[number], PATIENCE)
        assert "error" not in answer, answer
        return answer["result"]

    async def evaluate(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        result = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    async def open(self, address: str) -> None:
        """Go to an address."""
        await self.send("Page.navigate", url=address)

    async def resize(self, width: int, height: int) -> None:
        """Give the page another size, in pixels."""
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def press(self, key: str) -> None:
        """Press and release a key that is a character."""
        await self.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return b64decode((await self.send("Page.captureScreenshot"))["data"])

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(self.screen.display)

    async def until(self, *words: str) -> None:
        """Wait until the terminal shows all these words."""
        async with self._news:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._news.wait_for(lambda: all(word in self.text for word in words))
            except TimeoutError as error:
                raise AssertionError(f"{words} not in:\n{self.text}\n{self.said}") from error


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Tab]:
    """Start a browser, and end it.

    Raises:
        FileNotFoundError: none is installed.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise FileNotFoundError("no Chromium is installed (Debian: apt install chromium)")
    with tempfile.TemporaryDirectory(prefix="kryonix-chromium-", ignore_cleanup_errors=True) as folder:
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            program, f"--user-data-dir={folder}", *SWITCHES, stdout=quiet, stderr=asyncio.subprocess.PIPE
        )
        try:
            port = await _port(process)
            async with aiohttp.ClientSession() as client:
                async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    pages = [page for page in await answer.json() if page["type"] == "page"]
                async with client.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    tab = Tab(socket)
                    listening = asyncio.create_task(tab.listen())
                    for domain in ("Page", "Network", "Runtime", "Log"):
                        await tab.send(f"{domain}.enable")
                    yield tab
                    listening.cancel()
        finally:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.communicate(), 10)
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while line := await process.stderr.readline():
            if line.startswith(b"DevTools listening on "):
                return int(line.split(b"/")[2].rpartition(b":")[2])
    raise AssertionError("the browser did not start")
