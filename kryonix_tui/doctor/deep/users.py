"""Redis users that may do more than the lines of `kryonix provision --only acl` give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.breadth import UserBreadth
from kryonix_tui.safetext import safe

_NAMED: Final = 8
"""Commands that are named; the others are counted."""


def user_checks(found: Iterable[UserBreadth]) -> Iterator[Check]:
    """Yield a line for each user."""
    for user in found:
        yield _check(user)


def _check(user: UserBreadth) -> Check:
    name = f"users.{safe(user.username, 60)}"
    purposes = ", ".join(purpose.value for purpose in user.purposes)
    who = _("{user} ({purposes})").format(user=safe(user.username, 60), purposes=purposes)
    if user.exists is False:
        return Check(name, Level.OK, _("{who} does not exist").format(who=who))
    if user.exists is None:
        text = _("What {who} may do was not found out: no user of the configuration may ask").format(who=who)
        hint = _("Run it once with a user in redis.credentials.monitor that has +acl|dryrun, or look at ACL GETUSER.")
        return Check(name, Level.OK, text, hint)
    if not user.wider:
        return Check(name, Level.OK, _("{who} may do no more than its purpose needs").format(who=who))
    parts = []
    if user.commands:
        parts.append(_("it may {commands}").format(commands=_listed(user.commands)))
    if user.keys:
        parts.append(_("it may {commands} on keys that are not the platform's").format(commands=_listed(user.keys)))
    return Check(
        name,
        Level.WARN,
        _("{who} is wider than it should be: {parts}").format(who=who, parts="; ".join(parts)),
        _("`kryonix provision --only acl` prints the line that gives it what it needs and nothing else; run that."),
        _("Whoever gets its password can do that to all tenants: the user is the boundary, not the console."),
    )


def _listed(names: Iterable[str]) -> str:
    listed = [name.upper().replace("|", " ") for name in names]
    text = ", ".join(listed[:_NAMED])
    more = len(listed) - _NAMED
    return text if more <= 0 else _("{commands} and {count} more").format(commands=text, count=more)
