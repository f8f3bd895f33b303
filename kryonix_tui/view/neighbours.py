"""Noisy neighbours in words: who takes the slow time, who grows, whose keys are large."""

from __future__ import annotations

from collections.abc import Callable

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import N_, _, ngettext, numerals
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.census import BigKey
from kryonix_tui.model.neighbours import Cost, Neighbours, SlowTime, SlowWork
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, line
from kryonix_tui.view.columns import Column

Rows = list[tuple[str, Cell]]


def summary(update: Update) -> list[Line]:
    """Return who takes most of the slow time: `alfa = 61 % of the slow time in the last 10 min`, and what is not known."""
    neighbours = update.platform.neighbours
    slow = neighbours.slow
    if slow is None:
        return [line(Cell(_why_unknown(update), Tone.MUTED))]
    lines = [_headline(neighbours, slow), *part_of(slow)]
    if neighbours.growth_seconds is not None:
        lines.append(line(Cell(_growth_span(neighbours.growth_seconds), Tone.MUTED)))
    return lines


def _why_unknown(update: Update) -> str:
    reading = update.snapshot.server
    refused = reading is not None and "slowlog" in reading.value.unavailable
    return _("the slow log is not permitted to this user") if refused else _("no answer yet")


def _headline(neighbours: Neighbours, slow: SlowTime) -> Line:
    span = formats.duration(slow.span)
    if not slow.total.calls:
        return line(Cell(_("no slow command in the last {span}").format(span=span), Tone.MUTED))
    worst = neighbours.top[0]
    text = _("{tenant} = {share} of the slow time in the last {span}").format(
        tenant=tenant_name(worst.tenant), share=formats.percent(worst.slow_share, 0), span=span
    )
    cells = [Cell(text, Tone.STRONG), Cell(f"  {work(worst.slow, slow.total)}", Tone.MUTED)]
    if neighbours.others.calls:
        rest = _("all who are not named here: {time}").format(time=work(neighbours.others, slow.total))
        cells.append(Cell(f"  {rest}", Tone.MUTED))
    return line(*cells)


def part_of(slow: SlowTime) -> list[Line]:
    """Return why the figures are of a part of the slow commands, where they are."""
    lines = []
    if slow.lost:
        text = ngettext(
            "of a part: {count} entry of the slow log was dropped before it could be read (slowlog-max-len)",
            "of a part: {count} entries of the slow log were dropped before they could be read (slowlog-max-len)",
            slow.lost,
        ).format(count=formats.full_count(slow.lost))
        lines.append(line(Cell(f"▲ {text}", Tone.WARNING)))
    if slow.cut:
        text = _("the slow log reaches no further back than {span}").format(span=formats.duration(slow.span))
        lines.append(line(Cell(f"▲ {text}", Tone.WARNING)))
    return lines


def _growth_span(seconds: float) -> str:
    return _("keys/min: between the last two passes of the census, {span} apart").format(span=formats.duration(seconds))


def tenant_name(tenant: str | None) -> str:
    """Return a tenant's id, printable, or that there is none."""
    return _("no tenant") if tenant is None else safe(tenant, 64)


def work(slow: SlowWork, total: SlowWork) -> str:
    """Return the time and number of slow commands: `1.2 s, 3 of 5 commands`."""
    calls = ngettext("{count} of {total} command", "{count} of {total} commands", total.calls).format(
        count=formats.full_count(slow.calls), total=formats.full_count(total.calls)
    )
    return f"{formats.milliseconds(1000 * slow.seconds)}, {calls}"


def modules(slow: SlowWork, most: int = 3) -> str:
    """Return where the time went: `whatsapp 80 %, crm 20 %`."""
    if not slow.seconds:
        return ""
    parts = list(slow.modules.items())
    named = [f"{safe(module, 24)} {100 * seconds / slow.seconds:.0f} %" for module, seconds in parts[:most]]
    return ", ".join([*named, *(["…"] if len(parts) > most else [])])


def per_minute(value: float | None) -> Cell:
    """Return a growth with its sign: `+120`, `-3.5k`; a tenth where it is small."""
    if value is None:
        return UNKNOWN
    if abs(value) < 0.05:
        return Cell("0", Tone.MUTED)
    amount = numerals(f"{abs(value):.1f}") if abs(value) < 10 else formats.count(abs(value))
    return Cell(f"{'+' if value > 0 else '-'}{amount}", Tone.PLAIN if value > 0 else Tone.MUTED)


def big_key(key: BigKey) -> str:
    """Return the size and the name of a large key, personal data masked."""
    return f"{formats.size(key.bytes)} {mask_key_name(safe(key.key, 120))}"


def _tenant(cost: Cost) -> Cell:
    return Cell(tenant_name(cost.tenant), Tone.MUTED if cost.tenant is None else Tone.STRONG)


def _share(cost: Cost) -> Cell:
    if cost.slow_share is None:
        return UNKNOWN
    return Cell(formats.bare_percent(cost.slow_share, 0), Tone.PLAIN if cost.slow.calls else Tone.MUTED)


