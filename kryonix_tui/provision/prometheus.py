"""Prometheus: its configuration, the targets of each job in files of their own, recording and alert rules."""

from __future__ import annotations

from pathlib import Path

from kryonix_tui.provision.checking import Report, examined
from kryonix_tui.provision.generated import Description, GeneratedFile, yaml_file
from kryonix_tui.provision.scraping import configuration, target_files

CONFIGURATION = "prometheus.yml"


def generate(description: Description) -> list[GeneratedFile]:
    """Return `prometheus.yml`, `targets/*.yml` and `rules/*.yml`; paths in them are relative to the first."""
    files = [yaml_file(CONFIGURATION, configuration(description))]
    return files + [yaml_file(path, groups) for path, groups in target_files(description).items()]


def problems(folder: Path) -> Report:
    """Have promtool check the configuration and with it the rules."""
    return examined("promtool", ["check", "config", CONFIGURATION], folder)
