"""Whether a restore can work at all, found out before the first key is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import N_, _
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.restore.target import accepts
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.overview import Overview
from kryonix_tui.sources.redis.translate import NoDatabaseError, code_of
from kryonix_tui.view import formats

SKEW_SECONDS: Final = 30
OLDER_FORMATS: Final = (12, 11, 10, 9)
"""Formats of payloads that values may be written in for an older or another server, the newest first."""

_MEANINGS: Final = {
    "READONLY": N_("a replica takes no writes"),
    "MISCONF": N_("the server cannot save to its disk and refuses writes"),
    "OOM": N_("the server is out of memory"),
    "LOADING": N_("the server is loading its data"),
}


def check_signature(state: SignatureState, *, trusted: bool) -> None:
    """Refuse an archive that was not made with our key, unless it is trusted on purpose. One that was changed is never.

    Raises:
        RefusedError: it is not ours.
    """
    if state is SignatureState.OURS or (trusted and state is not SignatureState.BAD):
        return
    text = {
        SignatureState.BAD: _("the archive was changed after it was signed"),
        SignatureState.UNSIGNED: _("the archive is not signed"),
        SignatureState.UNKNOWN_KEY: _("the archive was signed with another key"),
    }
    raise RefusedError(
        text.get(state, str(state)),
        hint=_("A crafted archive can take over a Redis server. --trust-unsigned restores one that you trust."),
        title=_("Not ours"),
    )


async def payload_version(clients: PurposeClients, version: int, *, convert: bool) -> int:
    """Return the format in which to write: the archive's own, or with `convert` the newest that the server reads.

    Raises:
        RefusedError: the server does not read it, or takes no writes.
    """
    refusal = await accepts(clients, version)
    if refusal is None:
        return version
    code = code_of(refusal)
    if code in _MEANINGS:
        raise RefusedError(f"{clients.place}: {_(_MEANINGS[code])}")
    older = [known for known in OLDER_FORMATS if known < version and await accepts(clients, known) is None]
    if older and convert:
        return older[0]
    offer = _("Its values can be written one by one in format {number}: --convert.")
    raise RefusedError(
        _("{place} does not read format {version}, in which this backup is").format(
            place=clients.place, version=version
        ),
        hint=offer.format(number=older[0])
        if older
        else _("Restore into a server of the origin's family and version, or a newer one."),
    )


async def check_database(clients: PurposeClients, db: int) -> None:
    """Look whether a database that keys go to exists.

    Raises:
        RefusedError: it does not.
    """
    try:
        await clients.call(db, "DBSIZE")
    except NoDatabaseError as error:
        raise RefusedError(
            _("{place} has no database {number}").format(place=clients.place, number=db),
            hint=_("Raise `databases` on the server, or leave it out with --db."),
        ) from error


def check_server(seen: Overview) -> None:
    """Look whether the server takes writes at all.

    Raises:
        RefusedError: it does not.
    """
    if seen.target.role != "master":
        raise RefusedError(
            _("{place} is a replica").format(place=seen.target.place), hint=_("Restore into its primary.")
        )
    if seen.loading:
        raise RefusedError(_("{place} is loading its data").format(place=seen.target.place))


def check_room(seen: Overview, needed: float) -> None:
    """Look whether `needed` bytes of memory are free.

    Raises:
        RefusedError: they are not: keys would be refused, or thrown away at once.
    """
    room = seen.max_memory - seen.used_memory
    if seen.max_memory and needed > room:
        evicts = seen.policy != "noeviction"
        raise RefusedError(
            _("about {needed} are needed, {room} are free under maxmemory").format(
                needed=formats.size(needed), room=formats.size(max(0, room))
            ),
            hint=_("The policy {policy} would throw keys away without an error.").format(policy=seen.policy)
            if evicts
            else _("Raise maxmemory, or restore less."),
            title=_("No room"),
        )


def remarks(seen: Overview, here_ms: int, origin_ahead_ms: int) -> Iterator[str]:
    """Yield what is worth knowing though it keeps nothing from being done.

    `origin_ahead_ms`: by how much the clock of the archive's server was ahead of ours when it was made.
    """
    skew = abs(seen.time_ms - here_ms) / 1000
    if skew > SKEW_SECONDS:
        yield _("The clocks differ by {time}: expiry times are the server's.").format(time=formats.duration(skew))
    ahead = (origin_ahead_ms - (seen.time_ms - here_ms)) / 1000
    if ahead > SKEW_SECONDS:
        text = _("The origin's clock was {time} ahead of this server's: keys that expire live so much longer here.")
        yield text.format(time=formats.duration(ahead))
    elif ahead < -SKEW_SECONDS:
        text = _("The origin's clock was {time} behind this server's: keys that expire go so much sooner here.")
        yield text.format(time=formats.duration(-ahead))
    if not seen.save_ok:
        yield _("The server's last save to disk failed.")
    if seen.max_memory and seen.policy != "noeviction":
        yield _("The policy {policy} may evict keys later; the counts are checked afterwards.").format(
            policy=seen.policy
        )
