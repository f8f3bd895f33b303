"""What a shell completes beside commands, flags and their choices. No server is asked, and nothing is said where it fails."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from kryonix_tui.errors import ConfigError
from kryonix_tui.safetext import safe


def paths(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the path of a file."""
    return [CompletionItem(incomplete, type="file")]


def contexts(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the contexts of the configuration file: of that which the line names, else the usual one."""
    from kryonix_tui.cli.shared import shared_of
    from kryonix_tui.config import files
    from kryonix_tui.config.document import parse

    named = shared_of(context).given.get("config")
    try:
        path = files.find(Path(named) if named else None, os.environ).path
        found = parse(files.read_text(path), "").data.get("contexts") if path and path.is_file() else None
    except (ConfigError, OSError, ValueError):
        return []
    names = sorted(found) if isinstance(found, dict) else []
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and safe(name) == name]


def screens(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of the screens that are described in files."""
    from kryonix_tui.view.screens import screen_names

    return [CompletionItem(name) for name in screen_names() if name.startswith(incomplete) and safe(name) == name]
