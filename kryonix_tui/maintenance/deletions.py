"""How plans that delete files say what goes, and what stays and why: the first ones by name, the rest as a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from kryonix_tui.i18n import _, ngettext

_LISTED: Final = 20


def going(names: Sequence[str]) -> list[str]:
    """Return a sentence for each of the first that are deleted, and one for the rest."""
    effects = [_("{name} is deleted.").format(name=name) for name in names[:_LISTED]]
    if len(names) > _LISTED:
        effects.append(
            ngettext("{count} more is deleted.", "{count} more are deleted.", len(names) - _LISTED).format(
                count=len(names) - _LISTED
            )
        )
    return effects


def staying(kept: Iterable[tuple[str, str]]) -> list[str]:
    """Return a sentence for each of the first that stay, given as (name, reason)."""
    text = _("{name} stays: {reason}")
    return [text.format(name=name, reason=reason) for name, reason in islice(kept, _LISTED)]
