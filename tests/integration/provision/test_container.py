"""The image that the Compose file names: its recipe, as far as this can be examined without Docker."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.provision.test_stack import composed

TOP = Path(__file__).parents[3]
RECIPE = TOP / "deploy" / "Dockerfile"


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """Return the instructions with what they say, lines that go on joined."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", RECIPE.read_text(), flags=re.MULTILINE))
    return [(name, rest) for name, _blank, rest in (line.partition(" ") for line in text.splitlines() if line)]


def test_hadolint_has_nothing_against_it() -> None:
    # The gate calls python by its path: what is installed beside it need not be on the PATH.
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    assert program, "hadolint is not installed"
    done = subprocess.run([program, str(RECIPE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_all_that_is_copied_is_there_and_nothing_else_goes_to_the_builder(steps: list[tuple[str, str]]) -> None:
    copied = {
        name for step, rest in steps if step == "COPY" and not rest.startswith("--from") for name in rest.split()[:-1]
    }
    assert all((TOP / name).exists() for name in copied)
    let_through = RECIPE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in let_through if line.startswith("!")} == copied
    assert "*" in let_through
    assert not {"config.yaml", ".git", "tests"} & copied


def test_only_what_has_a_hash_is_installed(steps: list[tuple[str, str]]) -> None:
    installs = [part for step, rest in steps if step == "RUN" for part in rest.split("&&") if "pip install" in part]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index --no-deps dist/*.whl" in install


def test_it_runs_as_nobody_in_particular_and_has_what_compose_asks_of_it(
    steps: list[tuple[str, str]], tmp_path: Path
) -> None:
    last = dict(steps[max(place for place, (step, _rest) in enumerate(steps) if step == "FROM") :])
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last["USER"])
    assert "--uid " + last["USER"].partition(":")[0] in last["RUN"]
    assert last["ENTRYPOINT"] == '["kryonix"]'
    for name in ("kryonix-exporter", "kryonix-notify"):
        service = composed(tmp_path)["services"][name]
        assert service["image"].startswith("kryonix-tui:")
        assert service["tmpfs"] == ["/tmp"]
        (port,) = re.findall(r"0\.0\.0\.0:(\d+)", " ".join(service["command"]))
        assert port in last["EXPOSE"].split()
    assert re.findall(r"XDG_(\w+)_HOME=/tmp/", last["ENV"]) == ["STATE", "CACHE"], "it can write nowhere else"
