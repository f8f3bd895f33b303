"""What both sources make of servers that are dead, slow, broken or hostile: the right error, in time, safe to print."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
import time
import unicodedata
from pathlib import Path

import pytest

from kryonix_tui.config.schema import HttpServer, Tls
from kryonix_tui.errors import (
    AuthenticationError,
    DeadlineError,
    ReplyError,
    SourceError,
    UnreachableError,
)
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from kryonix_tui.sources.prometheus import PrometheusSource
from tests.integration.metrics.hostile_server import (
    Script,
    dripping,
    endless,
    hostile_server,
    raw,
    reply,
    silence,
)
from tests.servers import free_port

Source = PrometheusSource | AlertmanagerSource
SourceType = type[PrometheusSource] | type[AlertmanagerSource]

SECRET = "letmein"
PATIENCE = 60.0
"""Seconds for a source to notice what is wrong: a busy machine must not make it a missed deadline."""
HTML = b"<!DOCTYPE html><html><title>Sign in</title></html>"
BOMB = gzip.compress(b" " * 50_000_000)
PROMETHEUS_ERROR = b'{"status":"error","errorType":"bad_data","error":"parse\\nerror\\u001b[2J"}'

both = pytest.mark.parametrize("source_type", [PrometheusSource, AlertmanagerSource])


async def failure(source: Source) -> SourceError:
    """Fetch, expect an error, and check what holds for every error."""
    try:
        with pytest.raises(SourceError) as caught:
            await source.fetch()
    finally:
        await source.close()
    error = caught.value
    text = f"{error.title}{error.message}{error.hint}"
    assert error.hint
    assert not [character for character in text if unicodedata.category(character) in ("Cc", "Cf")]
    assert len(error.message) < 500
    assert SECRET not in text
    return error


CASES: dict[str, tuple[Script, type[SourceError], str]] = {
    "503 with a body": (reply(b"no healthy\n upstream", "503 Service Unavailable"), ReplyError, "no healthy upstream"),
    "503 with a page": (reply(HTML, "503 Service Unavailable"), ReplyError, "HTTP 503"),
    "error in JSON": (reply(PROMETHEUS_ERROR, "400 Bad Request"), ReplyError, "parse error␛[2J"),
    "401": (reply(b"no", "401 Unauthorized"), AuthenticationError, "HTTP 401"),
    "403": (reply(b"no", "403 Forbidden"), AuthenticationError, "HTTP 403"),
    "404": (reply(b"404 page not found", "404 Not Found"), ReplyError, "HTTP 404"),
    "redirect": (
        reply(b"", "302 Found", f"Location: https://u:{SECRET}@login.invalid/in?token={SECRET}"),
        ReplyError,
        "login.invalid/in",
    ),
    "HTML": (reply(HTML), ReplyError, "page for browsers"),
    "nothing": (reply(b""), ReplyError, "ended in the middle"),
    "half a body": (reply(b'{"status":"success","da', length=5000), ReplyError, "ended in the middle"),
    "broken JSON": (reply(b"success"), ReplyError, "not JSON"),
    "another shape": (reply(b'"hello"'), ReplyError, "another shape"),
    "deep nesting": (reply(b"[" * 100_000 + b"]" * 100_000), ReplyError, ""),
    "not UTF-8": (reply(b'{"status":"\xff\xfe"}'), ReplyError, ""),
    "unknown packing": (reply(b"x", "200 OK", "Content-Encoding: br"), ReplyError, "packed as br"),
    "damaged gzip": (reply(b"x" * 100, "200 OK", "Content-Encoding: gzip"), ReplyError, "gzip"),
    "half a gzip": (reply(BOMB[:200], "200 OK", "Content-Encoding: gzip"), ReplyError, "ended in the middle"),
    "gzip bomb": (reply(BOMB, "200 OK", "Content-Encoding: gzip"), ReplyError, "larger than"),
    "10 MB of labels": (reply(b'["' + b"x" * 10_000_000 + b'"]'), ReplyError, "larger than 8000000 bytes"),
    "endless body": (endless, ReplyError, "larger than"),
    "cut before an answer": (raw(b""), UnreachableError, "closed without an answer"),
    "no HTTP": (raw(b"-ERR unknown command\r\n\r\n"), ReplyError, "not HTTP"),
    "endless header": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000), ReplyError, "not HTTP"),
}


@both
@pytest.mark.parametrize("case", CASES)
async def test_bad_answers(source_type: SourceType, case: str) -> None:
    script, error_type, says = CASES[case]
    async with hostile_server(script) as server:
        url = f"http://admin:{SECRET}@127.0.0.1:{server.port}"
        error = await failure(source_type(HttpServer(url=url, bearer_token=SECRET, timeout=PATIENCE)))
    assert type(error) is error_type
    assert says in error.message
    assert f"127.0.0.1:{server.port}" in error.message


@pytest.mark.parametrize(
    ("source_type", "body"),
    [(PrometheusSource, b'{"status":"success","da'), (AlertmanagerSource, b'[{"labels":{"alertname":"Down"')],
)
async def test_half_a_document(source_type: SourceType, body: bytes) -> None:
    async with hostile_server(reply(body)) as server:
        error = await failure(source_type(HttpServer(url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE)))
    assert type(error) is ReplyError
    assert "ended in the middle" in error.message


@both
@pytest.mark.parametrize("script", [silence, dripping])
async def test_slow_answers_end_at_the_deadline(source_type: SourceType, script: Script) -> None:
    async with hostile_server(script) as server:
        before = time.monotonic()
        error = await failure(source_type(HttpServer(url=f"http://127.0.0.1:{server.port}", timeout=0.3)))
        assert time.monotonic() - before < PATIENCE / 2
        await asyncio.wait_for(server.all_closed.wait(), 60)
    assert type(error) is DeadlineError
    assert "0.3 s" in error.message


@both
async def test_nobody_listens(source_type: SourceType) -> None:
    error = await failure(source_type(HttpServer(url=f"http://127.0.0.1:{free_port()}", timeout=PATIENCE)))
    assert type(error) is UnreachableError
    assert "refused" in error.message


@both
async def test_unknown_host(source_type: SourceType) -> None:
    # A label of 64 characters is no name: the resolver refuses it without asking anybody.
    error = await failure(source_type(HttpServer(url=f"http://{'x' * 64}.invalid:9090", timeout=PATIENCE)))
    assert type(error) is UnreachableError
    assert "name of the host" in error.message


def server_context(certificate: tuple[Path, Path], client_ca: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@both
async def test_a_self_signed_certificate_is_not_trusted(
    source_type: SourceType, certificate: tuple[Path, Path]
) -> None:
    async with hostile_server(reply(b"[]"), server_context(certificate)) as server:
        error = await failure(source_type(HttpServer(url=f"https://127.0.0.1:{server.port}", timeout=PATIENCE)))
    assert type(error) is UnreachableError
    assert "certificate is not trusted" in error.message
    assert "tls.ca_file" in error.hint
    assert not server.requests


@both
async def test_https_on_a_port_that_speaks_http(source_type: SourceType) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        error = await failure(source_type(HttpServer(url=url, tls=Tls(enabled=True), timeout=PATIENCE)))
    assert type(error) is UnreachableError
    assert "no TLS connection" in error.message


@both
async def test_tls_files_that_are_none(source_type: SourceType, tmp_path: Path) -> None:
    tls = Tls(ca_file=str(tmp_path / "missing.pem"))
    error = await failure(source_type(HttpServer(url="https://127.0.0.1:1", tls=tls, timeout=PATIENCE)))
    assert "TLS files" in error.message


async def test_an_encrypted_key_is_refused_and_asks_nobody(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = certificate
    locked = tmp_path / "locked.pem"
    command = ["openssl", "ec", "-aes256", "-passout", f"pass:{SECRET}", "-in", str(key), "-out", str(locked)]
    done = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    assert await done.wait() == 0
    tls = Tls(cert_file=str(cert), key_file=str(locked))
    error = await failure(AlertmanagerSource(HttpServer(url="https://127.0.0.1:1", tls=tls, timeout=PATIENCE)))
    assert "TLS files" in error.message


async def test_own_authority_and_client_certificate_are_used(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    async with hostile_server(reply(b"[]"), server_context(certificate, client_ca=cert)) as server:
        server.answers["/api/v2/status"] = reply(b"{}")
        tls = Tls(ca_file=str(cert), cert_file=str(cert), key_file=str(key))
        source = AlertmanagerSource(HttpServer(url=f"https://127.0.0.1:{server.port}", tls=tls, timeout=PATIENCE))
        assert (await source.fetch()).alerts == ()
        await source.close()


async def test_an_unverified_certificate_is_accepted_where_that_is_configured(certificate: tuple[Path, Path]) -> None:
    async with hostile_server(reply(b"[]"), server_context(certificate)) as server:
        source = AlertmanagerSource(
            HttpServer(url=f"https://127.0.0.1:{server.port}", tls=Tls(verify=False), timeout=PATIENCE)
        )
        assert (await source.fetch()).silences == ()
        await source.close()


@both
async def test_a_source_recovers_by_itself(source_type: SourceType) -> None:
    async with hostile_server(reply(HTML)) as server:
        source = source_type(HttpServer(url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE))
        with pytest.raises(ReplyError):
            await source.fetch()
        server.answers = {
            "/api/v2": reply(b"[]"),
            "/api/v1/query": reply(b'{"status":"success","data":{"resultType":"vector","result":[]}}'),
        }
        await source.fetch()
        await source.close()


async def test_cancelled_readings_leave_no_thread_and_no_connection() -> None:
    async with hostile_server(silence) as server:
        source = PrometheusSource(HttpServer(url=f"http://127.0.0.1:{server.port}", timeout=60))
        for _attempt in range(5):
            reading = asyncio.create_task(source.fetch())
            while "/query" not in await asyncio.wait_for(server.asked.get(), 60):
                pass
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await asyncio.wait_for(server.all_closed.wait(), 60)
        threads = [thread for thread in threading.enumerate() if thread.name.startswith("prometheus")]
        assert len(threads) == 1
        await source.close()
        await asyncio.to_thread(threads[0].join, 60)
        assert not threads[0].is_alive()
