"""Optimisation, as front ends see it."""

from __future__ import annotations

from collections.abc import Iterator

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance import seen
from kryonix_tui.maintenance.door import Door
from kryonix_tui.maintenance.optimize import journal
from kryonix_tui.maintenance.optimize.journal import Pass
from kryonix_tui.maintenance.optimize.measuring import measure
from kryonix_tui.maintenance.optimize.operation import RUN, Optimize
from kryonix_tui.maintenance.optimize.undo import OptimizeUndo
from kryonix_tui.maintenance.optimize.warm import Warm
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Plan, Scope
from kryonix_tui.model.visible import Visible


class Optimizing:
    """What can be done for tenants' caches with one configuration."""

    def __init__(self, config: Config, keyspace: KeyspaceMap, door: Door) -> None:
        self._config = config
        self._keyspace = keyspace
        self._door = door
        self._visible = Visible(config.tenants)

    def apply(self, tenants: tuple[str, ...] | None, *, automatic: bool = False, draft: str = "") -> Optimize:
        """Return the operation that looks at `tenants` (None: all that are seen) and changes keys of theirs.

        `draft` is the digest of keys that an earlier look has chosen.

        Raises:
            RefusedError: this console does not see one of them.
            ConfigError: the quiet hours cannot be read.
        """
        if tenants is not None and not self._visible.covers(Scope(tenants)):
            raise seen.out_of_sight()
        return Optimize(self._config, self._keyspace, tenants, automatic, draft)

    def of_plan(self, plan_hash: str) -> Optimize:
        """Return the operation that carries out the keys of an earlier plan.

        Raises:
            UsageError: there is no such plan, or it is about something else.
            RefusedError: it concerns tenants that this console does not see.
        """
        plan: Plan = self._door.recall(plan_hash)
        draft = plan.parameters.get("changes", "")
        if not plan.action.startswith("optimize.") or not draft:
            raise UsageError(_("that plan is about something else"))
        return Optimize(self._config, self._keyspace, plan.scope.tenants or None, plan.action == RUN, draft)

    def undo(self, pass_id: str = "", tenants: tuple[str, ...] = ()) -> OptimizeUndo:
        """Return the operation that undoes a pass (empty: the newest one that is seen), or the part of some tenants.

        Raises:
            UsageError: there is none.
            RefusedError: it concerns tenants that this console does not see.
        """
        found = journal.find(pass_id) if pass_id or tenants else next(self.history(), None) or journal.find()
        if not self._visible.covers(Scope(tenants or found.beginning.tenants)):
            raise seen.out_of_sight()
        return OptimizeUndo(self._config, self._keyspace, found, tenants)

    def warm(self, tenants: tuple[str, ...] | None) -> Warm:
        """Return the operation that has predicted keys made by the API of `tenants` (None: of all that are seen).

        Raises:
            RefusedError: this console does not see one of them.
        """
        if tenants is not None and not self._visible.covers(Scope(tenants)):
            raise seen.out_of_sight()
        return Warm(self._config, self._keyspace, tenants)

    def history(self) -> Iterator[Pass]:
        """Yield the passes that are about visible tenants and nobody else, the newest first."""
        return self._passes(keys=True)

    async def measure(self) -> int:
        """Compare hit rates before and after passes that are old enough; return how many. Raises nothing."""
        return await measure(self._config, self._keyspace, self._passes(keys=False))

    def _passes(self, *, keys: bool) -> Iterator[Pass]:
        return (each for each in journal.passes(keys=keys) if self._visible.covers(Scope(each.beginning.tenants)))
