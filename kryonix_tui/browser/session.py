"""One browser window: a console in a process of its own, its screen as packets, keys and sizes back.

The packets are those of Textual's web driver: a letter (D data, M a message in JSON), four bytes of length (big-endian), as many
of content. After a line that says so, the process writes nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from asyncio.subprocess import PIPE, Process
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from kryonix_tui.browser.child import Child
from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

log = logging.getLogger(__name__)

BEGIN: Final = b"__GANGLION__\n"
LARGEST_PACKET: Final = 16_000_000
LONGEST_MESSAGE: Final = 65_536
"""Bytes that a browser may say at once."""
WIDTHS: Final = (20, 500)
HEIGHTS: Final = (5, 200)
END_SECONDS: Final = 3.0
"""How long a console may take to end; then it is killed."""
_LAST_WORDS: Final = 8192
"""Bytes that are kept of what a console says of its end."""


class Session:
    """Runs the console of one window until either of them has ended."""

    def __init__(self, socket: web.WebSocketResponse, child: Child) -> None:
        self._socket = socket
        self._child = child
        self._words = b""

    async def run(self, width: str, height: str) -> None:
        """Start the console in the size that the browser asks for, and pass on what both say."""
        size = {"COLUMNS": str(_within(width, WIDTHS, 80)), "ROWS": str(_within(height, HEIGHTS, 24))}
        environment = {**self._child.environment, **size}
        process = await asyncio.create_subprocess_exec(
            *self._child.arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        hearing = asyncio.ensure_future(self._hear(process))
        try:
            drawing, listening = (
                asyncio.ensure_future(self._draw(process)),
                asyncio.ensure_future(self._listen(process)),
            )
            await asyncio.wait((drawing, listening), return_when=asyncio.FIRST_COMPLETED)
            if drawing.done() and not listening.done():
                await self._say_why(process, hearing)
            for task in (drawing, listening):
                task.cancel()
            for end in await asyncio.gather(drawing, listening, return_exceptions=True):
                if isinstance(end, Exception) and not isinstance(end, ConnectionError):
                    log.warning("a window ended: %r", end)
        finally:
            await asyncio.shield(_end(process))
            hearing.cancel()

    async def _hear(self, process: Process) -> None:
        """Pass on to our own log what the console says of its end, and keep the last of it."""
        assert process.stderr is not None  # noqa: S101 - it was asked for
        while said := await process.stderr.read(_LAST_WORDS):
            self._words = (self._words + said)[-_LAST_WORDS:]
            with contextlib.suppress(OSError):
                os.write(2, said)

    async def _say_why(self, process: Process, hearing: asyncio.Future[None]) -> None:
        """Tell the window why a console has left by itself. What it refuses is meant to be read; the rest is for our log."""
        leaving = asyncio.gather(_read_to_the_end(process), hearing)
        await asyncio.wait((leaving,), timeout=END_SECONDS)
        code = process.returncode
        if code == RefusedError.exit_code:
            lines = self._words.decode("utf-8", "replace").splitlines()
            await self._socket.send_json(["ended", "\n".join(safe(line, 2000) for line in lines)])
        elif code:
            text = _("The console has ended with code {code}. The log of `kryonix serve` says why.")
            await self._socket.send_json(["ended", text.format(code=code)])

    async def _draw(self, process: Process) -> None:
        """Pass on what the console draws. A browser that reads slowly holds the console up, and nothing is piled up."""
        assert process.stdout is not None  # noqa: S101 - it was asked for
        read = process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError):
            if await read.readexactly(len(BEGIN)) != BEGIN:
                return
            while True:
                head = await read.readexactly(5)
                length = int.from_bytes(head[1:], "big")
                if length > LARGEST_PACKET:
                    return
                content = await read.readexactly(length)
                if head[:1] == b"D":
                    await self._socket.send_bytes(content)
                elif head[:1] == b"M" and _type(content) == "exit":
                    return

    async def _listen(self, process: Process) -> None:
        """Pass on keys, sizes and focus. What is no such message ends the window."""
        assert process.stdin is not None  # noqa: S101 - it was asked for
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                return
            try:
                kind, *rest = msgspec.json.decode(message.data, type=list[object])
                packet = _packet(kind, rest[0] if rest else None)
            except (ValueError, msgspec.DecodeError):
                return
            if kind == "ping":
                await self._socket.send_json(["pong", str(rest[0] if rest else "")[:64]])
            if packet:
                process.stdin.write(packet)
                await process.stdin.drain()


def _packet(kind: object, said: object) -> bytes:
    """Return what the console is told, nothing for what does not concern it.

    Raises:
        ValueError: a browser's page says no such thing.
    """
    if kind == "stdin" and isinstance(said, str):
        return _framed(b"D", said.encode("utf-8", "replace"))
    if kind == "resize" and isinstance(said, dict):
        size = {"width": _within(said.get("width"), WIDTHS, 80), "height": _within(said.get("height"), HEIGHTS, 24)}
        return _framed(b"M", msgspec.json.encode({"type": "resize", **size}))
    if kind in ("focus", "blur"):
        return _framed(b"M", msgspec.json.encode({"type": kind}))
    if kind == "ping":
        return b""
    raise ValueError


def _framed(letter: bytes, content: bytes) -> bytes:
    return letter + len(content).to_bytes(4, "big") + content


def _type(message: bytes) -> object:
    said = msgspec.json.decode(message)
    return said.get("type") if isinstance(said, dict) else None


def _within(asked: object, bounds: tuple[int, int], otherwise: int) -> int:
    """Return a number that a browser asked for, within bounds; `otherwise` where it is none.

    >>> _within("120", WIDTHS, 80), _within("9" * 30, WIDTHS, 80), _within("$(id)", WIDTHS, 80), _within(None, WIDTHS, 80)
    (120, 500, 80, 80)
    """
    try:
        number = int(asked) if isinstance(asked, int | str) else otherwise
    except ValueError:
        return otherwise
    return min(max(number, bounds[0]), bounds[1])


async def _end(process: Process) -> None:
    """End the console, and wait until nothing of it is left."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    process.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    leaving = asyncio.ensure_future(_read_to_the_end(process))
    if not (await asyncio.wait((leaving,), timeout=END_SECONDS))[0]:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await leaving


async def _read_to_the_end(process: Process) -> None:
    """Wait for the end. A console that is held up while it writes would not hear that it should leave."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    while await process.stdout.read(65_536):
        pass
    await process.wait()
