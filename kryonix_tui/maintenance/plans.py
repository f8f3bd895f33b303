"""Plans that wait for their `--plan HASH`, and whether the world still is what a plan was made for."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from kryonix_tui.errors import DriftError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.model.operation import PART, Plan
from kryonix_tui.paths import write_private
from kryonix_tui.safetext import safe

_KEPT_SECONDS: Final = 86_400

_UNTOUCHED: Final = frozenset(("same", "missing", "expired", "kept", "unrestorable"))
"""Counts that are only told. Keys expire every second: the first one must not make a plan unfit."""


LIVE: Final = "sessions"
"""A count that may be anything, with its parts: sessions come and go every second, and all that there are is meant."""


def _folder() -> Path:
    return maintenance_folder() / "plans"


def keep(plan: Plan) -> None:
    """Store a plan under its hash, and forget those that have expired.

    Raises:
        KryonixError: it cannot be written.
    """
    path = _folder() / f"{plan.hash}.json"
    try:
        write_private(path, json.dumps(asdict(plan)))
    except OSError as error:
        raise not_written(path, error) from error
    for old in _folder().glob("*.json"):
        # Another process may forget it at the same time.
        with contextlib.suppress(OSError):
            if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
                old.unlink()


def recall(plan_hash: str) -> Plan:
    """Return the plan that was stored under `plan_hash`.

    Raises:
        UsageError: there is none, or it is not what its name says.
    """
    path = _folder() / f"{plan_hash}.json"
    try:
        if not plan_hash.isalnum():
            raise FileNotFoundError
        plan = msgspec.convert(json.loads(path.read_text("utf-8")), Plan)
    except (OSError, ValueError) as error:
        raise UsageError(
            _("there is no plan {hash}").format(hash=safe(plan_hash, 40)),
            hint=_("Make one without --plan; it is kept for a day and says its hash."),
        ) from error
    if plan.hash != plan_hash:
        raise UsageError(_("the stored plan {hash} was changed").format(hash=plan_hash))
    return plan


def check(plan: Plan, fresh: Plan, *, tolerance: float, now: float) -> None:
    """Compare a plan with one made afresh.

    `tolerance` is the share (0..1) by which counts may differ: live sessions always move. Counts of what is not touched
    may differ by that share of all counts, and parts of `keys`, named `db/kind`, by that share of it: few sessions among
    many keys come and go. `LIVE` counts may be anything. The rest must be equal.

    Raises:
        DriftError: it has expired, or server, role, scope or parameters are others, or counts moved too far.
    """
    if now > plan.expires_at:
        raise DriftError(_("the plan has expired"), hint=_("Make a new one."))
    typed = bool(plan.confirmation) != bool(fresh.confirmation)
    differences = [
        _("{what} was {before}, is {now}").format(what=what, before=before, now=after)
        for what, before, after in (
            (_("the server's run id"), plan.target.run_id[:8], fresh.target.run_id[:8]),
            (_("the server's role"), plan.target.role, fresh.target.role),
            (_("the place"), plan.target.place, fresh.target.place),
            (_("the scope"), str(plan.scope), str(fresh.scope)),
            (_("the action"), plan.action, fresh.action),
            *(
                (name, plan.parameters.get(name, "–"), fresh.parameters.get(name, "–"))
                for name in sorted(plan.parameters.keys() | fresh.parameters.keys())
            ),
            # Its words may be in another language, and say nothing that is not compared above.
            *([(_("what must be typed"), plan.confirmation, fresh.confirmation)] if typed else ()),
        )
        if before != after
    ]
    for name in sorted(plan.counts.keys() | fresh.counts.keys()):
        before, after = plan.counts.get(name, 0), fresh.counts.get(name, 0)
        if LIVE in plan.counts and (name == LIVE or PART in name):
            continue
        base = sum(plan.counts.values()) if name in _UNTOUCHED else before
        if PART in name:
            base = plan.counts.get("keys", before)
        if abs(after - before) > tolerance * max(base, 1):
            differences.append(_("{what} was {before}, is {now}").format(what=name, before=before, now=after))
    if differences:
        raise DriftError("; ".join(safe(text, 200) for text in differences), hint=_("Look at a new plan first."))
