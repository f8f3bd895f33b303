"""Who may ask: whoever shows the token, or without one only this machine."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http import HTTPStatus

from kryonix_tui.config.listening import Listening, is_loopback
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.serving.door import Answer, plain_answer


class Access:
    """With a `token`, who asks must show it. Without one only this machine can ask; then the name that it asks for must
    be this machine's, too: a web page in a browser here could otherwise ask under a name of its own.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def refusal(self, headers: Mapping[bytes, bytes]) -> Answer | None:
        """Return the answer to who may not ask, None to who may. Names of headers are in lower case."""
        if self._token and not self._shown(headers.get(b"authorization", b"")):
            return plain_answer(HTTPStatus.UNAUTHORIZED, (b"WWW-Authenticate", b'Bearer realm="kryonix"'))
        if not self._token and not names_this_machine(headers.get(b"host", b"")):
            return plain_answer(HTTPStatus.FORBIDDEN)
        return None

    def _shown(self, authorization: bytes) -> bool:
        scheme, _blank, token = authorization.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


def bearer_token(configured: str, key: str, address: Listening) -> str:
    """Return the token that the configuration's `key` stands for; empty where there is none and none is needed.

    Raises:
        ConfigError: it cannot be read or used, or whoever listens at `address` needs one.
    """
    token = secret_text(configured, key)
    if configured and not token:
        raise ConfigError(_("{key}: the secret is empty").format(key=key))
    if not token.isascii() or not token.isprintable():
        raise ConfigError(_("{key}: a token has printable ASCII characters only").format(key=key))
    if not token and not address.loopback:
        raise ConfigError(
            _("{key}: whoever listens beyond this machine needs a token").format(key=key),
            hint=_("Name a file with one: --token-file, or {key} in the configuration.").format(key=key),
        )
    return token


def names_this_machine(host: bytes) -> bool:
    """Tell whether a Host header names this machine."""
    name = host.decode("ascii", "replace")
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    return is_loopback(name)
