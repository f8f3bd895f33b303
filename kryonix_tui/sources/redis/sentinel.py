"""Where is the primary? Sentinels are asked in turn; the first that knows is believed."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

from kryonix_tui.config import schema
from kryonix_tui.errors import SourceError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.address import Address, logged_in, sentinel_addresses
from kryonix_tui.sources.redis.clients import open_client
from kryonix_tui.sources.redis.own_traffic import OwnTraffic
from kryonix_tui.sources.redis.translate import translated


async def primary_by_sentinel(settings: schema.Redis, purpose: Purpose = Purpose.MONITOR) -> Address:
    """Return the address of the primary that the Sentinels name, with the credential of `purpose`.

    Raises:
        UnreachableError: no Sentinel answers, or none knows a primary of that name.
        ConfigError: a secret is missing.
    """
    troubles = []
    for sentinel in sentinel_addresses(settings):
        try:
            found = await _ask(sentinel, settings)
        except SourceError as error:
            troubles.append(error.message)
            continue
        if found is not None:
            return logged_in(found, settings, purpose)
        troubles.append(_("{place} knows no primary of this name").format(place=sentinel))
    raise UnreachableError(
        _("no Sentinel names a primary for {name}: {troubles}").format(
            name=safe(settings.sentinel.name, 60), troubles="; ".join(troubles) or _("none is configured")
        ),
        hint=_("Check redis.sentinel.name and redis.sentinel.nodes."),
    )


async def _ask(sentinel: Address, settings: schema.Redis) -> Address | None:
    client = open_client(sentinel, settings, OwnTraffic())
    async with aclosing(client):
        with translated(str(sentinel)):
            question = ("SENTINEL GET-MASTER-ADDR-BY-NAME", settings.sentinel.name)
            reply = await client.execute_command(*question)  # type: ignore[no-untyped-call]  # redis-py's
            if reply is None:
                return None
            host, port = reply
            return replace(Address(tls=sentinel.tls), host=host.decode(), port=int(port))
