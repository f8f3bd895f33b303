"""Where the time between the command and the first live figures goes: `python -m bench.startup_profile [ROUNDS]`.

Seconds are of CPU where nothing else is said: Python's threads take turns, so that what they use is what is waited for.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

from bench.startup import HELLO, Moment, console, hello, platform

KEYS = 100_000

IMPORTED = """
import gc
gc.disable()
import textual.app, textual.widgets, textual.drivers.linux_driver
textual.widgets.Static
import kryonix_tui.cli.program, kryonix_tui.bootstrap, kryonix_tui.tui.app, kryonix_tui.tui.screens.overview
import kryonix_tui.monitor.monitor, kryonix_tui.sources.redis
"""
"""What the console has imported by then, in an interpreter of its own: the trace goes to stderr, as the screen does."""

GROUPS = {
    "textual": "Textual, Rich",
    "rich": "Textual, Rich",
    "redis": "redis-py",
    "hiredis": "redis-py",
    "kryonix_tui": "kryonix_tui",
    "click": "click, yaml, msgspec, platformdirs",
    "yaml": "click, yaml, msgspec, platformdirs",
    "msgspec": "click, yaml, msgspec, platformdirs",
    "platformdirs": "click, yaml, msgspec, platformdirs",
}
REST = "Python's own modules, others"

_TRACED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def main() -> None:
    """Measure rounds that take turns, and print three tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    hellos: list[Moment] = []
    skeletons: list[Moment] = []
    figures: list[Moment] = []
    with platform(KEYS) as url:
        for _round in range(rounds):
            hellos += hello()
            skeleton, figure = console(url)
            skeletons.append(skeleton)
            figures.append(figure)
    print(f"{'':<44} {'wall':>8} {'CPU':>8}")
    floor = print_moment("hello-world Textual app: painted", hellos)
    print_moment("console: painted", skeletons)
    whole = print_moment("console: first live figures", figures)
    print(f"{'ratio':<44} {whole.wall / floor.wall:8.2f} {whole.cpu / floor.cpu:8.2f}\n")
    theirs = print_imports("imports of the hello-world app", HELLO.replace("Hello().run()", "Static"))
    ours = print_imports("imports of the console", IMPORTED)
    print(f"{'besides imports':<44} {'hello':>8} {'console':>8}")
    print(f"{'the interpreter, styles, layout, paint, data':<44} {floor.cpu - theirs:8.3f} {whole.cpu - ours:8.3f}")


def print_moment(name: str, found: Sequence[Moment]) -> Moment:
    """Print and return the medians of a moment."""
    middle = Moment(statistics.median(at.wall for at in found), statistics.median(at.cpu for at in found))
    print(f"{name:<44} {middle.wall:8.3f} {middle.cpu:8.3f}")
    return middle


def print_imports(name: str, program: str) -> float:
    """Print what the modules of each group took by themselves; return the sum in seconds."""
    whole = import_seconds(program)
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], stderr=subprocess.PIPE, check=True, text=True
    ).stderr
    spent: Counter[str] = Counter()
    for microseconds, module in _TRACED.findall(told):
        spent[GROUPS.get(module.partition(".")[0], REST)] += int(microseconds)
    # Tracing costs about as much as it measures: the shares are from the trace, the sum from a run without one.
    share = whole / spent.total()
    print(f"{name:<44} {whole:8.3f}")
    for group, microseconds in spent.most_common():
        print(f"    {group:<40} {microseconds * share:8.3f}")
    print()
    return whole


def import_seconds(program: str) -> float:
    """Return the seconds that a fresh interpreter needs for a program, the interpreter's own start not among them."""
    timed = f"import time\n_start = time.process_time()\n{program}\nprint(time.process_time() - _start)"
    runs = [subprocess.run([sys.executable, "-c", timed], stdout=subprocess.PIPE, check=True).stdout for _ in range(5)]
    return statistics.median(float(told) for told in runs)


if __name__ == "__main__":
    main()
