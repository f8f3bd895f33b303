"""Texts for users, through gettext.

`_` translates now; `N_` marks a text that is translated when it is shown (command descriptions, for instance, are
defined before the language is known). English is the source language; catalogues live in `locale/`. `numerals` writes
numbers with the signs of the language. None of it may reach JSON, hashes or files: those are the same in every language.
"""

from __future__ import annotations

import gettext
import os
import unicodedata
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Final

DOMAIN = "kryonix"
LOCALE_DIR = Path(__file__).parent / "locale"
SIGNS: Final[Mapping[str, tuple[str, str]]] = {"en": (".", ","), "pt_BR": (",", ".")}
"""The decimal sign and that between thousands, per language: Unicode's CLDR, which takes too long to load at run time."""

_active: gettext.NullTranslations = gettext.NullTranslations()


def use_language(language: str | None = None) -> None:
    """Translate from now on into `language` (`pt_BR`, `en`); without one, into what LANGUAGE, LC_ALL or LANG ask for."""
    global _active  # noqa: PLW0603 - one process speaks one language
    wanted = [language] if language else environment_languages()
    # English has no catalogue: gettext would pass it over and take what is wanted less.
    foreign = list(takewhile(lambda name: name.split("_")[0] not in ("en", "C", "POSIX"), wanted))
    _active = gettext.translation(DOMAIN, LOCALE_DIR, languages=foreign or ["en"], fallback=True)


def language() -> str:
    """Return the active language, as its catalogue calls itself: `pt_BR`, or `en`."""
    return _active.info().get("language", "en")


def numerals(text: str) -> str:
    """Return numbers that Python has written (`1,234.5`) with the signs of the active language (`1.234,5`)."""
    decimal, thousands = SIGNS.get(language(), SIGNS["en"])
    return text if decimal == "." else text.translate({ord("."): decimal, ord(","): thousands})


def _(message: str) -> str:
    """Return `message` in the active language."""
    return _active.gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the form of the active language that fits `count`."""
    return _active.ngettext(singular, plural, count)


def N_(message: str) -> str:  # noqa: N802 - the customary name for deferred translation
    """Mark `message` for extraction; it is translated where it is shown."""
    return message


def agrees(answer: str) -> bool | None:
    """Return whether an answer is yes (True) or no (False), as a word or its first letter, in the active language or in
    English; None where it is neither.
    """
    given = _bare(answer)
    for meaning, words in ((True, ("yes", _("yes"))), (False, ("no", _("no")))):
        if any(given in (_bare(word), _bare(word)[0]) for word in words):
            return meaning
    return None


def _bare(word: str) -> str:
    """Return a word without blanks around it, capitals and accents."""
    apart = unicodedata.normalize("NFKD", word.strip())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def environment_languages() -> list[str]:
    """Return what LANGUAGE, LC_ALL, LC_MESSAGES or LANG ask for, the first that is set; English without any."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return [part.split(".")[0] for part in value.split(":")]
    return ["en"]
