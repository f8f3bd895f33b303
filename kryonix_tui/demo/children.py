"""The console's end of the watchdog: start children, ask how they are, end them all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import kryonix_tui
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_GOODBYE_SECONDS = 3.0


def python_module(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `module` of this package; the current folder cannot shadow anything."""
    return [sys.executable, "-P", "-m", module, *arguments]


class Children:
    """A watchdog process, its folder, and the children it owns."""

    def __init__(self, temp_root: Path | None = None) -> None:
        """Start the watchdog; its folder is made in `temp_root`, by default where temporary files belong.

        Raises:
            KryonixError: no folder can be made there, or Python cannot be started.
        """
        # What the user set for a console of their own concerns no child.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KRYONIX_")}
        environment = inherited | {"PYTHONPATH": str(Path(kryonix_tui.__file__).parent.parent)}
        arguments = [str(temp_root)] if temp_root else []
        self._watchdog = subprocess.Popen(  # noqa: S603 - our own module, no shell
            python_module("kryonix_tui.demo.watchdog", *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=environment,
            text=True,
        )
        greeting = self._listen()
        if "folder" not in greeting:
            self._watchdog.communicate()
            raise KryonixError(
                safe(str(greeting.get("error"))),
                title=_("The demo cannot start"),
                hint=_("It needs a folder for temporary files that you can write to; TMPDIR names another one."),
            )
        self.folder = Path(str(greeting["folder"]))
        self.pids = {"watchdog": self._watchdog.pid}

    def start(self, name: str, argv: list[str]) -> None:
        """Start a child whose output goes to the log `name`.

        Raises:
            KryonixError: the program cannot be run.
        """
        answer = self._ask({"start": name, "argv": argv})
        if "error" in answer:
            raise KryonixError(
                _("{name} does not start: {reason}").format(name=name, reason=safe(str(answer["error"]))),
                title=_("The demo cannot start"),
            )
        self.pids[name] = int(str(answer["pid"]))

    def ended(self) -> dict[str, int]:
        """Return the children that ended by themselves, with their exit codes."""
        return {name: int(str(code)) for name, code in self._ask({"status": True}).items() if code is not None}

    def log(self, name: str) -> str:
        """Return what `name` logged so far, fit to be shown, its last lines at most."""
        try:
            raw = (self.folder / f"{name}.log").read_bytes()
        except OSError:
            return ""
        return "\n".join(safe(line) for line in raw[-4096:].split(b"\n") if line.strip())

    def close(self) -> None:
        """End all children and remove the folder. Harmless when it is already done."""
        with contextlib.suppress(BrokenPipeError):
            self._close_pipe()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._watchdog.wait(_GOODBYE_SECONDS)
        if self._watchdog.returncode != 0:
            # The watchdog hangs or was killed: its children are still in its process group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._watchdog.pid, signal.SIGKILL)
            self._watchdog.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for pipe in (self._watchdog.stdout, self._watchdog.stderr):
            if pipe:
                pipe.close()

    def _close_pipe(self) -> None:
        if self._watchdog.stdin:
            self._watchdog.stdin.close()

    def _ask(self, request: dict[str, object]) -> dict[str, object]:
        pipe = self._watchdog.stdin
        try:
            if pipe:
                pipe.write(json.dumps(request) + "\n")
                pipe.flush()
        except OSError as error:
            raise KryonixError(_("The demo's watchdog is gone."), title=_("Demo")) from error
        return self._listen()

    def _listen(self) -> dict[str, object]:
        line = self._watchdog.stdout.readline() if self._watchdog.stdout else ""
        if not line:
            reason = self._watchdog.stderr.read().strip().rpartition("\n")[2] if self._watchdog.stderr else ""
            raise KryonixError(
                _("The demo's watchdog ended. {reason}").format(reason=safe(reason)).strip(), title=_("Demo")
            )
        answer: dict[str, object] = json.loads(line)
        return answer
