"""Tenants: the matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.tui.alerting import matchers_for_tenants
from kryonix_tui.tui.list_view import MOST_NAMED, ListView
from kryonix_tui.tui.tenant_life import why_not_one
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import sources, tenants
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column

if TYPE_CHECKING:
    from kryonix_tui.tui.actions import Action


class TenantsView(ListView[Tenant]):
    """A row per tenant."""

    name_of_command = "tenants"
    hints = ("filter", "sort", "open", "mark", "actions")
    first_sort = ("health", True)
    natural = "tenant"

    def body(self) -> Iterable[Widget]:
        """The matrix; below it, where there is no room for reasons in it, why the tenant under the cursor is not ok."""
        yield from super().body()
        yield Lines(id="row-why")

    def draw(self, update: Update, now: Instant) -> None:
        """Show the matrix, and the reasons."""
        super().draw(update, now)
        self._draw_reasons()

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another tenant: show its reasons."""
        event.stop()
        self._draw_reasons()

    def _draw_reasons(self) -> None:
        tenant = self.table.current
        update = self.console.shown
        why = self.query_one("#row-why", Lines)
        why.set_class(tenant is None, "-nothing")
        why.show(tenants.reasons(tenant, update) if tenant is not None else [])

    def columns(self, update: Update) -> Sequence[Column[Tenant]]:
        """Return the matrix' columns."""
        return tenants.columns(update)

    def rows(self, update: Update) -> Mapping[str, Tenant]:
        """Return all tenants."""
        return update.platform.tenants

    def roster(self, update: Update, rows: Mapping[str, Tenant]) -> Sequence[str]:
        """Return the platform's own list of them."""
        del rows
        return update.platform.roster

    def key(self, item: Tenant) -> str:
        """A tenant is its id."""
        return item.tenant

    def tenant_of(self, item: Tenant) -> str | None:
        """The row's tenant."""
        return item.tenant

    def nothing(self, update: Update) -> str:
        """Say why there are no tenants."""
        return no_tenants(update)

    def remark(self) -> Sequence[Cell]:
        """Say how old the census is, and that figures are estimates while the first one runs."""
        update = self.console.shown
        age = sources.tile_age(update, SourceName.CENSUS, self.console.moment())
        estimate = "" if update.platform.complete or not update.platform.tenants else f"  {_('estimates')}"
        return Cell(f" {_('tenants')}  {_('census')} ", Tone.MUTED), age, Cell(estimate, Tone.INFO)

    def tenants_in_view(self) -> list[str]:
        """Return the tenants whose rows can be seen."""
        return [tenant.tenant for tenant in self.table.in_view]

    def actions(self) -> list[Action]:
        """Offer a backup, too."""
        from kryonix_tui.tui.actions import Action

        tenants = self.tenants_chosen()
        name = safe(tenants[0], 40) if len(tenants) == 1 else _("{count} tenants").format(count=len(tenants))
        backup = Action("backup", _("Back up {name}").format(name=name), self.command_backup, self.why_not_backup())
        silence = Action("silence", _("Silence its alerts"), self.command_silence, self.why_not_silence())
        life = self.console.tenant_life.actions(tenants)
        help_it = self.console.optimizing.action(tenants)
        return [*super().actions(), backup, *([silence] if self.console.operator else []), *help_it, *life]

    def why_not_optimize(self) -> str:
        """There must be a tenant."""
        return "" if self.tenants_chosen() else _("there is no tenant")

    def command_optimize(self, tenant: str = "") -> None:
        """Look what would help the marked tenants, or the one under the cursor, or the one that is named."""
        self.console.optimizing.optimize((tenant,) if tenant else tuple(self.tenants_chosen()))

    def why_not_silence(self) -> str:
        """There must be a tenant, and not too many."""
        tenants = self.tenants_chosen()
        if len(tenants) > MOST_NAMED:
            return _("at most {count} at a time").format(count=MOST_NAMED)
        return self.console.alerting.why_not_silence() if tenants else _("there is no tenant")

    def command_silence(self) -> None:
        """Ask what to silence, with the marked tenants proposed, or the one under the cursor."""
        self.console.alerting.ask_silence(matchers_for_tenants(self.tenants_chosen()))

    def why_not_backup(self) -> str:
        """Only operators back up, and only what is there."""
        if not self.console.operator:
            return _("needs the role operator")
        return "" if self.tenants_chosen() else _("there is no tenant")

    def command_backup(self, tenant: str = "") -> None:
        """Back up the marked tenants, or the one under the cursor, or the one that is named."""
        self.console.archiving.back_up(Scope((tenant,) if tenant else tuple(self.tenants_chosen())))

    def command_purge(self, tenant: str = "") -> None:
        """Remove the tenant that is named, or the one of the row."""
        self._with_one(tenant, self.console.tenant_life.purge)

    def command_end_sessions(self, tenant: str = "") -> None:
        """End the sessions of the tenant that is named, or of the row's."""
        self._with_one(tenant, self.console.tenant_life.end_sessions)

    def _with_one(self, named: str, act: Callable[[str], None]) -> None:
        tenants = [named] if named else self.tenants_chosen()
        why_not = why_not_one(tenants)
        if why_not:
            self.notify(why_not, severity="warning", markup=False)
        else:
            act(tenants[0])

    def on_table_opened(self, event: Table.Opened) -> None:
        """Open the tenant."""
        event.stop()
        self.console.navigation.open_tenant(event.key)


def no_tenants(update: Update) -> str:
    """Return why there are no tenants to show."""
    state = update.snapshot.sources[SourceName.CENSUS]
    if state.condition is Condition.FAILING:
        return _("the keys could not be read")
    if update.snapshot.census is None:
        return _("looking for tenants ...")
    return _("no key names a tenant")
