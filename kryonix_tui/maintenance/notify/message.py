"""What people are told about an operation that has ended: a title and a few lines of plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.notify.texts import Texts
from kryonix_tui.model.operation import Outcome, Plan, Result, Scope
from kryonix_tui.safetext import safe

Event = Literal["success", "failure", "retention", "routine"]

_SIZES: Final = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_SHOWN_TENANTS: Final = 5

# Some services read <...> as a mention or a link, and @name as somebody to be called; names of tenants come from elsewhere.
_NO_MARKUP: Final = str.maketrans("<>", "‹›")
_MENTION: Final = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|(?<![\w.+•-])@(?=\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """A notification, ready to be sent."""

    title: str
    body: str


def event_of(plan: Plan, outcome: Outcome) -> Event:
    """Return what kind of news it is, as `notifications.on` names them; what runs every few minutes and is well is none."""
    if outcome.result is not Result.DONE:
        return "failure"
    if plan.action == "optimize.run":
        return "routine"
    return "retention" if plan.action.endswith(".prune") else "success"


def message(plan: Plan, outcome: Outcome, who: Actor, audit_hash: str, words: Texts) -> Message:
    """Return the message about an operation in the language of `words`."""
    action = words.actions.get(plan.action, plan.action)
    server = " ".join(part for part in (plan.target.flavour, plan.target.version, plan.target.role) if part)
    result = words.results[outcome.result]
    lines = [
        (words.target, f"{plan.target.place} ({server})" if server else plan.target.place),
        (words.scope, _scope(plan.scope, words)),
        (words.result, f"{result}: {outcome.summary}" if outcome.summary else result),
        *((words.figures.get(name, name), _figure(name, value, words)) for name, value in _counts(outcome)),
        (words.artefact, outcome.artefact),
        (words.duration, _seconds(outcome.figures.get("seconds"), words)),
        (words.who, str(who)),
        (words.audit, audit_hash or words.unaudited),
    ]
    told = [f"{name}: {plain(value)}" for name, value in lines if value]
    return Message(plain(f"KRYONIX · {action}: {result}"), "\n".join((*told, *map(plain, outcome.notices))))


def test_message(words: Texts, who: Actor) -> Message:
    """Return a message that only says that it arrived."""
    return Message(f"KRYONIX · {words.test_title}", f"{words.test_body}\n{words.who}: {plain(str(who))}")


def size(value: float, words: Texts) -> str:
    """Return bytes for people, in powers of ten: `12.3 MB`."""
    for unit, step in _SIZES:
        if value >= step:
            return f"{value / step:.1f} {unit}".replace(".", words.decimal)
    return f"{value:.0f} B"


def _scope(scope: Scope, words: Texts) -> str:
    parts = []
    if scope.tenants:
        more = len(scope.tenants) - _SHOWN_TENANTS
        shown = ", ".join(safe(tenant, 80) for tenant in scope.tenants[:_SHOWN_TENANTS])
        parts.append(f"{words.tenants} {shown}" + (f" +{more}" if more > 0 else ""))
    if scope.databases:
        parts.append(f"{words.databases} {', '.join(map(str, scope.databases))}")
    return "; ".join(parts) or words.everything


def _counts(outcome: Outcome) -> Iterator[tuple[str, float]]:
    return ((name, value) for name, value in outcome.figures.items() if name != "seconds")


def _figure(name: str, value: float, words: Texts) -> str:
    if name == "bytes" or name.endswith("_bytes"):
        return size(value, words)
    grouped = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return grouped.translate(str.maketrans(",.", words.thousands + words.decimal))


def _seconds(value: float | None, words: Texts) -> str:
    if value is None:
        return ""
    if value < 60:
        return f"{value:.1f} s".replace(".", words.decimal)
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def plain(text: str) -> str:
    """Return text from elsewhere as one line that no service takes for markup."""
    return _MENTION.sub("＠", safe(text, 500).translate(_NO_MARKUP))
