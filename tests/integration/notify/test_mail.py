"""An alert by e-mail: `kryonix notify listen` before a real SMTP server, which takes it as a mail server would."""

from __future__ import annotations

import email
import email.policy
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Mailbox

from tests.integration.notify.test_listen import listening, post
from tests.servers import free_port
from tests.unit.maintenance.test_alerts import payload
from tests.webhooks import SECONDS


class Received(Mailbox):
    """Keeps what was sent."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.mails: queue.Queue[tuple[str, list[str], EmailMessage]] = queue.Queue()

    def handle_message(self, message: email.message.Message) -> None:
        """As aiosmtpd calls it."""
        whole = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
        assert isinstance(whole, EmailMessage)
        self.mails.put((str(message["X-MailFrom"]), str(message["X-RcptTo"]).split(", "), whole))


@contextmanager
def mail_server() -> Iterator[tuple[int, Received]]:
    """Yield the port of an SMTP server, and what it receives."""
    received = Received()
    server = Controller(received, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield server.port, received
    finally:
        server.stop()


def test_an_alert_is_a_mail(tmp_path: Path) -> None:
    with mail_server() as (port, received):
        to = f"mailto://127.0.0.1:{port}?mode=insecure&from=kryonix@platform.example&to=ops@platform.example"
        with listening(tmp_path, {"urls": [to], "timeout": 60}) as (address, _process):
            assert post(address, payload()) == 200
            assert post(address, payload(), "/email") == 200, "the same again is not told twice, and the route is known"
        sender, recipients, mail = received.mails.get(timeout=SECONDS)
    assert (sender, recipients) == ("kryonix@platform.example", ["ops@platform.example"])
    assert mail["Subject"].strip().startswith("KRYONIX · ALERT critical")
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert "▲" in body.get_content()
    log = (tmp_path / "log").read_text()
    assert "told 1, not told 0" in log
    assert "platform.example" not in log


def test_where_no_mail_server_is_alertmanager_hears_so_and_tries_again(tmp_path: Path) -> None:
    to = f"mailto://127.0.0.1:{free_port()}?mode=insecure&from=kryonix@platform.example&to=ops@platform.example"
    with listening(tmp_path, {"urls": [to], "timeout": 60}) as (address, _process):
        assert post(address, payload()) == 502
    assert "not reached, or not accepted" in (tmp_path / "log").read_text()
