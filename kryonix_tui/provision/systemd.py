"""Units for machines without containers: the exporter, the receiver of alerts, and the daily backup.

They run as the system user `kryonix` (`systemd/kryonix.sysusers.conf`) and read `/etc/kryonix/config.yaml`. Tokens are
credentials, which systemd hands to the service from `/etc/kryonix/secrets`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from kryonix_tui.maintenance.schedule.job import UNATTENDED, Job, program
from kryonix_tui.maintenance.schedule.place import MARK
from kryonix_tui.maintenance.schedule.systemd import SERVICE, TIMER, command_line, unit_texts
from kryonix_tui.provision.checking import Report, examined
from kryonix_tui.provision.generated import HEAD, Description, GeneratedFile

FOLDER: Final = "systemd"
EXPORTER: Final = "kryonix-exporter.service"
NOTIFY: Final = "kryonix-notify.service"
USER: Final = "kryonix"

_CONFIGURATION: Final = "/etc/kryonix/config.yaml"
_STATE: Final = "/var/lib"
_DOCUMENTATION: Final = "https://github.com/kryonix/kryonix-tui"

_START: Final = re.compile(r"(?m)^(ExecStart=-?:?)(/\S+)")

_HARDENED: Final = {
    "User": USER,
    "Group": USER,
    "UMask": "0077",
    "StateDirectory": USER,
    "StateDirectoryMode": "0700",
    "Environment": f"XDG_STATE_HOME={_STATE}",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectProc": "invisible",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "SystemCallErrorNumber": "EPERM",
    "TasksMax": "256",
}


def generate(description: Description) -> list[GeneratedFile]:
    """Return the units, and who they run as."""
    start = (description.provision.program,) if description.provision.program else program()
    units = {
        EXPORTER: _service("KRYONIX exporter: figures of tenants for Prometheus", start, "exporter-token", "exporter"),
        NOTIFY: _service("KRYONIX receiver of alerts", start, "notify-token", "notify", "listen"),
        **_backup(description, start),
        "kryonix.sysusers.conf": f'u {USER} - "KRYONIX" {_STATE}/{USER}\n',
    }
    return [GeneratedFile(f"{FOLDER}/{name}", f"{HEAD}{text}") for name, text in units.items()]


def problems(folder: Path) -> Report:
    """Have systemd check the units. A program that is only on the machines they are for is looked up by nobody here."""
    with tempfile.TemporaryDirectory(prefix="kryonix-units-") as name:
        checked = Path(name)
        shutil.copytree(folder / FOLDER, checked, dirs_exist_ok=True)
        for service in checked.glob("*.service"):
            service.write_text(_START.sub(_startable, service.read_text(encoding="utf-8")), encoding="utf-8")
        return examined("systemd-analyze", ["verify", "--man=no", EXPORTER, NOTIFY, SERVICE, TIMER], checked)


def _startable(start: re.Match[str]) -> str:
    return start.group() if os.access(start.group(2), os.X_OK) else f"{start.group(1)}/bin/true"


def _service(title: str, start: Iterable[str], token: str, *words: str) -> str:
    command = command_line((*start, *words, "--config", _CONFIGURATION))
    return _unit(
        {
            "Unit": {
                "Description": title,
                "Documentation": _DOCUMENTATION,
                "Wants": "network-online.target",
                "After": "network-online.target",
            },
            "Service": {
                "Type": "exec",
                # systemd itself puts the folder of the service's credentials in here.
                "ExecStart": f"{command} --token-file ${{CREDENTIALS_DIRECTORY}}/{token}",
                "LoadCredential": f"{token}:/etc/kryonix/secrets/{token}",
                "Restart": "on-failure",
                "RestartSec": "5",
                **_HARDENED,
            },
            "Install": {"WantedBy": "multi-user.target"},
        }
    )


def _backup(description: Description, start: Iterable[str]) -> dict[str, str]:
    """Return the units of the scheduled backup as `kryonix schedule` makes them, and what a system's unit adds to them."""
    hour, minute = map(int, description.config.backup.time.split(":"))
    job = Job(tuple(start), (*UNATTENDED, "--config", _CONFIGURATION), hour, minute)
    texts = {name: text.removeprefix(f"{MARK}\n") for name, text in unit_texts(job).items()}
    return {**texts, f"{SERVICE}.d/kryonix.conf": _unit({"Service": _HARDENED})}


def _unit(sections: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in settings.items())
        for name, settings in sections.items()
    )
