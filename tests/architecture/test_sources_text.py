"""What a reader of the sources may rely on: modules stay short, and nothing names one machine or one package index."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
LONGEST = 400
"""Lines of a module. A longer one asks to be divided."""

FOLDERS = (".ci", "bench", "docs", "kryonix_tui", "screens", "scripts", "tests")
# One letter of each in brackets, so that this file does not hold what it forbids.
FOREIGN = re.compile(
    r"pyp[i]\.org|python[h]osted|(?<!emit-)index[-]url|find-link[s]|trusted-hos[t]"
    r"|(?<![\w.])/(?:home|root|Users|work|opt)/\w",
    re.IGNORECASE,
)


def sources() -> list[Path]:
    files = [path for path in TOP.iterdir() if path.is_file() and path.name != "config.yaml"]
    for folder in FOLDERS:
        files += [path for path in (TOP / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path for path in files if path.suffix not in (".svg", ".mo")]


def test_modules_stay_short() -> None:
    lengths = {
        path.relative_to(TOP).as_posix(): len(path.read_text().splitlines())
        for path in (TOP / "kryonix_tui").rglob("*.py")
    }
    assert {name for name, length in lengths.items() if length > LONGEST} == set()


def test_nothing_names_a_machine_or_an_index() -> None:
    found = {}
    for path in sources():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if FOREIGN.search(line):
                found[f"{path.relative_to(TOP)}:{number}"] = line
    assert found == {}


def test_what_is_forbidden_is_recognised() -> None:
    for parts in (("https://pypi", ".org/x"), ("--index", "-url x"), ("--find", "-links x"), ("cd /", "root/x")):
        assert FOREIGN.search("".join(parts)), parts
    for line in ("--no-emit-index-url", "http://host/root/x", "repos/home/x", "#!/usr/bin/env bash"):
        assert not FOREIGN.search(line), line
