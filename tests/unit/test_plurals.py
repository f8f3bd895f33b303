"""A text with a number before a noun in the plural has a singular, too; but for numbers that are never 1."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from kryonix_tui import i18n

NOUNS: Final = (
    "alerts|archives|backups|brackets|bytes|calls|changes|characters|clients|commands|databases|days|entries|figures|files|"
    "items|jobs|keys|matchers|minutes|modules|ones|panels|queues|replicas|results|rows|rules|seconds|servers|"
    "sessions|settings|tenants|times|values"
)
COUNTED: Final = re.compile(rf"\{{\w+\}} (?:(?:smaller|newer|cached|predicted|sampled|API|SDK) )?(?:{NOUNS})\b")

NEVER_ONE: Final = {
    "a limit of the program": (
        "a reply of Redis is larger than {count} bytes",
        "at most {count} matchers",
        "expected the id of a tenant, at most {count} bytes",
        "expected {count} panels at most",
        "longer than {count} characters",
        "more than {count} brackets and operators",
        "serve.token: whoever opens the console from elsewhere must show a token of {count} characters or more",
        "the reason is too long: at most {count} characters",
        "{count} keys are listed: choose a narrower place",
        "{place}: the answer is larger than {count} bytes",
        "Show what is in up to {count} items? It is written down.",
        "Free ports were taken by others {count} times in a row.",
        "Terminal of {columns} × {rows} characters",
        " … {count} bytes",
        "{calls} API calls today > {most}, {soon} of {sampled} expire within 5 min",
    ),
    "one has a name of its own": ("{count} rows", "{count} tenants"),
    "several by what it says": ("database {number} stands here {times} times", "{tenant} stands here {times} times"),
    "click's own": ("Argument {name!r} takes {nargs} values.",),
    "put in by Prometheus": (
        "{value} API modules do not answer",
        "{tenant}: {value} API modules fail at once",
        "Redis {instance} evicts {value} keys per second",
        "Redis {instance} has turned away {value} clients",
        "{tenant}: certificate ends in {value} days",
        "{tenant}: {value} jobs wait in queue {module}",
        "{tenant}: {value} requests per second are expected in an hour, more than it is scaled for",
    ),
}
"""Texts whose number is never 1, or not known to this program, by the reason."""


def test_who_counts_one_says_so_in_the_singular() -> None:
    with (Path(i18n.__file__).parent / "locale" / "kryonix.pot").open("rb") as file:
        texts = {message.id for message in read_po(file) if isinstance(message.id, str)}
    permitted = {text for texts_of in NEVER_ONE.values() for text in texts_of}
    assert {text for text in texts if COUNTED.search(text)} - permitted == set()
    assert permitted <= texts, "each exception is a text that there is"
