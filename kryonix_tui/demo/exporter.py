"""Raw metrics of the simulated platform, as its services would expose them: counters and histograms, no ratios.

What Redis knows about tenants is left to `kryonix exporter`, which the demo runs beside this.

`response_time_mobile_milliseconds` is measured at the server. What a phone feels, the network included, stands in the
performance hashes of database 9.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from kryonix_tui.demo.cast import Part, Profile
from kryonix_tui.demo.documented.tenants import SUBDOMAINS
from kryonix_tui.demo.names import subdomain
from kryonix_tui.demo.rhythm import Figures, figures

BUCKETS: Final = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 100, 150, 200, 300, 500, 1000)
"""Upper bounds in milliseconds."""
_SPREAD: Final = 0.5
"""Standard deviation of the logarithm of response times."""
RESPONSE_BUCKETS: Final = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5)
"""Upper bounds in seconds."""
_DETAILED: Final = 200
"""Tenants whose response times are told by module: a page with all of 10,000 would take seconds."""
_SLOWEST: Final = 0.4
"""How much slower than the first module of a tenant the last one is."""
_MOBILE_LOOKUPS: Final = 6.0
"""Cache lookups that one request makes."""


@dataclass(slots=True)
class Meter:
    """The counters of one tenant. Bucket counts are cumulative, the last one has everything."""

    profile: Profile
    anomaly: float = 0.0
    hits: float = 0.0
    misses: float = 0.0
    requests: dict[tuple[str, str], float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    responses: dict[str, list[float]] = field(default_factory=dict)
    served: float = 0.0
    buckets: list[float] = field(default_factory=lambda: [0.0] * (len(BUCKETS) + 1))
    mobile_ms: float = 0.0

    def advance(self, at: Figures, seconds: float) -> None:
        """Count what happened in `seconds` at the figures `at`."""
        requests = at.requests_per_second * seconds
        self.anomaly = at.anomaly
        self.hits += requests * _MOBILE_LOOKUPS * at.hit_rate / 100
        self.misses += requests * _MOBILE_LOOKUPS * (1 - at.hit_rate / 100)
        self.served += requests
        modules = self.profile.sector.modules
        for module in modules:
            failed = requests / len(modules) * at.error_rate / 100
            for code, amount in (("200", requests / len(modules) - failed), ("500", failed)):
                self.requests[module, code] = self.requests.get((module, code), 0.0) + amount
        self._respond(requests, at.response_ms / 1000)
        mobile = requests * self.profile.mobile_share / 100
        median = at.mobile_p95_ms / math.exp(1.645 * _SPREAD)
        for position, bound in enumerate(BUCKETS):
            self.buckets[position] += mobile * _share_below(bound, median)
        self.buckets[-1] += mobile
        self.mobile_ms += mobile * median * math.exp(_SPREAD**2 / 2)

    def _respond(self, requests: float, average: float) -> None:
        """Count response times, in seconds, of requests that all modules get alike."""
        modules = self.profile.sector.modules
        for position, module in enumerate(modules):
            slower = 1 + _SLOWEST * (position / len(modules) - 0.5)
            median = average * slower / math.exp(_SPREAD**2 / 2)
            counts = self.responses.setdefault(module, [0.0] * (len(RESPONSE_BUCKETS) + 1))
            for place, bound in enumerate(RESPONSE_BUCKETS):
                counts[place] += requests / len(modules) * _share_below(bound, median)
            counts[-1] += requests / len(modules)
            self.seconds[module] = self.seconds.get(module, 0.0) + requests / len(modules) * average * slower


class PlatformMetrics(Collector):
    """Everything that Prometheus scrapes from the simulated platform."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._meters = [Meter(profile) for profile in profiles]
        self._started = time.time()

    def advance(self, elapsed: float, seconds: float) -> None:
        """Let `seconds` pass for every tenant."""
        for meter in self._meters:
            meter.advance(figures(meter.profile, elapsed), seconds)

    def serve(self, port: int) -> None:
        """Answer scrapes on a port of the loopback interface, in a thread.

        Raises:
            OSError: the port is taken.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        start_http_server(port, addr="127.0.0.1", registry=registry)

    def describe(self) -> Iterable[Metric]:
        """Return nothing: names need not be known at registration."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield all families."""
        yield from self._requests()
        yield from self._responses()
        yield from self._cache()
        yield from self._mobile()
        yield from self._gauges()
        yield from self._certificates()

    def _requests(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "http_requests", "Requests answered.", labels=["tenant_id", "api_module", "code"]
        )
        for meter in self._meters:
            for (module, code), amount in meter.requests.copy().items():
                requests.add_metric([meter.profile.tenant, module, code], amount)
        yield requests

    def _responses(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(
            "http_request_duration_seconds", "Response times.", labels=["tenant_id", "api_module"]
        )
        bounds = [*map(str, RESPONSE_BUCKETS), "+Inf"]
        for meter in self._meters[:_DETAILED]:
            for module, counts in meter.responses.copy().items():
                buckets = list(zip(bounds, counts, strict=True))
                family.add_metric([meter.profile.tenant, module], buckets, meter.seconds[module])
        yield family

    def _cache(self) -> Iterable[Metric]:
        hits = CounterMetricFamily("redis_keyspace_hits", "Lookups that found their key.", labels=["tenant_id"])
        misses = CounterMetricFamily("redis_keyspace_misses", "Lookups that did not.", labels=["tenant_id"])
        for meter in self._meters:
            hits.add_metric([meter.profile.tenant], meter.hits)
            misses.add_metric([meter.profile.tenant], meter.misses)
        yield hits
        yield misses

    def _mobile(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(
            "response_time_mobile_milliseconds", "Response times of requests from phones.", labels=["tenant_id"]
        )
        bounds = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]
        for meter in self._meters:
            family.add_metric([meter.profile.tenant], list(zip(bounds, meter.buckets, strict=True)), meter.mobile_ms)
        yield family

    def _gauges(self) -> Iterable[Metric]:
        anomaly = GaugeMetricFamily("ai_anomaly_detection_score", "0 usual to 1 strange.", labels=["tenant_id"])
        for meter in self._meters:
            anomaly.add_metric([meter.profile.tenant], meter.anomaly)
        yield anomaly

    def _certificates(self) -> Iterable[Metric]:
        """Certificates go by host name, as Traefik's do. Whose name it is stands in Redis."""
        ends = GaugeMetricFamily("traefik_tls_certs_not_after", "End of a certificate, epoch seconds.", labels=["cn"])
        for meter in self._meters:
            tenant = meter.profile.tenant
            name = SUBDOMAINS.get(tenant) or subdomain(tenant)
            days = 9 if meter.profile.part is Part.LOW_HIT_RATE else 30 + 55 * meter.profile.phase
            ends.add_metric([name], self._started + days * 86_400)
        yield ends


def _share_below(bound: float, median: float) -> float:
    """Return the share of a log-normal distribution that lies below `bound`."""
    return 0.5 * (1 + math.erf(math.log(bound / median) / (_SPREAD * math.sqrt(2))))
