"""A block in the user's crontab (crontab(5)), between two marks; all other lines stay byte for byte."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from kryonix_tui import paths
from kryonix_tui.errors import ConfigError, KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.schedule.job import STEPS, Command, Job, next_run
from kryonix_tui.maintenance.schedule.place import MARK, Installed, Texts
from kryonix_tui.maintenance.schedule.system_program import run

BEGIN: Final = "# kryonix begin"
END: Final = "# kryonix end"
LOG: Final = "schedule.log"
NAME: Final = "crontab"

_HOUR: Final = 60
_LONGEST_COMMAND: Final = 998
"""Bytes of a command that every cron takes: MAX_COMMAND of Vixie's is 1000."""

_SPECIAL: Final = re.compile(r'["$`\\]')
"""What is not itself between double quotes of a shell."""

_BACKSLASH: Final = "${b}"
"""How a backslash is written: of two in a row, which a shell would read as one, some crons take one away before it."""

_TIME: Final = re.compile(r"^(?P<minute>[0-5]?[0-9]) (?P<hour>1?[0-9]|2[0-3]) \* \* \* ", re.MULTILINE)


def block_text(job: Job) -> str:
    """Return the lines of a job, with the marks around them.

    Raises:
        ConfigError: the paths are too long for a crontab.
    """
    backup, repeated = _command(job, _nightly()), _command(job, _step(job.repeated)) if job.repeated else ""
    if max(len(command.encode()) for command in (backup, repeated)) > _LONGEST_COMMAND:
        raise ConfigError(
            _("the paths are too long for a crontab"), hint=_("Use shorter ones, or --systemd."), title=_("Schedule")
        )
    minutes = "0" if job.every == _HOUR else f"*/{job.every}"
    lines = [f"{job.minute} {job.hour} * * * {backup}", *([f"{minutes} * * * * {repeated}"] if repeated else [])]
    return "\n".join((BEGIN, MARK, *lines, END, ""))


def _nightly() -> str:
    """Return the steps as a list of the shell: a step that fails ends it, but for one that is alone."""
    steps = [f"{_step(step.words)}{';' if step.alone else ' &&'}" for step in STEPS[:-1]]
    return " ".join((*steps, _step(STEPS[-1].words)))


def _step(words: Command) -> str:
    return f"k {shlex.join(words)}"


def _command(job: Job, steps: str) -> str:
    """Return the steps for cron: with /bin/sh whatever SHELL says, their words in a log, and `%` as cron wants it.

    It has to be short: what is long stands once, `k` being program and options, `s` the state folder, `b` a backslash.
    """
    settings = "".join(f"export {name}={_quoted(value)}; " for name, value in job.environment)
    start, options = (" ".join(map(_quoted, words)) for words in (job.program, job.options))
    script = (
        f's={_quoted(str(paths.state_folder()))}; mkdir -p "$s"; {settings}'
        f'k() {{ {start} "$@" {options}; }}; {{ {steps}; }} >>"$s/{LOG}" 2>&1'
    )
    backslash = r"b='\'; " if _BACKSLASH in script else ""
    return f"/bin/sh -c {shlex.quote(f'umask 077; {backslash}{script}')}".replace("%", "\\%")


def _quoted(word: str) -> str:
    """Quote a word within what is quoted once more, by double quotes: a single one would take up to 17 bytes."""
    if shlex.quote(word) == word:
        return word
    return '"' + _SPECIAL.sub(lambda found: _BACKSLASH if found[0] == "\\" else f"\\{found[0]}", word) + '"'


class Parts(NamedTuple):
    """A crontab: what stands before our block, the block (empty where there is none), and what follows."""

    before: str
    block: str
    after: str


def parted(text: str) -> Parts:
    """Find our block.

    Raises:
        KryonixError: the marks are not one pair in order: somebody edited them, and where our part ends is not known.
    """
    # Lines as cron has them: nothing else than a newline ends one.
    lines = list(io.StringIO(text, newline="\n"))
    bare = [line.rstrip() for line in lines]
    begins = [number for number, line in enumerate(bare) if line == BEGIN]
    ends = [number for number, line in enumerate(bare) if line == END]
    if not begins and not ends:
        return Parts(text, "", "")
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        raise KryonixError(
            _("the marks of kryonix in the crontab are not one pair"),
            title=_("Schedule"),
            hint=_('Mend it with `crontab -e`: "{begin}" and "{end}" around our lines.').format(begin=BEGIN, end=END),
        )
    first, last = begins[0], ends[0] + 1
    return Parts("".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:]))


class Crontab:
    """The user's crontab, read and written by the program `crontab`, which replaces it as a whole."""

    name = "cron"

    def reachable(self) -> bool:
        """Tell whether the program is there."""
        return shutil.which("crontab") is not None

    def written(self, job: Job) -> Texts:
        """Return the block."""
        return {NAME: block_text(job)}

    def installed(self) -> Installed:
        """Read our block. Nobody can be asked whether a cron runs."""
        block = parted(_read()).block
        found = _TIME.search(block)
        following = next_run(int(found["hour"]), int(found["minute"]), datetime.now().astimezone()) if found else None
        return Installed({NAME: block} if block else {}, bool(found), following)

    def put(self, texts: Texts) -> None:
        """Put the block where it was, or at the end."""
        parts = parted(_read())
        before = parts.before if not parts.before or parts.before.endswith("\n") else parts.before + "\n"
        _write(before + texts[NAME] + parts.after)

    def remove(self) -> None:
        """Take the block out."""
        parts = parted(_read())
        if parts.block:
            _write(parts.before + parts.after)

    def notes(self) -> Iterator[str]:
        """Say what cron does not do."""
        yield _("cron makes up for no run that was missed while the machine was off")


def _read() -> str:
    """Return the crontab. Only where it surely is empty, an empty text: what could not be read must not be overwritten."""
    ended = run("crontab", "-l")
    if ended.code == 0:
        return ended.out
    if "no crontab for" in ended.err or "No such file or directory" in ended.err:
        return ""
    raise ended.failure("crontab")


def _write(text: str) -> None:
    ended = run("crontab", "-", given=text)
    if ended.code:
        raise ended.failure("crontab")
