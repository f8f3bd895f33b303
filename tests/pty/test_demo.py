"""`kryonix demo`: a living platform in the terminal, of which nothing is left."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psutil

from tests.pty.terminal import Terminal


def test_the_demo_lives_and_vanishes() -> None:
    # The embedded server listens at a socket too, and such a path must be short.
    with (
        tempfile.TemporaryDirectory(prefix="kx-") as temporary,
        Terminal("demo", size=(160, 45), environment={"TMPDIR": temporary}) as terminal,
    ):
        terminal.until(lambda text: "Overview" in text and "QueueBacklog" in text)
        children = psutil.Process(terminal.child.pid).children(recursive=True)
        assert children
        assert list(Path(temporary).iterdir())
        terminal.press("2")
        terminal.until(lambda text: all(t in text for t in ("cliente_exemplo", "clinica_saude", "imobiliaria_xyz")))
        terminal.press("6")
        terminal.until("Watchdog")
        terminal.press("q")
        assert terminal.end() == 0
        _gone, alive = psutil.wait_procs(children, timeout=60)
        assert alive == []
        assert list(Path(temporary).iterdir()) == []
