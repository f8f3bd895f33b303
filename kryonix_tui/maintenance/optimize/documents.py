"""Optimisation for scripts (JSON) and for people (pages): plans, and what was done."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.optimize.journal import Pass
from kryonix_tui.maintenance.optimize.measuring import effect_of
from kryonix_tui.maintenance.optimize.operation import Optimize
from kryonix_tui.model.operation import Plan
from kryonix_tui.model.optimization import Change, Fate, Recommendation, TenantAnalysis
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view import optimization as words
from kryonix_tui.view.cells import Cell, Line, Tone, line

PLAN: Final = "kryonix.optimize_plan/1"
HISTORY: Final = "kryonix.optimize_history/1"
_SHOWN: Final = 60


def plan(found: Optimize, made: Plan | None, trouble: str) -> str:
    """Return a plan as JSON: its `hash` (null where it cannot be carried out, and why), all analyses, advice and keys."""
    document = {
        "schema": PLAN,
        "hash": made.hash if made is not None else None,
        "trouble": trouble,
        "effects": list(made.effects) if made is not None else [],
        "tenants": [_tenant(each) for each in found.analyses],
        "recommendations": [_advice(each) for each in found.advice],
        "changes": [_change(each) for each in found.changes],
    }
    return json.dumps(document, indent=2)


def history(passes: Iterable[Pass]) -> str:
    """Return what was done as JSON."""
    return json.dumps({"schema": HISTORY, "passes": [_pass(each) for each in passes]}, indent=2)


def page(found: Optimize) -> Iterator[Line]:
    """Yield what was found: everything of one tenant; of several, what is recommended for each."""
    if len(found.analyses) == 1:
        yield from tenant_page(found, found.analyses[0])
        return
    for each in found.advice[:_SHOWN]:
        tone = Tone.ACCENT if each.changes else Tone.INFO
        yield line(Cell(safe(each.tenant, 40), Tone.STRONG), "  ", Cell(f"◆ {words.title(each.advice)}", tone))
        yield line(f"  {words.evidence(each)}")
    if len(found.advice) > _SHOWN:
        more = formats.full_count(len(found.advice) - _SHOWN)
        yield line(Cell(_("and {count} more; --json has all").format(count=more), Tone.MUTED))
    text = _("{tenants}, advice for {advised}, {keys} to change")
    yield line(
        text.format(
            tenants=formats.tenants(len(found.analyses)),
            advised=formats.full_count(len({each.tenant for each in found.advice})),
            keys=formats.keys(len(found.changes)),
        )
    )


def tenant_page(found: Optimize, known: TenantAnalysis) -> Iterator[Line]:
    """Yield everything of one tenant, and what is recommended for it."""
    yield line(Cell(safe(known.tenant, 60), Tone.STRONG))
    yield from words.analysis_lines(known)
    own = [each for each in found.advice if each.tenant == known.tenant]
    if not own:
        yield line(Cell(_("Nothing to recommend."), Tone.OK))
    for each in own:
        yield from words.advice_lines(each)


def history_lines(passes: Iterable[Pass]) -> Iterator[Line]:
    """Yield the passes, the newest first."""
    nothing = True
    for each in passes:
        nothing = False
        yield from pass_lines(each)
    if nothing:
        yield line(Cell(_("nothing was optimised yet"), Tone.MUTED))


def pass_lines(each: Pass) -> Iterator[Line]:
    """Yield one pass: when, what became of its keys, what was undone, and the hit rates since."""
    beginning = each.beginning
    tenants = ", ".join(safe(tenant, 30) for tenant in beginning.tenants[:3])
    more = len(beginning.tenants) - 3
    names = tenants + (" " + _("and {count} more").format(count=more) if more > 0 else "")
    yield line(Cell(each.id, Tone.STRONG), f"  {formats.clock_time(beginning.at)}  ", names)
    yield line(Cell("  ", Tone.MUTED), _fates(each.fates) or _("nothing was written"))
    if each.pending:
        text = ngettext(
            "{count} key was being written when it was cut off: undo looks at it",
            "{count} keys were being written when it was cut off: undo looks at each",
            each.pending,
        )
        yield line(Cell(f"  ▲ {text.format(count=each.pending)}", Tone.WARNING))
    if each.result and each.result != "done":
        yield line(Cell(f"  ▲ {_('it ended as {result}').format(result=safe(each.result, 20))}", Tone.WARNING))
    for undone in each.undone:
        text = _("undone {time}: {what}")
        when = formats.clock_time(float(undone.get("at", 0)))
        counted = {**undone.get("fates", {})}
        restored = _("{count} restored").format(count=formats.full_count(counted.pop(Fate.DONE.value, 0)))
        what = ", ".join(part for part in (restored, _fates(counted)) if part)
        yield line(Cell("  ", Tone.MUTED), text.format(time=when, what=what))
    left = beginning.undo_until - time.time()
    if not each.undone and each.undoable and left > 0:
        yield line(Cell("  " + _("can be undone for {time}").format(time=formats.duration(left)), Tone.MUTED))
    if each.measured:
        yield line(Cell("  ", Tone.MUTED), words.effect_text(effect_of(each.measured)))


def _fates(counted: Mapping[str, int]) -> str:
    known = [(fate, counted.get(fate.value, 0)) for fate in Fate]
    return ", ".join(f"{formats.full_count(count)} {_(words.FATES[fate])}" for fate, count in known if count)


def _tenant(known: TenantAnalysis) -> dict[str, Any]:
    rate = known.hit_rate
    return {
        "id": safe(known.tenant),
        "hit_rate": None
        if rate is None
        else {
            "value": rate.chosen.value,
            "source": rate.chosen.source,
            "witnesses": [{"source": each.source, "value": each.value} for each in rate.others],
            "disagree": rate.disagree,
        },
        "score": known.score,
        "response_ms": dict(known.response_ms),
        "sessions": dict(known.sessions),
        "platforms": dict(known.platforms),
        "mobile_share": {"value": known.mobile_share, "source": known.mobile_share_source},
        "keys": [{"db": db, "kind": kind, "count": count} for (db, kind), count in sorted(known.counts.items())],
        "ttl": {
            kind: {"short": ttl.short, "medium": ttl.medium, "long": ttl.long, "none": ttl.none}
            for kind, ttl in known.ttl.items()
        },
        "endpoints": {safe(name, 60): count for name, count in known.modules.items()},
        "hours": None
        if known.hours is None
        else {
            "timezone": known.hours.timezone,
            "start": known.hours.start,
            "end": known.hours.end,
            "open": known.hours.is_open,
            "opens": known.hours.opens,
        },
        "sdk_error_rate": known.sdk_error_rate,
        "api_calls": known.api_calls,
        "peak_hours": list(known.peak_hours),
        "predicted": {
            "keys": known.prediction.keys,
            "missing": len(known.prediction.missing),
            "confidence": known.prediction.confidence,
        },
        "reads": known.reads,
        "unknown": [gap.value for gap in known.unknown],
    }


def _advice(each: Recommendation) -> dict[str, Any]:
    return {
        "advice": each.advice.value,
        "tenant": safe(each.tenant),
        "evidence": words.evidence(each),
        "expected": words.expected(each),
        "risk": words.risk(each),
        "figures": dict(each.figures),
        "keys": len(each.changes),
        "examples": [{"db": db, "key": safe(key), "key_hex": key.hex()} for db, key in each.examples],
    }


def _change(each: Change) -> dict[str, Any]:
    return {
        "tenant": safe(each.tenant),
        "db": each.db,
        "key": safe(each.key),
        "key_hex": each.key.hex(),
        "advice": each.advice.value,
        "old_expires_ms": each.old_ms,
        "new_expires_ms": each.new_ms,
    }


def _pass(each: Pass) -> dict[str, Any]:
    beginning = each.beginning
    return {
        "id": each.id,
        "plan": beginning.plan,
        "place": safe(beginning.place),
        "at": beginning.at,
        "undo_until": beginning.undo_until,
        "tenants": [safe(tenant) for tenant in beginning.tenants],
        "hit_rates_before": {safe(name): rate[0] for name, rate in beginning.hit.items()},
        "result": each.result or "cut off",
        "fates": dict(each.fates),
        "pending": each.pending,
        "undoable": each.undoable and time.time() < beginning.undo_until,
        "undone": [dict(undone) for undone in each.undone],
        "measured": dict(each.measured) or None,
    }
