r"""Untrusted bytes or text -> text that is safe to show on a terminal.

Key names, values, labels, annotations, error texts and file names come from elsewhere and may hold escape sequences,
bidirectional overrides, zero-width characters or plain binary. `safe` is the one gate through which they reach an eye:
TUI, command line, logs and notifications. Its result is for reading only: a key is acted upon by its raw bytes.

What becomes visible, and as what:

- C0 controls as the pictures of U+2400 (ESC -> ␛, newline -> ␊), DEL as ␡;
- C1 controls and bytes that are no UTF-8 as `\\xNN`;
- bidirectional, zero-width, format, tag, private-use, unassigned and surrogate code points as `\\u{X}`;
- what terminals draw in one width alone and in another beside a neighbour, so that columns would not stand, as `\\u{X}` too:
  flags (pairs of regional letters), skin tones, vowels and final consonants of Hangul that is spelt out, vowels and joiners
  of Indic scripts (category Mc);
- at most two combining marks on a character, further ones are dropped;
- text over `limit` characters is cut, with an ellipsis.
"""

from __future__ import annotations

import re
import unicodedata

DEFAULT_LIMIT = 512
"""Characters kept by default: more than any column shows, little enough for a hostile megabyte."""

MAX_COMBINING_MARKS = 2

_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]*\Z")

# Categories that are never shown as they are. Cs also covers the bytes that `surrogateescape` smuggles in.
# Spaces other than the usual one look like it, and make two names look alike.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
# Shown by terminals as nothing or as a change of their neighbour, though not of a format category.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(c) for c in range(0xFE00, 0xFE10)}
_VIRAMA = 9
"""Combining class of what joins the consonants around it (Indic scripts)."""

# One cell or two, alone or with what stands before them: that is another one in each terminal. The last is an Mc since
# Unicode 15.
_UNSTEADY = frozenset(
    map(
        chr,
        (*range(0x1F1E6, 0x1F200), *range(0x1F3FB, 0x1F400), *range(0x1160, 0x1200), *range(0xD7B0, 0xD800), 0x1171E),
    )
)


def safe(text: str | bytes | bytearray | memoryview, limit: int = DEFAULT_LIMIT) -> str:
    """Return `text` with everything made visible that could act on a terminal or deceive its reader.

    Bytes are read as UTF-8; what is not UTF-8 is shown byte by byte.
    """
    return _readable(text, limit, steady=True)


def harmless(text: str | bytes | bytearray | memoryview, limit: int = DEFAULT_LIMIT) -> str:
    """Return `text` as `safe` does, for what goes on to another program (labels, the clipboard) and stands in no column:
    what is only drawn in another width by each terminal is left as it is.
    """
    return _readable(text, limit, steady=False)


def _readable(text: str | bytes | bytearray | memoryview, limit: int, *, steady: bool) -> str:
    if not isinstance(text, str):
        # Four bytes hold the longest code point: no more than that can be shown.
        text = bytes(text[: (limit + 1) * 4]).decode("utf-8", "surrogateescape")
    if len(text) <= limit and _PRINTABLE_ASCII.match(text):
        return text
    shown: list[str] = []
    marks = 0
    for character in text[:limit]:
        category = unicodedata.category(character)
        if steady and unicodedata.combining(character) == _VIRAMA:
            category = "Mc"
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MAX_COMBINING_MARKS or character in _INVISIBLE:
                continue
        else:
            marks = 0
        hidden = _deceives(character, category) or (steady and (category == "Mc" or character in _UNSTEADY))
        shown.append(_visible(character) if hidden else character)
    return "".join(shown) + ("…" if len(text) > limit else "")


def _deceives(character: str, category: str) -> bool:
    return character != " " and (category in _HIDDEN_CATEGORIES or character in _INVISIBLE)


def identity(raw: bytes) -> str:
    """Return bytes as text that keeps every byte: `raw_bytes(identity(raw)) == raw`. Not for showing."""
    return raw.decode("utf-8", "surrogateescape")


def raw_bytes(text: str) -> bytes:
    """Return the bytes that `identity` was made from."""
    return text.encode("utf-8", "surrogateescape")


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code < 0x100:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, kept by `surrogateescape`
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{{{code:x}}}"
