"""Alertmanager: who is told about which alert, when and in which words. Valid for Alertmanager 0.25 and later."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from kryonix_tui.config.provision import Provision
from kryonix_tui.provision.alerting.inhibition import inhibit_rules
from kryonix_tui.provision.alerting.receivers import mail_settings, receivers
from kryonix_tui.provision.alerting.routes import root, time_intervals
from kryonix_tui.provision.alerting.texts import FILE as TEMPLATES
from kryonix_tui.provision.alerting.texts import templates
from kryonix_tui.provision.checking import Report, examined
from kryonix_tui.provision.generated import Description, GeneratedFile, yaml_file

CONFIGURATION: Final = "alertmanager.yml"


def generate(description: Description) -> list[GeneratedFile]:
    """Return `alertmanager.yml` and the templates that it uses; their path in it is relative to it."""
    return [yaml_file(CONFIGURATION, configuration(description.provision)), GeneratedFile(TEMPLATES, templates())]


def configuration(provision: Provision) -> dict[str, Any]:
    """Return `alertmanager.yml`."""
    alerting = provision.alerting
    document = {
        "global": mail_settings(alerting),
        "templates": [TEMPLATES],
        "route": root(alerting),
        "receivers": receivers(alerting),
        "inhibit_rules": inhibit_rules(provision),
        "time_intervals": time_intervals(alerting),
    }
    return {key: value for key, value in document.items() if value}


def problems(folder: Path) -> Report:
    """Have amtool check the configuration and with it the templates."""
    return examined("amtool", ["check-config", CONFIGURATION], folder)