def _memory(cost: Cost) -> Cell:
    return UNKNOWN if cost.bytes is None else Cell(f"~{formats.short_size(cost.bytes)}")


def _figure(
    name: str, title: str, width: int, cell: Callable[[Cost], Cell], value: Callable[[Cost], float | None], rank: int
) -> Column[Cost]:
    return Column(name, title, width, cell, value, numeric=True, falling=True, rank=rank)


COLUMNS: tuple[Column[Cost], ...] = (
    Column("tenant", N_("Tenant"), 16, _tenant, lambda c: c.tenant or "", most=32),
    _figure("share", N_("Slow %"), 6, _share, lambda c: c.slow_share, 0),
    _figure(
        "time",
        N_("Time"),
        7,
        lambda c: Cell(formats.milliseconds(1000 * c.slow.seconds) if c.slow.calls else formats.DASH),
        lambda c: c.slow.seconds,
        3,
    ),
    _figure("calls", N_("Calls"), 5, lambda c: Cell(formats.count(c.slow.calls)), lambda c: c.slow.calls, 4),
    _figure("keys", N_("Keys/min"), 8, lambda c: per_minute(c.keys_per_minute), lambda c: c.keys_per_minute, 1),
    _figure("queue", N_("Queue/min"), 9, lambda c: per_minute(c.queue_per_minute), lambda c: c.queue_per_minute, 1),
    _figure("bytes", N_("Bytes"), 6, _memory, lambda c: c.bytes, 2),
    Column(
        "modules", N_("Where"), 16, lambda c: Cell(modules(c.slow), Tone.MUTED), lambda _c: None, grows=True, rank=5
    ),
    Column(
        "big",
        N_("Largest key"),
        20,
        lambda c: Cell(big_key(c.big_keys[0]) if c.big_keys else "", Tone.MUTED),
        lambda c: c.big_keys[0].bytes if c.big_keys else None,
        grows=True,
        rank=6,
    ),
)


def tenant_rows(tenant: Tenant, update: Update) -> Rows:
    """Return what one tenant costs the others."""
    neighbours = update.platform.neighbours
    cost = neighbours.cost(tenant.tenant, tenant.bytes)
    rows: Rows = []
    if neighbours.slow is not None:
        total = neighbours.slow.total
        share = _("{share} in {span}").format(
            share=formats.percent(cost.slow_share, 0) if total.calls else _("none"),
            span=formats.duration(neighbours.slow.span),
        )
        rows.append((_("slow time"), Cell(share, Tone.STRONG)))
        if cost.slow.calls:
            rows.append(("", Cell(work(cost.slow, total))))
        rows += [
            (f"  {safe(module, 20)}", Cell(formats.milliseconds(1000 * seconds), Tone.MUTED))
            for module, seconds in list(cost.slow.modules.items())[:4]
        ]
        rows += [("", cell) for cells in part_of(neighbours.slow) for cell in cells]
    span = f"  ({_('in {span}').format(span=formats.duration(neighbours.growth_seconds))})"
    growth = per_minute(cost.keys_per_minute)
    rows.append((_("keys/min"), Cell(growth.text + ("" if growth is UNKNOWN else span), growth.tone)))
    rows.append((_("queued/min"), per_minute(cost.queue_per_minute)))
    return rows


def memory_rows(tenant: Tenant, update: Update) -> Rows:
    """Return the estimated memory of a tenant by kind, and how much of all keys was measured for it."""
    if tenant.bytes is None:
        return []
    total = tenant.bytes
    everything = update.platform.bytes
    share = f"  {_('{share} of all').format(share=formats.percent(100 * total / everything))}" if everything else ""
    rows: Rows = [(_("all"), Cell(f"~{formats.size(total)}{share}", Tone.STRONG))]
    ranked = sorted(tenant.sizes.items(), key=lambda size: -size[1])
    rows += [(f"{db:>2} {safe(kind, 24)}", Cell(f"~{formats.size(size)}")) for (db, kind), size in ranked]
    reading = update.snapshot.census
    if reading is not None:
        sampled = reading.value.sampled
        measured = ngettext("{count} key measured", "{count} keys measured", sampled).format(
            count=formats.count(sampled)
        )
        rows.append((_("sample"), Cell(measured, Tone.MUTED)))
    return rows


def big_key_lines(tenant: Tenant, update: Update) -> list[Line]:
    """Return the large keys of a tenant that the sample met, the largest first."""
    keys = update.platform.neighbours.big_keys.get(tenant.tenant, ())
    lines = [
        line(Cell(f"{formats.size(key.bytes):>9} ", Tone.STRONG), Cell(f"{key.db:>2} ", Tone.MUTED), _name(key))
        for key in keys
    ]
    return lines or [line(Cell(_("the sample met none"), Tone.MUTED))]


def _name(key: BigKey) -> Cell:
    return Cell(mask_key_name(safe(key.key, 120)))
