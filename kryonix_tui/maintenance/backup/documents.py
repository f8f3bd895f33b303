"""Backups as JSON: what scripts get from `kryonix backup ... --json`."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.maintenance.backup.pruning import Planned
from kryonix_tui.maintenance.backup.retention import Pruning
from kryonix_tui.maintenance.backup.verification import Report


def encode(name: str, content: dict[str, Any]) -> str:
    """Return a document of the schema `kryonix.<name>/1`."""
    return json.dumps({"schema": f"kryonix.{name}/1", **content}, indent=2)


def entry(found: Entry) -> dict[str, Any]:
    """Return one archive of a catalogue. `server`, `keys`, `consistency` and `signature` are null where they are not known."""
    facts = found.facts
    return {
        "name": str(found.name),
        "state": found.state.value,
        "reason": found.reason,
        "size": found.size,
        "created": found.name.made_at.isoformat(),
        "scope": found.name.scope,
        "encrypted": found.name.encrypted,
        "signature": found.signature.value if found.signature else None,
        "server": facts.server if facts else None,
        "consistency": facts.consistency if facts else None,
        "keys": facts.keys if facts else None,
    }


def report(found: Report) -> dict[str, Any]:
    """Return what a verification found."""
    drilled = found.drilled
    return {
        "name": str(found.name),
        "level": found.level.value,
        "sound": found.sound,
        "sealed": found.sealed,
        "findings": found.findings,
        "notes": found.notes,
        "signature": found.signature.value if found.signature else None,
        "drill": msgspec.to_builtins(drilled) if drilled else None,
    }


def pruning(found: Planned) -> dict[str, Any]:
    """Return what would be deleted, and why the rest stays: of the backups, and of what restores have overwritten."""
    return {"stopped": found.stopped, **_pruned(found.backups), "undo": _pruned(found.undo), **_restores(found)}


def _restores(found: Planned) -> dict[str, Any]:
    """Return the restores that have not ended: those that are waited for, and those that would be given up."""
    return {
        name: [{"archive": mark.archive, "place": mark.place, "since": mark.since} for mark in marks]
        for name, marks in (("restores", found.restores), ("abandoned", found.abandoned))
    }


def _pruned(found: Pruning) -> dict[str, Any]:
    return {
        "prune": [str(entry.name) for entry in found.prune],
        "keep": [{"name": str(kept.entry.name), "reason": kept.reason} for kept in found.keep],
    }
