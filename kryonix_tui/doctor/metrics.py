"""Prometheus and Alertmanager: do they answer, and do they have what the console shows?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.masking import mask_url
from kryonix_tui.model.alert import AlertFacts, AlertState
from kryonix_tui.model.metrics import TENANT_LABEL, MetricsFacts
from kryonix_tui.view import formats

CLOCK_TOLERANCE: Final = 5.0
"""Seconds. A reading takes its time, and ages are shown in seconds."""

_NAMED: Final = 5
"""Rules and targets that are named; the others are counted."""


def not_configured(name: str, title: str) -> Check:
    """Return the line for a server that is left out on purpose."""
    hint = _("`--{name} URL`, or {name}.url in the configuration, adds it.").format(name=name)
    return Check(f"{name}.server", Level.OK, _("{title} is not configured").format(title=title), hint)


def prometheus_checks(facts: MetricsFacts, settings: HttpServer, wall: float) -> Iterator[Check]:
    """Yield what a reading of Prometheus tells; `wall` is the time here when it came (epoch seconds)."""
    yield _answers("prometheus", "Prometheus", facts.version, settings)
    yield _tenant_rules(facts)
    if facts.rules.failing:
        listed = _listed([f"{rule}: {error}" for rule, error in facts.rules.failing.items()])
        text = _("Rules that fail: {rules}").format(rules=listed)
        yield Check(
            "prometheus.failing", Level.WARN, text, _("`promtool check rules` on the rule files may tell more.")
        )
    yield from _targets(facts)
    for part, why in facts.missing.items():
        text = _("Prometheus does not tell its {part}: {why}").format(part=part, why=why)
        yield Check(f"prometheus.{part}", Level.WARN, text, _("Some stores do not have them; the rest is shown."))
    yield from _clock(facts, wall)


def alertmanager_checks(facts: AlertFacts, settings: HttpServer) -> Iterator[Check]:
    """Yield what a reading of Alertmanager tells."""
    yield _answers("alertmanager", "Alertmanager", facts.version, settings)
    firing = sum(alert.state is AlertState.FIRING for alert in facts.alerts)
    text = _("Alerts: {firing} firing of {alerts}, silences: {silences}").format(
        firing=firing, alerts=len(facts.alerts), silences=len(facts.silences)
    )
    level = Level.WARN if facts.discarded or facts.truncated else Level.OK
    yield Check("alertmanager.alerts", level, text + _left_out(facts.discarded, truncated=facts.truncated))
    if facts.cluster == "settling":
        hint = _("Until its peers have found each other, silences may be missing.")
        yield Check("alertmanager.cluster", Level.WARN, _("The cluster is settling"), hint)


def _answers(name: str, title: str, version: str, settings: HttpServer) -> Check:
    text = _("{title} {version} at {place}").format(
        title=title, version=version or _("of unknown version"), place=mask_url(settings.url)
    )
    return Check(f"{name}.server", Level.OK, text)


def _tenant_rules(facts: MetricsFacts) -> Check:
    rules = {rule for samples in facts.tenants.values() for rule in samples}
    left_out = _left_out(facts.discarded, truncated=facts.truncated)
    if not rules:
        hint = _("Recording rules named tenant:*, with a label {label}, give the console its figures.")
        text = _("No tenant:* series") + left_out
        return Check("prometheus.rules", Level.WARN, text, hint.format(label=TENANT_LABEL))
    text = ngettext(
        "Figures of {tenants} from {rules} rule tenant:*",
        "Figures of {tenants} from {rules} rules tenant:*",
        len(rules),
    ).format(tenants=formats.tenants(len(facts.tenants)), rules=len(rules))
    return Check("prometheus.rules", Level.WARN if facts.truncated else Level.OK, text + left_out)


def _targets(facts: MetricsFacts) -> Iterator[Check]:
    if "targets" in facts.missing:
        return
    down = [f"{target.job} {target.instance} ({target.error})" for target in facts.targets if not target.up]
    text = _("Scrape targets: {up} of {all} are up").format(up=len(facts.targets) - len(down), all=len(facts.targets))
    if not down:
        yield Check("prometheus.targets", Level.OK, text)
        return
    text = _("{targets}; down: {names}").format(targets=text, names=_listed(down))
    yield Check("prometheus.targets", Level.WARN, text, _("What they measure is missing or old."))


def _clock(facts: MetricsFacts, wall: float) -> Iterator[Check]:
    """Compare the clocks: an instant query is evaluated for Prometheus' own now."""
    times = [sample.at for samples in facts.tenants.values() for sample in samples.values()]
    if not times:
        return
    skew = wall - max(times)
    if abs(skew) <= CLOCK_TOLERANCE:
        yield Check("prometheus.clock", Level.OK, _("The clocks here and on Prometheus agree"))
        return
    text = _("The clock here and that of Prometheus differ by {seconds:.0f} s").format(seconds=abs(skew))
    yield Check("prometheus.clock", Level.WARN, text, _("Ages are wrong by as much: synchronise both (NTP)."))


def _left_out(discarded: int, *, truncated: bool) -> str:
    parts = []
    if discarded:
        text = ngettext("{count} entry cannot be used", "{count} entries cannot be used", discarded)
        parts.append(text.format(count=discarded))
    if truncated:
        parts.append(_("there are more than the console keeps"))
    return "".join(f"; {part}" for part in parts)


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return _("{names} and {count} more").format(names=shown, count=more) if more > 0 else shown
