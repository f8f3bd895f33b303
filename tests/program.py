"""`kryonix` in processes of its own, without the half second that Python needs to import it each time.

`run` is for what runs a command and looks at what it printed. A nursery process per pytest process imports what commands
need and forks a child for each run: the child has the arguments, environment, folder and files of that run. Tests of the
start itself, of signals, terminals and imports start `python -m kryonix_tui`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

# What takes long and says nothing: a command's own modules translate their texts as they are imported.
IMPORTED = (
    *("click", "httpx", "jsonschema", "redis", "redis.asyncio"),
    *("kryonix_tui.bootstrap", "kryonix_tui.maintenance.service", "kryonix_tui.sources.redis"),
    *("kryonix_tui.sources.prometheus", "kryonix_tui.sources.alertmanager", "kryonix_tui.monitor.monitor"),
)

PATIENCE = 60.0
"""Seconds that a command may take."""


def run(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end, with nobody there to ask.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds, and was killed.
    """
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(timeout)
        asked.connect(_nursery())
        request = {
            "arguments": words,
            "environ": dict(os.environ if env is None else env),
            "cwd": str(cwd or Path.cwd()),
        }
        socket.send_fds(asked, [b"."], [out.fileno(), err.fileno()])
        answers = asked.makefile("rw", encoding="utf-8")
        answers.write(json.dumps(request) + "\n")
        answers.flush()
        process = int(answers.readline())
        try:
            code = int(answers.readline())
        except TimeoutError as error:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(words, timeout) from error
        return subprocess.CompletedProcess(words, code, _text(out), _text(err))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@functools.cache
def _nursery() -> str:
    """Start the nursery; return the path of its socket. It ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="kryonix-nursery-")
    path = str(Path(folder.name, "socket"))
    process = subprocess.Popen([sys.executable, __file__, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def end() -> None:
        process.kill()
        process.communicate()
        folder.cleanup()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return path


def _nurse(path: str) -> None:
    """Fork for every connection, until the process that started this one is gone."""
    for name in IMPORTED:
        importlib.import_module(name)
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        listening.settimeout(5)
        print("ready", flush=True)  # noqa: T201 - to the process that waits for it
        while os.getppid() == parent:
            with contextlib.suppress(TimeoutError):
                connection, _address = listening.accept()
                if not os.fork():
                    listening.close()
                    connection.settimeout(None)
                    os._exit(_attend(connection))
                connection.close()
            _bury()


def _bury() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _attend(connection: socket.socket) -> int:
    """Fork the program, wait for its end, and tell how it ended, as `subprocess` does."""
    _byte, files, _flags, _address = socket.recv_fds(connection, 1, 2)
    talk = connection.makefile("rw", encoding="utf-8")
    request = json.loads(talk.readline())
    process = os.fork()
    if not process:
        connection.detach()
        _become(request, files)
    print(process, file=talk, flush=True)
    _process, status = os.waitpid(process, 0)
    print(os.waitstatus_to_exitcode(status), file=talk, flush=True)
    return 0


def _become(request: Mapping[str, Any], files: list[int]) -> NoReturn:
    """Be `python -m kryonix_tui` with these arguments."""
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    sys.argv = ["kryonix", *request["arguments"]]
    os._exit(_ended())


def _ended() -> int:
    """Run the program, and return its code when all that Python does at the end is done."""
    code: object = 1
    try:
        from kryonix_tui.cli import main

        main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    for stream in _streams():
        stream.flush()
    return code if isinstance(code, int) else 1


def _streams() -> Iterator[IO[str]]:
    yield sys.stdout
    yield sys.stderr


if __name__ == "__main__":
    _nurse(sys.argv[1])
