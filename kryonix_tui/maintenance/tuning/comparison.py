"""A profile against a server: what is already so, what can change now, and what cannot, and why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from kryonix_tui.config.tuning import Tuning
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.tuning.profiles import (
    AOF,
    LIMIT,
    POLICY,
    PROFILES,
    STOP_WRITES,
    Accepted,
    Effect,
    Setting,
)
from kryonix_tui.maintenance.tuning.reading import Server
from kryonix_tui.maintenance.tuning.sizes import in_bytes
from kryonix_tui.model.server import EVICTS_ALL
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

FULLEST: Final = 0.9
"""A limit of which more than this share were used at once is not set."""

IN_BYTES: Final = frozenset({LIMIT, "auto-aof-rewrite-min-size"})
"""Parameters that CONFIG GET tells in bytes, however they were set."""


class Standing(StrEnum):
    """How a setting of a profile stands to the running server."""

    SAME = "same"
    KEPT = "kept"
    """It is another value, and good."""
    CHANGE = "change"
    RESTART = "restart"
    ABSENT = "absent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter: what it is (None: not known), what the profile wants, how that stands, and why.

    `why`, `risk` and `reason` are sentences for people; `reason` says why it is not changed. `wanted` is as CONFIG GET
    would tell it. `critical`: what is set now endangers data.
    """

    parameter: str
    now: str | None
    wanted: str
    standing: Standing
    why: str = ""
    risk: str = ""
    source: str = ""
    reason: str = ""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A profile against a server. `refusal` says why nothing at all can be changed, empty where something can."""

    profile: str
    server: Server
    lines: tuple[Line, ...]
    refusal: str = ""

    @property
    def changes(self) -> tuple[Line, ...]:
        """What can be changed now, in the order in which it is."""
        return tuple(line for line in self.lines if line.standing is Standing.CHANGE)

    def count(self, standing: Standing) -> int:
        """Return how many lines stand so."""
        return sum(line.standing is standing for line in self.lines)


def compare(profile: str, server: Server, limits: Tuning, only: Collection[str] = ()) -> Comparison:
    """Compare a profile, or the parameters `only` of it (by any of their names), with a server."""
    settings = [setting for setting in PROFILES[profile] if not only or {setting.parameter, setting.older} & {*only}]
    refusal = _refusal(server)
    lines = [_line(setting, server, limits) for setting in settings]
    if refusal:
        lines = [
            replace(line, standing=Standing.REFUSED, reason="") if line.standing is Standing.CHANGE else line
            for line in lines
        ]
    return Comparison(profile, server, tuple(_together(lines, server)), refusal)


def _refusal(server: Server) -> str:
    if server.vendor is not None:
        text = _("{vendor} keeps the settings of its servers for itself: {where}")
        return text.format(vendor=server.vendor.name, where=_(server.vendor.where))
    if server.withheld and not server.forbidden:
        text = _(
            "the server has no CONFIG ({reply}): it was renamed or taken away. A server of your own: change redis.conf and "
            "restart. One that is run for you: set these values in the console of whoever runs it"
        )
        return text.format(reply=server.withheld)
    return ""


def _line(setting: Setting, server: Server, limits: Tuning) -> Line:
    name = setting.older if setting.parameter not in server.settings and setting.older in server.settings else ""
    parameter = name or setting.parameter
    now = server.settings.get(parameter)
    wanted = _wanted(setting, server, limits)
    found = Line(
        parameter,
        now,
        wanted,
        Standing.CHANGE,
        _(setting.why) if setting.why else "",
        ". ".join(filter(None, (_(setting.risk) if setting.risk else "", _more_risk(parameter, wanted, server)))),
        _("tuning.maxmemory of the configuration") if _is_own_limit(setting, limits) else _(setting.source),
        critical=parameter == POLICY and (now or "").startswith(EVICTS_ALL),
    )
    if setting.effect is Effect.NEVER:
        return replace(found, standing=Standing.ABSENT, reason=_("no version of Redis has such a parameter"))
    if now is None:
        if server.withheld:
            return replace(found, standing=Standing.REFUSED, reason=_("what it is now cannot be read"))
        text = _("{flavour} {version} does not have it")
        reason = text.format(flavour=server.target.flavour, version=server.target.version)
        return replace(found, standing=Standing.ABSENT, reason=reason)
    return _judged(found, setting, server, limits)


def _judged(line: Line, setting: Setting, server: Server, limits: Tuning) -> Line:
    """Return a line with its standing, where the parameter exists and its value is known."""
    now = line.now or ""
    if now == line.wanted:
        return replace(line, standing=Standing.SAME)
    kept = _kept(now, line.wanted, setting, server)
    if kept:
        return replace(line, standing=Standing.KEPT, reason=kept)
    if setting.effect is Effect.RESTART:
        reason = _("it cannot change while the server runs: write it into its configuration file and restart")
        return replace(line, standing=Standing.RESTART, reason=reason)
    refused = ""
    if line.parameter == LIMIT:
        refused = _limit_refused(line.wanted, server, limits)
    elif line.parameter == AOF and server.saving_fails:
        refused = _("the last save or rewrite failed: look at the server's disk and log first")
    elif line.parameter == STOP_WRITES and server.saving_fails:
        refused = _(
            "the last save failed: all writes would be refused at once. Look at the server's disk and log first"
        )
    return replace(line, standing=Standing.REFUSED, reason=refused) if refused else line


def _wanted(setting: Setting, server: Server, limits: Tuning) -> str:
    """Return what a profile wants as CONFIG GET would tell it; as it is written where it cannot be computed."""
    text = limits.maxmemory if _is_own_limit(setting, limits) else setting.wanted
    if setting.parameter not in IN_BYTES:
        return text
    size = in_bytes(text, server.machine)
    return text if size is None else str(size)


def _is_own_limit(setting: Setting, limits: Tuning) -> bool:
    return setting.parameter == LIMIT and bool(limits.maxmemory)


def _kept(now: str, wanted: str, setting: Setting, server: Server) -> str:
    """Return why a value stays although the profile names another one, empty where it does not."""
    if now in setting.equals:
        return _("as good: what does not expire is never evicted") if setting.parameter == POLICY else _("as good")
    if setting.accepted is Accepted.ANY and now not in ("", "0"):
        return _("somebody has chosen it")
    if setting.accepted is Accepted.AT_LEAST and now.isdecimal() and wanted.isdecimal() and int(now) > int(wanted):
        return _("it is more than that")
    if setting.parameter == POLICY and now == "noeviction" and not server.expiring:
        return _("no key has an expiry: there is nothing that may be evicted")
    return ""


def _limit_refused(wanted: str, server: Server, limits: Tuning) -> str:
    """Return why `maxmemory` must not become what is wanted, empty where it may."""
    if not server.machine:
        return _("how much memory the machine has is not known: tuning.machine_memory in the configuration says it")
    size = int(wanted) if wanted.isdecimal() else 0
    if not size:
        return _("{text} is no size").format(text=safe(wanted, 40))
    most = server.machine * limits.most // 100
    if size > most:
        text = _(
            "{wanted} is more than {percent} % of the {machine} that the machine has: saving forks, and others need "
            "memory too. tuning.maxmemory in the configuration names another limit"
        )
        return text.format(wanted=formats.size(size), percent=limits.most, machine=formats.size(server.machine))
    if server.used > size * FULLEST:
        text = _("{used} are used already: with a limit of {wanted} the server would evict or refuse writes at once")
        return text.format(used=formats.size(server.used), wanted=formats.size(size))
    return ""


def raises(line: Line) -> bool:
    """Tell whether a limit that is there becomes a higher one."""
    now = line.now or ""
    return now.isdecimal() and 0 < int(now) < int(line.wanted)


def shown(parameter: str, value: str | None) -> str:
    """Return a value as people read it."""
    if value is not None and parameter in IN_BYTES and value.isdecimal():
        return formats.size(int(value)) if value != "0" else _("none")
    return told(value)


def told(value: str | None) -> str:
    """Return a value as the server tells it, printable; one that is withheld is `?`."""
    return "?" if value is None else safe(value, 80) or '""'


def _more_risk(parameter: str, wanted: str, server: Server) -> str:
    """Return what a change means on this very server, empty where that is nothing more."""
    if parameter == AOF:
        text = _(
            "The server forks at once and writes about {size} to its disk, whose free space is not known here; until it "
            "is done, changed memory is held twice"
        )
        return text.format(size=formats.size(server.used))
    if parameter == POLICY:
        text = ngettext(
            "{expiring} of {keys} keys has an expiry: only that one could go",
            "{expiring} of {keys} keys have an expiry: only those could go",
            server.expiring,
        )
        return text.format(expiring=formats.full_count(server.expiring), keys=formats.full_count(server.keys))
    if parameter == LIMIT:
        text = _("{used} are used now").format(used=formats.size(server.used))
        if wanted.isdecimal() and 2 * int(wanted) > server.machine:
            more = _("While a full server saves, it may need up to twice its memory for a moment: the machine has less")
            text = f"{text}. {more}"
        if server.machine_told:
            more = _("The machine says {machine}; whether a container has less is not known (tuning.machine_memory)")
            text = f"{text}. {more.format(machine=formats.size(server.machine))}"
        return text
    return ""


def _together(lines: Iterable[Line], server: Server) -> Iterable[Line]:
    """Yield the lines, without a limit that would let the server throw queues away under the policy that then holds."""
    found = list(lines)
    policy = server.settings.get(POLICY, "")
    if any(line.parameter == POLICY and line.standing is Standing.CHANGE for line in found):
        policy = next(line.wanted for line in found if line.parameter == POLICY)
    for line in found:
        limits = line.parameter == LIMIT and line.standing is Standing.CHANGE
        if limits and not raises(line) and policy.startswith(EVICTS_ALL):
            reason = _("with {policy} this limit would evict queues and configuration: change maxmemory-policy as well")
            yield replace(line, standing=Standing.REFUSED, reason=reason.format(policy=safe(policy, 40)))
        else:
            yield line
