"""Notifications, told to servers of our own on the loopback interface; nobody else is ever reached."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apprise
import pytest

from kryonix_tui.cli import main
from kryonix_tui.config.schema import Config, Notifications
from kryonix_tui.maintenance.notify.message import event_of, message
from kryonix_tui.maintenance.notify.notifier import AppriseNotifier, language_of
from kryonix_tui.maintenance.notify.texts import ENGLISH, LANGUAGES, PORTUGUESE
from kryonix_tui.model.operation import Outcome, Result, Scope
from tests.patience import with_longer_deadlines
from tests.servers import free_port
from tests.unit.maintenance.operations import WHO, a_plan

HASH = "f" * 64
HELD = 100.0
"""Seconds that a destination which stalls holds its answer back: longer than anybody waits for it."""
PLAN = a_plan(action="backup.create", scope=Scope(("clinica_x",), (0, 2)))
DONE = Outcome(Result.DONE, "verified", {"seconds": 3.21, "keys": 12345, "bytes": 12_345_678.0}, artefact="x.tar")


@dataclass
class Webhook:
    """What a local server received, and how it answers."""

    port: int
    status: int = 200
    received: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://ana:hunter2@127.0.0.1:{self.port}/hook"


@contextmanager
def listening(status: int = 200, release: threading.Event | None = None) -> Iterator[Webhook]:
    """Yield a server that takes JSON; with `release` it answers only after that is set."""
    hook = Webhook(0, status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.received.append((self.path, dict(self.headers), json.loads(body)))
            if release is not None:
                release.wait(HELD)
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hook.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield hook
        finally:
            if release is not None:
                release.set()
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def tell(settings: Notifications, language: str = "en", outcome: Outcome = DONE) -> str:
    return await AppriseNotifier(settings, language).tell(PLAN, outcome, WHO, HASH)


def test_what_is_said_in_english() -> None:
    found = message(PLAN, DONE, WHO, HASH, ENGLISH)
    assert found.title == "KRYONIX · Backup: done"
    assert found.body.splitlines() == [
        "Server: 127.0.0.1:6379 (redis 7.0.15 master)",
        "Scope: tenants clinica_x; databases 0, 2",
        "Result: done: verified",
        "Keys: 12,345",
        "Size: 12.3 MB",
        "Made: x.tar",
        "Duration: 3.2 s",
        "By: ana@console (ssh 192.0.2.7)",
        f"Audit: {HASH}",
    ]


def test_what_is_said_in_portuguese() -> None:
    failed = replace(DONE, result=Result.FAILED, notices=("sem criptografia",))
    found = message(replace(PLAN, scope=Scope()), failed, WHO, "", PORTUGUESE)
    assert found.title == "KRYONIX · Backup: FALHOU"
    for line in ("Escopo: tudo", "Chaves: 12.345", "Tamanho: 12,3 MB", "Auditoria: NÃO REGISTRADA", "sem criptografia"):
        assert line in found.body.splitlines()


def test_every_language_has_the_same_words() -> None:
    for words in LANGUAGES.values():
        assert set(words.results) == set(Result)
        assert set(words.actions) == set(ENGLISH.actions)
        assert set(words.figures) == set(ENGLISH.figures)


def test_nothing_from_elsewhere_acts_in_a_message() -> None:
    hostile = replace(PLAN, scope=Scope(("<!channel>\nAudit: 0", *(f"t{n}" for n in range(20)))))
    found = message(hostile, replace(DONE, summary="x\x1b[2J\n\ny"), WHO, HASH, ENGLISH)
    assert len(found.body.splitlines()) == 9
    assert not {"<", "\x1b"} & set(found.body)
    assert "+16" in found.body


@pytest.mark.parametrize(
    ("action", "result", "event"),
    [
        ("backup.create", Result.DONE, "success"),
        ("backup.create", Result.FAILED, "failure"),
        ("backup.create", Result.STOPPED, "failure"),
        ("backup.prune", Result.DONE, "retention"),
        ("backup.prune", Result.FAILED, "failure"),
    ],
)
def test_what_kind_of_news_it_is(action: str, result: Result, event: str) -> None:
    assert event_of(replace(PLAN, action=action), replace(DONE, result=result)) == event


async def test_a_webhook_receives_it_in_its_language() -> None:
    with listening() as hook:
        assert await tell(Notifications(urls=(hook.url,)), "pt_BR") == ""
    ((path, _headers, content),) = hook.received
    assert path == "/hook"
    assert content["title"] == "KRYONIX · Backup: concluído"
    assert f"Auditoria: {HASH}" in content["message"].splitlines()


async def test_only_wanted_news_are_told() -> None:
    with listening() as hook:
        settings = Notifications(urls=(hook.url,), on=("failure",))
        assert await tell(settings) == ""
        assert hook.received == []
        await tell(settings, outcome=replace(DONE, result=Result.FAILED))
        assert len(hook.received) == 1


async def test_secrets_come_from_the_environment_and_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as hook:
        monkeypatch.setenv("HOOK", hook.url)
        (tmp_path / "hook").write_text(hook.url + "\n")
        urls = ("${HOOK}", f"file:{tmp_path / 'hook'}", "${NO_SUCH_HOOK}")
        told = await tell(Notifications(urls=urls))
    assert len(hook.received) == 2
    assert "NO_SUCH_HOOK" in told
    assert "hunter2" not in told


async def test_each_destination_has_its_own_deadline() -> None:
    async def test(factor: int) -> None:
        release = threading.Event()
        with listening() as good, listening(release=release) as stalling, listening(500) as failing:
            dead = f"json://ana:hunter2@127.0.0.1:{free_port()}"
            urls = (dead, stalling.url, "hunter2", "nosuchservice://hunter2", failing.url, good.url)
            async with asyncio.timeout(HELD):
                told = await tell(Notifications(urls=urls, timeout=factor))
            assert len(good.received) == len(stalling.received) == 1
            # Such threads would be waited for when the process ends.
            assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]
            release.set()
        assert told.count("notifications.urls[") == 5
        assert "urls[5]" not in told
        assert "notifications.urls[0] (json://•••): not reached" in told
        assert "urls[4] (json://•••): answered with status 500" in told
        assert "hunter2" not in told
        assert "\n" not in told

    await with_longer_deadlines(test)


async def test_a_stalled_thread_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(apprise.Apprise, "notify", lambda *_a, **_k: hanging.wait(30))
    told = await tell(Notifications(urls=(f"json://127.0.0.1:{free_port()}",), timeout=0.1))
    assert "no answer within 0.1 s" in told
    threads = [thread for thread in threading.enumerate() if thread.name == "notification"]
    assert threads
    assert all(thread.daemon for thread in threads)
    hanging.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, 60)


async def test_whatsapp_goes_through_an_evolution_api() -> None:
    with listening(201) as hook:
        settings = Notifications(
            evolution_url=f"http://127.0.0.1:{hook.port}/message/sendText/kryonix",
            evolution_key="hunter2",
            evolution_numbers=("5511900000001", "5511900000002"),
        )
        assert await tell(settings, "pt_BR") == ""
        assert {content["number"] for _, _, content in hook.received} == set(settings.evolution_numbers)
        path, headers, content = hook.received[0]
        assert (path, headers["apikey"]) == ("/message/sendText/kryonix", "hunter2")
        assert content["text"].startswith("*KRYONIX · Backup: concluído*\n")
        hook.status = 401
        told = await tell(settings)
    assert told.count("answered with status 401") == 2
    assert "hunter2" not in told
    assert "55119" not in told
    gone = replace_port(settings, free_port())
    assert "not reached: ConnectError" in await tell(gone)


def replace_port(settings: Notifications, port: int) -> Notifications:
    return Notifications(
        evolution_url=f"http://127.0.0.1:{port}/x",
        evolution_key=settings.evolution_key,
        evolution_numbers=settings.evolution_numbers[:1],
    )


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops",
        f"pover://{'u' * 30}@{'a' * 30}",
        "evolutions://apikey@host.example/instance/5511900000001",
        "mailtos://ana:secret@example.com?smtp=smtp.example.com",
    ],
)
def test_apprise_knows_the_services_that_the_documents_name(url: str) -> None:
    assert apprise.Apprise.instantiate(url) is not None


@pytest.mark.parametrize(
    ("own", "console", "environment", "language"),
    [
        ("pt_BR", "en", "en_US.UTF-8", "pt_BR"),
        ("", "pt_BR", "en_US.UTF-8", "pt_BR"),
        ("", "", "pt_PT.UTF-8", "pt_BR"),
        ("en", "pt_BR", "pt_BR.UTF-8", "en"),
        ("", "", "C", "en"),
    ],
)
def test_whose_language_is_spoken(
    own: Any, console: Any, environment: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", environment)
    assert language_of(Config(lang=console, notifications=Notifications(lang=own))) == language


def test_the_command_says_who_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def kryonix(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(("notify", "test", "--config", str(tmp_path / "c.yaml"), *arguments))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    def configure(*urls: str) -> None:
        (tmp_path / "c.yaml").write_text(f"notifications: {{urls: {json.dumps(urls)}}}\n")

    with listening() as hook:
        configure(hook.url)
        code, out, _ = kryonix("--lang", "pt_BR")
        assert (code, out) == (0, "notifications.urls[0] (json://•••): enviado\n")
        assert hook.received[0][2]["title"] == "KRYONIX · Mensagem de teste"
        configure(hook.url, f"json://127.0.0.1:{free_port()}")
        code, out, _ = kryonix("--json")
    document = json.loads(out)
    assert (code, document["schema"]) == (1, "kryonix.notify/1")
    assert [delivery["error"] is None for delivery in document["deliveries"]] == [True, False]
    configure()
    code, out, err = kryonix()
    assert (code, out) == (2, "")
    assert "notifications.urls" in err
