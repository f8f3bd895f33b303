"""The very keys of a plan, kept for `--plan HASH`: a plan names them by their digest."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.folders import not_written
from kryonix_tui.maintenance.optimize.journal import folder
from kryonix_tui.model.optimization import Advice, Change
from kryonix_tui.paths import write_private

_KEPT_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be changed, what people read about it (`effects`), and the hit rates of the tenants at that time."""

    changes: tuple[Change, ...] = ()
    effects: tuple[str, ...] = ()
    hit: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Name of these changes: 16 hexadecimal digits over all of them."""
        return hashlib.sha256(json.dumps(_rows(self.changes)).encode()).hexdigest()[:16]


def keep(draft: Draft) -> None:
    """Store a draft under its digest, and forget those of days ago. Raises KryonixError where it cannot be written."""
    path = _path(draft.digest)
    content = {
        "changes": _rows(draft.changes),
        "effects": draft.effects,
        "hit": {tenant: list(rate) for tenant, rate in draft.hit.items()},
    }
    try:
        write_private(path, json.dumps(content))
    except OSError as error:
        raise not_written(path, error) from error
    for old in path.parent.glob("*.json"):
        # Another process may forget it at the same time.
        with contextlib.suppress(OSError):
            if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
                old.unlink()


def recall(digest: str) -> Draft:
    """Return the draft of that digest.

    Raises:
        UsageError: there is none, or it was changed.
    """
    try:
        content = json.loads(_path(digest).read_text("utf-8"))
        changes = tuple(
            Change(str(tenant), int(db), bytes.fromhex(key), Advice(advice), old, int(new))
            for tenant, db, key, advice, old, new in content["changes"]
        )
        hit = {str(tenant): (float(value), str(source)) for tenant, (value, source) in content["hit"].items()}
        draft = Draft(changes, tuple(map(str, content["effects"])), hit)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _lost() from error
    if draft.digest != digest:
        raise _lost()
    return draft


def _lost() -> UsageError:
    return UsageError(_("the keys of that plan are not known any more"), hint=_("Make a new plan."))


def _path(digest: str) -> Path:
    return folder() / "drafts" / f"{digest if digest.isalnum() else 'none'}.json"


def _rows(changes: Sequence[Change]) -> list[list[Any]]:
    return [[each.tenant, each.db, each.key.hex(), each.advice.value, each.old_ms, each.new_ms] for each in changes]
