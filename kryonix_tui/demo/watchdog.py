"""The process that owns the demo: every server is its child, the temporary folder is its own.

It lives in a session of its own, so a Ctrl-C at the terminal does not reach it or its children. Its standard input is a
pipe from the console. When that pipe closes - because the console says so, or because it died in whatever way - all
children are killed and the folder is removed. Nothing in it is worth a slow goodbye.

Protocol, one JSON object a line. First it says `{"folder": path}` or `{"error": text}`; then it answers requests:

    {"start": name, "argv": [...]}   -> {"pid": number} or {"error": text}; output goes to <folder>/<name>.log
    {"status": true}                 -> {name: exit code, or null while it runs}
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

PREFIX = "kryonix-demo-"


def main() -> None:
    """Serve the pipe until it closes, then clean up."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=sys.argv[1] if len(sys.argv) > 1 else None))
    except OSError as error:
        _say({"error": str(error)})
        return
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        _say({"folder": str(folder)})
        for line in sys.stdin:
            _say(_answer(json.loads(line), folder, children))
    except BrokenPipeError:
        pass  # the console is gone; its end of the other pipe closes too
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end(children)
        shutil.rmtree(folder, ignore_errors=True)


def _answer(
    request: dict[str, object], folder: Path, children: dict[str, subprocess.Popen[bytes]]
) -> dict[str, object]:
    if "start" not in request:
        return {name: child.poll() for name, child in children.items()}
    name, argv = str(request["start"]), request["argv"]
    if not isinstance(argv, list):
        return {"error": "argv is no list"}
    try:
        with (folder / f"{name}.log").open("ab") as log:
            children[name] = subprocess.Popen(  # noqa: S603 - what the console asks for, no shell
                [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
            )
    except OSError as error:
        return {"error": str(error)}
    return {"pid": children[name].pid}


def _end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        child.kill()
    for child in children.values():
        child.wait()


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
