"""What users install: the wheel, in an environment of its own, with nothing of the checkout in reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kryonix_tui import __version__
from tests.servers import Server, seed

# Installing takes its time.
pytestmark = pytest.mark.timeout(400)

TOP = Path(__file__).parents[2]

Run = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _checked([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=TOP)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a program of the clean environment, elsewhere, with an empty home; returns what it printed."""
    folder = tmp_path_factory.mktemp("installed")
    _checked([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], cwd=folder)
    programs = folder / "venv" / "bin"
    pip = [*_pip_of(programs), "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    _checked([*pip, "--require-hashes", "-r", str(TOP / "requirements.lock")], cwd=folder)
    _checked([*pip, "--no-deps", str(wheel)], cwd=folder)
    (folder / "home").mkdir()
    environment = {"HOME": str(folder / "home"), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def run(program: str, *arguments: str) -> str:
        return _checked([str(programs / program), *arguments], cwd=folder, env=environment)

    return run


def test_the_wheel_has_what_the_program_needs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {"kryonix_tui", f"kryonix_tui-{__version__}.dist-info"}
    package = TOP / "kryonix_tui"
    expected = {path.relative_to(TOP).as_posix() for path in package.rglob("*") if path.is_file()}
    expected = {name for name in expected if "__pycache__" not in name}
    shipped = {f"kryonix_tui/_shipped/screens/{path.name}" for path in (TOP / "screens").iterdir()}
    found = {name for name in names if name.startswith("kryonix_tui/")}
    assert found == expected | shipped | {"kryonix_tui/_shipped/config.example.yaml"}


def test_its_dependencies_fit_the_lock(installed: Run) -> None:
    programs = Path(installed("python", "-c", "import sys; print(sys.prefix)").strip()) / "bin"
    assert "No broken requirements" in _checked([*_pip_of(programs), "check"])


def test_it_says_its_version(installed: Run) -> None:
    assert installed("kryonix", "--version") == f"kryonix {__version__}\n"
    assert installed("python", "-m", "kryonix_tui", "--version") == f"kryonix {__version__}\n"


def test_it_reads_a_server(installed: Run, one_redis: Server) -> None:
    seed(one_redis, [(2, "LPUSH queue:tenant:acme:whatsapp a b c")])
    status = json.loads(installed("kryonix", "status", "--redis", one_redis.url, "--json"))
    assert status["schema"] == "kryonix.status/1"
    (tenant,) = status["tenants"]
    assert (tenant["id"], tenant["queues"]) == ("acme", {"whatsapp": 3})


def test_it_shows_its_configuration(installed: Run) -> None:
    assert "redis.url" in installed("kryonix", "config", "show")


def test_it_finds_its_screens(installed: Run) -> None:
    found = installed(
        "python", "-c", "from kryonix_tui.view.screens import *; print(screen_file('tenant')); load_screen('tenant')"
    )
    path = Path(found.strip())
    assert path.parts[-4:] == ("kryonix_tui", "_shipped", "screens", "tenant.yaml")
    assert path.read_text() == (TOP / "screens" / "tenant.yaml").read_text()


def _pip_of(programs: Path) -> list[str]:
    """Return the command of our own pip for another environment: making one there takes longer than the rest."""
    return [sys.executable, "-m", "pip", "--python", str(programs / "python")]


def _checked(command: list[str], **options: object) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    return str(run.stdout)
