"""`kryonix serve` before a real Redis, opened in a real browser."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from kryonix_tui.browser.child import READ_ONLY
from tests.chromium import Tab, browser
from tests.program import run
from tests.servers import Server, seed

TOKEN = "a-token-of-23-characters"
PATIENCE = 60.0
DRIVER = "textual.drivers.web_driver:WebDriver"
WHY = """new Promise(done => setInterval(() => {
    const why = document.getElementById('why');
    if (document.body.matches('.-closed') && why?.textContent) done(why.innerText);
}, 20))"""
QUICK = "intervals: {redis: 0.5, tenants: 0.5, census: 1}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A Redis with a tenant in it."""
    with Server() as started:
        seed(started, [(10, "RPUSH queue:tenant:cliente_da_casa:whatsapp a b c")])
        yield started


@pytest.fixture(scope="module")
def served(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[psutil.Process, str]]:
    """The server as a process, and its address without the token."""
    home = tmp_path_factory.mktemp("home")
    config = home / "config.yaml"
    config.write_text(
        f"{QUICK}role: operator\nredis: {{url: {server.url}}}\nserve: {{port: 0, token: '${{OUR_TOKEN}}'}}\n"
    )
    config.chmod(0o600)
    own = {name: value for name, value in os.environ.items() if not name.startswith("KRYONIX_")}
    command = [sys.executable, "-m", "kryonix_tui", "serve", "--config", str(config), "--role", "operator"]
    environment = own | {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "KRYONIX_READ_ONLY": "false",
        "OUR_TOKEN": TOKEN,
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout
        name, _equals, address = process.stdout.readline().strip().partition("=")
        assert name == "serve"
        yield psutil.Process(process.pid), address
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tab(served: tuple[psutil.Process, str]) -> AsyncIterator[Tab]:
    """A page with the console in it."""
    async with browser() as opened:
        await opened.resize(1280, 800)
        opened.screen.resize(38, 142)
        await opened.open(f"{served[1]}?token={TOKEN}")
        await opened.until("KRYONIX", "Overview", "● redis")
        yield opened


@pytest.mark.asyncio(loop_scope="module")
class TestBrowser:
    async def test_the_token_has_left_the_address(self, served: tuple[psutil.Process, str], tab: Tab) -> None:
        assert await tab.evaluate("location.href") == served[1]
        assert await tab.evaluate("document.cookie") == ""

    async def test_it_draws_in_its_own_letters(self, tab: Tab) -> None:
        seen = await tab.picture()
        await tab.evaluate("document.getElementById('terminal').style.opacity = '0'")
        blank = await tab.picture()
        await tab.evaluate("document.getElementById('terminal').style.opacity = ''")
        assert len(seen) > 3 * len(blank)
        assert await tab.evaluate("document.fonts.check(\"16px 'Roboto Mono'\") && document.fonts.size") == 1

    async def test_nothing_was_loaded_from_elsewhere(self, served: tuple[psutil.Process, str], tab: Tab) -> None:
        assert tab.asked
        assert [address for address in tab.asked if not address.startswith((served[1], "data:"))] == []
        assert [said for said in tab.said if "'level': 'error'" in said] == []

    async def test_it_is_read_only_whatever_was_configured(self, served: tuple[psutil.Process, str], tab: Tab) -> None:
        (console,) = served[0].children()
        assert console.cmdline()[-3:] == ["--role", "viewer", "--read-only"]
        assert TOKEN not in " ".join([*console.cmdline(), *console.environ().values()])
        assert "read-only" in tab.text
        assert "7 Maintenance" not in tab.text

    async def test_it_updates(self, server: Server, tab: Tab) -> None:
        await tab.press("2")
        await tab.until("cliente_da_casa")
        seed(server, [(10, "RPUSH queue:tenant:cliente_do_navegador:whatsapp 1 2 3 4")])
        await tab.until("cliente_do_navegador")

    async def test_keys_are_heard(self, tab: Tab) -> None:
        await tab.press("8")
        await tab.until("Noisy neighbours")

    async def test_it_follows_the_size_of_its_window(self, tab: Tab) -> None:
        tab.screen.resize(23, 66)
        await tab.press("1")
        await tab.resize(600, 500)
        await tab.until("2 3 4 5 6 8")

    async def test_leaving_ends_the_process_and_says_so(self, served: tuple[psutil.Process, str], tab: Tab) -> None:
        (console,) = served[0].children()
        await tab.press("q")
        await asyncio.to_thread(console.wait, PATIENCE)
        assert await tab.evaluate(
            "new Promise(done => setInterval(() => document.body.matches('.-closed') && done(1), 20))"
        )
        assert "Open again" in await tab.evaluate("document.querySelector('.ended').innerText")

    async def test_a_wall_that_refuses_says_why_and_what_to_do(self, server: Server, tab: Tab, tmp_path: Path) -> None:
        flags = ("--wallboard", "--port", "0", "--token", TOKEN, "--redis", server.url)
        command = (sys.executable, "-m", "kryonix_tui", "serve", *flags)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip().partition("=")[2]
        await tab.open(f"{address}?token={TOKEN}")
        said = await tab.evaluate(WHY)
        assert "Not read-only: the Redis user default could write: " in said
        assert "ACL SETUSER kx_mon reset on >PASSWORD" in said
        assert "--accept-writable-user" in said
        process.terminate()
        _out, errors = await process.communicate()
        assert process.returncode == 0
        assert b"ACL SETUSER kx_mon reset on" in errors
        assert b"--token file:/path hides it" in errors
        assert TOKEN.encode() not in errors


def test_a_wall_is_not_accepted_where_there_is_none(server: Server, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = run("serve", "--accept-writable-user", "--port", "0", "--redis", server.url, env=environment)
    assert done.returncode == 2
    assert "--accept-writable-user is about the wallboard" in done.stderr
    assert done.stdout == ""


def test_elsewhere_it_does_not_start_without_a_token(server: Server, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = run("serve", "--host", "0.0.0.0", "--port", "0", "--redis", server.url, env=environment)
    assert done.returncode == 2
    assert "must show a token of 16 characters or more" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", [(), ("wallboard", "--accept-writable-user")])
def test_a_console_whose_server_was_killed_leaves(server: Server, tmp_path: Path, command: tuple[str, ...]) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TEXTUAL_DRIVER": DRIVER}
    arguments = [sys.executable, "-m", "kryonix_tui", *command, "--redis", server.url, *READ_ONLY]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, env=environment) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"__GANGLION__\n"
        process.stdout.read(100)
        process.stdin.close()
        process.stdout.close()
        # By itself, by a write that nobody takes any more, or by the signal that it sends itself when its loop has ended.
        assert process.wait(PATIENCE) in (0, 1, 128 + signal.SIGPIPE, -signal.SIGTERM)
