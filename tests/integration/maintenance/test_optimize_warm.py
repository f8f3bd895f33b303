"""A warm-up calls the tenant's own API and nothing else: no invented content, no private address, no redirect."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from kryonix_tui.config.optimize import Optimize, Warming
from kryonix_tui.config.schema import Config, Redis
from kryonix_tui.errors import ConfigError, RefusedError
from kryonix_tui.maintenance.optimize import addresses
from kryonix_tui.maintenance.optimize.addresses import Place, address_of, examine
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Outcome, Plan
from kryonix_tui.paths import state_folder
from tests.integration.maintenance.operators import carried_out
from tests.servers import Server

LOOPBACK = ("127.0.0.0/8",)


class Api(BaseHTTPRequestHandler):
    """A tenant's API: it puts what it answers into its cache, as the platform's does."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    credentials: ClassVar[list[str | None]] = []
    redis: ClassVar[Server]

    def do_GET(self) -> None:
        """Answer, and fill the cache."""
        self.asked.append((self.path, self.headers["host"]))
        self.credentials.append(self.headers["authorization"])
        if self.path.endswith("elsewhere"):
            self.send_response(302)
            self.send_header("location", "/api/crm/secret")
        elif self.path.endswith("broken"):
            self.send_response(500)
        else:
            resource = self.path.rpartition("/")[2].partition("?")[0]
            self.redis.client(1).set(f"tenant:t1:api:crm:{resource}", "the API's own", ex=300)
            self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def api(one_redis: Server) -> Iterator[str]:
    """The address of an API on this machine, which no console may call unless it is told to."""
    Api.redis = one_redis
    Api.asked.clear()
    Api.credentials.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def predict(server: Server, *resources: str, endpoint: str = "") -> None:
    keys = [f"tenant:t1:api:crm:{resource}" for resource in resources]
    server.client(10).hset("prediction:tenant:t1", "next_hour_keys", json.dumps([*keys, "tenant:t2:api:crm:theirs"]))
    server.client(3).hset("metrics:tenant:t1", "cache_hit_rate", "99")
    if endpoint:
        server.client(1).set("tenant:t1:sdk:config", json.dumps({"api_endpoints": {"crm": endpoint}}))


async def warmed(server: Server, **settings: Any) -> tuple[Plan, Outcome]:
    defaults: dict[str, Any] = {"enabled": True, "rate": 100.0, "hosts": ("127.0.0.1",), "private": LOOPBACK}
    warming = Warming(**(defaults | settings))
    config = Config(role="operator", redis=Redis(url=server.url), optimize=Optimize(warm=warming))
    maintenance = Maintenance(config)
    return await carried_out(maintenance, maintenance.optimizing.warm(("t1",)))


async def test_the_api_is_called_for_what_is_missing_and_fills_its_own_cache(one_redis: Server, api: str) -> None:
    predict(one_redis, "today", "there", "a b/c", endpoint=f"{api}/api/crm/")
    one_redis.client(1).set("tenant:t1:api:crm:there", "already", ex=300)
    plan, outcome = await warmed(one_redis)
    assert plan.counts["calls"] == 2
    assert [path for path, _host in Api.asked] == ["/api/crm/today", "/api/crm/a%20b%2Fc"]
    assert {host for _path, host in Api.asked} == {api.removeprefix("http://")}
    assert (outcome.figures["answered"], outcome.figures["keys"]) == (2, 1)
    assert one_redis.client(1).get("tenant:t1:api:crm:today") == b"the API's own"
    assert one_redis.client(1).get("tenant:t1:api:crm:there") == b"already"


async def test_a_template_wins_and_only_the_limit_is_called(one_redis: Server, api: str) -> None:
    predict(one_redis, *(f"r{n}" for n in range(9)), endpoint="https://not.called.example/api")
    template = f"{api}/x/{{tenant}}/{{module}}/{{resource}}?token=very-secret-9"
    plan, _outcome = await warmed(one_redis, url=template, calls=3)
    assert plan.counts["calls"] == 3
    assert [path for path, _host in Api.asked] == [f"/x/t1/crm/r{n}?token=very-secret-9" for n in range(3)]
    assert f"GET {api}/x/t1/crm/r0" in plan.effects
    assert "secret" not in str(plan)


