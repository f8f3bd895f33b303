"""What a change to the outside world is made of: a plan that says everything beforehand, progress, and an outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final


class Purpose(StrEnum):
    """What a credential is for. One Redis user each; the user is the boundary, not the console."""

    MONITOR = "monitor"
    BACKUP = "backup"
    RESTORE = "restore"
    MAINTAIN = "maintain"
    TUNE = "tune"


@dataclass(frozen=True, slots=True)
class Target:
    """The server that is meant. `place` is printable and without credentials; `run_id` changes when it restarts."""

    place: str
    flavour: str = ""
    version: str = ""
    run_id: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is touched: tenants by identity and databases by number; empty means all of them."""

    tenants: tuple[str, ...] = ()
    databases: tuple[int, ...] = ()


PART = "/"
"""What the names of such counts of a plan have in them that are parts of another one."""


_WORDS: Final = ("effects", "undo", "confirmation", "refusal")
"""Fields of a plan that are in somebody's language. Whether they say anything belongs to its hash, what they say does not."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is known before anything happens. Immutable; its hash names it.

    `counts` are exact at `made_at` (epoch seconds), those with `PART` in their names (`db/kind`) parts of `keys`;
    `estimates` are not (bytes, seconds, blocking_ms). `parameters` are
    the choices that make the action what it is (policy, archive, destination), written for machines: they are compared,
    and read as they are in audit logs. `effects`, `undo`, `confirmation` and `refusal` are words in somebody's language.
    `purpose` is None where it is not Redis that is changed: the credential is then the target's in the configuration.
    `confirmation` is what a person must type, empty where a yes is enough. `backup_age` is that of the last verified
    backup of the scope in seconds, None where there is none. `refusal` says why it will not be carried out as it is.
    """

    action: str
    purpose: Purpose | None
    target: Target
    scope: Scope
    counts: Mapping[str, int]
    made_at: float
    expires_at: float
    parameters: Mapping[str, str] = field(default_factory=dict)
    estimates: Mapping[str, float] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    undo: str = ""
    confirmation: str = ""
    backup_age: float | None = None
    refusal: str = ""

    @property
    def hash(self) -> str:
        """Name of this very plan, the same in every language: 16 hexadecimal digits over all of it but its words."""
        facts = {name: bool(value) if name in _WORDS else value for name, value in asdict(self).items()}
        canonical = json.dumps(_canonical(facts), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    """Return `value` with all numbers as fractions: a plan that was stored and read back keeps its hash."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Result(StrEnum):
    """How an operation ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation did. `summary` is one printable sentence; `figures` count; `artefact` names what it made."""

    result: Result
    summary: str
    figures: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    artefact: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an operation is. `total` is None where nobody knows; `unit` is `keys`, `bytes`, ..."""

    done: float
    total: float | None
    unit: str
    step: str = ""

    @property
    def fraction(self) -> float | None:
        """0..1, None where the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else None
