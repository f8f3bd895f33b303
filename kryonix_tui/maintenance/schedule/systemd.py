"""A timer and a service of the user's own systemd (systemd.timer(5), systemd.service(5), systemd.syntax(7))."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.schedule.job import STEPS, Command, Job
from kryonix_tui.maintenance.schedule.marked_files import MarkedFiles
from kryonix_tui.maintenance.schedule.place import MARK, Installed, Texts
from kryonix_tui.maintenance.schedule.system_program import Ended, run

SERVICE: Final = "kryonix-backup.service"
TIMER: Final = "kryonix-backup.timer"
OPTIMIZE_SERVICE: Final = "kryonix-optimize.service"
OPTIMIZE_TIMER: Final = "kryonix-optimize.timer"
TIMERS: Final = (TIMER, OPTIMIZE_TIMER)
UNITS: Final = (SERVICE, TIMER, OPTIMIZE_SERVICE, OPTIMIZE_TIMER)
LINGER_FOLDER: Final = Path("/var/lib/systemd/linger")
"""Has a file for each user whose systemd runs without a login (loginctl(1), enable-linger)."""

_HOUR: Final = 60
_DELAY_SECONDS: Final = 120
"""Many consoles of one site should not all start in the same second."""


def unit_texts(job: Job) -> Texts:
    """Return the units of a job; what is repeated has units of its own."""
    environment = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in job.environment)
    # `-`: a failure is in the journal, and what follows runs all the same.
    starts = "".join(
        f"ExecStart={'-' if step.alone else ''}{command_line(job.command(step.words))}\n" for step in STEPS
    )
    service = f"[Service]\nType=oneshot\nUMask=0077\nNoNewPrivileges=yes\nNice=10\n{environment}"
    return {
        SERVICE: f"{MARK}\n[Unit]\nDescription=KRYONIX backup\n\n{service}{starts}",
        TIMER: (
            f"{MARK}\n[Unit]\nDescription=KRYONIX backup, daily\n\n"
            f"[Timer]\nOnCalendar=*-*-* {job.time}:00\nPersistent=true\nRandomizedDelaySec={_DELAY_SECONDS}\n\n"
            "[Install]\nWantedBy=timers.target\n"
        ),
        **(_repeated_units(job, service) if job.repeated else {}),
    }


def _repeated_units(job: Job, service: str) -> Texts:
    return {
        OPTIMIZE_SERVICE: (
            f"{MARK}\n[Unit]\nDescription=KRYONIX optimisation\n\n{service}"
            f"ExecStart={command_line(job.command(job.repeated))}\n"
        ),
        OPTIMIZE_TIMER: (
            f"{MARK}\n[Unit]\nDescription=KRYONIX optimisation, every {job.every} minutes\n\n"
            f"[Timer]\nOnCalendar=*:{'00' if job.every == _HOUR else f'0/{job.every}'}\n\n"
            "[Install]\nWantedBy=timers.target\n"
        ),
    }


def command_line(command: Command) -> str:
    """Return the words as ExecStart= reads them. `:` keeps systemd from replacing `$NAME`; before 244 it was not known."""
    prefix = ":" if any("$" in word for word in command) else ""
    return prefix + " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if escaped != word or not word or set(word) & set(" ';") else word


class SystemdUser:
    """The systemd instance of this user. `folder` is where it reads the user's units."""

    name = "systemd"

    def __init__(self, folder: Path | None = None, linger: Path = LINGER_FOLDER) -> None:
        self._files = MarkedFiles(folder or _unit_folder(), UNITS)
        self._linger = linger

    def reachable(self) -> bool:
        """Tell whether this user has a systemd that answers."""
        try:
            return _systemctl("show", "--property=Version").code == 0
        except KryonixError:
            return False

    def written(self, job: Job) -> Texts:
        """Return the units."""
        return unit_texts(job)

    def installed(self) -> Installed:
        """Read the units, and ask systemd whether the timer runs."""
        texts = self._files.read()
        if not texts or not self.reachable():
            return Installed(texts)
        active = all(_active(timer) for timer in TIMERS if timer == TIMER or timer in texts)
        # Before 247 there was no --timestamp, and what is then written is for people.
        when = _properties(TIMER, "--property=NextElapseUSecRealtime", "--timestamp=unix") if active else {}
        return Installed(texts, active, _time_of(when.get("NextElapseUSecRealtime", "")))

    def put(self, texts: Texts) -> None:
        """Write the units, and start the timers now and with every start of the user's systemd."""
        if not self.reachable():
            raise unreachable()
        for timer in TIMERS:
            if timer in self._files.read() and timer not in texts:
                _done("disable", "--now", timer)
        self._files.write(texts)
        _done("daemon-reload")
        for timer in TIMERS:
            if timer in texts:
                # A timer that runs keeps its old time until it is started again.
                _done("enable", timer)
                _done("restart", timer)

    def remove(self) -> None:
        """Stop the timers and delete the units, also where no systemd answers. What is running ends in peace."""
        texts = self._files.read()
        reachable = self.reachable()
        for timer in TIMERS:
            if reachable and timer in texts:
                _done("disable", "--now", timer)
        self._files.remove()
        for timer in TIMERS:
            link = self._files.folder / "timers.target.wants" / timer
            if link.is_symlink():
                link.unlink(missing_ok=True)
        if reachable:
            _done("daemon-reload")

    def notes(self) -> Iterator[str]:
        """Say that the timer sleeps while its user is not logged in, unless an administrator allowed more."""
        user = pwd.getpwuid(os.getuid()).pw_name
        if not (self._linger / user).exists():
            yield _(
                "the timer only runs while {user} is logged in, until `loginctl enable-linger {user}` was run"
            ).format(user=user)


def unreachable() -> KryonixError:
    """Return the error to raise where the user has no systemd that answers."""
    return KryonixError(
        _("no systemd of this user answers"),
        title=_("Schedule"),
        hint=_("Log in as this user (not by su or sudo), or use --cron, or --output DIR to install it by other means."),
    )


def _unit_folder() -> Path:
    # The same folder that systemd looks into, which need not be that of the console's configuration.
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _systemctl(*words: str) -> Ended:
    return run("systemctl", "--user", "--no-pager", *words)


def _done(*words: str) -> None:
    ended = _systemctl(*words)
    if ended.code:
        raise ended.failure("systemctl")


def _properties(unit: str, *words: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in _systemctl("show", unit, *words).out.splitlines() if "=" in line)


def _active(timer: str) -> bool:
    said = _properties(timer, "--property=ActiveState", "--property=UnitFileState")
    return said.get("ActiveState") == "active" and said.get("UnitFileState") == "enabled"


def _time_of(text: str) -> datetime | None:
    """Return the time that systemd wrote as `@SECONDS`; None for what older ones write."""
    try:
        return datetime.fromtimestamp(int(text.removeprefix("@")), UTC).astimezone()
    except ValueError:
        return None
