"""Secrets and personal data are masked wherever a value is shown, exported or logged.

A field is secret when its name looks like a credential; a URL hides its password; the names of `verify:*` keys hold a
phone number or an e-mail address, which are masked too.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

MASK = "•••"

_SECRET_WORDS = re.compile(r"passw|secret|token|api_?key|authorization|credential|private|key$", re.IGNORECASE)
_VERIFY_KEY = re.compile(r"^(verify:[^:]*:)(.*)$", re.DOTALL)


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name is to be masked (`api_key`, `push_token`, `X-Authorization`, ...)."""
    return _SECRET_WORDS.search(name) is not None


def mask_value(name: str, value: str) -> str:
    """Return `value`, or the mask where `name` is that of a secret and there is something to hide."""
    return MASK if value and is_secret_name(name) else value


def mask_url(url: str) -> str:
    """Return `url` with the password of its user part masked; text that is no URL comes back masked whole."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return MASK
    if not password:
        return url
    user = parts.username or ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{MASK}@{host}"))


def mask_key_name(key: str) -> str:
    """Return a key's name with the personal data of verification keys masked: `verify:phone:+55…` keeps two characters."""
    match = _VERIFY_KEY.match(key)
    if match is None:
        return key
    personal = match.group(2)
    return f"{match.group(1)}{personal[:2] if len(personal) > 6 else ''}{MASK}"