async def test_redirects_are_not_followed_and_failures_are_told(one_redis: Server, api: str) -> None:
    predict(one_redis, "elsewhere", "broken", "fine", endpoint=f"{api}/api/crm")
    _plan, outcome = await warmed(one_redis)
    assert [path for path, _host in Api.asked] == ["/api/crm/elsewhere", "/api/crm/broken", "/api/crm/fine"]
    assert (outcome.figures["answered"], outcome.figures["failed"]) == (1, 2)
    assert {"1 x 127.0.0.1 answers 302", "1 x 127.0.0.1 answers 500"} <= set(outcome.notices)


async def test_an_address_that_cannot_be_sent_ends_no_others_calls(one_redis: Server, api: str) -> None:
    predict(one_redis, "a", "b", endpoint=f"{api}/\ud800/crm")
    _plan, outcome = await warmed(one_redis)
    assert not Api.asked
    assert outcome.notices == ("2 x 127.0.0.1: UnicodeEncodeError",)


async def test_a_name_beyond_ascii_is_asked_for_as_certificates_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolved(*_arguments: Any) -> str:
        return "1.1.1.1"

    monkeypatch.setattr(addresses, "_resolved", resolved)
    assert (await examine("https://bücher.example/x", Warming(enabled=True))).host == "xn--bcher-kva.example"


@pytest.mark.parametrize("settings", [{"private": ()}, {"hosts": ()}, {"hosts": ("api.example.org",)}])
async def test_an_address_of_this_machine_is_not_called(one_redis: Server, api: str, settings: dict[str, Any]) -> None:
    predict(one_redis, "today", endpoint=f"{api}/api/crm")
    _plan, outcome = await warmed(one_redis, **settings)
    assert not Api.asked
    assert "not called" in outcome.notices[0]


async def test_it_is_off_unless_it_is_configured(one_redis: Server, api: str) -> None:
    predict(one_redis, "today", endpoint=f"{api}/api/crm")
    assert Warming().enabled is False
    with pytest.raises(RefusedError, match="is off"):
        await warmed(one_redis, enabled=False)
    assert not Api.asked


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[::7f00:1]/x",
        "https://[fec0::1]/x",
        "https://[fd00::1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[64:ff9b:1::a00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://[::ffff:0:127.0.0.1]/x",
        "https://240.0.0.1/x",
        "https://100.64.0.1/x",
        "https://1.1.1.1\\@127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "https://0.0.0.0/x",
        "https://2130706433/x",
        "http://1.1.1.1/x",
        "ftp://1.1.1.1/x",
        "file:///etc/passwd",
        "https://user:secret@1.1.1.1/x",
        "https://1.1.1.1:99999/x",
        "https://[/x",
        "//1.1.1.1/x",
    ],
)
async def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(RefusedError, match="not called"):
        await examine(url, Warming(enabled=True))


@pytest.mark.parametrize("ip", ["2606:4700:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"])
async def test_public_addresses_of_ipv6_are_fine(ip: str) -> None:
    assert (await examine(f"https://[{ip}]/x", Warming(enabled=True))).ip.startswith(ip[:4])


async def test_a_public_address_is_called_at_the_very_place_that_was_examined() -> None:
    found = await examine("https://1.1.1.1:8443/a?b=c", Warming(enabled=True))
    assert (found.scheme, found.host, found.ip, found.port, found.path) == (
        "https",
        "1.1.1.1",
        "1.1.1.1",
        8443,
        "/a?b=c",
    )
    with pytest.raises(ConfigError, match=r"optimize\.warm\.private"):
        await examine("https://1.1.1.1/", Warming(private=("nonsense",)))


@pytest.mark.parametrize("resource", ["", ".", ".."])
def test_a_resource_that_means_another_path_has_no_address(resource: str) -> None:
    assert address_of(Place("t1", "crm", resource), {"crm": "https://x.example/api"}, Warming()) == ""


