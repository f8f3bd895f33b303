"""What the sources send: paths, credentials, headers; and how they degrade in part."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.errors import AuthenticationError, ReplyError
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from kryonix_tui.sources.prometheus import PrometheusSource
from tests.integration.metrics.hostile_server import HostileServer, hostile_server, reply

SERIES = (
    b'{"status":"success","data":{"resultType":"vector","result":['
    b'{"metric":{"__name__":"tenant:cache_hit_rate","tenant_id":"a"},"value":[1700000000.5,"87.5"]},'
    b'{"metric":{"__name__":"tenant:cache_hit_rate","tenant_id":"b"},"value":[1700000000,"+Inf"]}]}}'
)
NO_RULES = b'{"status":"success","data":{"groups":[]}}'
NO_TARGETS = b'{"status":"success","data":{"activeTargets":[]}}'
NOT_FOUND = reply(b"404 page not found", "404 Not Found")


def headers_of(server: HostileServer) -> list[dict[str, str]]:
    """Return the headers of every request."""
    return [
        {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:] if line)}
        for head in server.requests
    ]


def store(server: HostileServer, prefix: str = "") -> None:
    """Let the server be a small Prometheus below `prefix`."""
    server.answers = {
        f"{prefix}/api/v1/query?": reply(SERIES),
        f"{prefix}/api/v1/rules": reply(NO_RULES),
        f"{prefix}/api/v1/targets?state=active": reply(NO_TARGETS),
        f"{prefix}/api/v1/status/buildinfo": reply(b'{"status":"success","data":{"version":"9.9"}}'),
    }


async def test_every_request_carries_headers_and_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TENANT_ORG", "demo")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    token = tmp_path / "token"
    token.write_text("first\n", encoding="utf-8")
    token.chmod(0o600)
    async with hostile_server(NOT_FOUND) as server:
        store(server, "/prefix")
        settings = HttpServer(
            url=f"http://127.0.0.1:{server.port}/prefix/",
            headers={"X-Scope-OrgID": "${TENANT_ORG}"},
            username="user",
            password="basic",
            bearer_token=f"file:{token}",
        )
        source = PrometheusSource(settings)
        facts = await source.fetch()
        assert {(head["x-scope-orgid"], head["authorization"]) for head in headers_of(server)} == {
            ("demo", "Bearer first")
        }
        assert len(server.requests) == 4
        assert {head["host"] for head in headers_of(server)} == {f"127.0.0.1:{server.port}"}
        assert facts.version == "9.9"
        assert facts.tenants["a"]["cache_hit_rate"].value == 87.5
        assert facts.discarded == 1

        token.write_text("renewed\n", encoding="utf-8")
        await source.fetch()
        assert {head["authorization"] for head in headers_of(server)[4:]} == {"Bearer renewed"}
        assert len(server.requests) == 7  # the version is asked for once
        await source.close()


async def test_user_and_password_of_the_url_become_basic_authentication() -> None:
    async with hostile_server(reply(b"[]")) as server:
        source = AlertmanagerSource(HttpServer(url=f"http://us%20er:p%40ss@127.0.0.1:{server.port}"))
        await source.fetch()
        await source.close()
    expected = "Basic " + base64.b64encode(b"us er:p@ss").decode()
    assert {head["authorization"] for head in headers_of(server)} == {expected}


@pytest.mark.parametrize("value", ["line\r\nX-Injected: 1", "acentuação", "${NO_SUCH_VARIABLE}"])
async def test_a_token_that_cannot_be_sent_is_refused_before_a_byte(value: str) -> None:
    async with hostile_server(reply(b"[]")) as server:
        source = AlertmanagerSource(HttpServer(url=f"http://127.0.0.1:{server.port}", bearer_token=value))
        with pytest.raises(AuthenticationError) as caught:
            await source.fetch()
        await source.close()
    assert not server.requests
    assert "Injected" not in str(caught.value)


async def test_a_store_without_targets_and_rules_still_gives_figures(caplog: pytest.LogCaptureFixture) -> None:
    async with hostile_server(NOT_FOUND) as server:
        server.answers = {"/api/v1/query?": reply(SERIES)}
        source = PrometheusSource(HttpServer(url=f"http://127.0.0.1:{server.port}"))
        with caplog.at_level(logging.WARNING):
            for _reading in range(3):
                facts = await source.fetch()
        assert facts.tenants["a"]
        assert set(facts.missing) == {"rules", "targets"}
        assert all("HTTP 404" in why for why in facts.missing.values())
        assert facts.version == ""
        assert len([record for record in caplog.records if record.name.startswith("kryonix_tui")]) == 2

        store(server)
        assert (await source.fetch()).missing == {}
        await source.close()


@pytest.mark.parametrize(
    "answer",
    [
        b'{"status":"success"}',
        b'{"status":"success","data":[]}',
        b'{"status":"success","data":{"result":{"a":1}}}',
        b'{"status":"success","data":{"result":null}}',
        b'{"status":"success","data":{"result":"abc"}}',
        b'{"status":"error","data":{"result":[]},"error":"too busy"}',
    ],
)
async def test_an_answer_that_no_query_has(answer: bytes) -> None:
    async with hostile_server(NOT_FOUND) as server:
        store(server)
        server.answers["/api/v1/query?"] = reply(answer)
        source = PrometheusSource(HttpServer(url=f"http://127.0.0.1:{server.port}"))
        with pytest.raises(ReplyError):
            await source.fetch()
        server.answers["/api/v1/query?"] = reply(SERIES)
        server.answers["/api/v1/targets?state=active"] = reply(answer)
        assert set((await source.fetch()).missing) == {"targets"}
        await source.close()


async def test_alerts_stand_without_a_status() -> None:
    async with hostile_server(reply(b"[]")) as server:
        server.answers["/api/v2/status"] = NOT_FOUND
        source = AlertmanagerSource(HttpServer(url=f"http://127.0.0.1:{server.port}"))
        facts = await source.fetch()
        await source.close()
    assert (facts.version, facts.cluster) == ("", "")
