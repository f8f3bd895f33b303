"""Questions of panels to a real Prometheus, through a proxy that can be slow, cut or garbled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from kryonix_tui.analysis.past import PLATFORM, platform_expression, tenant_expression
from kryonix_tui.config.schema import HttpServer
from kryonix_tui.errors import DeadlineError, ReplyError, SourceError, UnreachableError
from kryonix_tui.model.promql import filled
from kryonix_tui.model.question import MAX_POINTS, MAX_SERIES, Answer, Answered, Answers, Question
from kryonix_tui.monitor.questions import Questions
from kryonix_tui.sources.prometheus import PrometheusSource
from tests.faults import Proxy, proxied
from tests.metrics_servers import RunningServer
from tests.patience import with_longer_deadlines

pytestmark = pytest.mark.xdist_group("metrics")


@asynccontextmanager
async def source(url: str, seconds: float = 60.0) -> AsyncIterator[PrometheusSource]:
    opened = PrometheusSource(HttpServer(url=url, timeout=seconds))
    try:
        yield opened
    finally:
        await opened.close()


async def answer(server: RunningServer, question: Question) -> Answer:
    async with source(server.url) as opened:
        return await opened.ask(question)


async def answer_with_points(server: RunningServer, question: Question, points: int) -> Answer:
    """Ask until the server has evaluated so often."""
    async with source(server.url) as opened, asyncio.timeout(60):
        while True:
            found = await opened.ask(question)
            if found.series and len(found.series[0].points) >= points:
                return found
            await asyncio.sleep(0.1)


async def test_a_vector_a_matrix_and_a_scalar(prometheus_server: RunningServer) -> None:
    now = await answer_with_points(prometheus_server, Question("tenant:cache_hit_rate"), 1)
    assert {series.labels["tenant_id"]: series.newest for series in now.series} == {"good": 90.0, "bad": 10.0}
    past = await answer_with_points(prometheus_server, Question('tenant:cache_hit_rate{tenant_id="bad"}', 60, 1), 2)
    (series,) = past.series
    assert {value for _at, value in series.points} == {10.0}
    times = [at for at, _value in series.points]
    assert times == sorted(times)
    assert (await answer(prometheus_server, Question("42"))).series[0].newest == 42.0
    assert (await answer(prometheus_server, Question("nothing_like_this"))).series == ()


async def test_points_are_those_that_were_asked_for(prometheus_server: RunningServer) -> None:
    until = time.time() // 60 * 60 - 7
    over = await answer(prometheus_server, Question("vector(1)", 3600, 60, until))
    assert [at for at, _value in over.series[0].points] == [until // 60 * 60 - 60 * back for back in range(60, -1, -1)]
    bounded = await answer(prometheus_server, Question("vector(1)", 86_400, 1))
    assert len(bounded.series[0].points) <= MAX_POINTS + 1


async def test_no_more_series_than_a_panel_can_show(prometheus_server: RunningServer) -> None:
    many = " or ".join(f'label_replace(vector({n}), "n", "{n}", "", "")' for n in range(MAX_SERIES + 1))
    found = await answer(prometheus_server, Question(many))
    assert len(found.series) == MAX_SERIES
    assert found.more == 1


@pytest.mark.parametrize(
    "tenant",
    [
        'x"} or vector(1) #',
        "x\\",
        'x\\"} or vector(1) #',
        "x\n} or vector(1)",
        "{{x}}",
        "a|good",
        ".*",
        "x' or '",
        "ü☃",
    ],
)
@pytest.mark.parametrize(
    "template", ['tenant:cache_hit_rate{tenant_id="$tenant"}', "vector(1) unless up{a=~'$tenant'}"]
)
async def test_a_tenants_name_is_a_value_and_nothing_more(
    prometheus_server: RunningServer, tenant: str, template: str
) -> None:
    found = await answer(prometheus_server, Question(filled(template, {"tenant": tenant})))
    assert len(found.series) == (0 if template.startswith("tenant") else 1)


@pytest.mark.parametrize(
    "name", ['x"} or vector(1) #', "back\\slash", "new\nline", ".*", "a|b", "ümläut", "quote'", "$tenant"]
)
async def test_a_value_matches_itself_whatever_is_in_it(prometheus_server: RunningServer, name: str) -> None:
    """The label is made by the server from the same text, put in by the same function."""
    template = (
        'label_replace(vector(1), "a", "$name", "", "") and on (a) label_replace(vector(1), "a", "$name", "", "")'
    )
    found = await answer(prometheus_server, Question(filled(template, {"name": name.replace("$", "$$")})))
    assert found.series[0].labels["a"] == name


async def test_a_wrong_query_says_what_is_wrong(prometheus_server: RunningServer) -> None:
    with pytest.raises(ReplyError, match="parse error"):
        await answer(prometheus_server, Question("sum("))


@asynccontextmanager
async def between(server: RunningServer, seconds: float) -> AsyncIterator[tuple[Proxy, PrometheusSource]]:
    port = urlsplit(server.url).port
    assert port
    async with proxied(port) as proxy, source(f"http://127.0.0.1:{proxy.port}", seconds) as opened:
        yield proxy, opened


async def test_each_question_has_its_own_deadline(prometheus_server: RunningServer) -> None:
    async def test(factor: int) -> None:
        async with between(prometheus_server, 0.7 * factor) as (proxy, opened):
            await opened.ask(Question("vector(1)"))
            proxy.stalled = True
            slow = [asyncio.create_task(opened.ask(Question(f"vector({n})"))) for n in (7, 8, 9)]
            await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
            assert all(b"vector%%28%d%%29" % n in proxy.seen for n in (7, 8, 9)), "they waited beside each other"
            results = await asyncio.gather(*slow, return_exceptions=True)
            assert all(isinstance(result, DeadlineError) for result in results)
            proxy.stalled = False
            assert (await opened.ask(Question("vector(2)"))).series[0].newest == 2.0

    await with_longer_deadlines(test)


async def test_what_is_cut_or_garbled_is_an_error_of_ours(prometheus_server: RunningServer) -> None:
    async with between(prometheus_server, 60.0) as (proxy, opened):
        proxy.garble = lambda data: data[:-30] + bytes(30)
        with pytest.raises(SourceError):
            await opened.ask(Question("vector(1)"))
        proxy.garble = None
        proxy.cut_after = 60
        with pytest.raises(SourceError):
            await opened.ask(Question("vector(1)"))


async def test_who_gives_up_frees_the_thread(prometheus_server: RunningServer) -> None:
    async with between(prometheus_server, 30.0) as (proxy, opened):
        await opened.ask(Question("vector(1)"))
        proxy.stalled = True
        tasks = [asyncio.create_task(opened.ask(Question(f"vector({n})"))) for n in range(6)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        proxy.stalled = False
        async with asyncio.timeout(60):
            assert (await opened.ask(Question("vector(2)"))).series[0].newest == 2.0


async def test_nobody_there_is_said(prometheus_server: RunningServer) -> None:
    del prometheus_server
    async with source("http://127.0.0.1:1") as opened:
        with pytest.raises(UnreachableError):
            await opened.ask(Question("up"))


async def test_the_past_of_the_platform_and_of_tenants_is_one_question_each(prometheus_server: RunningServer) -> None:
    await answer_with_points(prometheus_server, Question("tenant:cache_hit_rate"), 1)
    platform = await answer_with_points(prometheus_server, Question(platform_expression(), 60, 1), 1)
    figures = {series.labels["figure"]: series.newest for series in platform.series}
    assert figures["hit_rate"] == 50.0
    assert figures.keys() <= PLATFORM.keys()
    hostile = ["good", 'x"} or vector(1) #', "a|bad", ".*", "back\\slash", "new\nline"]
    tenants = await answer_with_points(prometheus_server, Question(tenant_expression(hostile), 60, 1), 1)
    assert [(series.labels["__name__"], series.labels["tenant_id"]) for series in tenants.series] == [
        ("tenant:cache_hit_rate", "good")
    ]


async def test_panels_keep_their_answers_while_prometheus_is_slow_and_are_new_when_it_is_back(
    prometheus_server: RunningServer,
) -> None:
    """The monitor's questions over the real source: what is shown stays, with what went wrong, and recovers by itself."""
    question, known, changed = Question("vector(1)"), dict[Question, Answered](), asyncio.Event()

    def publish(answers: Answers) -> None:
        known.update(answers)
        changed.set()

    async def until(holds: Callable[[Answered], bool]) -> Answered:
        async with asyncio.timeout(60):
            while question not in known or not holds(known[question]):
                changed.clear()
                await changed.wait()
        return known[question]

    async with between(prometheus_server, 0.5) as (proxy, opened):
        questions = Questions(opened.ask, publish, 0.1)
        task = asyncio.create_task(questions.run())
        try:
            questions.look_at([question])
            first = (await until(lambda answered: answered.reading is not None)).reading
            proxy.stalled = True
            slow = await until(lambda answered: answered.trouble is not None)
            assert slow.trouble is not None
            assert slow.trouble.title == "Timed out"
            assert slow.reading is not None
            assert first is not None
            assert slow.reading.value.series[0].newest == 1.0
            proxy.stalled = False
            back = await until(lambda answered: answered.trouble is None)
            assert back.reading is not None
            assert back.reading.at.steady > first.at.steady
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
