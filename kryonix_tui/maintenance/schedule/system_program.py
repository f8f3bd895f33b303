"""Programs of the system, which keep schedules: run in plain English, with a deadline."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final, NamedTuple

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import identity, raw_bytes, safe

SECONDS: Final = 20
"""How long a program may take."""


class Ended(NamedTuple):
    """How a program ended. Texts keep every byte (`safetext.identity`)."""

    code: int
    out: str
    err: str

    def failure(self, name: str) -> KryonixError:
        """Return the error to raise where this end is one."""
        lines = self.err.strip().splitlines() or [_("it ended with {code}").format(code=self.code)]
        return KryonixError(
            _("{program}: {reason}").format(program=name, reason="; ".join(safe(line, 200) for line in lines[-3:])),
            title=_("Schedule"),
        )


def run(*command: str, given: str = "") -> Ended:
    """Run a program with `given` as its input.

    Raises:
        KryonixError: it is not installed, cannot be started, or does not end.
    """
    found = shutil.which(command[0])
    if found is None:
        raise KryonixError(_("{program} is not installed").format(program=command[0]), title=_("Schedule"))
    try:
        ended = subprocess.run(  # noqa: S603 - the program is one of ours to choose, its words are no shell's
            [found, *command[1:]],
            input=raw_bytes(given),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as error:
        text = _("{program} did not end within {seconds} s").format(program=command[0], seconds=SECONDS)
        raise KryonixError(text, title=_("Schedule")) from error
    except OSError as error:
        text = _("{program} could not be started: {reason}")
        reason = safe(error.strerror or type(error).__name__)
        raise KryonixError(text.format(program=command[0], reason=reason), title=_("Schedule")) from error
    return Ended(ended.returncode, identity(ended.stdout), identity(ended.stderr))
