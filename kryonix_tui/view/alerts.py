"""Alerts: the list, and one of them in full."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.alert import Alert, AlertState, Severity, Silence
from kryonix_tui.model.matchers import text_of
from kryonix_tui.safetext import safe
from kryonix_tui.view import alert_history, formats
from kryonix_tui.view.cells import SEVERITY_GLYPH, SEVERITY_TONE, UNKNOWN, Cell, Line, Tone, line
from kryonix_tui.view.columns import Column


def severity_cell(alert: Alert) -> Cell:
    """Return glyph and word of the severity; what is held back or pending is muted."""
    tone = SEVERITY_TONE[alert.severity] if alert.state is AlertState.FIRING else Tone.MUTED
    return Cell(f"{SEVERITY_GLYPH[alert.severity]} {_word(alert.severity)}", tone)


def state_cell(alert: Alert) -> Cell:
    """Return the state as a word."""
    return Cell(_state_word(alert.state), Tone.STRONG if alert.state is AlertState.FIRING else Tone.MUTED)


def columns(update: Update, new: Collection[str] = ()) -> tuple[Column[Alert], ...]:
    """Return the columns of the list of alerts; `new` are the keys of those that have only just begun."""
    return columns_at(update.platform.at, new)


def key_of(alert: Alert) -> str:
    """Return what tells an alert from all others."""
    return f"{alert.source}/{alert.fingerprint}"


def columns_at(now: Instant, new: Collection[str] = ()) -> tuple[Column[Alert], ...]:
    """Return the columns of a list of alerts at a moment."""
    return (
        Column(
            "severity",
            N_("Severity"),
            10,
            severity_cell,
            lambda a: a.severity.rank,
            word=lambda a: a.severity.value,
            words=tuple(Severity),
        ),
        Column("state", N_("State"), 9, state_cell, lambda a: a.state.value, rank=2, words=tuple(AlertState)),
        Column("alert", N_("Alert"), 16, lambda a: _name(a, new), lambda a: a.name, most=40),
        Column("tenant", N_("Tenant"), 14, _tenant, lambda a: a.tenant, most=30, rank=1),
        Column(
            "for",
            N_("For"),
            4,
            lambda a: Cell(_lasting(a, now)),
            lambda a: now.wall - a.starts_at if a.starts_at else None,
            numeric=True,
            falling=True,
            unit="seconds",
        ),
        Column("source", N_("Source"), 12, lambda a: Cell(a.source, Tone.MUTED), lambda a: a.source, rank=4),
        Column(
            "summary", N_("Summary"), 20, lambda a: Cell(safe(a.summary, 200)), lambda a: a.summary, grows=True, rank=3
        ),
    )


def detail(alert: Alert, update: Update) -> list[Line]:
    """Return everything that is known of an alert, as lines."""
    now = update.platform.at
    lines: list[Line] = [
        line(severity_cell(alert), "  ", Cell(safe(alert.name), Tone.STRONG), "  ", state_cell(alert)),
        line(Cell(safe(alert.summary, 1000))),
        line(),
        _pair(_("since"), f"{formats.clock_time(alert.starts_at, today=now.wall)} ({_lasting(alert, now)})"),
        _pair(_("tenant"), safe(alert.tenant) if alert.tenant is not None else _("none")),
        _pair(_("source"), alert.source),
    ]
    if alert.receivers:
        lines.append(_pair(_("receivers"), ", ".join(alert.receivers)))
    if alert.rule:
        lines.append(_pair(_("rule"), alert.rule))
    if alert.expression:
        lines.append(_pair(_("expression"), alert.expression))
    if alert.lasting:
        lines.append(_pair(_("fires after"), formats.duration(alert.lasting)))
    for silence_id in alert.silences:
        lines += _silence(silence_id, update)
    lines += [_inhibitor(fingerprint, update) for fingerprint in alert.inhibitors]
    lines += [line(), *alert_history.lines(alert, update)]
    links = [(name, text) for name, text in sorted(alert.annotations.items()) if "://" in text]
    links += [(_("graph"), alert.generator_url)] if alert.generator_url else []
    if links:
        lines += [line(), line(Cell(_("Links"), Tone.ACCENT)), *(_pair(name, text) for name, text in links)]
    lines += [line(), line(Cell(_("Labels"), Tone.ACCENT))]
    lines += [_pair(name, value) for name, value in sorted(alert.labels.items())]
    if alert.annotations:
        lines += [line(), line(Cell(_("Annotations"), Tone.ACCENT))]
        lines += [_pair(name, value) for name, value in sorted(alert.annotations.items()) if "://" not in value]
    return lines


def _silence(silence_id: str, update: Update) -> list[Line]:
    facts = update.snapshot.alerts
    known = {silence.silence_id: silence for silence in facts.value.silences} if facts else {}
    silence = known.get(silence_id)
    if silence is None:
        return [_pair(_("silenced by"), silence_id)]
    return [
        _pair(_("silenced by"), f"{silence.author}: {silence.comment}"),
        _pair(_("until"), _until(silence, update.platform.at)),
        _pair(_("matchers"), safe(text_of(silence.matchers), 1000)),
    ]


def members(group: Sequence[Alert]) -> list[Line]:
    """Return the alerts of a group, a line each."""
    return [
        line(
            severity_cell(alert),
            "  ",
            Cell(safe(alert.name, 60), Tone.STRONG),
            "  ",
            _tenant(alert),
            "  ",
            state_cell(alert),
        )
        for alert in group[:200]
    ]


def _inhibitor(fingerprint: str, update: Update) -> Line:
    known = next((found for found in update.platform.alerts if found.fingerprint == fingerprint), None)
    name = f"{safe(known.name, 80)} ({known.severity.value})" if known is not None else fingerprint
    return _pair(_("inhibited by"), name)


def _name(alert: Alert, new: Collection[str]) -> Cell:
    if key_of(alert) in new:
        return Cell(f"★ {safe(alert.name, 60)}", Tone.CRITICAL)
    return Cell(safe(alert.name, 60), Tone.STRONG)


def _until(silence: Silence, now: Instant) -> str:
    left = formats.duration(silence.ends_at - now.wall)
    return f"{formats.clock_time(silence.ends_at, today=now.wall)} ({_('{time} left').format(time=left)})"


def _pair(name: str, value: str) -> Line:
    return line(Cell(f"{name:<14} ", Tone.MUTED), value)


def _tenant(alert: Alert) -> Cell:
    return UNKNOWN if alert.tenant is None else Cell(safe(alert.tenant, 64), Tone.ACCENT)


def _lasting(alert: Alert, now: Instant) -> str:
    return formats.age(now.wall - alert.starts_at) if alert.starts_at else formats.DASH


def _word(severity: Severity) -> str:
    return {
        Severity.CRITICAL: _("critical"),
        Severity.WARNING: _("warning"),
        Severity.INFO: _("info"),
        Severity.NONE: _("none"),
    }[severity]


def _state_word(state: AlertState) -> str:
    return {
        AlertState.FIRING: _("firing"),
        AlertState.PENDING: _("pending"),
        AlertState.SILENCED: _("silenced"),
        AlertState.INHIBITED: _("inhibited"),
    }[state]
