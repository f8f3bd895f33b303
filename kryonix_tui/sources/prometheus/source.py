"""One reading of Prometheus: the tenants' recording rules, targets, rules, version."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.errors import ReplyError, SourceError
from kryonix_tui.model.metrics import MetricsFacts, RuleHealth, Target
from kryonix_tui.model.question import Answer, Question
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.safetext import safe
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reader import HttpReader, first_error
from kryonix_tui.sources.http.reply import api_data
from kryonix_tui.sources.prometheus.rules import Rules, rules_of
from kryonix_tui.sources.prometheus.targets import targets_of
from kryonix_tui.sources.prometheus.vector import QUERY, TenantVector, tenant_vector

if TYPE_CHECKING:
    from kryonix_tui.sources.prometheus.query_thread import QueryThread
    from kryonix_tui.sources.prometheus.questions import QuestionThreads

T = TypeVar("T")

_log = logging.getLogger(__name__)
_VERSION_LIMIT = 40


class _Build(msgspec.Struct):
    version: str = ""


class PrometheusSource:
    """Implements `model.ports.MetricsPort`.

    The tenants' figures are what it is for: without them a reading fails. Targets and rules are extras that some
    stores do not have (Mimir knows no targets): a reading stands without them, says so in `missing`, and the log says
    it once.
    """

    def __init__(self, settings: HttpServer, visible: Visible = EVERYBODY, *, key: str = "prometheus") -> None:
        """Prepare to read; nothing is sent yet. Whatever is asked is limited to the tenants that are `visible`.

        `key` is the section of the configuration.

        Raises:
            ConfigError: the URL cannot be used.
        """
        self._reader = HttpReader(Peer.of(settings, name="Prometheus", key=key))
        self._visible = visible
        self._queries: QueryThread | None = None
        self._questions: QuestionThreads | None = None
        self._version: str | None = None
        self._missing: dict[str, str] = {}

    async def fetch(self) -> MetricsFacts:
        """Read everything once; takes at most twice the configured timeout.

        Raises:
            SourceError: the tenants' figures could not be read.
        """
        try:
            with first_error():
                async with asyncio.TaskGroup() as group:
                    queried = group.create_task(self._queried())
                    read_rules = group.create_task(self._extra("rules", self._rules, Rules(RuleHealth(), ())))
                    read_version = group.create_task(self._read_version())
        except SourceError:
            self._version = None  # whatever answers next may be another version
            raise
        vector, targets = queried.result()
        rules = read_rules.result()
        return MetricsFacts(
            tenants=vector.tenants,
            targets=targets,
            rules=rules.health,
            rule_alerts=rules.alerts,
            version=read_version.result(),
            discarded=vector.discarded + rules.discarded,
            truncated=vector.truncated,
            missing=dict(self._missing),
        )

    async def ask(self, question: Question) -> Answer:
        """Return the answer to one question of a panel; takes at most the configured timeout once its turn has come.

        Raises:
            SourceError: there is none.
        """
        if self._questions is None:
            threads = await asyncio.to_thread(_question_threads, self._reader, self._visible)
            return await self._shared(threads).ask(question)
        return await self._questions.ask(question)

    def _shared(self, threads: QuestionThreads) -> QuestionThreads:
        """Return the threads of who came first: several may have made some at the same time."""
        if self._questions is None:
            self._questions = threads
        return self._questions

    async def close(self) -> None:
        """Close all connections and end the threads."""
        if self._queries is not None:
            self._queries.close()
        if self._questions is not None:
            self._questions.close()
        await self._reader.close()

    async def _queried(self) -> tuple[TenantVector, tuple[Target, ...]]:
        """Read what goes through prometheus-api-client: one after the other, as there is one thread."""
        if self._queries is None:
            self._queries = await asyncio.to_thread(_query_thread, self._reader)
        # The server is told to give up when we do, in seconds: as a duration it takes whole numbers only.
        params = {"timeout": f"{self._reader.peer.settings.timeout:g}"}
        vector = await self._queries.run(
            lambda client: tenant_vector(client.custom_query(_limited(QUERY, self._visible), params), self._reader.peer)
        )
        return vector, await self._extra("targets", partial(self._targets, self._queries), ())

    async def _targets(self, queries: QueryThread) -> tuple[Target, ...]:
        return await queries.run(lambda client: targets_of(client.get_targets(state="active"), self._reader.peer))

    async def _rules(self) -> Rules:
        body = await self._reader.get("/api/v1/rules")
        return await asyncio.to_thread(rules_of, body, self._reader.peer)

    async def _read_version(self) -> str:
        """Return the version, asked for once; empty where the store does not say."""
        if self._version is None:
            try:
                body = await self._reader.get("/api/v1/status/buildinfo")
                self._version = safe(api_data(body, _Build, self._reader.peer).version, _VERSION_LIMIT)
            except ReplyError:
                self._version = ""
            except SourceError:
                return ""
        return self._version

    async def _extra(self, part: str, read: Callable[[], Awaitable[T]], otherwise: T) -> T:
        try:
            value = await read()
        except SourceError as error:
            if part not in self._missing:
                _log.warning("%s: %s", part, error)
            self._missing[part] = error.message
            return otherwise
        self._missing.pop(part, None)
        return value


def _query_thread(reader: HttpReader) -> QueryThread:
    """Make the query thread; apart, because importing requests takes a moment that the event loop cannot spare."""
    from kryonix_tui.sources.prometheus.query_thread import QueryThread

    return QueryThread(reader)


def _question_threads(reader: HttpReader, visible: Visible) -> QuestionThreads:
    """Make the threads for questions; apart, as above."""
    from kryonix_tui.sources.prometheus.questions import QuestionThreads

    return QuestionThreads(reader, visible)


def _limited(expression: str, visible: Visible) -> str:
    """Return a query for visible tenants; apart, for only a limited console needs the parser."""
    if not visible.limited:
        return expression
    from kryonix_tui.sources.prometheus.limiting import limited

    return limited(expression, visible)
