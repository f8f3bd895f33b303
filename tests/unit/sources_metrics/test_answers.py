"""Answers to questions: whatever a store sends, what is kept is bounded."""

from __future__ import annotations

import json

import msgspec

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.question import MAX_POINTS, MAX_SERIES
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.prometheus.questions import answer_of

PEER = Peer.of(HttpServer(url="http://127.0.0.1:1"), name="Prometheus", key="prometheus")


def test_more_points_and_series_than_were_asked_for_are_not_kept() -> None:
    points = [[1_000_000 + number, str(number)] for number in range(20_000)]
    result = [{"metric": {"n": str(number)}, "values": points if not number else points[:2]} for number in range(100)]
    found = answer_of(msgspec.Raw(json.dumps(result).encode()), PEER)
    assert (len(found.series), found.more) == (MAX_SERIES, 100 - MAX_SERIES)
    assert len(found.series[0].points) == MAX_POINTS + 1
    assert found.series[0].newest == 19_999.0
