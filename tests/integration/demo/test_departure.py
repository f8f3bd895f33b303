"""Nothing survives: no process, no folder, no noise on the terminal, whatever ends the console."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pexpect
import psutil
import pytest
import redis

from kryonix_tui.demo.platform import DemoPlatform
from kryonix_tui.errors import KryonixError

PROGRAM = (
    "from kryonix_tui.demo.platform import DemoPlatform, serve_only; serve_only(DemoPlatform(tenants=6, keys=500))"
)
PATIENCE = 60.0


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files with a short name, as sockets need it."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        yield Path(folder)


@pytest.fixture
def console(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    yield process
    process.kill()
    process.communicate()


def urls(console: subprocess.Popen[str]) -> dict[str, str]:
    assert console.stdout
    lines = [console.stdout.readline() for _ in range(3)]
    return dict(line.strip().split("=", 1) for line in lines)


def family(pid: int) -> tuple[list[psutil.Process], Path]:
    """Return all processes under the console, and the folder that they work in."""
    children = psutil.Process(pid).children(recursive=True)
    assert len(children) == 6
    return children, Path(next(child.cwd() for child in children if "kryonix-demo-" in child.cwd()))


def assert_gone(children: list[psutil.Process], folder: Path) -> None:
    _gone, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert not alive
    assert not folder.exists()


def test_the_urls_are_printed_and_answer(console: subprocess.Popen[str]) -> None:
    found = urls(console)
    assert list(found) == ["redis", "prometheus", "alertmanager"]
    with redis.Redis.from_url(found["redis"]) as server:
        assert server.ping()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", found["prometheus"])


def test_what_is_missing_is_said_on_standard_error(temporary: Path) -> None:
    environment = os.environ | {"TMPDIR": str(temporary), "PATH": ""}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        found = urls(process)
        process.terminate()
        _out, errors = process.communicate(timeout=PATIENCE)
    assert (found["prometheus"], found["alertmanager"]) == ("", "")
    assert "apt install prometheus" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_cleanly(console: subprocess.Popen[str], number: signal.Signals) -> None:
    urls(console)
    children, folder = family(console.pid)
    console.send_signal(number)
    _out, errors = console.communicate(timeout=PATIENCE)
    assert console.returncode == 0
    assert errors == ""
    assert_gone(children, folder)


def test_a_killed_console_leaves_nothing(console: subprocess.Popen[str]) -> None:
    urls(console)
    children, folder = family(console.pid)
    console.kill()
    assert_gone(children, folder)


def test_a_console_killed_during_the_start_leaves_nothing(console: subprocess.Popen[str], temporary: Path) -> None:
    parent = psutil.Process(console.pid)
    while not (children := parent.children(recursive=True)):
        assert console.poll() is None
    console.kill()
    _gone, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert not alive
    assert list(temporary.iterdir()) == []


def test_ctrl_c_makes_no_noise() -> None:
    terminal = pexpect.spawn(sys.executable, ["-c", PROGRAM], encoding="utf-8", echo=False, timeout=PATIENCE * 2)
    terminal.expect(r"alertmanager=\S*\r\n")
    children, folder = family(terminal.pid or 0)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    assert terminal.before == ""
    terminal.wait()
    terminal.close()
    assert terminal.exitstatus == 0
    assert_gone(children, folder)


def test_children_are_out_of_the_terminals_reach() -> None:
    with DemoPlatform(tenants=5, keys=300, metrics=False) as platform:
        groups = {os.getpgid(pid) for pid in platform.pids.values()}
        assert groups == {platform.pids["watchdog"]}
        assert os.getsid(platform.pids["valkey"]) != os.getsid(0)


def test_a_killed_watchdog_is_stood_in_for() -> None:
    with DemoPlatform(tenants=5, keys=300, metrics=False) as platform:
        children = [psutil.Process(pid) for pid in platform.pids.values()]
        folder = platform.folder
        os.kill(platform.pids["watchdog"], signal.SIGKILL)
    assert folder
    assert_gone(children, folder)


def test_a_hanging_watchdog_is_stood_in_for() -> None:
    with DemoPlatform(tenants=5, keys=300, metrics=False) as platform:
        children = [psutil.Process(pid) for pid in platform.pids.values()]
        folder = platform.folder
        os.kill(platform.pids["watchdog"], signal.SIGSTOP)
    assert folder
    assert_gone(children, folder)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    platform = DemoPlatform(temp_root=tmp_path / "missing")
    with pytest.raises(KryonixError, match="missing") as caught:
        platform.start()
    assert "TMPDIR" in caught.value.hint


def test_a_folder_with_too_long_a_name_is_an_error(tmp_path: Path) -> None:
    root = tmp_path / ("x" * 100)
    root.mkdir()
    with pytest.raises(KryonixError, match="too long") as caught:
        DemoPlatform(temp_root=root).start()
    assert "TMPDIR" in caught.value.hint
    assert list(root.iterdir()) == []


def test_stopping_twice_is_harmless() -> None:
    platform = DemoPlatform(tenants=5, keys=300, metrics=False)
    platform.start()
    platform.stop()
    platform.stop()
    assert platform.pids == {}
