"""Questions of panels: several at once, each with its own deadline, so that a slow one holds up no other."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime

import msgspec
from prometheus_api_client.prometheus_connect import PrometheusConnect

from kryonix_tui.model.question import MAX_POINTS, MAX_SERIES, Answer, LabelledSeries, Point, Question
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reader import HttpReader
from kryonix_tui.sources.http.reply import decoded, kept
from kryonix_tui.sources.prometheus.limiting import limited
from kryonix_tui.sources.prometheus.query_thread import QueryThread

AT_ONCE = 6
"""Questions that are under way at a time."""


class _Vector(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Matrix(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class QuestionThreads:
    """A few query threads over one reader; they are started when they are needed."""

    def __init__(self, reader: HttpReader, visible: Visible = EVERYBODY) -> None:
        self._reader = reader
        self._visible = visible
        self._free: list[QueryThread] = []
        self._all: list[QueryThread] = []
        self._places = asyncio.Semaphore(AT_ONCE)

    async def ask(self, question: Question) -> Answer:
        """Return the answer to `question`; takes at most the peer's timeout once its turn has come.

        Raises:
            SourceError: as `QueryThread.run` and `limited`; what the server says of a wrong query is in the message.
        """
        async with self._places:
            thread = self._free.pop() if self._free else self._start()
            try:
                return await thread.run(lambda client: _asked(client, question, self._visible, self._reader.peer))
            finally:
                self._free.append(thread)

    def close(self) -> None:
        """End the threads."""
        for thread in self._all:
            thread.close()

    def _start(self) -> QueryThread:
        thread = QueryThread(self._reader)
        self._all.append(thread)
        return thread


def _asked(client: PrometheusConnect, question: Question, visible: Visible, peer: Peer) -> Answer:
    expression = limited(question.expression, visible)
    # The server is told to give up when we do, and those that know it to send no more series than are kept.
    params = {"timeout": f"{peer.settings.timeout:g}", "limit": str(MAX_SERIES + 1)}
    at = time.time() if question.until is None else question.until
    if not question.over_time:
        return answer_of(client.custom_query(expression, {**params, "time": f"{at:.3f}"}), peer)
    step = max(1.0, question.step, math.ceil(question.span / MAX_POINTS))
    # Ends on a multiple of the step: the same points are asked for again, not others beside them.
    end = at // step * step
    start, stop = (datetime.fromtimestamp(moment, UTC) for moment in (end - question.span, end))
    return answer_of(client.custom_query_range(expression, start, stop, f"{step:g}", params), peer)


def answer_of(result: msgspec.Raw, peer: Peer) -> Answer:
    """Return the answer in `result`, the JSON of a vector, a matrix or a scalar. What is not finite is left out.

    Raises:
        ReplyError: it is none of these.
    """
    items = decoded(result, list[msgspec.Raw], peer)
    if items and not bytes(items[0]).lstrip().startswith(b"{"):
        point = _point(*decoded(result, tuple[float, str], peer))
        return Answer((LabelledSeries({}, (point,)),) if point else ())
    series = [found for raw in items[:MAX_SERIES] if (found := _series(raw)) is not None]
    return Answer(tuple(series), max(0, len(items) - MAX_SERIES))


def _series(raw: msgspec.Raw) -> LabelledSeries | None:
    vector = kept(raw, _Vector)
    matrix = kept(raw, _Matrix) if vector is None else None
    if vector is not None:
        labels, values = vector.metric, [vector.value]
    elif matrix is not None:
        # Who answers with more points than were asked for does not fill the console with them.
        labels, values = matrix.metric, matrix.values[-MAX_POINTS - 1 :]
    else:
        return None
    points = tuple(point for at, text in values if (point := _point(at, text)) is not None)
    return LabelledSeries(labels, points) if points else None


def _point(at: float, text: str) -> Point | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return (at, value) if math.isfinite(value) else None
