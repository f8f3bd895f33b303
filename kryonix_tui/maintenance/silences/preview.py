"""What a silence holds back, in sentences: before it is made, and before it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.alert import Alert, Matcher, Severity
from kryonix_tui.model.matchers import accepts_anything, text_of
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.safetext import safe

NAMED: Final = 200
"""Alerts that are named one by one."""

_PARTICULAR: Final = ("alertname", TENANT_LABEL)


def means_everything(matchers: Sequence[Matcher], muted: Sequence[Alert], everything: Sequence[Alert]) -> bool:
    """Tell whether matchers name nothing in particular: values that nobody has fit as well, or all alerts there are do.

    Who names one alert or one tenant means just that, also where nothing else is wrong. Alerts of no severity only say
    that alerting works.
    """
    if accepts_anything(matchers):
        return True
    real = {alert.fingerprint for alert in everything if alert.severity is not Severity.NONE}
    named = any(m.name in _PARTICULAR and m.value and m.is_equal and not m.is_regex for m in matchers)
    return not named and len(real) > 1 and real <= {alert.fingerprint for alert in muted}


def muted_lines(muted: Sequence[Alert]) -> Iterator[str]:
    """Yield how many alerts are held back at this moment, and which."""
    if not muted:
        yield _("nothing that is known now fits: only alerts to come would be held back")
        return
    already = sum(bool(alert.silences) for alert in muted)
    text = ngettext(
        "holds back {count} alert that is known now", "holds back {count} alerts that are known now", len(muted)
    ).format(count=len(muted))
    yield text + (
        ngettext(" ({count} of them is silenced already)", " ({count} of them are silenced already)", already).format(
            count=already
        )
        if already
        else ""
    )
    yield from (alert_line(alert) for alert in muted[:NAMED])
    if len(muted) > NAMED:
        yield _("and {count} more").format(count=len(muted) - NAMED)


def heard_again(muted: Sequence[Alert], silence_id: str) -> Iterator[str]:
    """Yield which alerts reach people again when a silence ends."""
    heard = [alert for alert in muted if set(alert.silences) == {silence_id}]
    if not heard:
        yield _("it holds nothing back now that another silence does not hold as well")
        return
    yield ngettext("{count} alert reaches people again", "{count} alerts reach people again", len(heard)).format(
        count=len(heard)
    )
    yield from (alert_line(alert) for alert in heard[:NAMED])


def alert_line(alert: Alert) -> str:
    """Return an alert in one line."""
    tenant = f"  {safe(alert.tenant, 60)}" if alert.tenant is not None else ""
    return f"{alert.severity.value}  {safe(alert.name, 60)}{tenant}"


def shown(matchers: Sequence[Matcher]) -> str:
    """Return matchers as a line that can be read anywhere."""
    return safe(text_of(matchers), 2000)
