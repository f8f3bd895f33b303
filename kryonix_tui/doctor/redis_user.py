"""The Redis user: who it is, what it may not read, and whether it could write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kryonix_tui.config.schema import Redis
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.permissions import SUGGESTED_USER, RedisPermissions, Witness, monitor_acl_line

_CONSEQUENCES: Final[Mapping[str, str]] = {
    "INFO": N_("nothing can be shown"),
    "SCAN": N_("no tenants, keys and sessions"),
    "HMGET": N_("no tenant figures from Redis"),
    "LLEN": N_("no queue depths"),
    "LINDEX": N_("no age of what waits in queues"),
    "SLOWLOG GET": N_("no slow log"),
    "LATENCY LATEST": N_("no latency events"),
    "INFO commandstats": N_("no command statistics"),
}
"""What the console lacks without a read, by the name that `RedisPermissions.reads` gives it."""

_ESSENTIAL: Final = frozenset({"INFO", "SCAN"})
"""Without these there is no console."""

_EXTRAS: Final[Mapping[str, str]] = {
    "slowlog": "SLOWLOG GET",
    "latency": "LATENCY LATEST",
    "commandstats": "INFO commandstats",
}
"""The read behind each name of `ServerFacts.unavailable`."""

UNTOLD: Final = "?"
"""Stands in `RedisPermissions.user` where the user may not ask who it is."""

_NAMED_WRITES: Final = 6
"""Commands that are named; the others are counted."""


def user_checks(permissions: RedisPermissions, unavailable: frozenset[str], *, with_password: bool) -> Iterator[Check]:
    """Yield who the user is, what it may not read, whether it could write.

    `unavailable` is that of `ServerFacts`; `with_password` tells whether one was given to log in.
    """
    yield _identity(permissions.user, with_password=with_password)
    yield _reads(permissions, unavailable)
    yield _writes(permissions)


def password_is_given(settings: Redis) -> bool:
    """Tell whether the console logs in with a password.

    Raises:
        ConfigError: the URL cannot be read, or a secret is missing.
    """
    from kryonix_tui.sources.redis.address import Address, logged_in, primary_address

    found = logged_in(Address(), settings) if settings.sentinel.name else primary_address(settings)
    return bool(found.password)


def _identity(user: str, *, with_password: bool) -> Check:
    if user == "default" and not with_password:
        text = _("Logged in as the default user without a password: whoever reaches this server is that user")
        hint = _(
            "Set a password for it (ACL SETUSER default >PASSWORD, or requirepass) and use a user for the console."
        )
        return Check("redis.user", Level.WARN, text, hint)
    if user == UNTOLD:
        return Check("redis.user", Level.OK, _("The server does not tell which user this is"))
    return Check("redis.user", Level.OK, _("Logged in as {user}").format(user=user))


def _reads(permissions: RedisPermissions, unavailable: frozenset[str]) -> Check:
    refused = [*permissions.refused_reads]
    refused += [read for name in sorted(unavailable) if (read := _EXTRAS.get(name, name)) not in refused]
    if not refused:
        return Check("redis.reads", Level.OK, _("Every read that the console uses is permitted"))
    level = Level.FAIL if _ESSENTIAL.intersection(refused) else Level.WARN
    listed = ", ".join(f"{read} ({_(_CONSEQUENCES.get(read, N_('some figures are missing')))})" for read in refused)
    return Check("redis.reads", level, _("Not permitted: {reads}").format(reads=listed), _acl_hint())


def _writes(permissions: RedisPermissions) -> Check:
    name = "redis.writes"
    if permissions.can_write is None:
        return Check(name, Level.WARN, _("Whether this user could write was not found out"), _acl_hint())
    witness = _("says the server") if permissions.witness is Witness.DRY_RUN else _("probed with RESTORE")
    if not permissions.can_write:
        return Check(name, Level.OK, _("This user may not write ({witness})").format(witness=witness))
    listed = ", ".join(permissions.writes[:_NAMED_WRITES])
    more = len(permissions.writes) - _NAMED_WRITES
    if more > 0:
        listed = _("{commands} and {count} more").format(commands=listed, count=more)
    text = _("This user could write: {commands} ({witness})").format(commands=listed, witness=witness)
    return Check(name, Level.WARN, text, _acl_hint())


def _acl_hint() -> str:
    """Return how to get a user that reads all that the console shows and can change nothing."""
    text = _("Run this on the server, with a password of your own, and name the user in redis.credentials.monitor:")
    return f"{text}\n{monitor_acl_line(SUGGESTED_USER)}"
