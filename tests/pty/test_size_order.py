"""The size that is told last is the newest, also where a terminal changes it while it is being told."""

from __future__ import annotations

import re
import sys

import pexpect

PROGRAM = """
import os, signal
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from kryonix_tui.tui.suited import suited

class Changing(LinuxDriver):
    sizes = [(120, 30), (50, 13), (60, 20)]
    asked = 0

    def _get_terminal_size(self):
        Changing.asked += 1
        if Changing.asked == 2:
            os.kill(os.getpid(), signal.SIGWINCH)
        return self.sizes[Changing.asked - 1]

class Told(App):
    told = []

    def get_driver_class(self):
        return suited(Changing)

    def on_mount(self):
        os.kill(os.getpid(), signal.SIGWINCH)

    async def _post_message(self, message):
        if isinstance(message, Resize):
            self.told.append(tuple(message.size))
        if len(self.told) == len(Changing.sizes):
            self.exit()
        return await super()._post_message(message)

app = Told()
app.run()
print("told", app.told)
"""


def test_the_newest_size_is_told_last() -> None:
    child = pexpect.spawn(sys.executable, ["-c", PROGRAM], timeout=60)
    child.expect(r"told \[(.*)\]")
    assert isinstance(child.match, re.Match)
    assert child.match[1] == b"(120, 30), (50, 13), (60, 20)"
    child.expect(pexpect.EOF)
