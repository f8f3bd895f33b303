"""What goes into the history: each reading once, and no sum of queues that only seems to rise."""

from __future__ import annotations

import math
from dataclasses import replace

from kryonix_tui.analysis.history import History
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.source import Reading
from kryonix_tui.monitor.recording import Recorder
from tests.unit.builders import ago, facts, server, snapshot, update

TENANTS = {name: TenantCensus(name, {}) for name in ("acme", "beta")}


def test_what_waits_is_recorded_when_every_queue_was_read_since_all_were_found() -> None:
    history = History()
    recorder = Recorder(history)
    depths = []
    # Seconds; whether the census is complete; when each tenant was read.
    steps = ((0, False, 0, 0), (1, True, 0, 0), (2, True, 2, 0), (3, True, 3, 3), (4, True, 4, 0))
    for at, complete, *read in steps:
        shown = update(
            snapshot(
                server=Reading(server(), ago(-at)),
                census=Reading(Census(tenants=TENANTS, complete=complete), ago(-at)),
                facts=[
                    facts(name, ago(-moment), queues={"crm": 4}) for name, moment in zip(TENANTS, read, strict=True)
                ],
                platform_queues=facts("", ago(-at)),
                taken_at=ago(-at),
            )
        )
        recorder.enter(shown)
        recorder.enter(replace(shown, platform=replace(shown.platform, at=ago(-at - 0.5))))
        depths.append(history.platform["queue_depth"].last(1)[0])
    assert [None if math.isnan(depth) else depth for depth in depths] == [None, None, None, 8, 8]
    assert len(history.platform["ops"].last(100)) == 5, "a reading of the server is one sample"


def test_tenants_that_go_or_come_do_not_keep_what_waits_from_being_recorded() -> None:
    history = History()
    recorder = Recorder(history)
    for at, names in ((1, ("acme", "gone")), (2, ("acme", "new"))):
        found = {name: TenantCensus(name, {}) for name in names}
        recorder.enter(
            update(
                snapshot(
                    server=Reading(server(), ago(-at)),
                    census=Reading(Census(tenants=found, complete=True), ago(-at)),
                    facts=[facts("acme", ago(-at), queues={"crm": 4})],
                    platform_queues=facts("", ago(-at)),
                    taken_at=ago(-at),
                )
            )
        )
        assert math.isnan(history.platform["queue_depth"].last(1)[0]) == (at == 1)
