"""Stand-ins for `crontab` and `systemctl --user`: the real ones would change the schedule of whoever runs the tests.

Both are small programs in a folder of their own, which a test puts on PATH; they keep what they are given. The real
`crontab` can be had as well, with a folder of the test's own in place of /var/spool.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import Final

_CRONTAB: Final = """#!/bin/sh
table={table}
case "$1" in
-l)
    if [ -e {denied} ]; then echo "You (ana) are not allowed to use this program (crontab)" >&2; exit 1; fi
    if [ ! -e "$table" ]; then echo "no crontab for ana" >&2; exit 1; fi
    cat "$table" ;;
-)
    cat >"$table.new"
    if [ -s "$table.new" ] && [ -n "$(tail -c 1 "$table.new")" ]; then
        echo "new crontab file is missing newline before EOF, can't install." >&2; exit 1
    fi
    mv "$table.new" "$table" ;;
*) exit 2 ;;
esac
"""

_REAL_CRONTAB: Final = """#!/bin/sh
exec {unshare} /bin/sh -c 'mount --bind "$0" /var/spool && exec "$@"' {spool} {crontab} "$@"
"""

_TOOLS: Final = Path(__file__).parent.parent / ".tools" / "usr" / "bin"

_SYSTEMCTL: Final = """#!/bin/sh
state={state}
if [ "$1" != --user ] || [ "$2" != --no-pager ]; then echo "the system's own is not ours" >&2; exit 1; fi
shift 2
if [ -e "$state/silent" ]; then echo "Failed to connect to bus: No medium found" >&2; exit 1; fi
echo "$*" >>"$state/calls"
case "$*" in
"show --property=Version") echo "Version=252" ;;
"daemon-reload") cp {units}/kryonix-backup.timer "$state/loaded" 2>/dev/null || rm -f "$state/loaded" ;;
"enable kryonix-backup.timer") [ -e "$state/loaded" ] && touch "$state/enabled" ;;
"restart kryonix-backup.timer") cp "$state/loaded" "$state/active" ;;
"disable --now kryonix-backup.timer") rm -f "$state/enabled" "$state/active" ;;
"show kryonix-backup.timer --property=ActiveState --property=UnitFileState")
    if [ -e "$state/active" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
    if [ -e "$state/enabled" ]; then echo UnitFileState=enabled; else echo UnitFileState=disabled; fi ;;
"show kryonix-backup.timer --property=NextElapseUSecRealtime --timestamp=unix")
    echo NextElapseUSecRealtime=@{next_run} ;;
"enable kryonix-optimize.timer") [ -e {units}/kryonix-optimize.timer ] && touch "$state/repeated" ;;
"restart kryonix-optimize.timer") [ -e "$state/repeated" ] ;;
"disable --now kryonix-optimize.timer") rm -f "$state/repeated" ;;
"show kryonix-optimize.timer --property=ActiveState --property=UnitFileState")
    if [ -e "$state/repeated" ]; then echo ActiveState=active; echo UnitFileState=enabled; fi ;;
*) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
"""

_SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"

NEXT_RUN: Final = 1_900_000_000
"""What the stand-in of systemd says about the next run, epoch seconds."""


class Schedulers:
    """A folder with the stand-ins, and what they were told. `home` is that of the user."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.programs = folder / "bin"
        self.units = home / ".config" / "systemd" / "user"
        self._state = folder / "state"
        self.table = self._state / "table"
        for path in (self.programs, self._state):
            path.mkdir(parents=True)

    def have_cron(self) -> None:
        """Install `crontab`."""
        denied = shlex.quote(str(self._state / "denied"))
        self._program("crontab", _CRONTAB.format(table=shlex.quote(str(self.table)), denied=denied))

    def have_real_cron(self) -> None:
        """Install the `crontab` of this machine in a mount namespace: it can only write into a folder of the test."""
        found = shutil.which("crontab", path=f"{_SYSTEM_PATH}:{_TOOLS}")
        assert found, "crontab is not there: run scripts/system-packages"
        spool = self._state / "spool"
        (spool / "cron" / "crontabs").mkdir(parents=True)
        unshare = "unshare --mount" if os.geteuid() == 0 else "unshare --map-root-user --mount"
        script = _REAL_CRONTAB.format(unshare=unshare, spool=shlex.quote(str(spool)), crontab=shlex.quote(found))
        # PATH has only our stand-ins: what the script needs is named here.
        self._program("crontab", script.replace("exec unshare", "PATH=/usr/sbin:/usr/bin:/sbin:/bin; exec unshare"))
        self.table = spool / "cron" / "crontabs" / "root"

    def have_systemd(self) -> None:
        """Install `systemctl`, with a systemd of the user behind it."""
        quoted = {"state": shlex.quote(str(self._state)), "units": shlex.quote(str(self.units))}
        self._program("systemctl", _SYSTEMCTL.format(**quoted, next_run=NEXT_RUN))

    def silence_systemd(self) -> None:
        """Let systemd answer nobody, as in a session of su."""
        (self._state / "silent").touch()

    def deny_cron(self) -> None:
        """Let the user not use cron."""
        (self._state / "denied").touch()

    def stop_timer(self) -> None:
        """Stop the timer, as an operator might."""
        (self._state / "active").unlink()

    @property
    def calls(self) -> list[str]:
        """What systemctl was told to change."""
        path = self._state / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if not line.startswith("show")]

    @property
    def active_timer(self) -> str:
        """The timer as systemd has it; empty where none is active."""
        path = self._state / "active"
        return path.read_text() if path.exists() else ""

    def _program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)
