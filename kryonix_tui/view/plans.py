"""A plan, its progress and its outcome in words: the blast radius that is shown before anything is confirmed."""

from __future__ import annotations

from datetime import datetime

from kryonix_tui.i18n import N_, _
from kryonix_tui.model.operation import PART, Outcome, Plan, Progress, Result
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line

ACTIONS = {
    "backup.create": N_("Create a backup"),
    "backup.prune": N_("Remove old backups"),
    "restore": N_("Restore from a backup"),
    "restore.undo": N_("Undo a restore"),
    "tenant.purge": N_("Remove everything of a tenant"),
    "tenant.suspend": N_("End all sessions of a tenant"),
    "schedule.install": N_("Install the schedule"),
    "schedule.remove": N_("Remove the schedule"),
    "tune.apply": N_("Tune the server"),
    "tune.undo": N_("Undo a tuning of the server"),
    "queues.move": N_("Move items to another queue"),
    "queues.requeue": N_("Put items behind all others"),
    "queues.drop": N_("Drop items of a queue"),
    "queues.drain": N_("Drain a queue into a file"),
    "queues.replay": N_("Replay a file of items"),
    "queues.prune": N_("Remove old files of items"),
    "optimize.apply": N_("Optimise"),
    "optimize.run": N_("Optimise, unasked"),
    "optimize.undo": N_("Undo an optimisation"),
    "optimize.warm": N_("Have predicted keys made"),
    "alerts.silence": N_("Silence alerts"),
    "alerts.extend": N_("Extend a silence"),
    "alerts.expire": N_("End a silence"),
}
"""Actions by name. One that is missing is called by its name."""

_PLACES = (N_("the tenants' API"),)
"""Servers of plans that have no address of their own."""

_ELSEWHERE = {"queues.prune": N_("files on this machine")}
"""What is touched where it is neither Redis nor alerts."""

_UNITS = {
    "bytes": formats.size,
    "raw_bytes": formats.size,
    "seconds": formats.duration,
    "blocking_ms": formats.milliseconds,
}
"""How figures of plans and outcomes are written; the others are counts."""

_RESULTS = {
    Result.DONE: ("●", N_("done"), Tone.OK),
    Result.FAILED: ("✖", N_("failed"), Tone.CRITICAL),
    Result.STOPPED: ("▲", N_("stopped"), Tone.WARNING),
    Result.REFUSED: ("▲", N_("refused"), Tone.WARNING),
}

# fmt: off
_NAMES = (
    N_("keys"), N_("tenants"), N_("databases"), N_("items"), N_("sessions"), N_("archives"), N_("alerts"),
    N_("files"), N_("bytes"), N_("raw_bytes"), N_("seconds"), N_("blocking_ms"), N_("kept_days"), N_("changes"),
    N_("calls"), N_("destination"), N_("encrypted"), N_("way"), N_("policy"), N_("archive"), N_("queue"), N_("to"),
    N_("waiting"), N_("saved"), N_("hosts"), N_("count"), N_("pass"), N_("run"), N_("profile"), N_("matchers"),
    N_("reason"), N_("from"),
)
# fmt: on
"""What plans call their figures and choices, as far as it is told in other languages; the rest goes by its own name."""


def title(action: str) -> str:
    """Return what an action is called."""
    return _(ACTIONS[action]) if action in ACTIONS else action


def scope_text(plan: Plan) -> str:
    """Return what is touched: tenants and databases, or the whole server."""
    tenants = ", ".join(safe(tenant, 40) for tenant in plan.scope.tenants[:5])
    if len(plan.scope.tenants) > 5:
        tenants += _(" and {count} more").format(count=len(plan.scope.tenants) - 5)
    databases = ", ".join(str(db) for db in plan.scope.databases)
    parts = [
        _("tenants {names}").format(names=tenants) if tenants else "",
        _("databases {numbers}").format(numbers=databases) if databases else "",
    ]
    everything = _("the whole server") if plan.purpose else _("what the matchers say")
    if plan.action in _ELSEWHERE:
        everything = _(_ELSEWHERE[plan.action])
    return "; ".join(part for part in parts if part) or everything


def blast_radius(plan: Plan) -> list[Line]:
    """Return everything that a plan says: what is touched and what comes of it, then what else is worth knowing."""
    touched = [
        (_("server"), Cell(f"{_place(plan)}  {_server(plan)}", Tone.STRONG)),
        (_("scope"), Cell(scope_text(plan), Tone.STRONG)),
        *((_called(name), Cell(formats.full_count(count))) for name, count in plan.counts.items() if PART not in name),
    ]
    further = _further(plan)
    width = max(len(name) for name, _value in (*touched, *further))
    above, below = (
        [line(Cell(f"{name:<{width}}  ", Tone.MUTED), value) for name, value in pairs] for pairs in (touched, further)
    )
    return [*above, *_refusal(plan), *_effects(plan), line(), *below]


