"""Generated files examined by the programs that will read them, before anything is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

SECONDS: Final = 60
"""How long one program may take: promtool needs about a second for 10,000 rules."""

_LINES: Final = 20
_LINE_LIMIT: Final = 400


@dataclass(frozen=True, slots=True)
class Report:
    """What an examination found. `unchecked` names programs that are not installed here."""

    problems: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = field(default=())

    def __add__(self, other: Report) -> Report:
        return Report(self.problems + other.problems, tuple(dict.fromkeys(self.unchecked + other.unchecked)))


def examined(program: str, arguments: Iterable[str], folder: Path) -> Report:
    """Run `program` in `folder`; what it says when it fails are the problems."""
    found = shutil.which(program)
    if found is None:
        return Report(unchecked=(program,))
    try:
        ended = subprocess.run(  # noqa: S603 - the program is one of ours to choose, its words are no shell's
            [found, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        text = _("{program} did not end within {seconds} s").format(program=program, seconds=SECONDS)
        return Report((text,))
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        return Report((_("{program} could not be started: {reason}").format(program=program, reason=reason),))
    if not ended.returncode:
        return Report()
    said = list(_lines(ended.stderr + b"\n" + ended.stdout)) or [
        _("it ended with {code}").format(code=ended.returncode)
    ]
    return Report(tuple(f"{program}: {line}" for line in said[:_LINES]))


def _lines(output: bytes) -> Iterator[str]:
    return (safe(line.strip(), _LINE_LIMIT) for line in output.splitlines() if line.strip())
