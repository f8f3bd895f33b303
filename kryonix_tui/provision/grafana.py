"""Grafana: a dashboard of each screen, and the files by which Grafana finds them and their sources."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kryonix_tui.config.screen import COLUMNS
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.provision.checking import Report
from kryonix_tui.provision.dashboards import dashboard_uid
from kryonix_tui.provision.generated import Description, GeneratedFile, yaml_file
from kryonix_tui.provision.rules.series import duration
from kryonix_tui.safetext import safe
from kryonix_tui.view.screens import load_screen, screen_names

DASHBOARDS: Final = "grafana/dashboards"
DASHBOARDS_IN_GRAFANA: Final = "/etc/grafana/dashboards"
"""Where Grafana looks for them: the folder above, mounted or copied."""
PROVISIONING: Final = "grafana/provisioning"
FOLDER: Final = "KRYONIX"


def generate(description: Description) -> list[GeneratedFile]:
    """Return the dashboards of all screens, shipped and own, and what Grafana reads at its start.

    Raises:
        ConfigError: a screen has a mistake, or two have the same name for Grafana.
    """
    from kryonix_tui.provision.grafana_dashboard import dashboard_text

    screens = [load_screen(name) for name in screen_names()]
    mistakes = [mistake for screen in screens for mistake in screen.mistakes]
    uids = Counter(dashboard_uid(screen.name) for screen in screens)
    mistakes += [
        _("several screens would be {uid} in Grafana").format(uid=uid) for uid, times in uids.items() if times > 1
    ]
    if mistakes:
        raise ConfigError("\n".join(mistakes), hint=_("`kryonix screens check` examines them."))
    return [
        yaml_file(f"{PROVISIONING}/datasources/kryonix.yml", _sources(description)),
        yaml_file(f"{PROVISIONING}/dashboards/kryonix.yml", _provider()),
        *(GeneratedFile(f"{DASHBOARDS}/{screen.name}.json", dashboard_text(screen)) for screen in screens),
    ]


def problems(folder: Path) -> Report:
    """Examine the dashboards as far as this can be done without Grafana: JSON, places and numbers of panels."""
    found = []
    for path in sorted((folder / DASHBOARDS).glob("*.json")):
        try:
            panels = json.loads(path.read_text(encoding="utf-8"))["panels"]
            found += [f"{path.name}: {mistake}" for mistake in _misplaced(panels)]
        except (ValueError, KeyError, TypeError) as error:
            found.append(f"{path.name}: {safe(str(error), 200)}")
    return Report(tuple(found))


def _misplaced(panels: list[dict[str, Any]]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    numbers = Counter(panel["id"] for panel in panels)
    for panel in panels:
        title, place = safe(panel["title"], 60), panel["gridPos"]
        if numbers[panel["id"]] > 1 or place["x"] + place["w"] > COLUMNS:
            yield _("{panel} has no place of its own").format(panel=title)
            continue
        cells = [(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])]
        if other := next((taken[cell] for cell in cells if cell in taken), None):
            yield _("{panel} lies over {other}").format(panel=title, other=other)
        taken.update(dict.fromkeys(cells, title))


def _sources(description: Description) -> dict[str, Any]:
    provision = description.provision
    sources: list[dict[str, Any]] = [
        {
            "name": "KRYONIX Prometheus",
            "uid": "kryonix-prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": provision.prometheus,
            "isDefault": True,
            "editable": False,
            "jsonData": {"httpMethod": "POST", "timeInterval": duration(provision.recording_interval)},
        }
    ]
    alertmanager = provision.targets.alertmanager
    if alertmanager.targets:
        sources.append(
            {
                "name": "KRYONIX Alertmanager",
                "uid": "kryonix-alertmanager",
                "type": "alertmanager",
                "access": "proxy",
                "url": f"{alertmanager.scheme}://{alertmanager.targets[0]}",
                "editable": False,
                "jsonData": {"implementation": "prometheus"},
            }
        )
    return {"apiVersion": 1, "datasources": sources}


def _provider() -> dict[str, Any]:
    provider = {
        "name": "kryonix",
        "folder": FOLDER,
        "type": "file",
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": DASHBOARDS_IN_GRAFANA},
    }
    return {"apiVersion": 1, "providers": [provider]}
