"""`make bench`: run every benchmark, print a line each, write bench/results.json. `QUICK=1` makes smaller runs."""

from __future__ import annotations

import os
from pathlib import Path

from bench import backup, census, startup
from bench.result import Result, save

BENCHMARKS = (startup.run, census.run, backup.run)


def main() -> None:
    """Run them all."""
    quick = os.environ.get("QUICK", "") not in ("", "0")
    results: list[Result] = []
    for benchmark in BENCHMARKS:
        for result in benchmark(quick=quick):
            print(result.line(), flush=True)
            results.append(result)
    save(results, Path(__file__).parent / "results.json")


if __name__ == "__main__":
    main()
