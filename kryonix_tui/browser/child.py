"""The process behind a browser window: its command line, on which no secret stands, and its environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from kryonix_tui.config.fields import leaves
from kryonix_tui.config.load import Loaded

READ_ONLY: Final = ("--role", "viewer", "--read-only")
"""Last on every command line: flags win over environment and file, and of two flags the later one counts."""

_SECRET_FLAGS: Final[Mapping[str, str]] = {
    "redis": "redis.url",
    "prometheus": "prometheus.url",
    "alertmanager": "alertmanager.url",
}
"""Flags whose values may hold a password, and the keys that they set: those go into the environment."""
_SWITCHES: Final = ("no_mouse", "verbose")
_VALUES: Final = ("config", "context", "lang", "fps")


@dataclass(frozen=True, slots=True)
class Child:
    """How the process of a window is started. `environment` is without the size of the window."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def child_of(
    given: Mapping[str, object], loaded: Loaded, environ: Mapping[str, str], command: Sequence[str] = ()
) -> Child:
    """Return the child that sees what `loaded` says. `given` are the shared flags by parameter name."""
    flags = [f"--{name}={given[name]}" for name in _VALUES if name in given]
    switches = [f"--{name.replace('_', '-')}" for name in _SWITCHES if given.get(name)]
    words = (sys.executable, "-m", "kryonix_tui", *command, *flags, *switches, *READ_ONLY)
    return Child(words, _environment(given, loaded, environ))


def _environment(given: Mapping[str, object], loaded: Loaded, environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with the servers of flags, without what those put aside, and without the token of this server."""
    urls = {key: str(given[flag]) for flag, key in _SECRET_FLAGS.items() if flag in given}
    kept = dict(environ)
    for leaf in leaves():
        in_effect = loaded.origins.get(leaf.key) == f"env {leaf.variable}"
        if not in_effect or leaf.path[0] == "serve":
            kept.pop(leaf.variable, None)
        if leaf.key in urls:
            kept[leaf.variable] = urls[leaf.key]
    return kept | {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "TERM_PROGRAM": "textual",
        "TERM_PROGRAM_VERSION": version("textual-serve"),
    }
