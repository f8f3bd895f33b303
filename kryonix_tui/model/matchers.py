r"""Alertmanager's matchers as text, and whether labels fit them: `severity="critical" tenant_id=~"cli.*"`.

Several are separated by blanks or commas, with or without braces around them; quotes may be left out where a value has
none of these. Between quotes, `\"`, `\\` and `\n` stand for a quote, a backslash and a line break. A regular expression
means the whole value.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Matcher
from kryonix_tui.safetext import safe

REGEX_SECONDS: Final = 0.02
"""A regular expression that takes longer on one value fits it not."""
NOTICED_SECONDS: Final = 0.001
PATIENCE_SECONDS: Final = 0.5
"""One that often takes longer than the first, and by now as long as the second together, fits nothing any more."""
MOST: Final = 32
"""Matchers of one text."""
LONGEST: Final = 2000
"""Characters of one value."""

_MOST_SPENT: Final = 1000
_spent: Final[dict[str, float]] = {}
"""Seconds that slow expressions took so far. Alertmanager, whose silences they may be from, reads them in another way."""

_MATCHER = re.compile(
    r"""\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*
        (?P<operator>=~|!~|!=|=)\s*
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s",{}]*))
        \s*(?:,|(?=\s|$|\}))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}
_PARTS = re.compile(r"\\.|.", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:x\{([0-9a-fA-F]{1,6})\}|.)", re.DOTALL)
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")


def parse(text: str) -> tuple[Matcher, ...]:
    """Return the matchers in `text`, at least one.

    Raises:
        UsageError: it cannot be read; the message says from where on.
    """
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1].strip()
    found: list[Matcher] = []
    at = 0
    while at < len(inner):
        match = _MATCHER.match(inner, at)
        if match is None:
            raise _unreadable(inner[at:])
        found.append(_matcher(match))
        at = match.end()
        while at < len(inner) and inner[at].isspace():
            at += 1
    if not found:
        raise UsageError(_("no matchers"), hint=_hint())
    if len(found) > MOST:
        raise UsageError(_("at most {count} matchers").format(count=MOST))
    return tuple(found)


def _matcher(match: re.Match[str]) -> Matcher:
    operator, value = match["operator"], match["bare"]
    if value is None:
        value = re.sub(r"\\.", lambda found: _ESCAPES.get(found[0], found[0]), match["quoted"], flags=re.DOTALL)
    if len(value) > LONGEST:
        raise UsageError(_("{name}: the value is too long").format(name=match["name"]))
    matcher = Matcher(match["name"], value, is_equal=operator[0] != "!", is_regex=operator.endswith("~"))
    if matcher.is_regex:
        _compiled(matcher)
    return matcher


def _unreadable(rest: str) -> UsageError:
    return UsageError(_("{text} is no matcher").format(text=safe(rest.strip(), 60)), hint=_hint())


def _hint() -> str:
    return _('Write them like severity="critical" tenant_id=~"cli.*"; the operators are =, !=, =~ and !~.')


def written(matcher: Matcher) -> str:
    """Return a matcher so that `parse`, and Alertmanager, read it as it is."""
    operator = ("=" if matcher.is_equal else "!") + ("~" if matcher.is_regex else "" if matcher.is_equal else "=")
    value = matcher.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{matcher.name}{operator}"{value}"'


def text_of(matchers: Iterable[Matcher]) -> str:
    """Return matchers as one line."""
    return " ".join(written(matcher) for matcher in matchers)


def exactly(name: str, value: str) -> Matcher:
    r"""Return a matcher for one value and no other, which can be shown and edited whatever the value is.

    >>> written(exactly("tenant_id", "a\x1b.b"))
    'tenant_id=~"a\\\\x{1b}\\\\.b"'
    """
    return editable(Matcher(name, value))


def editable(matcher: Matcher) -> Matcher:
    r"""Return a matcher that means the same, which can be shown and edited whatever its value is.

    >>> written(editable(Matcher("tenant_id", "a.\x1b+", is_equal=False, is_regex=True)))
    'tenant_id!~"a.\\\\x{1b}+"'
    """
    value = matcher.value
    if safe(value, len(value)) == value:
        return matcher
    text = "".join(map(_part, _PARTS.findall(value))) if matcher.is_regex else expression(value)
    return replace(matcher, value=text, is_regex=True)


def expression(value: str) -> str:
    """Return a regular expression, printable throughout, that fits one value and no other."""
    return "".join(_printable(_SPECIAL.sub(r"\\\1", character)) for character in value)


def _part(part: str) -> str:
    """Return a character of an expression, with a backslash or without, printable: its number needs no second one."""
    number = _printable(part[-1])
    return part if number == part[-1] else number


def _printable(character: str) -> str:
    """Return a character of an expression, as its number where it cannot be shown."""
    return character if safe(character) == character else f"\\x{{{ord(character):x}}}"


def fits(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Tell whether labels fit all matchers. A label that is not there is empty, as Alertmanager has it."""
    return all(_fits(matcher, labels.get(matcher.name, "")) for matcher in matchers)


def accepts_anything(matchers: Iterable[Matcher]) -> bool:
    """Tell whether values that nobody has fit, too: such matchers name nothing, they mean nearly everything."""
    return all(all(_fits(matcher, probe) for probe in _PROBES) for matcher in matchers)


_PROBES: Final = ("kx-7f3a9c", "Q", "0", "ação.é/ü:_-")
"""Values that have little in common but that no label has them."""


def _fits(matcher: Matcher, value: str) -> bool:
    if not matcher.is_regex:
        return (value == matcher.value) is matcher.is_equal
    if _spent.get(matcher.value, 0.0) > PATIENCE_SECONDS:
        return False
    began = time.thread_time()
    try:
        found = _compiled(matcher).fullmatch(value, timeout=REGEX_SECONDS) is not None
    except (TimeoutError, UsageError):
        return False
    finally:
        _note(matcher.value, time.thread_time() - began)
    return found is matcher.is_equal


def _note(expression_text: str, seconds: float) -> None:
    if seconds > NOTICED_SECONDS:
        if len(_spent) >= _MOST_SPENT:
            _spent.clear()
        _spent[expression_text] = _spent.get(expression_text, 0.0) + seconds


def _compiled(matcher: Matcher) -> Any:
    import regex

    try:
        return regex.compile(_ESCAPED.sub(_known, matcher.value), regex.DOTALL)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        text = _("{name}: {error}").format(name=matcher.name, error=safe(str(error), 200))
        raise UsageError(text, title=_("Regular expression")) from error


def _known(found: re.Match[str]) -> str:
    r"""Return what is escaped as regex reads it: of RE2 it does not know \x{1b}, the character itself is put in."""
    return re.escape(chr(int(found[1], 16))) if found[1] else found[0]
