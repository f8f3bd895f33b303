"""What the panels of a screen ask Prometheus, and where the answers are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.screen import TENANT, Panel, Query, Screen, Variable
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.promql import TemplateError, Value, filled, quoted
from kryonix_tui.model.question import Answer, Answered, LabelledSeries, Question
from kryonix_tui.model.source import Reading, SourceName
from kryonix_tui.view.legends import LABEL

STEPS: Final = (5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600)
"""Seconds that may lie between two points. Few of them, so that terminals of similar widths ask the same."""

SCRAPE: Final = 15
"""Seconds between two scrapes as they are usual; rates are taken over four of them at least."""

EVENT_POINTS: Final = 120
"""Points of a window among which events are looked for."""

_RULE: Final = re.compile(rf'tenant:([a-zA-Z0-9_:]+)\{{{TENANT_LABEL}=("(?:[^"\\]|\\.)*")\}}')


@dataclass(frozen=True, slots=True)
class Frame:
    """What the panels of a screen are about: the values of their variables, and `span` seconds until `until`.

    `until` is in epoch seconds; None: now.
    """

    values: Mapping[str, Value]
    span: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a panel, what was made of it, and what is known of that. `question` is None where nothing can be asked."""

    query: Query
    question: Question | None
    answered: Answered | None = None

    @property
    def series(self) -> tuple[LabelledSeries, ...]:
        """The series of the last good answer."""
        return self.answered.reading.value.series if self.answered and self.answered.reading else ()


def over_time(panel: Panel) -> bool:
    """Tell whether a panel shows a stretch of time."""
    return panel.kind == "timeseries" or (panel.kind == "heatmap" and not panel.by)


def step_of(span: float, columns: int) -> float:
    """Return the seconds between two points so that there is at most one for each of `columns` columns.

    >>> step_of(900, 60), step_of(86_400, 60), step_of(300, 200)
    (15.0, 1800.0, 5.0)
    """
    wanted = span / max(columns, 1)
    return float(next((step for step in STEPS if step >= wanted), STEPS[-1]))


def questions(panel: Panel, frame: Frame, columns: int) -> list[Asked]:
    """Return what a panel of so many columns asks; nothing where it shows a figure of Redis."""
    if panel.redis:
        return []
    span = frame.span if over_time(panel) else 0.0
    return [Asked(query, question_of(query.query, frame, span, columns)) for query in panel.asked]


def question_of(template: str, frame: Frame, span: float, columns: int) -> Question | None:
    """Return the question that a template makes, None where a variable has no value yet."""
    step = step_of(frame.span, columns)
    durations = {"__interval": f"{step:.0f}s", "__rate_interval": f"{max(4 * SCRAPE, step + SCRAPE):.0f}s"}
    try:
        expression = filled(template, frame.values, durations)
    except TemplateError:
        return None
    if not span:
        return Question(expression)
    # The end of a window that stands still lies on a multiple of the step, so that it is asked about once.
    return Question(expression, span, step, None if frame.until is None else frame.until // step * step)


def values_of(screen: Screen, tenant: str | None, choices: Mapping[str, str]) -> dict[str, Value]:
    """Return the values of a screen's variables: what was chosen, else whatever there is."""
    values: dict[str, Value] = {variable.name: choices.get(variable.name) for variable in screen.variables}
    return values | {TENANT: tenant} if screen.about_tenant and tenant is not None else values


def choices_of(variable: Variable, frame: Frame) -> Question | None:
    """Return the question for the values that a variable may have."""
    return question_of(f"group by ({variable.label}) ({variable.series})", frame, 0.0, 1)


def annotations_of(screen: Screen, frame: Frame) -> list[Asked]:
    """Return what a screen's annotations ask, in their order."""
    return [
        Asked(Query(query=annotation.query), question_of(annotation.query, frame, frame.span, EVENT_POINTS))
        for annotation in screen.annotations
    ]


def answered(asked: Iterable[Asked], update: Update, tenant: str | None) -> list[Asked]:
    """Return the same questions with what is known of them."""
    return [
        Asked(one.query, one.question, known(one, update, tenant) if one.question is not None else None)
        for one in asked
    ]


def known(asked: Asked, update: Update, tenant: str | None) -> Answered | None:
    """Return what is known of a question, None where nobody has asked it yet."""
    if asked.question is None:
        return None
    return from_rules(asked, update, tenant) or update.snapshot.answers.get(asked.question)


def from_rules(asked: Asked, update: Update, tenant: str | None) -> Answered | None:
    """Return the answer that the regular reading of all tenants' rules holds already, None where it does not.

    Most panels of a tenant show such a rule as it is now: they cost no question at all.
    """
    question, reading = asked.question, update.snapshot.metrics
    if question is None or reading is None or tenant is None or question.over_time:
        return None
    rule, rules = _RULE.fullmatch(question.expression), reading.value.tenants.get(tenant)
    other_labels = set(LABEL.findall(asked.query.legend)) - {TENANT_LABEL}
    if rule is None or rules is None or rule[2] != quoted(tenant) or other_labels:
        return None
    sample, state = rules.get(rule[1]), update.snapshot.sources[SourceName.PROMETHEUS]
    series = () if sample is None else (LabelledSeries({TENANT_LABEL: tenant}, ((sample.at, sample.value),)),)
    return Answered(state.interval, Reading(Answer(series), reading.at, reading.took), state.trouble)
