"""`docs/pictures.md`: all pictures, a table a chapter, so that whoever reads on the web finds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kryonix_tui.tui.screens import MODES
from scripts.picture_steps import OPERATOR, SIZES, THEME_SIZE, THEMES, VIEWER, WALL

_INTRODUCTION: Final = """\
# Pictures

Every screen of the demo (`make demo`), drawn by `make pictures`: the three layouts in `kryonix-dark`, and the normal one in
`kryonix-light`, `kryonix-colorblind` and without any colour (`NO_COLOR`). What is good or bad is said by a sign and a word
as well, never by colour alone.
"""

_TITLES: Final = {
    "tenants": "Tenants",
    "wall-critical": "what is critical interrupts",
    "wall-overview": "the overview",
    "wall-wallboard": "the tenants that need attention",
    "filter": "a filter",
    "prompt": "a filter while it is typed",
    "sort": "the sort menu",
    "value": "the value of a key",
    "plan": "the plan of a backup",
    "restore": "what of a backup to restore",
    "restoring": "the plan of a restore",
    "suspend": "the end of a tenant's sessions",
    "purge": "the end of a tenant",
    "optimise": "what would help a tenant",
    "tune": "the server and a profile",
    "peek": "a look into a queue",
    "silence": "a silence",
    "screen": "panels of a file",
}


def page() -> str:
    """Return the page."""
    screens = [name for name in (*VIEWER, *OPERATOR) if name in MODES]
    opened = [name for name in VIEWER if name not in MODES]
    changing = [name for name in OPERATOR if name not in MODES]
    chapters = (("Screens", screens), ("What opens over them", opened), ("For operators", changing), ("The wall", WALL))
    return "\n".join([_INTRODUCTION, *(line for title, names in chapters for line in _chapter(title, names))])


def _chapter(title: str, names: Iterable[str]) -> Iterator[str]:
    sizes = [f"{name} {width}x{height}" for name, (width, height) in SIZES.items()]
    heads = [*sizes, *(f"{name} {'x'.join(map(str, SIZES[THEME_SIZE]))}" for name in THEMES)]
    yield f"## {title}\n"
    yield f"| | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    for name in names:
        links = [
            f"[![{name}, {suffix}](pictures/{name}-{suffix}.svg)](pictures/{name}-{suffix}.svg)"
            for suffix in (*SIZES, *THEMES)
        ]
        yield f"| {_TITLES.get(name, name)} | {' | '.join(links)} |"
    yield ""
