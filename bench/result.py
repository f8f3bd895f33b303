"""What a benchmark returns, and how it is printed and kept."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

SCHEMA = "kryonix.bench/1"


@dataclass(frozen=True, slots=True)
class Result:
    """Ours against a peer's, in `unit`; medians of runs that took turns. `ratio` = ours / peer, to be at most `goal`."""

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    goal: float

    @property
    def ratio(self) -> float:
        """Ours as a multiple of the peer's."""
        return self.ours / self.peer if self.peer else float("inf")

    def line(self) -> str:
        """Return the result as one line for people."""
        verdict = "met" if self.ratio <= self.goal else "MISSED"
        return (
            f"{self.name:<44} {self.ours:8.3f} {self.unit}  {self.peer_name} {self.peer:8.3f} {self.unit}  "
            f"ratio {self.ratio:5.2f}  goal {self.goal:.2f}  {verdict}"
        )


def against(name: str, ours: Iterable[float], peer: Iterable[float], peer_name: str, unit: str, goal: float) -> Result:
    """Return the result of runs that took turns."""
    return Result(name, statistics.median(ours), statistics.median(peer), peer_name, unit, goal)


def save(results: Iterable[Result], path: Path) -> None:
    """Write the results as JSON."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    rows = [
        {**asdict(result), "ratio": round(result.ratio, 3), "met": result.ratio <= result.goal} for result in results
    ]
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    document = {"schema": SCHEMA, "date": now, "commit": commit.stdout.strip(), "results": rows}
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
