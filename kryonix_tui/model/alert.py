"""Alerts and silences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad, the worst first. What a rule calls otherwise becomes NONE."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


CONSOLE = "console"
"""The source of alerts that the console itself raises."""

OWN_HIT_RATE = "CacheHitRateLow"
"""The name of its alert on a tenant's hit rate."""


class AlertState(StrEnum):
    """FIRING reaches people; PENDING waits for its `for`; SILENCED and INHIBITED are held back by Alertmanager."""

    FIRING = "firing"
    PENDING = "pending"
    SILENCED = "silenced"
    INHIBITED = "inhibited"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. Names, labels and annotations are printable text; `starts_at` is epoch seconds.

    `fingerprint` identifies it within its `source` (`alertmanager`, `prometheus`, `console`). `tenant` is
    `safetext.identity` of the tenant label, None where the alert is about no tenant. `silences` are the ids of those that
    hold it back, `inhibitors` the fingerprints of the alerts that do. `rule` and `expression` say what raised it, as far
    as Prometheus told; `lasting` for how many seconds that had to be so. `raw` has the values of those labels that cannot be
    shown as they are, for matchers and never for an eye; secrets are not among them.
    """

    fingerprint: str
    name: str
    severity: Severity
    state: AlertState
    source: str
    starts_at: float
    tenant: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    generator_url: str = ""
    silences: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    inhibitors: tuple[str, ...] = ()
    rule: str = ""
    expression: str = ""
    lasting: float = 0.0
    raw: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def all_labels(self) -> Mapping[str, str]:
        """The labels, and what is known of the alert besides: for conditions on it."""
        own = {"alertname": self.name, "severity": self.severity.value, "source": self.source}
        about = {"tenant_id": self.tenant} if self.tenant is not None else {}
        return {**own, **about, **self.labels}

    @property
    def exact_labels(self) -> Mapping[str, str]:
        """All labels, byte by byte: what a matcher of a silence has to fit. Not for showing."""
        return {**self.all_labels, **self.raw}

    @property
    def summary(self) -> str:
        """What the rule says in one line; empty where it says nothing."""
        return self.annotations.get("summary") or self.annotations.get("description", "")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition of a silence, as Alertmanager writes it: `=`, `!=`, `=~`, `!~`."""

    name: str
    value: str
    is_equal: bool = True
    is_regex: bool = False

    def __str__(self) -> str:
        operator = ("=" if self.is_equal else "!") + ("~" if self.is_regex else ("" if self.is_equal else "="))
        return f'{self.name}{operator}"{self.value}"'


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that is active or pending. Times are epoch seconds; values of matchers are not printable yet."""

    silence_id: str
    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One reading of Alertmanager, the worst alerts first.

    `discarded` counts alerts and silences that could not be read whole; `truncated` says that there were more alerts
    than are kept.
    """

    alerts: tuple[Alert, ...] = ()
    silences: tuple[Silence, ...] = ()
    version: str = ""
    cluster: str = ""
    discarded: int = 0
    truncated: bool = False
    started: float = 0.0
    """When it was started, by its own clock (epoch seconds); 0: it does not say. Another one has another time."""
    pulse: bool = False
    """Whether the alert that always fires is there, though it may not be shown."""
