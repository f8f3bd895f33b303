"""The translated catalogues beside the template: kept in step with it by `make docs`, and compiled.

A new text enters every `.po` untranslated, one that is gone leaves it; nothing is guessed (no fuzzy entries). The `.mo` is
what the program reads; it is committed, so that a checkout, a wheel and an editable install speak alike.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scripts.messages import TOP, catalogue

LANGUAGES: Final = ("pt_BR",)


def source(language: str) -> str:
    """Return the path of a language's texts, relative to the top level."""
    return f"kryonix_tui/locale/{language}/LC_MESSAGES/kryonix.po"


def documents() -> Iterator[tuple[str, Callable[[], str | bytes]]]:
    """Yield path and maker of what belongs to each language: the texts, then what is compiled from them."""
    for language in LANGUAGES:
        path = source(language)
        yield path, lambda language=language: renewed(_read(language), language)  # type: ignore[misc]
        yield path.removesuffix("po") + "mo", lambda language=language: compiled(_read(language), language)  # type: ignore[misc]


def renewed(texts: str, language: str) -> str:
    """Return a `.po` with the texts of the template of now; what stands before its first text stays as it is."""
    known = parsed(texts, language)
    wanted = read_po(io.StringIO(catalogue()), locale=language)
    for message in wanted:
        same = known.get(message.id)
        if message.id and same is not None and same.pluralizable == message.pluralizable:
            message.string = same.string
    file = io.BytesIO()
    write_po(file, wanted, no_location=True, omit_header=True, sort_output=True, width=120)
    return texts.partition("\n\n")[0] + "\n\n" + file.getvalue().decode()


def compiled(texts: str, language: str) -> bytes:
    """Return a `.po` as the `.mo` that gettext reads."""
    messages = parsed(texts, language)
    # Babel writes the time of now where there is none: the same texts are to give the same file.
    messages.creation_date = messages.revision_date = datetime.fromtimestamp(0, UTC)
    file = io.BytesIO()
    write_mo(file, messages)
    return file.getvalue()


def parsed(texts: str, language: str) -> Catalog:
    """Return the messages of a `.po`."""
    return read_po(io.StringIO(texts), locale=language)


def _read(language: str) -> str:
    return (TOP / Path(source(language))).read_text(encoding="utf-8")
