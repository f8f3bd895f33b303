"""The section `optimize`: when tenants are helped, by how much, and what is never exceeded."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from kryonix_tui.config.section import Percent, Seconds, Secret, Section

Long = Annotated[float, Meta(gt=0, le=366 * 86_400)]
"""Seconds, a year at most."""


class Warming(Section, frozen=True):
    """Calls to a tenant's own API, so that it fills its cache itself. Nothing is ever written in its place."""

    enabled: bool = False
    """Call the API for keys that are predicted and not there."""
    url: Secret = ""
    """Address with {tenant}, {module} and {resource}. Empty: api_endpoints of the tenant's SDK configuration."""
    headers: dict[str, Secret] = {}  # noqa: RUF012 - msgspec copies it
    """Headers of each call: text, ${NAME} or file:/path. Only for what hosts names, by https or on this machine."""
    hosts: tuple[str, ...] = ()
    """Hosts that may be called, *.example.com being all below; for these also http. Empty: any public host, by https."""
    private: tuple[str, ...] = ()
    """Networks of private addresses that may be called, for instance 10.1.0.0/16. Else only public addresses are."""
    rate: Annotated[float, Meta(gt=0, le=100)] = 2.0
    """Calls a second, all tenants together."""
    calls: Annotated[int, Meta(ge=1, le=10_000)] = 20
    """Calls for a tenant in one pass."""
    timeout: Seconds = 5.0
    """Seconds for one call."""


class Optimize(Section, frozen=True):
    """What `kryonix optimize` recommends, and the limits that it keeps."""

    hit_rate: Percent = 85.0
    """Percent of hits below which the caches of a tenant shall live longer."""
    factor: Annotated[float, Meta(gt=1, le=10)] = 1.5
    """By how much a key's remaining time is then multiplied."""
    window: Seconds = 3600.0
    """Seconds: only keys that expire before are given more time."""
    cap: Seconds = 7200.0
    """Seconds that a key lives at most after that."""
    busy_calls: Annotated[int, Meta(ge=1)] = 5000
    """API calls of a day above which a tenant is busy."""
    busy_ttl: Seconds = 7200.0
    """Seconds that the API cache of a busy tenant shall live."""
    mobile_share: Percent = 70.0
    """Percent of mobile sessions above which what is prepared for mobile apps shall live longer."""
    keys: Annotated[int, Meta(ge=1, le=10_000)] = 20
    """Keys of a tenant that one recommendation changes in a pass."""
    changes: Annotated[int, Meta(ge=1, le=1_000_000)] = 20_000
    """Keys that one pass changes, of all tenants together."""
    sample: Annotated[int, Meta(ge=10, le=100_000)] = 500
    """Keys of a tenant and kind whose expiry is read."""
    reads: Annotated[int, Meta(ge=100, le=10_000_000)] = 50_000
    """Keys whose expiry one pass reads: each counts as a hit on the server."""
    caches: tuple[str, ...] = ("api_cache", "warm_cache")
    """Kinds of keys that are caches: their values can be made again."""
    dead_weight: bool = False
    """Plan an end for what nobody needs: cached keys without expiry, sessions left behind, warm caches never read."""
    clean_up: bool = False
    """Let `optimize run` do that as well, unasked."""
    abandoned: Long = 7 * 86_400.0
    """Seconds without activity after which a session that never expires counts as left behind."""
    idle: Long = 3 * 86_400.0
    """Seconds without a read after which a warm cache counts as never read."""
    undo_hours: Annotated[float, Meta(ge=1, le=31 * 24)] = 24.0
    """Hours for which a change can be undone: no key is made to expire before, and none gets less time than this."""
    big_value: Annotated[int, Meta(ge=1000)] = 100_000
    """Bytes of a value from which it is told of as big."""
    quiet_hours: str = ""
    """HH:MM-HH:MM in the tenant's time zone: `optimize run` changes nothing of a tenant at other times. Empty: any time."""
    latency: Annotated[float, Meta(gt=0, le=60_000)] = 25.0
    """Milliseconds by which a PING may take longer than at first: three times in a row, and a pass stops."""
    every: Annotated[int, Meta(ge=1, le=60)] = 15
    """Minutes between two runs of an installed schedule."""
    schedule: bool = False
    """Let `kryonix schedule install` also install `optimize run --all`."""
    effect: Seconds = 3600.0
    """Seconds before and after a change over which hit rates are compared."""
    keep_result: bool = False
    """Write what was found to ai:analysis_result:tenant:{t} for a day. The user for `maintain` needs SET on these keys."""
    warm: Warming = Warming()
    """Calls to a tenant's own API."""
