"""What runs every few minutes beside the backup: only where it is wished for, and gone when it no longer is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kryonix_tui.config.load import Loaded
from kryonix_tui.config.optimize import Optimize
from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.schedule.cron import BEGIN, END, block_text
from kryonix_tui.maintenance.schedule.folder import OutputFolder
from kryonix_tui.maintenance.schedule.job import Job, job_of
from kryonix_tui.maintenance.schedule.systemd import OPTIMIZE_SERVICE, OPTIMIZE_TIMER, SERVICE, TIMER, unit_texts


def job_with(tmp_path: Path, *, wished: bool = True, every: int = 15) -> Job:
    path = tmp_path / "config.yaml"
    path.write_text("role: viewer\n")
    return job_of(Loaded(Config(optimize=Optimize(schedule=wished, every=every)), {}, path, ""), {})


def test_nothing_is_repeated_unless_it_is_wished_for(tmp_path: Path) -> None:
    assert Optimize().schedule is False
    job = job_with(tmp_path, wished=False)
    assert job.repeated == ()
    assert unit_texts(job).keys() == {SERVICE, TIMER}
    assert len(block_text(job).splitlines()) == 4


@pytest.mark.parametrize(("every", "timer", "cron"), [(15, "*:0/15", "*/15"), (60, "*:00", "0")])
def test_the_units_and_the_crontab_say_how_often(tmp_path: Path, every: int, timer: str, cron: str) -> None:
    job = job_with(tmp_path, every=every)
    texts = unit_texts(job)
    assert texts.keys() == {SERVICE, TIMER, OPTIMIZE_SERVICE, OPTIMIZE_TIMER}
    assert f"OnCalendar={timer}\n" in texts[OPTIMIZE_TIMER]
    (start,) = [line for line in texts[OPTIMIZE_SERVICE].splitlines() if line.startswith("ExecStart=")]
    assert " optimize run --all --yes --role operator --config " in start
    assert "optimize" not in texts[SERVICE]
    begin, _mark, daily, repeated, end = block_text(job).splitlines()
    assert (begin, end) == (BEGIN, END)
    assert "backup create" in daily
    assert "optimize" not in daily
    assert repeated.startswith(f"{cron} * * * * /bin/sh -c ")
    assert "optimize run --all" in repeated


@pytest.mark.parametrize("every", [1, 7, 15, 60])
def test_systemd_understands_the_times(tmp_path: Path, every: int) -> None:
    program = shutil.which("systemd-analyze")
    said = unit_texts(job_with(tmp_path, every=every))[OPTIMIZE_TIMER]
    time = said.partition("OnCalendar=")[2].splitlines()[0]
    if program is None:
        assert time.startswith("*:")
    else:
        subprocess.run([program, "calendar", time], check=True, capture_output=True)


def test_its_units_go_when_it_is_no_longer_wished_for(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "units", cron=False)
    folder.put(folder.written(job_with(tmp_path)))
    assert folder.installed().texts.keys() == {SERVICE, TIMER, OPTIMIZE_SERVICE, OPTIMIZE_TIMER}
    folder.put(folder.written(job_with(tmp_path, wished=False)))
    assert folder.installed().texts.keys() == {SERVICE, TIMER}
