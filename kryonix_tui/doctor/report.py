"""The checks as text for people and as JSON for scripts. Every text passes through `safe` here."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Final

from kryonix_tui.doctor.check import Check, Level, worst
from kryonix_tui.i18n import N_, _, ngettext
from kryonix_tui.safetext import safe

SCHEMA: Final = "kryonix.doctor/1"

_LIMIT: Final = 4000
"""Characters of one line: room for an ACL line, an end for whatever a server says."""
_WIDEST: Final = 100
_NARROWEST: Final = 40
_GLYPHS: Final = {Level.OK: "●", Level.WARN: "▲", Level.FAIL: "✖"}
_WORDS: Final = {Level.OK: N_("ok"), Level.WARN: N_("warn"), Level.FAIL: N_("fail")}
_AREAS: Final = {
    "configuration": N_("Configuration"),
    "redis": "Redis",
    "prometheus": "Prometheus",
    "alertmanager": "Alertmanager",
    "databases": N_("Databases"),
    "latency": N_("Latency"),
    "persistence": N_("Persistence"),
    "memory": N_("Memory"),
    "users": N_("Redis users"),
    "isolation": N_("Isolation of tenants"),
    "terminal": N_("Terminal"),
    "demo": N_("Demo"),
}


def as_json(checks: Iterable[Check]) -> str:
    """Return the document of schema `kryonix.doctor/1`: {schema, worst, checks: [{name, level, text, hint, why}]}."""
    shown = [_printable(check) for check in checks]
    document = {"schema": SCHEMA, "worst": worst(shown), "checks": [asdict(check) for check in shown]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_text(checks: Sequence[Check], width: int) -> str:
    """Return the report for a terminal of `width` columns. Commands to copy stay on one line each."""
    width = max(_NARROWEST, min(_WIDEST, width))
    lines: list[str] = []
    for area, members in groupby(map(_printable, checks), key=lambda check: check.area):
        lines += [_(_AREAS.get(area, area)), *(line for check in members for line in _lines(check, width)), ""]
    return "\n".join([*lines, _summary(checks)]) + "\n"


def _lines(check: Check, width: int) -> Iterator[str]:
    words = max(len(_(word)) for word in _WORDS.values())
    mark = f"  {_GLYPHS[check.level]} {_(_WORDS[check.level]):<{words}}  "
    margin = " " * len(mark)
    yield from _wrapped(check.text, mark, margin, width)
    if check.why:
        yield from _wrapped(check.why, margin, margin, width)
    advice, *commands = check.hint.split("\n")
    if advice:
        yield from _wrapped(advice, f"{margin}→ ", f"{margin}  ", width)
    yield from commands


def _wrapped(text: str, first: str, further: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def _printable(check: Check) -> Check:
    hint = "\n".join(safe(line, _LIMIT) for line in check.hint.split("\n"))
    return Check(safe(check.name, 120), check.level, safe(check.text, _LIMIT), hint, safe(check.why, _LIMIT))


def _summary(checks: Sequence[Check]) -> str:
    counts = {level: sum(check.level is level for check in checks) for level in Level}
    failures, warnings = counts[Level.FAIL], counts[Level.WARN]
    if not failures and not warnings:
        return _("Everything is fine.")
    parts = [
        (failures, ngettext("{count} failure", "{count} failures", failures)),
        (warnings, ngettext("{count} warning", "{count} warnings", warnings)),
    ]
    return ", ".join(text.format(count=count) for count, text in parts if count)
