"""Are the tenants kept apart? Keys in the wrong database, keys of nobody, ids that look alike, SDK keys of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kryonix_tui.analysis.look_alike import Alike, Likeness, alike
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import N_, _, ngettext
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.census import Census
from kryonix_tui.model.isolation import MISPLACED, Example, KeyAudit, Place, SdkAudit, Shared, Strange
from kryonix_tui.model.keyspace import OTHER, KeyspaceMap
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.sources.visible.keys import visible_census
from kryonix_tui.view import formats

NAMED: Final = 5
"""Examples that are named; the others are counted."""

_FIELDS: Final = {
    "api_key": N_("the same API key"),
    "tenant_name": N_("the same name"),
    "subdomain": N_("the same subdomain"),
}


def key_checks(audit: KeyAudit, keyspace: KeyspaceMap, visible: Visible) -> Iterator[Check]:
    """Yield what a walk over all keys has found; of a console that sees some tenants, only what is of them."""
    census = visible_census(audit.census, visible) if visible.limited else audit.census
    text = ngettext(
        "{keys} of {tenants} in {databases} was attributed",
        "{keys} of {tenants} in {databases} were attributed",
        census.keys,
    )
    yield Check(
        "isolation.keys",
        Level.OK,
        text.format(
            keys=formats.keys(census.keys),
            tenants=formats.tenants(len(census.tenants)),
            databases=formats.databases(sum(bool(database.keys) for database in census.databases.values())),
        ),
    )
    yield _misplaced(census, audit, keyspace, visible)
    if not visible.limited:
        yield _unattributed(census, audit)
    yield _look_alike(alike(census.tenants), visible)


def sdk_checks(audit: SdkAudit) -> Iterator[Check]:
    """Yield what SDK keys and sessions have told of whom they belong to."""
    compared = ngettext(
        "{read} of {known} SDK tenant was compared, values unseen",
        "{read} of {known} SDK tenants were compared, values unseen",
        audit.known,
    ).format(read=audit.tenants, known=audit.known)
    yield _shared(audit.shared, compared)
    sampled = ngettext(
        "a sample of {sessions} session among {keys}", "a sample of {sessions} sessions among {keys}", audit.sessions
    ).format(sessions=formats.full_count(audit.sessions), keys=formats.keys(audit.walked))
    yield _strange(audit.strange, sampled)


def _misplaced(census: Census, audit: KeyAudit, keyspace: KeyspaceMap, visible: Visible) -> Check:
    name = "isolation.misplaced"
    found = {
        (db, kind): count
        for db, database in sorted(census.databases.items())
        for kind, count in sorted(database.kinds.items())
        if kind.startswith(MISPLACED) and count
    }
    if not found:
        return Check(name, Level.OK, _("Every key that the map knows is in the database of its kind"))
    parts = [
        _misplaced_part(place, count, audit.examples.get(place, ()), keyspace, visible)
        for place, count in list(found.items())[:NAMED]
    ]
    text = ngettext(
        "{count} key is in a database that is not that of its kind: {parts}",
        "{count} keys are in a database that is not that of their kind: {parts}",
        sum(found.values()),
    ).format(count=formats.full_count(sum(found.values())), parts=_and_more(parts, len(found)))
    return Check(
        name,
        Level.FAIL,
        text,
        _("Find what writes them, then move or remove them: `:keys DB` in the console shows them."),
        _("Whoever looks in the right database does not find them, and what clears the wrong one takes them along."),
    )


def _misplaced_part(
    place: Place, count: int, examples: Iterable[Example], keyspace: KeyspaceMap, visible: Visible
) -> str:
    db, kind = place
    kind = kind.removeprefix(MISPLACED)
    homes = sorted({p.db for p in keyspace.patterns if p.kind == kind and p.db not in (None, db)}, key=str)
    example = next((one for one in examples if one.tenant is None or visible.sees(one.tenant)), None)
    text = _("{count} of {kind} in database {db}, not {homes}").format(
        count=formats.full_count(count), kind=safe(kind, 40), db=db, homes=", ".join(map(str, homes))
    )
    return f"{text} ({_shown(example)})" if example is not None else text


def _unattributed(census: Census, audit: KeyAudit) -> Check:
    name = "isolation.unattributed"
    found = {db: database.unattributed for db, database in sorted(census.databases.items()) if database.unattributed}
    if not found:
        return Check(name, Level.OK, _("Every key is of a tenant, or of a kind that the map knows"))
    parts = []
    for db, count in list(found.items())[:NAMED]:
        examples = ", ".join(_shown(one) for one in audit.examples.get((db, OTHER), ())[:2])
        text = _("{count} in database {db}").format(count=formats.full_count(count), db=db)
        parts.append(f"{text} ({examples})" if examples else text)
    text = ngettext(
        "{count} key is of no tenant and of no known kind: {parts}",
        "{count} keys are of no tenant and of no known kind: {parts}",
        sum(found.values()),
    ).format(count=formats.full_count(sum(found.values())), parts=_and_more(parts, len(found)))
    return Check(
        name,
        Level.WARN,
        text,
        _("Give them a pattern in `keyspace` of the configuration, or find out what writes them."),
        _("Nobody answers for them: no quota, no backup of a tenant and no purge has them."),
    )


def _look_alike(groups: Iterable[Alike], visible: Visible) -> Check:
    name, found = "isolation.look_alike", list(groups)
    if not found:
        text = _("No two tenants could be taken for one another")
        if visible.limited:
            text = _("No two tenants that this console sees could be taken for one another")
        return Check(name, Level.OK, text)
    words = {Likeness.CASE: _("differ by case alone"), Likeness.LOOK: _("look alike")}
    parts = [
        f"{', '.join(_exact(tenant) for tenant in group.tenants[:NAMED])} ({words[group.likeness]})"
        for group in found[:NAMED]
    ]
    return Check(
        name,
        Level.WARN,
        _("Tenants that could be taken for one another: {parts}").format(parts=_and_more(parts, len(found), "; ")),
        _("Ask whoever made them whether they are two; rename one of them at the platform."),
        _("An operator restores or purges the wrong one, and an application that folds case mixes their data."),
    )


def _shared(shared: tuple[Shared, ...], compared: str) -> Check:
    name = "isolation.sdk_keys"
    if not shared:
        return Check(
            name, Level.OK, _("No two SDK tenants share an API key, a name or a subdomain ({how})").format(how=compared)
        )
    keys = [one for one in shared if one.field == "api_key"]
    ordered = [*keys, *(one for one in shared if one.field != "api_key")]
    parts = [
        _("{tenants} have {what}").format(
            tenants=_and_more([safe(tenant, 40) for tenant in one.tenants[:NAMED]], len(one.tenants)),
            what=_(_FIELDS.get(one.field, N_("the same {field}"))).format(field=safe(one.field, 40)),
        )
        for one in ordered[:NAMED]
    ]
    return Check(
        name,
        Level.FAIL if keys else Level.WARN,
        _("SDK tenants share what is one tenant's alone: {parts} ({how})").format(
            parts=_and_more(parts, len(ordered), "; "), how=compared
        ),
        _("Give each a key of its own and look which requests used the shared one; correct names and subdomains."),
        _("Whoever holds the key acts as each of them."),
    )


def _strange(strange: tuple[Strange, ...], sampled: str) -> Check:
    name = "isolation.sessions"
    if not strange:
        return Check(
            name, Level.OK, _("No session belongs to another tenant than its name says ({how})").format(how=sampled)
        )
    words = {"api_key": _("the API key of {owner}"), "tenant_id": _("the tenant_id {owner}")}
    parts = [
        _("a session of {tenant} in database {db} has {what}").format(
            tenant=safe(one.tenant, 40), db=one.db, what=words[one.field].format(owner=safe(one.owner, 40))
        )
        for one in strange[:NAMED]
    ]
    return Check(
        name,
        Level.FAIL,
        ngettext(
            "{count} session belongs to another tenant than its name says: {parts} ({how})",
            "{count} sessions belong to another tenant than their name says: {parts} ({how})",
            len(strange),
        ).format(count=len(strange), parts=_and_more(parts, len(strange), "; "), how=sampled),
        _("End these sessions, change the keys, and find what wrote them."),
        _("One tenant's requests are taken for another's."),
    )


def _and_more(parts: list[str], total: int, between: str = ", ") -> str:
    text = between.join(parts)
    return text if total <= len(parts) else _("{parts} and {count} more").format(parts=text, count=total - len(parts))


def _shown(example: Example) -> str:
    """Return some keys as a glob; what is personal in a name is masked."""
    if not example.prefix:
        return _("names without a colon")
    return mask_key_name(safe(example.prefix + b":*", 80))


def _exact(tenant: str) -> str:
    """Return an id so that what looks alike can be told apart: what is not ASCII is named by its code."""
    return "".join(one if one.isascii() else f"\\u{{{ord(one):x}}}" for one in safe(tenant, 60))
