"""From the bytes of an answer to checked values."""

from __future__ import annotations

import zlib
from typing import TypeVar

import msgspec

from kryonix_tui.i18n import _
from kryonix_tui.sources.http import errors
from kryonix_tui.sources.http.peer import Peer

T = TypeVar("T")

_GZIP = 31
"""zlib's `wbits` for a gzip header with the largest window."""


class Envelope(msgspec.Struct):
    """What every answer of Prometheus' HTTP API is wrapped in."""

    status: str
    data: msgspec.Raw = msgspec.Raw(b"")
    error: str = ""


def unpacked(body: bytes, encoding: str, peer: Peer) -> bytes:
    """Return `body` without its Content-Encoding; never more than the byte cap is unpacked.

    Raises:
        ReplyError: too large, damaged, ended early, or packed in a way that was not asked for.
    """
    if encoding.strip().lower() in ("", "identity"):
        return body
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise errors.unreadable(
            peer, _("packed as {encoding}, which was not asked for").format(encoding=errors.one_line(encoding, 40))
        )
    inflater = zlib.decompressobj(_GZIP)
    try:
        plain = inflater.decompress(body, peer.settings.max_bytes + 1)
    except zlib.error as error:
        raise errors.unreadable(peer, _("damaged gzip data")) from error
    if len(plain) > peer.settings.max_bytes:
        raise errors.too_large(peer)
    if not inflater.eof:
        raise errors.cut_off(peer)
    return plain


def decoded(body: bytes | msgspec.Raw, shape: type[T], peer: Peer) -> T:
    """Return the JSON in `body` as `shape` (see msgspec).

    Raises:
        ReplyError: HTML, half a document, broken JSON, JSON of another shape, nested too deep, or not UTF-8.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise errors.unreadable(
            peer, _("JSON of another shape: {reason}").format(reason=errors.one_line(str(error)))
        ) from error
    except RecursionError as error:
        raise errors.unreadable(peer, _("JSON that is nested too deep")) from error
    except UnicodeDecodeError as error:
        raise errors.unreadable(peer, _("an answer that is not UTF-8")) from error
    except msgspec.DecodeError as error:
        if bytes(body).lstrip()[:1] == b"<":
            raise errors.unreadable(
                peer,
                _("a page for browsers instead of JSON"),
                _("A login page or a proxy may stand before it: check {key}.url and its credentials.").format(
                    key=peer.key
                ),
            ) from error
        if "truncated" in str(error):
            raise errors.cut_off(peer) from error
        raise errors.unreadable(peer, _("an answer that is not JSON")) from error


def api_data(body: bytes, shape: type[T], peer: Peer) -> T:
    """Return the `data` of an answer of Prometheus' HTTP API as `shape`.

    Raises:
        ReplyError: see `decoded`; or the server reports an error.
    """
    envelope = decoded(body, Envelope, peer)
    if envelope.status != "success" or not bytes(envelope.data):
        text = errors.one_line(envelope.error) or _("no data")
        raise errors.unreadable(peer, _("the server reports an error: {text}").format(text=text))
    return decoded(envelope.data, shape, peer)


def kept(raw: msgspec.Raw, shape: type[T]) -> T | None:
    """Return one item of a list as `shape`, None where it is not of that shape: the others are not its hostages."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (ValueError, RecursionError):
        return None
