"""Optimisation in words: what is known of a tenant, what is recommended and why, and whether it has helped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from kryonix_tui.clock import now
from kryonix_tui.i18n import N_, _, ngettext, numerals
from kryonix_tui.model.optimization import Advice, Effect, Fate, Recommendation, TenantAnalysis, Unknown
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line

TITLES: Final = {
    Advice.LONGER_TTL: N_("Let caches live longer"),
    Advice.BUSY_TTL: N_("Let endpoints live longer, as the tenant is busy"),
    Advice.PREDICTED: N_("Keep what is predicted for the next hour"),
    Advice.MOBILE: N_("Let what is prepared for mobile apps live longer"),
    Advice.DEAD_WEIGHT: N_("Give an end to what nobody needs"),
    Advice.WARM_UP: N_("Have predicted keys made"),
    Advice.COMPRESSION: N_("Compress large texts"),
    Advice.BIG_KEYS: N_("Divide large keys"),
    Advice.HOT_KEYS: N_("Look at keys that are read very often"),
}

UNKNOWN: Final = {
    Unknown.HIT_RATE: N_("hit rate: no witness tells it"),
    Unknown.RESPONSE_TIME: N_("response times: nobody wrote them"),
    Unknown.SCORE: N_("score: needs hit rate and response time"),
    Unknown.PLATFORMS: N_("platforms: no session of the sample tells its own"),
    Unknown.HOURS: N_("business hours: not written, not readable, or without a time zone"),
    Unknown.TIMEZONE: N_("time zone: not written, or not known"),
    Unknown.SDK: N_("SDK: no error rate was written"),
    Unknown.API_CALLS: N_("API calls of today: not written"),
    Unknown.PREDICTION: N_("next hour: no keys of this tenant's caches are predicted"),
    Unknown.MOBILE_SHARE: N_("mobile share: no sessions, and no percentage was written"),
    Unknown.IDLE: N_("since when keys were not read: its policy (LFU) does not keep that, or it was a replica before"),
    Unknown.FREQUENCY: N_("how often keys are read: only a server with an LFU policy counts that"),
}

FATES: Final = {
    Fate.DONE: N_("changed"),
    Fate.ALREADY: N_("already so"),
    Fate.CHANGED: N_("other than planned, left alone"),
    Fate.GONE: N_("gone"),
    Fate.BUSY: N_("written all the time, left alone"),
}

_RISKS: Final = {
    Advice.LONGER_TTL: N_("A cached answer may be out of date for as much longer."),
    Advice.BUSY_TTL: N_("Cached answers may be out of date for hours where the application does not remove them."),
    Advice.PREDICTED: N_("What turns out not to be needed takes memory for an hour."),
    Advice.MOBILE: N_("A cached answer may be out of date for as much longer."),
    Advice.DEAD_WEIGHT: N_("What is needed after all is gone after that; until then it can be undone."),
    Advice.WARM_UP: N_("The calls are work for the tenant's API."),
    Advice.COMPRESSION: N_("The application has to be changed; nothing is done here."),
    Advice.BIG_KEYS: N_("The application has to be changed; nothing is done here."),
    Advice.HOT_KEYS: N_("The application has to be changed; nothing is done here."),
}

_EVIDENCE: Final = {
    Advice.LONGER_TTL: N_("hit {hit} < {limit} ({source}), {soon} of {sampled} expire within 5 min"),
    Advice.BUSY_TTL: N_("{calls} API calls today > {most}, {soon} of {sampled} expire within 5 min"),
    Advice.PREDICTED: N_("{present} of {predicted} are there, confidence {confidence}"),
    Advice.MOBILE: N_("{share} mobile > {limit} ({source}), {soon} of {sampled} expire within 5 min"),
    Advice.DEAD_WEIGHT: N_(
        "cached without expiry: {endless}, sessions left behind: {abandoned}, caches not read: {unread}, of {sampled}"
    ),
    Advice.WARM_UP: N_("{missing} of {predicted} are not there"),
    Advice.COMPRESSION: N_("{keys} of {sampled} are large: {bytes} together, the largest {largest}"),
    Advice.BIG_KEYS: N_("{keys} of {sampled} are large: {bytes} together, the largest {largest}"),
    Advice.HOT_KEYS: N_("{keys} of {sampled}, counter up to {highest} of 255"),
}


def _longer(keys: int) -> str:
    return ngettext(
        "{count} key gets {factor} times the time it has left, so fewer reads miss it.",
        "{count} keys get {factor} times the time they have left, so fewer reads miss them.",
        keys,
    )


def _from_now(keys: int) -> str:
    return ngettext(
        "{count} key lives for {seconds} from now, so fewer reads miss it.",
        "{count} keys live for {seconds} from now, so fewer reads miss them.",
        keys,
    )


def _ending(keys: int) -> str:
    return ngettext(
        "{count} key ends in {hours}; what was measured of it is {bytes}.",
        "{count} keys end in {hours}; what was measured of them is {bytes}.",
        keys,
    )


_CHANGED: Final[Mapping[Advice, Callable[[int], str]]] = {
    Advice.LONGER_TTL: _longer,
    Advice.BUSY_TTL: _from_now,
    Advice.PREDICTED: _from_now,
    Advice.MOBILE: _longer,
    Advice.DEAD_WEIGHT: _ending,
}
"""What becomes of so many keys."""

_EXPECTED: Final = {
    Advice.WARM_UP: N_("`kryonix optimize warm` calls the tenant's API for them, where optimize.warm allows it."),
    Advice.COMPRESSION: N_("JSON is commonly a fraction of its size when it is compressed."),
    Advice.BIG_KEYS: N_("Smaller parts are read without keeping others waiting."),
    Advice.HOT_KEYS: N_("A copy in the application's memory spares the server these reads."),
}

_FIGURES: Final[Mapping[str, Callable[[float], str]]] = {
    "hit": formats.percent,
    "share": formats.percent,
    "limit": formats.limit_percent,
    "factor": lambda value: numerals(f"{value:g}"),
    "confidence": lambda value: numerals(f"{value:g}"),
    "seconds": formats.duration,
    "hours": lambda value: formats.duration(value * 3600),
    "bytes": formats.size,
    "largest": formats.size,
    "sampled": lambda value: ngettext("{count} sampled key", "{count} sampled keys", int(value)).format(
        count=formats.full_count(value)
    ),
    "predicted": lambda value: ngettext("{count} predicted key", "{count} predicted keys", int(value)).format(
        count=formats.full_count(value)
    ),
}
"""How figures are written; the others are counts."""

_KEYS_SHOWN: Final = 5


def title(advice: Advice) -> str:
    """Return what a piece of advice is called."""
    return _(TITLES[advice])


def risk(found: Recommendation) -> str:
    """Return what may go wrong with it."""
    return _(_RISKS[found.advice])


def evidence(found: Recommendation) -> str:
    """Return why it is recommended, with the figures."""
    return _(_EVIDENCE[found.advice]).format_map(_words(found))


def expected(found: Recommendation) -> str:
    """Return what would come of it."""
    if found.advice is Advice.DEAD_WEIGHT and not found.changes:
        return _("Nothing is changed: optimize.dead_weight is off.")
    changed = _CHANGED.get(found.advice)
    text = changed(len(found.changes)) if changed is not None else _(_EXPECTED[found.advice])
    return text.format_map(_words(found))


def effect_text(found: Effect) -> str:
    """Return what hit rates say before and after, and whether that says anything."""
    if found.before is None or found.after is None:
        return _("hit rate: not enough is known to compare")
    text = _("hit rate {before} before ({first} readings), {after} after ({second})").format(
        before=formats.percent(found.before),
        after=formats.percent(found.after),
        first=found.before_readings,
        second=found.after_readings,
    )
    if found.noise is None:
        return f"{text}: {_('too few readings to tell it from chance')}"
    if not found.certain:
        return f"{text}: {_('no difference that chance could not make (± {points} points)').format(points=numerals(f'{found.noise:.1f}'))}"
    return f"{text}: {_('more than chance (± {points} points); what caused it is not proven').format(points=numerals(f'{found.noise:.1f}'))}"


def advice_lines(found: Recommendation) -> Iterator[Line]:
    """Yield a recommendation: what, why, what comes of it, what may go wrong, which keys."""
    tone = Tone.ACCENT if found.changes else Tone.INFO
    yield line(Cell(f"◆ {title(found.advice)}", tone))
    yield line(Cell("  ", Tone.MUTED), evidence(found))
    yield line(Cell("  ", Tone.MUTED), expected(found))
    yield line(Cell("  ", Tone.MUTED), Cell(risk(found), Tone.WARNING if found.changes else Tone.MUTED))
    places = [(change.db, change.key) for change in found.changes] or list(found.examples)
    for db, key in places[:_KEYS_SHOWN]:
        yield line(Cell(f"    db {db}  {safe(key, 120)}", Tone.MUTED))
    if len(places) > _KEYS_SHOWN:
        yield line(
            Cell("    " + _("and {count} more").format(count=formats.full_count(len(places) - _KEYS_SHOWN)), Tone.MUTED)
        )


def analysis_lines(found: TenantAnalysis) -> Iterator[Line]:
    """Yield what is known of a tenant, and what is not."""
    yield from (_row(name, text) for name, text in _known(found) if text)
    yield line()
    for gap in found.unknown:
        yield line(Cell(f"○ {_(UNKNOWN[gap])}", Tone.MUTED))
    text = ngettext(
        "{count} read of ours is in the server's hit ratio",
        "{count} reads of ours are in the server's hit ratio",
        found.reads,
    )
    yield line(Cell(text.format(count=formats.full_count(found.reads)), Tone.MUTED))


def _known(found: TenantAnalysis) -> Iterator[tuple[str, str]]:
    yield _("hit rate"), _hit_rate(found)
    times = (f"{_name(name)} {formats.milliseconds(value)}" for name, value in found.response_ms.items())
    yield _("response"), "  ".join(times)
    yield _("score"), f"{found.score:.0f} / 100" if found.score is not None else ""
    yield _("sessions"), "  ".join(f"{name} {formats.full_count(count)}" for name, count in found.sessions.items())
    yield _("platforms"), "  ".join(f"{safe(name, 20)} {count}" for name, count in found.platforms.items())
    if found.mobile_share is not None:
        yield _("mobile"), f"{formats.percent(found.mobile_share)}  ({found.mobile_share_source})"
    for kind, ttl in found.ttl.items():
        text = _(
            "{short} < 5 min, {medium} < 30 min, {long} longer, {none} without end (of {total} looked at, {all} in all)"
        )
        every = sum(count for (_db, name), count in found.counts.items() if name == kind)
        yield (
            safe(kind, 20),
            text.format(
                short=ttl.short,
                medium=ttl.medium,
                long=ttl.long,
                none=ttl.none,
                total=ttl.total,
                all=formats.full_count(every),
            ),
        )
    yield _("endpoints"), "  ".join(f"{safe(name, 24)} {count}" for name, count in found.modules.items())
    yield _("hours"), _hours(found)
    yield _("SDK"), _sdk(found)
    yield (
        _("API calls"),
        _("{count} today").format(count=formats.full_count(found.api_calls)) if found.api_calls is not None else "",
    )
    if found.prediction.keys:
        text = ngettext(
            "{keys} key predicted, {missing} of them not there",
            "{keys} keys predicted, {missing} of them not there",
            found.prediction.keys,
        )
        yield _("next hour"), text.format(keys=found.prediction.keys, missing=len(found.prediction.missing))
    yield _("peak hours"), ", ".join(f"{hour}:00" for hour in found.peak_hours)


def _hit_rate(found: TenantAnalysis) -> str:
    rate = found.hit_rate
    if rate is None:
        return ""
    others = ", ".join(f"{safe(each.source, 30)} {formats.percent(each.value)}" for each in rate.others)
    text = f"{formats.percent(rate.chosen.value)}  ({safe(rate.chosen.source, 30)})"
    text = f"{text}  {_('also')} {others}" if others else text
    return f"{text}  {_('they disagree')}" if rate.disagree else text


def _hours(found: TenantAnalysis) -> str:
    hours = found.hours
    if hours is None:
        return ""
    text = f"{hours.start}-{hours.end} {hours.timezone}"
    if hours.is_open:
        return f"{text}  {_('open now')}"
    if hours.opens is None:
        return f"{text}  {_('closed now')}"
    left = formats.duration(hours.opens - now().wall)
    return f"{text}  {_('closed now, opens in {time}').format(time=left)}"


def _sdk(found: TenantAnalysis) -> str:
    if found.sdk_error_rate is None:
        return ""
    word = _("healthy") if found.sdk_error_rate < 1 else _("not healthy")
    return f"{word}  {_('{rate} errors').format(rate=formats.percent(found.sdk_error_rate))}"


def _row(name: str, text: str) -> Line:
    return line(Cell(f"{name:<16} ", Tone.MUTED), text)


def _name(fact: str) -> str:
    return fact.removesuffix("_response_time").replace("response_time", "live")


def _words(found: Recommendation) -> Mapping[str, str]:
    """Return every figure of a recommendation as text; one that is not known is a dash."""
    words: defaultdict[str, str] = defaultdict(lambda: formats.DASH)
    words |= {name: _FIGURES.get(name, formats.full_count)(value) for name, value in found.figures.items()}
    words |= {"source": safe(found.source, 40), "count": formats.full_count(len(found.changes))}
    return words
