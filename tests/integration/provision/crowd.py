"""A crowd of tenants for a real Prometheus: their series on one page, which is served as it is at every scrape."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

BUCKETS: Final = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
"""Those of Prometheus' client libraries."""


def page(tenants: int, modules: int, troubled: int = 100) -> str:
    """Return what API modules, mobile tracker, AI service, Traefik and our exporter say about `tenants`.

    `troubled` percent of them have figures of all sorts, good and bad; the others are well.
    """
    return "".join(
        line + "\n"
        for number in range(tenants)
        for line in _lines(f"tenant_{number}", number, modules, well=number % 100 >= troubled)
    )


def _lines(tenant: str, number: int, modules: int, *, well: bool) -> Iterator[str]:
    who = f'tenant_id="{tenant}"'
    for module in range(modules):
        labels = f'{who},api_module="m{module}"'
        yield f'http_requests_total{{{labels},code="200"}} {1000 + number}'
        yield f'http_requests_total{{{labels},code="500"}} {0 if well else number % 7}'
        for bucket in BUCKETS:
            yield f'http_request_duration_seconds_bucket{{{labels},le="{bucket}"}} {number}'
        yield f"http_request_duration_seconds_sum{{{labels}}} {number}"
        yield f"http_request_duration_seconds_count{{{labels}}} {number}"
    for bucket in BUCKETS:
        yield f'response_time_mobile_bucket{{{who},le="{bucket}"}} {number}'
    for queue in ("crm", "whatsapp"):
        yield f'kryonix_tenant_queue_depth{{{who},module="{queue}"}} {3 if well else number % 1500}'
    for kind in ("mobile", "sdk", "websocket"):
        yield f'kryonix_tenant_sessions{{{who},kind="{kind}"}} {number}'
    for witness in ("metrics", "perf"):
        yield f'kryonix_tenant_hit_rate_percent{{{who},witness="{witness}"}} {97 if well else number % 100}'
    yield f"ai_anomaly_detection_score{{{who}}} {0.1 if well else number % 10 / 10}"
    yield f'kryonix_tenant_info{{{who},subdomain="{tenant}.example.com"}} 1'
    yield f'traefik_tls_certs_not_after{{cn="{tenant}.example.com",serial="{number}"}} 2000000000'


@contextmanager
def served(text: str) -> Iterator[str]:
    """Serve `text` on the loopback interface; yield host:port."""
    body = text.encode()

    class _Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
