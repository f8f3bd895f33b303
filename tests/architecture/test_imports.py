"""What the contracts in pyproject.toml promise, and what only a running process can show: who loads what."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.servers import Server, free_port

TOP = Path(__file__).parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"

# Rich is not among them: httpx loads it for a command of its own.
SCREENS = {"textual", "plotext"}
CLIENTS = {"redis", "httpx", "requests", "prometheus_api_client"}
SOURCES = ("redis", "prometheus", "alertmanager")


def test_the_import_contracts_are_kept() -> None:
    run = subprocess.run([LINTER, "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_every_module_of_the_top_level_has_its_layer() -> None:
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    known = {name.strip() for layer in layers for name in layer.split("|")}
    package = TOP / "kryonix_tui"
    present = {path.stem for path in package.glob("[!_]*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    assert present == known


def loaded_by(program: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after `program`."""
    program = (
        f"import json, sys\ntry:\n    {program}\nfinally:\n    print(json.dumps(list(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules: list[str] = json.loads(run.stderr.splitlines()[-1])
    return set(modules)


def test_a_headless_run_never_loads_the_screens(one_redis: Server) -> None:
    servers = f"'--redis', '{one_redis.url}', '--prometheus', 'http://127.0.0.1:{free_port()}'"
    loaded = loaded_by(f"from kryonix_tui.cli import main; main(['status', {servers}])")
    assert {"kryonix_tui.headless", "redis", "httpx"} <= loaded
    assert not loaded & (SCREENS | {"kryonix_tui.tui", "kryonix_tui.demo"})


def test_the_first_paint_waits_for_no_client() -> None:
    loaded = loaded_by("import kryonix_tui.tui.app, kryonix_tui.tui.screens.overview")
    assert "textual" in loaded
    assert not loaded & (CLIENTS | {"plotext", "kryonix_tui.sources", "kryonix_tui.demo"})


def test_a_screen_is_imported_when_it_is_first_shown() -> None:
    loaded = loaded_by("from kryonix_tui.tui.screens import view; import kryonix_tui.tui.app; view('overview')")
    assert "kryonix_tui.tui.screens.overview" in loaded
    assert not loaded & {f"kryonix_tui.tui.screens.{name}" for name in ("server", "databases", "maintenance", "tenant")}


def test_the_first_chart_loads_neither_the_manual_of_plotext_nor_its_tests() -> None:
    loaded = loaded_by("from kryonix_tui.tui.widgets.plotter import plotter; plotter().figure.plot_size(40, 10)")
    assert "plotext._plotter.plot" in loaded
    assert not loaded & {"plotext.prettydoc", "plotext._doc.types", "unittest"}


def test_a_wallboard_loads_nothing_that_writes() -> None:
    started = "from kryonix_tui import bootstrap; from kryonix_tui.config.schema import Config"
    readers = "bootstrap.monitor_of(Config()); import kryonix_tui.wallboard.app, kryonix_tui.sources.redis.write_probe"
    loaded = loaded_by(f"{started}; {readers}; from kryonix_tui.wallboard.proof import prove_here; prove_here()")
    assert {"kryonix_tui.wallboard.scene", "kryonix_tui.sources.redis.guard"} <= loaded
    assert not {name for name in loaded if name.startswith(("kryonix_tui.maintenance", "kryonix_tui.demo"))}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_stands_alone(source: str) -> None:
    loaded = loaded_by(f"import kryonix_tui.sources.{source}")
    others = {f"kryonix_tui.sources.{other}" for other in SOURCES if other != source}
    above = {f"kryonix_tui.{name}" for name in ("analysis", "monitor", "view", "bootstrap")}
    assert f"kryonix_tui.sources.{source}" in loaded
    assert not loaded & (others | above | SCREENS)
