"""Prometheus: its configuration, the targets of each job in files of their own, recording and alert rules."""

from __future__ import annotations

from pathlib import Path

from kryonix_tui.provision.checking import Report, examined
from kryonix_tui.provision.generated import Description, GeneratedFile, yaml_file
from kryonix_tui.provision.rules.groups import rule_files
from kryonix_tui.provision.scraping import configuration, target_files

CONFIGURATION = "prometheus.yml"


def generate(description: Description) -> list[GeneratedFile]:
    """Return `prometheus.yml`, `targets/*.yml` and `rules/*.yml`; paths in them are relative to the first."""
    files = [yaml_file(CONFIGURATION, configuration(description))]
    files += [yaml_file(path, groups) for path, groups in target_files(description).items()]
    return files + rule_files(description)


def problems(folder: Path) -> Report:
    """Have promtool check the configuration, without files that exist only where Prometheus runs, and the rules."""
    rules = sorted(path.relative_to(folder).as_posix() for path in folder.glob("rules/*.yml"))
    configuration_report = examined("promtool", ["check", "config", "--syntax-only", CONFIGURATION], folder)
    return configuration_report + examined("promtool", ["check", "rules", "--lint-fatal", *rules], folder)
