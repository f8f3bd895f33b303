"""Every reason has a sentence, and it says what, since when, and who says so."""

from __future__ import annotations

import pytest

from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Concern, Finding, Health
from kryonix_tui.view.sentences import reason, source_title, source_trouble
from tests.unit.builders import NOW, ago, failing, state


@pytest.mark.parametrize("concern", Concern)
def test_every_concern_has_a_sentence(concern: Concern) -> None:
    bare = reason(Finding(concern, Health.WARNING, NOW), NOW)
    assert bare.isprintable()
    assert len(bare) > 5
    full = reason(Finding(concern, Health.WARNING, ago(720), 61.0, 85.0, "crm\x1b[2J", "redis:x"), NOW)
    assert full.endswith(" for 12 min (redis:x)")


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (
            Finding(Concern.HIT_RATE, Health.WARNING, ago(720), 61.0, 85.0, source="redis:metrics"),
            "hit rate 61.0 % < 85 % for 12 min (redis:metrics)",
        ),
        (Finding(Concern.HIT_RATE, Health.WARNING, ago(4), 99.2, 99.5), "hit rate 99.2 % < 99.5 %"),
        (
            Finding(Concern.QUEUE_DEPTH, Health.CRITICAL, NOW, 12_345, 1000, "crm"),
            "queue crm 12,345 > 1,000",
        ),
        (Finding(Concern.SERVER_MEMORY, Health.CRITICAL, NOW, 120.5, 95), "memory 120.5 % > 95 %"),
        (Finding(Concern.MOBILE_P95, Health.WARNING, ago(5), 80, 50), "mobile p95 80 ms > 50 ms for 5 s"),
    ],
)
def test_reasons(finding: Finding, text: str) -> None:
    assert reason(finding, NOW) == text


@pytest.mark.parametrize("name", SourceName)
def test_every_source_has_a_title(name: SourceName) -> None:
    assert source_title(name)


def test_a_failing_source_says_what_happened_how_old_its_data_are_and_what_to_do() -> None:
    said = source_trouble(failing(SourceName.REDIS, last_good=ago(90)), NOW)
    assert said == ("Redis: Unreachable: 127.0.0.1:1 refused the connection [showing data of 1 min ago] Is it running?")
    assert "[no data yet]" in source_trouble(failing(SourceName.REDIS), NOW)


def test_a_stale_source_says_so_and_one_that_is_well_says_nothing() -> None:
    assert source_trouble(state(SourceName.CENSUS, last_good=ago(21)), NOW) == "Census: STALE, last answer 21 s ago"
    assert source_trouble(state(SourceName.CENSUS, last_good=ago(20)), NOW) == ""
    assert source_trouble(state(SourceName.CENSUS, Condition.WAITING), NOW) == ""
    assert source_trouble(state(SourceName.CENSUS, Condition.NOT_CONFIGURED), NOW) == ""
