from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]

CASES = {
    "skipped": "@pytest.mark.skip\ndef test() -> None: ...",
    "expected": "@pytest.mark.xfail\ndef test() -> None: assert False",
    "unexpected": "@pytest.mark.xfail\ndef test() -> None: ...",
    "module": "pytest.skip('all of it', allow_module_level=True)",
}


@pytest.mark.parametrize(("ci", "failed"), [("true", len(CASES)), ("", 0)])
def test_what_is_not_run_is_not_green_where_ci_is_set(tmp_path: Path, ci: str, failed: int) -> None:
    for name, body in CASES.items():
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{body}\n")
    (tmp_path / "test_ordinary.py").write_text("def test() -> None: ...\n")
    command = [sys.executable, "-m", "pytest", "--continue-on-collection-errors", "-p", "tests.no_skips", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(TOP), "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == (1 if failed else 0), run.stdout
    # pytest counts a module that cannot be collected as an error.
    assert run.stdout.count("\nFAILED ") + run.stdout.count("\nERROR ") == failed
    assert "1 passed" in run.stdout.splitlines()[-1]
