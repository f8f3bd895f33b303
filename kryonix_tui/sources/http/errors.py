"""Everything that can go wrong on the way to a JSON answer, as our errors: one line, printable, no credentials."""

from __future__ import annotations

import os
import re
import socket
import ssl

import msgspec

from kryonix_tui.errors import AuthenticationError, DeadlineError, ReplyError, SourceError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.masking import MASK
from kryonix_tui.safetext import safe
from kryonix_tui.sources.http.peer import Peer

TEXT_LIMIT = 200
"""Characters of a foreign text inside one of our messages."""

_USER_OF_URL = re.compile(r"(?<=//)[^/@\s\"']+@")


def one_line(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return foreign `text` as one printable line of at most `limit` characters, without credentials of URLs."""
    return safe(_USER_OF_URL.sub(f"{MASK}@", " ".join(text[: 4 * limit].split())), limit)


def unreachable(error: BaseException, peer: Peer) -> SourceError:
    """Translate an error that came before an answer: DNS, connection, TLS, a connection cut before the first byte."""
    roots = _roots(error)
    for root in roots:
        if isinstance(root, ssl.SSLError):
            return _tls(root, peer)
    hint = _("Is it running there? Check {key}.url and the firewalls between.").format(key=peer.key)
    for root in roots:
        if isinstance(root, socket.gaierror):
            reason = _("the name of the host is not known")
            hint = _("Check the host in {key}.url, and the name server of this machine.").format(key=peer.key)
            break
        if isinstance(root, ConnectionRefusedError):
            reason = _("the connection was refused")
            break
        if isinstance(root, OSError) and root.errno:
            reason = one_line(os.strerror(root.errno))
            break
    else:
        reason = _("the connection was closed without an answer")
    return UnreachableError(_("{place}: {reason}").format(place=peer.place, reason=reason), hint=hint)


def deadline(peer: Peer) -> DeadlineError:
    """Return the error for an answer that was not complete in time."""
    return DeadlineError(
        _("{place}: no complete answer within {seconds:g} s").format(place=peer.place, seconds=peer.settings.timeout),
        hint=_("The server or the link is slow. {key}.timeout may be raised.").format(key=peer.key),
    )


def too_large(peer: Peer) -> ReplyError:
    """Return the error for an answer over the byte cap, packed or unpacked."""
    return ReplyError(
        _("{place}: the answer is larger than {count} bytes").format(place=peer.place, count=peer.settings.max_bytes),
        hint=_("If that much is expected, raise {key}.max_bytes.").format(key=peer.key),
    )


def cut_off(peer: Peer) -> ReplyError:
    """Return the error for an answer that ends too early."""
    return ReplyError(
        _("{place}: the answer ended in the middle").format(place=peer.place),
        hint=_("The server or a proxy before it cut the connection; its log may say why."),
    )


def unreadable(peer: Peer, reason: str, hint: str = "") -> ReplyError:
    """Return the error for an answer that is not what the protocol promises; `reason` is one of our own texts."""
    return ReplyError(
        _("{place}: {reason}").format(place=peer.place, reason=reason),
        hint=hint or _("Is {key}.url the address of {name} itself?").format(key=peer.key, name=peer.name),
    )


def from_status(peer: Peer, status: int, location: str, body: bytes) -> SourceError:
    """Translate an HTTP status that is not 200. `location` is where a redirect points, `body` its first bytes."""
    if status in (401, 403):
        return AuthenticationError(
            _("{place}: HTTP {status}").format(place=peer.place, status=status),
            hint=_("Check {key}.bearer_token, or {key}.username and {key}.password, and what they may read.").format(
                key=peer.key
            ),
        )
    if 300 <= status < 400:
        return unreadable(
            peer,
            _("HTTP {status}, a redirect to {where}").format(
                status=status, where=one_line(location.partition("?")[0]) or "?"
            ),
            _("Redirects are not followed: a login page, or an address that has moved? Put the final one in {key}.url.")
            .format(key=peer.key),
        )  # fmt: skip
    text = error_text(body)
    reason = f"HTTP {status}: {text}" if text else f"HTTP {status}"
    if status == 404:
        hint = _("The address may lack its path prefix: {key}.url, for instance http://host/prefix.").format(
            key=peer.key
        )
    elif status == 429 or status >= 500:
        hint = _("The server, or a proxy before it, is starting, overloaded or in trouble; its log says more.")
    else:
        hint = ""
    return unreadable(peer, reason, hint)


def error_text(body: bytes) -> str:
    """Return what the body of an error says, in one line; empty where it is a page for browsers or nothing."""
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else one_line(text)
    if isinstance(content, dict):
        content = content.get("error") or content.get("message")
    return one_line(content) if isinstance(content, str) else ""


def _tls(error: ssl.SSLError, peer: Peer) -> UnreachableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _("the certificate is not trusted: {reason}").format(reason=one_line(error.verify_message))
        hint = _("Give the authority that signed it in {key}.tls.ca_file, and use a name that it was issued for.")
    else:
        reason = _("no TLS connection: {reason}").format(reason=one_line(error.reason or str(error)))
        hint = _("Does the server speak TLS on this port, and does it want a certificate ({key}.tls.cert_file)?")
    return UnreachableError(
        _("{place}: {reason}").format(place=peer.place, reason=reason), hint=hint.format(key=peer.key)
    )


def _roots(error: BaseException) -> list[BaseException]:
    """Return `error` and what it came from, the deepest first."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.exceptions[0] if isinstance(link, BaseExceptionGroup) else link.__cause__ or link.__context__
    return chain[::-1]
