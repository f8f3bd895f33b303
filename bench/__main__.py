"""`make bench`: run every benchmark, print a line each, write bench/results.json.

`QUICK=1` makes smaller runs. `ONLY=load,matrix` runs the benchmarks of those names and writes no file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench import backup, census, charts, exporter, footprint, load, matrix, optimize, startup
from bench.result import Result, save

BENCHMARKS = {
    "startup": startup.run,
    "census": census.run,
    "load": load.run,
    "matrix": matrix.run,
    "charts": charts.run,
    "footprint": footprint.run,
    "exporter": exporter.run,
    "backup": backup.run,
    "optimize": optimize.run,
}


def main() -> None:
    """Run all, or those that are named."""
    quick = os.environ.get("QUICK", "") not in ("", "0")
    only = [name for name in os.environ.get("ONLY", "").replace(",", " ").split() if name]
    unknown = [name for name in only if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    results: list[Result] = []
    for name in only or BENCHMARKS:
        for result in BENCHMARKS[name](quick=quick):
            print(result.line(), flush=True)
            results.append(result)
    if not only:
        save(results, Path(__file__).parent / "results.json")


if __name__ == "__main__":
    main()
