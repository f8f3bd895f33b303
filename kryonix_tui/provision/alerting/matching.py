"""Conditions on labels, as Alertmanager reads them."""

from __future__ import annotations

from typing import Final

_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def equal(label: str, value: str) -> str:
    r"""Return the condition that a label has a value.

    >>> equal("tenant_id", 'a"b')
    'tenant_id="a\\"b"'
    """
    return f'{label}="{value.translate(_ESCAPES)}"'


def different(label: str, value: str) -> str:
    """Return the condition that a label has another value, or none."""
    return f'{label}!="{value.translate(_ESCAPES)}"'


def one_of(label: str, *words: str) -> str:
    """Return the condition that a label is one of some plain words.

    >>> one_of("severity", "warning", "info")
    'severity=~"warning|info"'
    """
    return f'{label}=~"{"|".join(words)}"'


OF_TENANT: Final = 'tenant_id=~".+"'
OF_NO_TENANT: Final = 'tenant_id=""'
