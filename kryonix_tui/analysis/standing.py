"""From signs to alerts: what lasts long enough fires, and goes on for a while when its cause is gone.

    sign seen --(for `lasting`)--> firing --(sign gone for `keep`)--> over
        |
        +-- gone before that: nothing happened

Where nobody knows whether a sign is still there, everything stays as it is: neither fires what waits, nor ends what fires.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kryonix_tui.clock import Instant
from kryonix_tui.model.alert import CONSOLE, Alert, AlertState, Severity
from kryonix_tui.safetext import safe

MOST = 1000
"""Alerts of the console's own at a time, the worst first."""


class Key(NamedTuple):
    """What a sign is about: the alert's name, how bad, whose, and a subject within (a queue's module, a source).

    Signs that differ in how bad it is are one alert, whose severity moves.
    """

    name: str
    severity: Severity
    tenant: str | None = None
    subject: str = ""

    @property
    def about(self) -> About:
        """What is the same however bad it is."""
        return self.name, self.tenant, self.subject


About = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is not as it should be, at this moment. `summary` is made only where it is needed."""

    key: Key
    category: str
    lasting: float
    summary: Callable[[], str]
    rule: str = ""


@dataclass(slots=True)
class _Standing:
    """What is remembered of a sign: since when, when last, and whether it has lasted long enough.

    `unknown` are the seconds in which nobody knew whether it was still there.
    """

    sign: Sign
    since: Instant
    seen: Instant
    firing: bool = False
    unknown: float = 0.0


@dataclass(slots=True)
class Standings:
    """All signs that are there, or were there a moment ago. `keep` is in seconds."""

    keep: float
    _known: dict[Key, _Standing] = field(default_factory=dict)
    _entered: Instant | None = None

    def active(self, key: Key) -> bool:
        """Tell whether a sign fires: then it ends only where its figure is clearly better than the limit."""
        standing = self._known.get(key)
        return standing is not None and standing.firing

    def enter(self, signs: Iterable[Sign], unknown: Callable[[Key], bool], now: Instant) -> None:
        """Take the signs of this moment. `unknown` tells of which keys nobody can say anything now."""
        present = {sign.key: sign for sign in signs}
        passed = self._entered.age(now) if self._entered is not None else 0.0
        self._entered = now
        for key, sign in present.items():
            standing = self._known.setdefault(key, _Standing(sign, now, now))
            if unknown(key):
                standing.unknown += passed
            standing.sign, standing.seen = sign, now
            standing.firing = standing.firing or standing.since.age(now) - standing.unknown >= sign.lasting
        for key, standing in list(self._known.items()):
            if key in present:
                continue
            if unknown(key):
                standing.seen = now
            elif not standing.firing or standing.seen.age(now) >= self.keep:
                del self._known[key]

    def alerts(self) -> tuple[Alert, ...]:
        """Return them as alerts, one for whatever signs are about the same: as bad as the worst that fires.

        It began when the first of its signs did, and where none fires yet, all of it waits.
        """
        found: dict[About, _Standing] = {}
        since: dict[About, float] = {}
        for key, standing in self._known.items():
            about = key.about
            since[about] = min(standing.since.wall, since.get(about, standing.since.wall))
            if about not in found or _urgency(standing) < _urgency(found[about]):
                found[about] = standing
        urgent = sorted(found.items(), key=lambda one: _urgency(one[1]))
        return tuple(_alert(standing, since[about]) for about, standing in urgent[:MOST])


def _urgency(standing: _Standing) -> tuple[bool, int]:
    return not standing.firing, standing.sign.key.severity.rank


def _alert(standing: _Standing, since: float) -> Alert:
    sign = standing.sign
    return Alert(
        fingerprint=_fingerprint(sign.key.about),
        name=sign.key.name,
        severity=sign.key.severity,
        state=AlertState.FIRING if standing.firing else AlertState.PENDING,
        source=CONSOLE,
        starts_at=since,
        tenant=sign.key.tenant,
        labels=dict(_labels(sign)),
        annotations={"summary": sign.summary()},
        rule=sign.rule,
        lasting=sign.lasting,
    )


def _labels(sign: Sign) -> Iterator[tuple[str, str]]:
    key = sign.key
    yield "alertname", key.name
    yield "severity", key.severity.value
    yield "category", sign.category
    if key.tenant is not None:
        yield "tenant_id", safe(key.tenant, 1000)
    if key.subject:
        yield "module", safe(key.subject, 200)


def _fingerprint(about: About) -> str:
    identity = json.dumps(about).encode()
    return hashlib.blake2b(identity, digest_size=8).hexdigest()
