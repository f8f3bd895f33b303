"""Which language to speak, found out before the first text is needed."""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kryonix_tui import i18n
from kryonix_tui.errors import ConfigError

VARIABLE: Final = "KRYONIX_LANG"


def speak(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    """Translate from now on as --lang, KRYONIX_LANG, the configuration file or the environment's locale say."""
    i18n.use_language(wanted(arguments, environ) or None)
    _teach_click(i18n.language())


def _teach_click(language: str) -> None:
    """Let click's own words ("Usage:", "Options") speak too: it asks gettext, which knows one domain and the environment."""
    gettext.bindtextdomain(i18n.DOMAIN, str(i18n.LOCALE_DIR))
    gettext.textdomain(i18n.DOMAIN)
    os.environ["LANGUAGE"] = language


def wanted(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the language that flag, variable or file ask for, empty where none does."""
    flagged = _last_value(arguments, "--lang")
    if flagged or "--version" in arguments:
        return flagged
    return environ.get(VARIABLE, "") or _of_file(_last_value(arguments, "--config"), environ)


def _of_file(explicit: str, environ: Mapping[str, str]) -> str:
    from kryonix_tui.config import files
    from kryonix_tui.config.document import parse

    try:
        path = files.find(Path(explicit) if explicit else None, environ).path
        # A pipe can be read only once, and that is for the configuration itself.
        language = parse(files.read_text(path), "").data.get("lang") if path and path.is_file() else ""
    except (ConfigError, OSError, ValueError):
        return ""  # the command itself tells what is wrong with the file
    return language if isinstance(language, str) else ""


def _last_value(arguments: Sequence[str], flag: str) -> str:
    found = ""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == flag and index + 1 < len(arguments):
            found = arguments[index + 1]
        elif argument.startswith(flag + "="):
            found = argument.removeprefix(flag + "=")
    return found
