"""Values of keys as they may be shown: what is secret or about a person is hidden, wherever in the value it stands.

A value is shown as far as it is understood: fields by their names, texts inside of them as values of their own. Of what
looks like JSON and cannot be read (its end is not here, it is nested too deep), only the length is told.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.masking import MASK, is_secret_name, mask_text
from kryonix_tui.safetext import safe

SHOWN: Final = 200
"""Characters of a value on a line."""
DEEPEST: Final = 16
"""Levels of a JSON value that are looked into; what is below is hidden."""

_PERSONAL: Final = re.compile(
    r"phone|telefone|celular|mobile_?number|whatsapp|e-?mail|cpf|cnpj|patient|paciente|birth|address", re.IGNORECASE
)
_CREDENTIAL: Final = re.compile(r"senha|jwt|bearer|cookie|\botp\b|otp_?code", re.IGNORECASE)
_TELLING: Final = re.compile(
    r"""eyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?          # a JSON web token
      | (?<=bearer\s)\S+
      | [\w.+-]+@[\w-]+(?:\.[\w-]+)+              # an address of e-mail
      | \+[0-9][0-9 ().-]{7,18}[0-9]              # a phone number
      | \b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b # CPF
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAMING: Final = frozenset({"name", "key", "field", "header"})
"""Fields that hold the name of what their neighbours hold."""


def masked(name: str, value: bytes, *, cut: bool = False) -> str:
    """Return a value that stands under a name, hidden where the name is that of a secret or of a person's data.

    Of one that is `cut`, only the beginning is here.
    """
    if is_hidden(name):
        return MASK if value else ""
    text = value.decode("utf-8", "surrogateescape")
    if not _looks_like_json(text):
        return safe(without_telling(text), SHOWN)
    content = _json(text)
    if content is None:
        return _hidden(value, cut=cut)
    return safe(json.dumps(_without_secrets(content, 0), ensure_ascii=False), SHOWN)


def payload(value: bytes, *, cut: bool = False) -> str:
    """Return the shape of a message: names of its fields, not what is in them."""
    content = _json(value.decode("utf-8", "surrogateescape"))
    if isinstance(content, dict):
        return shape(list(content)[:20])
    if isinstance(content, list):
        return _("a list of {count}").format(count=len(content))
    return _hidden(value, cut=cut)


def shape(names: list[str]) -> str:
    """Return fields by their names alone."""
    return "{" + ", ".join(f"{safe(without_telling(name), 40)}: {MASK}" for name in names) + "}"


def _hidden(value: bytes, *, cut: bool) -> str:
    """Return nothing of a value but its length, where that is known."""
    if cut:
        return MASK
    return ngettext("{mask} ({count} byte)", "{mask} ({count} bytes)", len(value)).format(mask=MASK, count=len(value))


def is_hidden(name: str) -> bool:
    """Tell whether what stands under a name is not shown."""
    return any((is_secret_name(name), _PERSONAL.search(name), _CREDENTIAL.search(name), is_personal_key(name)))


def is_personal_key(name: str) -> bool:
    """Tell whether all that a key holds is about a person: codes that were sent to a phone or an address."""
    return name.startswith("verify:")


def without_telling(text: str) -> str:
    """Return free text without what is recognised as a credential, an address, a number of somebody."""
    return _TELLING.sub(MASK, mask_text(text))


def _without_secrets(content: Any, depth: int) -> Any:
    if isinstance(content, str):
        inner = _json(content) if _looks_like_json(content) else None
        if inner is not None and depth < DEEPEST:
            return json.dumps(_without_secrets(inner, depth + 1), ensure_ascii=False)
        return MASK if _looks_like_json(content) else without_telling(content)
    if not isinstance(content, dict | list):
        return content
    if depth >= DEEPEST:
        return MASK
    if isinstance(content, list):
        return [_without_secrets(item, depth + 1) for item in content]
    named = any(is_hidden(item) for name, item in content.items() if name.lower() in _NAMING and isinstance(item, str))
    return {
        without_telling(name): MASK
        if is_hidden(name) or (named and name.lower() not in _NAMING)
        else _without_secrets(item, depth + 1)
        for name, item in content.items()
    }


def _looks_like_json(text: str) -> bool:
    """Tell whether text begins as JSON that has fields or texts: not `[1] started`, but also what is cut off."""
    return text.lstrip()[:1] in ("{", "[", '"') and '"' in text


def _json(text: str) -> Any:
    """Return what JSON text holds; None where it is none, or nothing but a figure."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict | list | str) else None