def brief_radius(plan: Plan) -> list[Line]:
    """Return the same for a narrow place: what is touched in as few lines as can be, then sentences, then the rest."""
    counts = "  ".join(_counted(plan, parts=False))
    return [
        line(Cell(_place(plan), Tone.STRONG)),
        *_refusal(plan),
        line(counts),
        line(Cell(scope_text(plan), Tone.STRONG)),
        *_effects(plan),
        line(Cell(_server(plan), Tone.MUTED)),
        *(line(Cell(f"{name} ", Tone.MUTED), value) for name, value in _further(plan)),
    ]


def _called(name: str) -> str:
    return safe(_(name), 30)


def _result(result: Result) -> Cell:
    glyph, word, tone = _RESULTS[result]
    return Cell(f"{glyph} {_(word)}", tone)


def _place(plan: Plan) -> str:
    return _(plan.target.place) if plan.target.place in _PLACES else plan.target.place


def _server(plan: Plan) -> str:
    return " ".join(part for part in (plan.target.flavour, plan.target.version, plan.target.role) if part)


def _effects(plan: Plan) -> list[Line]:
    return [line(f"• {effect}") for effect in plan.effects]


def _refusal(plan: Plan) -> list[Line]:
    return [line(Cell(f"✖ {plan.refusal}", Tone.CRITICAL))] if plan.refusal else []


def _counted(plan: Plan, *, parts: bool) -> list[str]:
    """Return the counts that are parts of others, or those that are none, a few words each."""
    return [
        f"{_called(name)} {formats.full_count(count)}" for name, count in plan.counts.items() if (PART in name) is parts
    ]


def _further(plan: Plan) -> list[tuple[str, Cell]]:
    """Return what is worth knowing besides what is touched."""
    parts = "  ".join(_counted(plan, parts=True))
    credential = plan.purpose.value if plan.purpose else plan.target.flavour
    return [
        *(((_("by kind"), Cell(parts)),) if parts else ()),
        *(
            (_called(name), Cell(_("about {value}").format(value=_shown(name, value))))
            for name, value in plan.estimates.items()
        ),
        *((_called(name), Cell(_chosen(name, value))) for name, value in plan.parameters.items()),
        *(((_("last backup"), _backup_age(plan)),) if plan.purpose else ()),
        (_("undo"), Cell(plan.undo or _("none"), Tone.PLAIN if plan.undo else Tone.WARNING)),
        *(((_("credential"), Cell(credential)),) if credential else ()),
        (_("plan"), Cell(_("{hash}, until {time}").format(hash=plan.hash, time=_clock(plan.expires_at)), Tone.MUTED)),
    ]


def progress_line(progress: Progress | None, seconds: float, width: int = 20) -> Line:
    """Return how far an operation is: bar, figures, rate, and when it will be done."""
    if progress is None:
        return line(Cell(_("starting"), Tone.MUTED))
    unit = formats.size if progress.unit == "bytes" else formats.count
    rate = progress.done / seconds if seconds > 0 else 0.0
    speed = f"  {unit(rate)}/s" if rate else ""
    name = "" if progress.unit == "bytes" else f" {progress.unit}"
    fraction = progress.fraction
    if fraction is None or not progress.total:
        return line(Cell(f"{progress.step}  ", Tone.MUTED), f"{unit(progress.done)}{name}{speed}")
    filled = round(fraction * width)
    left = (progress.total - progress.done) / rate if rate else None
    eta = _("{time} left").format(time=formats.duration(left)) if left is not None else ""
    return line(
        Cell(f"{progress.step}  ", Tone.MUTED),
        Cell("█" * filled + "░" * (width - filled), Tone.ACCENT),
        f" {100 * fraction:.0f} %  {unit(progress.done)} / {unit(progress.total)}{name}{speed}  {eta}",
    )


def outcome_lines(outcome: Outcome) -> list[Line]:
    """Return how an operation ended."""
    lines = [line(_result(outcome.result), "  ", Cell(outcome.summary, Tone.STRONG))]
    figures = "  ".join(f"{name} {_shown(name, value)}" for name, value in outcome.figures.items())
    if figures:
        lines.append(line(Cell(f"  {figures}", Tone.MUTED)))
    lines += [line(Cell(f"  ▲ {notice}", Tone.WARNING)) for notice in outcome.notices]
    return lines


def _chosen(name: str, value: str) -> str:
    """Return a choice as people read it: `for` is a time in seconds."""
    return formats.duration(float(value)) if name == "for" and value.isdecimal() else safe(value, 200)


def _shown(name: str, value: float) -> str:
    return _UNITS.get(name, formats.full_count)(value)


def _backup_age(plan: Plan) -> Cell:
    if plan.backup_age is None:
        return Cell(_("none known"), Tone.WARNING)
    return Cell(_("{age} ago").format(age=formats.duration(plan.backup_age)))


def _clock(wall: float) -> str:
    return datetime.fromtimestamp(wall).strftime("%H:%M:%S")  # noqa: DTZ006 - local on purpose
