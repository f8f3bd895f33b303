"""When a pass stops because the server answers late: by how much later than at first, and not for a single delay."""

from __future__ import annotations

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.errors import StoppedError
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.optimize.calm import Calm
from kryonix_tui.model.operation import Purpose


def judged(*taken: float, limit: float = 25) -> Calm:
    calm = Calm(PurposeClients(Redis(), Purpose.MAINTAIN), limit, 0.05)
    for milliseconds in taken:
        calm.judge(milliseconds)
    return calm


@pytest.mark.parametrize(
    "taken",
    [
        (1, 1, 1, 20, 20, 20, 20),
        (1, 1, 1, 90, 90, 1, 90, 90, 1),
        (100, 100, 100, 120, 120, 120),
        (90, 1, 1, 90, 90, 1),
    ],
)
def test_a_long_way_or_a_single_delay_stops_nothing(taken: tuple[float, ...]) -> None:
    judged(*taken)


@pytest.mark.parametrize("taken", [(1, 1, 1, 27, 27, 27), (100, 100, 100, 130, 130, 130)])
def test_three_late_answers_in_a_row_stop_a_pass(taken: tuple[float, ...]) -> None:
    with pytest.raises(StoppedError, match="answers late"):
        judged(*taken)