@pytest.mark.parametrize("base", ["", "nonsense", "https://[", "https://x.example/api?a=b", "https://x.example/#f"])
def test_an_endpoint_that_is_no_plain_address_is_none(base: str) -> None:
    assert address_of(Place("t1", "crm", "today"), {"crm": base}, Warming()) == ""


async def test_it_sends_nothing_to_redis_that_writes(one_redis: Server, api: str) -> None:
    predict(one_redis, "broken", endpoint=f"{api}/api/crm")
    before = {key: one_redis.client(1).pexpiretime(key) for key in one_redis.client(1).scan_iter()}
    await warmed(one_redis)
    assert {key: one_redis.client(1).pexpiretime(key) for key in one_redis.client(1).scan_iter()} == before


async def test_a_credential_is_sent_and_nowhere_told(
    one_redis: Server, api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "token").write_text("Bearer s3cr3t-of-a-file\n")
    monkeypatch.setenv("API_KEY", "s3cr3t-of-a-variable")
    predict(one_redis, "today", "elsewhere", "broken", endpoint=f"{api}/api/crm")
    headers = {"Authorization": f"file:{tmp_path}/token", "X-Api-Key": "${API_KEY}", "Host": "other.example"}
    plan, outcome = await warmed(one_redis, headers=headers)
    assert Api.credentials == ["Bearer s3cr3t-of-a-file"] * 3
    assert {host for _path, host in Api.asked} == {api.removeprefix("http://")}
    assert "Each call has headers of the configuration: Authorization, Host, X-Api-Key." in plan.effects
    audit = (state_folder() / "maintenance" / "audit.jsonl").read_text()
    for told in (repr(plan), repr(outcome), audit, caplog.text):
        assert told
        assert "s3cr3t" not in told


async def test_without_headers_there_is_no_credential(one_redis: Server, api: str) -> None:
    predict(one_redis, "today", endpoint=f"{api.replace('http://', 'http://me:pw@')}/api/crm")
    _plan, outcome = await warmed(one_redis)
    assert "there is a user in the address" in outcome.notices[0]
    predict(one_redis, "today", endpoint=f"{api}/api/crm")
    await warmed(one_redis)
    assert Api.credentials == [None]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${NOT_THERE}", "NOT_THERE is not set"),
        ("file:/not/there", "there is no file"),
        ("${BAD}", "no header can carry"),
    ],
)
async def test_a_secret_that_cannot_be_had_calls_nobody(
    one_redis: Server, api: str, monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    monkeypatch.setenv("BAD", "s3cr3t\r\nX-Other: 1")
    predict(one_redis, "today", endpoint=f"{api}/api/crm")
    with pytest.raises(ConfigError, match=message) as trouble:
        await warmed(one_redis, headers={"Authorization": value})
    assert "s3cr3t" not in str(trouble.value)
    assert not Api.asked


async def test_a_credential_goes_to_hosts_of_the_configuration_alone_and_not_in_the_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    headers = {"Authorization": "s3cr3t"}
    ours = Warming(
        enabled=True, headers=headers, hosts=("10.1.2.3", "1.1.1.1", "127.0.0.1"), private=("10.0.0.0/8", *LOOPBACK)
    )
    # Whoever writes to Redis must not be able to have it sent to themselves.
    anybody = Warming(enabled=True, headers=headers)
    with pytest.raises(RefusedError, match="only for hosts"):
        await examine("https://1.1.1.1/x", anybody)
    for url in ("http://10.1.2.3/x", "http://1.1.1.1/x"):
        with pytest.raises(RefusedError, match="only sent by https"):
            await examine(url, ours)
        assert (await examine(url.replace("http:", "https:"), ours)).scheme == "https"
        assert (await examine(url, Warming(enabled=True, hosts=ours.hosts, private=ours.private))).scheme == "http"
    assert (await examine("http://127.0.0.1/x", ours)).scheme == "http"

    # What a name leads to counts, not what it looks like.
    async def resolved(*_arguments: Any) -> str:
        return "10.1.2.3"

    monkeypatch.setattr(addresses, "_resolved", resolved)
    with pytest.raises(RefusedError, match="only sent by https"):
        await examine("http://127.0.0.1/x", ours)
