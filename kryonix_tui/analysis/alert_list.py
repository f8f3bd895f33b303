"""One list of alerts: Alertmanager's, those that only Prometheus holds yet, and the console's own, each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kryonix_tui.model.alert import Alert, AlertState, Severity, Silence
from kryonix_tui.model.matchers import fits
from kryonix_tui.model.snapshot import Snapshot

Identity = tuple[str, frozenset[tuple[str, str]]]


def all_alerts(snapshot: Snapshot, own: Iterable[Alert] = ()) -> tuple[Alert, ...]:
    """Return all alerts, those that reach people first, of them the worst and newest.

    Of an alert that both have, Alertmanager knows whom it reaches and Prometheus what raised it. The console's own
    (`own`) is left out where one of theirs says the same of the same tenant and subject.
    """
    facts = snapshot.alerts.value if snapshot.alerts else None
    known = facts.alerts if facts else ()
    held = snapshot.metrics.value.rule_alerts if snapshot.metrics else ()
    # Alertmanager's labels may be more (external labels) or fewer (relabelling): only those that both use tell apart.
    common = _label_names(known) & _label_names(held)
    raised: dict[Identity, Alert] = {_identity(alert, common): alert for alert in held} if held else {}
    theirs: list[Alert] = []
    for alert in known:
        origin = raised.get(_identity(alert, common))
        theirs.append(alert if origin is None else _explained(alert, origin))
    have = {_identity(alert, common) for alert in known}
    silences = _by_condition(facts.silences if facts else ())
    # Alertmanager will have it in a moment, or has seen it end already: it is as quiet as it will be, or was, there.
    theirs += [_heard(alert, silences) for alert in held if _identity(alert, common) not in have]
    said = _said(theirs)
    merged = [*theirs, *(_heard(alert, silences) for alert in own if not _is_said(alert, said))]
    return tuple(sorted(merged, key=_urgency))


def _explained(alert: Alert, origin: Alert) -> Alert:
    return replace(alert, rule=origin.rule, expression=origin.expression, lasting=origin.lasting)


_Said = Mapping[tuple[str, str | None], list[Alert]]


def _said(alerts: Iterable[Alert]) -> _Said:
    found: dict[tuple[str, str | None], list[Alert]] = {}
    for alert in alerts:
        found.setdefault((alert.name, alert.tenant), []).append(alert)
    return found


def _is_said(own: Alert, said: _Said) -> bool:
    """Tell whether others say it: of the same subject, and at least as loud (one that waits does not hide one that fires)."""
    subject = own.labels.get("module", "")
    return any(
        subject in ("", other.labels.get("module", subject))
        and other.severity.rank <= own.severity.rank
        and (other.state is not AlertState.PENDING or own.state is AlertState.PENDING)
        for other in said.get((own.name, own.tenant), ())
    )


_Silences = Mapping[tuple[str, str] | None, list[Silence]]


def _by_condition(silences: Iterable[Silence]) -> _Silences:
    """Return the silences that are active by a label that they need as it is, None: by those that need none so.

    A thousand alerts under a thousand silences are looked at with each update.
    """
    found: dict[tuple[str, str] | None, list[Silence]] = {}
    for silence in silences:
        if silence.active and silence.matchers:
            needed = ((m.name, m.value) for m in silence.matchers if m.is_equal and not m.is_regex and m.value)
            found.setdefault(next(needed, None), []).append(silence)
    return found


def _heard(alert: Alert, silences: _Silences) -> Alert:
    """Return an alert of others as silenced, where a silence of Alertmanager's fits it: one quiet for all."""
    if alert.state is not AlertState.FIRING or not silences:
        return alert
    labels = {**alert.labels, **alert.raw}
    possible = (silence for condition in (None, *labels.items()) for silence in silences.get(condition, ()))
    holding = tuple(silence.silence_id for silence in possible if fits(silence.matchers, labels))
    return replace(alert, state=AlertState.SILENCED, silences=holding) if holding else alert


_STATE_ORDER = {state: order for order, state in enumerate(AlertState)}
_SEVERITY_ORDER = {severity: order for order, severity in enumerate(Severity)}


def _urgency(alert: Alert) -> tuple[int, int, float, str, str]:
    return (
        _STATE_ORDER[alert.state],
        _SEVERITY_ORDER[alert.severity],
        -alert.starts_at,
        alert.name,
        alert.fingerprint,
    )


def _label_names(alerts: Iterable[Alert]) -> set[str]:
    return {name for alert in alerts for name in alert.labels}


def _identity(alert: Alert, names: set[str]) -> Identity:
    return alert.name, frozenset(label for label in alert.labels.items() if label[0] in names)
