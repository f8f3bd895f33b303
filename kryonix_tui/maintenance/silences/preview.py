"""What a silence holds back, in sentences: before it is made, and before it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, Matcher
from kryonix_tui.model.matchers import accepts_anything, text_of
from kryonix_tui.safetext import safe

NAMED: Final = 200
"""Alerts that are named one by one."""


def means_everything(matchers: Sequence[Matcher], muted: Sequence[Alert], everything: int) -> bool:
    """Tell whether matchers name nothing in particular: values that nobody has fit as well, or all alerts there are do."""
    return accepts_anything(matchers) or (everything > 1 and len(muted) == everything)


def muted_lines(muted: Sequence[Alert]) -> Iterator[str]:
    """Yield how many alerts are held back at this moment, and which."""
    if not muted:
        yield _("nothing that is known now fits: only alerts to come would be held back")
        return
    already = sum(bool(alert.silences) for alert in muted)
    text = _("holds back {count} alerts that are known now").format(count=len(muted))
    yield text + (_(" ({count} of them are silenced already)").format(count=already) if already else "")
    yield from (alert_line(alert) for alert in muted[:NAMED])
    if len(muted) > NAMED:
        yield _("and {count} more").format(count=len(muted) - NAMED)


def heard_again(muted: Sequence[Alert], silence_id: str) -> Iterator[str]:
    """Yield which alerts reach people again when a silence ends."""
    heard = [alert for alert in muted if set(alert.silences) == {silence_id}]
    if not heard:
        yield _("it holds nothing back now that another silence does not hold as well")
        return
    yield _("{count} alerts reach people again").format(count=len(heard))
    yield from (alert_line(alert) for alert in heard[:NAMED])


def alert_line(alert: Alert) -> str:
    """Return an alert in one line."""
    tenant = f"  {safe(alert.tenant, 60)}" if alert.tenant is not None else ""
    return f"{alert.severity.value}  {safe(alert.name, 60)}{tenant}"


def shown(matchers: Sequence[Matcher]) -> str:
    """Return matchers as a line that can be read anywhere."""
    return safe(text_of(matchers), 2000)
