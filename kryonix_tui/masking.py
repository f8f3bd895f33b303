"""Secrets and personal data are masked wherever a value is shown, exported or logged.

A field is secret when its name looks like a credential; a URL hides its password; the names of `verify:*` keys hold a
phone number or an e-mail address, which are masked too.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MASK = "•••"

_PARAMETER = re.compile(r"([^&;=]+)=([^&;]+)")

_SECRET_WORDS = re.compile(r"passw|secret|token|api_?key|authorization|credential|private|key$", re.IGNORECASE)
_VERIFY_KEY = re.compile(r"^(verify:[^:]*:)(.*)$", re.DOTALL)

_URL_IN_TEXT = re.compile(r"[a-z][a-z0-9+.-]{0,30}://\S+", re.IGNORECASE)
_VERIFY_KEY_IN_TEXT = re.compile(r"\bverify:[^:\s]*:\S+")
_CREDENTIAL_IN_TEXT = re.compile(
    r"""((?:passw\w*|secret|token|api_?key|authorization)["']?\s*[=:]\s*)(?:(?:bearer|basic)\s+)?[^\s,;&]+""",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name is to be masked (`api_key`, `push_token`, `X-Authorization`, ...)."""
    return _SECRET_WORDS.search(name) is not None


def mask_value(name: str, value: str) -> str:
    """Return `value`, or the mask where `name` is that of a secret and there is something to hide."""
    return MASK if value and is_secret_name(name) else value


def mask_url(url: str) -> str:
    """Return `url` without its passwords, in the user part and in the query; what is no URL is masked whole."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return MASK
    if "@" in url.replace(parts.netloc, "", 1):  # a password with ? or # in it, or no URL at all
        return MASK
    if password:
        host = parts.netloc.rpartition("@")[2]
        url = url.replace(parts.netloc, f"{parts.username or ''}:{MASK}@{host}", 1)
    address, mark, query = url.partition("?")
    return address + mark + _PARAMETER.sub(_masked_parameter, query)


def _masked_parameter(match: re.Match[str]) -> str:
    return f"{match.group(1)}={mask_value(match.group(1), match.group(2))}"


def mask_key_name(key: str) -> str:
    """Return a key's name with the personal data of verification keys masked: `verify:phone:+55…` keeps two characters."""
    match = _VERIFY_KEY.match(key)
    if match is None:
        return key
    personal = match.group(2)
    return f"{match.group(1)}{personal[:2] if len(personal) > 6 else ''}{MASK}"


def mask_text(text: str) -> str:
    """Return free text without what looks like a credential, or like personal data in the name of a key.

    >>> mask_text("redis://ana:hunter2@host is down, token=abc, verify:phone:+5511999990000 too")
    'redis://ana:•••@host is down, token=•••, verify:phone:+5••• too'
    """
    text = _URL_IN_TEXT.sub(lambda match: mask_url(match.group()), text)
    text = _VERIFY_KEY_IN_TEXT.sub(lambda match: mask_key_name(match.group()), text)
    return _CREDENTIAL_IN_TEXT.sub(rf"\g<1>{MASK}", text)
