"""Have predicted keys made: the tenant's own API is called for them, and fills its cache as for anybody else.

Nothing is invented and nothing is written here: what is answered is thrown away. Off unless configured; slow on purpose;
no redirect is followed, and no credential sent but the headers of the configuration (`addresses` says where to).
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kryonix_tui.config.optimize import Warming
from kryonix_tui.config.schema import Config
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError, KryonixError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.optimize.addresses import Examined, Place, address_of, examine
from kryonix_tui.maintenance.optimize.reading import TenantReading
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope, Target
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import identity, safe
from kryonix_tui.view import formats

if TYPE_CHECKING:
    import httpx

WARM: Final = "optimize.warm"

PLACE: Final = "the tenants' API"
"""What stands for the server of such plans."""

_MOST_BYTES: Final = 1_000_000
"""Bytes of an answer that are taken; it counts as answered all the same."""

_SHOWN: Final = 10
_GOOD: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Call:
    """An address that is called for a key that is not there."""

    tenant: str
    db: int
    key: bytes
    url: str


@dataclass(slots=True)
class Warm:
    """Implements `door.Operation`: call the API of `tenants` (None: of all that are seen) for predicted keys."""

    config: Config
    keyspace: KeyspaceMap
    tenants: tuple[str, ...] | None
    action: str = WARM
    purpose: Purpose = Purpose.MONITOR
    writer: None = None
    calls: tuple[Call, ...] = ()
    _reading: TenantReading = field(init=False)

    def __post_init__(self) -> None:
        """Prepare to read; nothing is connected yet."""
        self._reading = TenantReading(self.config, self.keyspace, lambda _place: {})

    async def plan(self, run: Run | None = None) -> Plan:
        """Look what is predicted and not there, and where it could be had.

        Raises:
            ConfigError: the secret of the template or of a header cannot be read.
            SourceError: the server does not answer.
            StoppedError: `run` was stopped.
        """
        settings = self.config.optimize.warm
        _headers(settings)
        found = await self._reading.read(self.tenants, run or Run())
        missing = {known.tenant: known.prediction.missing for known in found.tenants if known.prediction.missing}
        endpoints = {} if settings.url else await self._reading.endpoints(missing)
        calls, nowhere = [], 0
        for tenant, places in missing.items():
            for db, key in places[: settings.calls]:
                place = self._place(tenant, db, key)
                url = address_of(place, endpoints.get(tenant, {}), settings) if place else ""
                calls += [Call(tenant, db, key, url)] if url else []
                nowhere += not url
        self.calls = tuple(calls)
        return self._plan(nowhere)

    def _plan(self, nowhere: int) -> Plan:
        now, settings = time.time(), self.config.optimize.warm
        hosts = sorted({_host(call.url) for call in self.calls})
        touched = tuple(sorted({call.tenant for call in self.calls}))
        everybody = self.tenants is None and not Visible(self.config.tenants).limited
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=Target(PLACE),
            scope=Scope(() if everybody else self.tenants or touched or tuple(self.config.tenants)),
            counts={"calls": len(self.calls), "tenants": len(touched)},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={
                "hosts": _listed(hosts),
                **({"headers": _listed(sorted(settings.headers))} if settings.headers else {}),
            },
            estimates={"seconds": len(self.calls) / settings.rate},
            effects=tuple(self._effects(nowhere)),
            refusal="" if settings.enabled else _("optimize.warm.enabled is off"),
        )

    def _effects(self, nowhere: int) -> Iterator[str]:
        for call in self.calls[:_SHOWN]:
            yield f"GET {safe(_shown(call.url), 200)}"
        if len(self.calls) > _SHOWN:
            yield _("and {count} more").format(count=formats.full_count(len(self.calls) - _SHOWN))
        if nowhere:
            yield ngettext(
                "{count} predicted key has no address.", "{count} predicted keys have no address.", nowhere
            ).format(count=formats.full_count(nowhere))
        if self.config.optimize.warm.headers:
            names = _listed(sorted(self.config.optimize.warm.headers))
            yield _("Each call has headers of the configuration: {names}.").format(names=names)
        yield _("The answers are thrown away: the API itself puts them into its cache, or does not.")

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Call one after the other, so many a second."""
        del plan
        troubles: Counter[str] = Counter()
        answered = 0
        client = await asyncio.to_thread(_new_client, _headers(self.config.optimize.warm))
        try:
            for number, call in enumerate(self.calls):
                run.checkpoint()
                trouble = await self._called(client, call)
                answered += not trouble
                troubles.update([trouble] if trouble else [])
                run.progress(number + 1, len(self.calls), "calls", _("calling"))
                await asyncio.sleep(1 / self.config.optimize.warm.rate)
        finally:
            await client.aclose()
        text = ngettext(
            "{count} of {total} call was answered", "{count} of {total} calls were answered", len(self.calls)
        ).format(count=answered, total=len(self.calls))
        notices = tuple(f"{count} x {what}" for what, count in troubles.most_common(_SHOWN))
        result = Result.DONE if answered or not self.calls else Result.FAILED
        return Outcome(result, text, {"answered": answered, "failed": troubles.total()}, notices)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Look which of the keys are there now. That they are not is no failure: the API decides what it keeps."""
        del plan, run
        there = await self._reading.present([(call.db, call.key) for call in self.calls])
        return replace(outcome, figures={**outcome.figures, "keys": len(there)})

    async def close(self) -> None:
        """Close connections."""
        await self._reading.close()

    async def _called(self, client: httpx.AsyncClient, call: Call) -> str:
        """Call an address; return what went wrong, empty where it was answered."""
        settings = self.config.optimize.warm
        try:
            async with asyncio.timeout(settings.timeout):
                return await _get(client, await examine(call.url, settings))
        except KryonixError as error:
            return error.message
        except TimeoutError:
            return _("{host}: no answer within {time}").format(
                host=safe(_host(call.url), 80), time=formats.duration(settings.timeout)
            )

    def _place(self, tenant: str, db: int, key: bytes) -> Place | None:
        """Return which endpoint a key is of, by the map; None where it is of none."""
        pattern = self.keyspace.attribute(db, key).pattern
        segments = pattern.segments if pattern is not None else ()
        if b"{module}" not in segments or b"{resource}" not in segments:
            return None
        parts = key.split(b":")
        module, resource = (segments.index(name) for name in (b"{module}", b"{resource}"))
        # The last placeholder takes all that remains.
        return Place(tenant, identity(parts[module]), identity(b":".join(parts[resource:])))


async def _get(client: httpx.AsyncClient, place: Examined) -> str:
    """Send one GET to the address that was examined, in the name of its host; return what went wrong."""
    import httpx

    ip = f"[{place.ip}]" if ":" in place.ip else place.ip
    url = f"{place.scheme}://{ip}:{place.port}{place.path}"
    extensions = {"sni_hostname": place.host}
    try:
        headers = {"host": _authority(place)}
        async with client.stream("GET", url, headers=headers, extensions=extensions) as answer:
            if answer.status_code not in _GOOD:
                return _("{host} answers {status}").format(host=safe(place.host, 80), status=answer.status_code)
            taken = 0
            async for chunk in answer.aiter_raw():
                taken += len(chunk)
                if taken > _MOST_BYTES:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError) as error:
        return f"{safe(place.host, 80)}: {type(error).__name__}"
    return ""


def _authority(place: Examined) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    usual = (place.scheme, place.port) in (("http", 80), ("https", 443))
    return host if usual else f"{host}:{place.port}"


def _headers(settings: Warming) -> dict[str, str]:
    """Return the headers that the configuration wants.

    Raises:
        ConfigError: a secret cannot be read, or cannot be a header. It is not quoted.
    """
    found = {name: secret_text(value, f"optimize.warm.headers.{name}") for name, value in settings.headers.items()}
    for name, value in found.items():
        if not (value.isascii() and value.isprintable()):
            text = _("{key}: the header {name} holds a character that no header can carry")
            raise ConfigError(text.format(key="optimize.warm", name=safe(name, 80)))
    return found


def _new_client(headers: Mapping[str, str]) -> httpx.AsyncClient:
    """Return a client whose calls have these headers; that of the host is the call's own."""
    import httpx

    return httpx.AsyncClient(headers=headers, timeout=None, trust_env=False, follow_redirects=False)  # noqa: S113 - one deadline spans the whole call


def _listed(names: Sequence[str]) -> str:
    """Return the first names, and a hash of them all where there are more: others look otherwise."""
    text = ", ".join(safe(name, 80) for name in names[:_SHOWN])
    return text if len(names) <= _SHOWN else f"{text} … {hashlib.sha256(repr(names).encode()).hexdigest()[:8]}"


def _shown(url: str) -> str:
    """Return an address without what may be secret in it: a user, and all that is asked in the query."""
    scheme, _colon, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
