r"""PromQL as text: how values are put into it, so that none can be more than a value.

A template is PromQL in whose quoted texts variables stand: `up{tenant_id="$tenant", api_module=~"$api_module"}`. Outside of
quotes only the durations of `DURATIONS` may stand: `rate(x[$__rate_interval])`. Grafana reads the same text.

>>> filled('up{t="$tenant"}', {"tenant": 'x"} or vector(1) #'})
'up{t="x\\"} or vector(1) #"}'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kryonix_tui.i18n import _

DURATIONS: Final = frozenset({"__interval", "__rate_interval"})
"""Variables that stand for a duration."""

ANY: Final = ".+"
"""What a variable without a choice matches."""

LONGEST: Final = 4000
"""Characters of a query as it is written."""
LONGEST_FILLED: Final = 100_000
"""Characters of a query with values in the place of its variables."""
MOST_OPERATIONS: Final = 150
"""Brackets, operators and set words of a query: the parser's time grows with the third power of them, and its stack ends."""

_PARTS = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<match>(?:=~|!~|!=|=)\s*)?
        (?P<text>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `[^`]*`)
      | (?P<open>["'`])
      | \$(?P<bare>\{[a-zA-Z_]\w*\}|[a-zA-Z_]\w*)
    """,
    re.VERBOSE,
)
_NAMED = re.compile(r"\$(?:\{(?P<braced>[a-zA-Z_]\w*)\}|(?P<plain>[a-zA-Z_]\w*))")
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")
_OPERATION = re.compile(r"[(\[{+\-*/%^<>]|==|!=|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

Value = str | Sequence[str] | None
"""One value, several, or None: whatever there is."""


class TemplateError(ValueError):
    """A template that cannot be filled; the text says why."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable in a template: its name, and whether it is compared by a regular expression."""

    name: str
    regex: bool


def quoted(text: str) -> str:
    """Return any text as a PromQL string: it ends where it should, whatever is in it."""
    return '"' + _escaped(text, '"') + '"'


def literal(value: str) -> str:
    """Return a regular expression (RE2) that matches `value` and nothing else."""
    return _SPECIAL.sub(r"\\\1", value)


def matcher(label: str, values: Sequence[str]) -> str:
    r"""Return the matcher for a label with one of `values`.

    >>> print(matcher("tenant_id", ["a"]), matcher("tenant_id", ["a.b", "c"]))
    tenant_id="a" tenant_id=~"a\\.b|c"
    """
    if len(values) == 1:
        return f"{label}={quoted(values[0])}"
    return f"{label}=~{quoted('|'.join(literal(value) for value in values))}"


def refuse_monster(expression: str, longest: int = LONGEST) -> None:
    """Raise TemplateError for a query that no parser should be given: too long, or of too many parts within parts."""
    if len(expression) > longest:
        raise TemplateError(_("longer than {count} characters").format(count=longest))
    plain = _PARTS.sub(lambda part: "" if part["text"] or part["comment"] else part[0], expression)
    if len(_OPERATION.findall(plain)) > MOST_OPERATIONS:
        raise TemplateError(_("more than {count} brackets and operators").format(count=MOST_OPERATIONS))


def references(template: str) -> list[Reference]:
    """Return the variables in a template but for durations.

    Raises:
        TemplateError: a variable stands where no value can be put in safely, or a text has no end.
    """
    found: list[Reference] = []

    def note(name: str, regex: bool) -> str:  # noqa: FBT001 - called by position
        found.append(Reference(name, regex))
        return ""

    for part in _rewritten(template, note, dict.fromkeys(DURATIONS, "")):
        del part
    return found


def filled(template: str, values: Mapping[str, Value], durations: Mapping[str, str] | None = None) -> str:
    """Return a template with `values` and `durations` in the place of its variables.

    Raises:
        TemplateError: as `references`; or a variable has no value, or several where `=~` or `!~` is needed.
    """

    def value(name: str, regex: bool) -> str:  # noqa: FBT001 - called by position
        if name not in values:
            raise TemplateError(_("there is no variable ${name}").format(name=name))
        chosen = values[name]
        if regex:
            among = [chosen] if isinstance(chosen, str) else chosen
            return ANY if among is None else "|".join(literal(one) for one in among)
        if not isinstance(chosen, str):
            raise TemplateError(_("${name} may be several: compare with =~").format(name=name))
        return chosen

    return "".join(_rewritten(template, value, durations or {}))


def _rewritten(template: str, value: Callable[[str, bool], str], durations: Mapping[str, str]) -> Iterator[str]:
    position = 0
    for part in _PARTS.finditer(template):
        yield template[position : part.start()]
        position = part.end()
        if part["open"]:
            raise TemplateError(_("a quoted text has no end"))
        if part["bare"]:
            yield _duration(part["bare"].strip("{}"), durations)
        elif part["text"]:
            yield (part["match"] or "") + _text(part["text"], "~" in (part["match"] or ""), value)
        else:
            yield part[0]
    yield template[position:]


def _duration(name: str, durations: Mapping[str, str]) -> str:
    if name not in DURATIONS:
        raise TemplateError(_("${name} stands outside of quotes").format(name=name))
    return durations.get(name, f"${name}")


def _text(text: str, regex: bool, value: Callable[[str, bool], str]) -> str:  # noqa: FBT001 - called by position
    def put_in(found: re.Match[str]) -> str:
        name = found["braced"] or found["plain"]
        if text[0] == "`":
            raise TemplateError(_("${name} stands in backquotes; use double quotes").format(name=name))
        return _escaped(value(name, regex), text[0])

    return _NAMED.sub(put_in, text)


def _escaped(text: str, quote: str) -> str:
    return "".join(_character(character, quote) for character in text)


def _character(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{quote}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, kept by `surrogateescape`
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or 0xD800 <= code <= 0xDFFF:
        return f"\\u{0xFFFD if code > 0x20 else code:04x}"
    return character
