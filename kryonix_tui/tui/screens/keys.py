"""Keys: those of one tenant or database, found a page at a time, and the one under the cursor looked into. Read-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import work
from textual.containers import Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.keys import FoundKey, Ground, KeyPage
from kryonix_tui.safetext import identity, safe
from kryonix_tui.tui import browsing
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import formats, keys
from kryonix_tui.view.cells import Cell, Tone, line
from kryonix_tui.view.columns import Column

MOST = 5000
"""Keys that are listed; a narrower place has fewer."""


class KeysView(ListView[FoundKey]):
    """A row per key that was found. Nothing is read before somebody asks: Enter looks into a key, `n` walks on."""

    name_of_command = "keys"
    hints = ("back", "open", "more", "filter")

    def __init__(self) -> None:
        super().__init__()
        self._ground: Ground | None = None
        self._found: dict[str, FoundKey] = {}
        self._page: KeyPage | None = None
        self._walked = 0
        self._trouble = ""
        self._walking = False

    def body(self) -> Iterable[Widget]:
        """The list, and the value beside it where there is room."""
        yield Lines(wrap=True, id="filter-line")
        yield Horizontal(Table[FoundKey](self.key, id="list"), Text(wrap=True, id="detail"), id="split")

    def open(self, ground: Ground) -> None:
        """Show the keys of another place."""
        self._ground, self._found, self._page = ground, {}, None
        self._walked, self._trouble = 0, ""
        self._apply("")
        self.remove_class("-inside")
        self.query_one("#detail", Lines).show([])
        self.table.focus()
        self._walk()

    def columns(self, update: Update) -> Sequence[Column[FoundKey]]:
        """Return the list's columns; what all keys have in common stands above them."""
        del update
        common = {"tenant": self._ground and self._ground.tenant, "kind": self._ground and self._ground.kind}
        return [column for column in keys.columns() if not common.get(column.name)]

    def listed(self, update: Update) -> Iterable[FoundKey]:
        """Return the keys that were found so far."""
        del update
        return self._found.values()

    def key(self, item: FoundKey) -> str:
        """A key is its raw name."""
        return identity(item.key)

    def tenant_of(self, item: FoundKey) -> str | None:
        """The tenant that the key belongs to."""
        return item.tenant

    def nothing(self, update: Update) -> str:
        """Say why there is no key."""
        del update
        if self._ground is None:
            return _("{key} on a tenant or a database shows keys").format(key=self.console.key_of("keys"))
        if self._trouble:
            return self._trouble
        if self._walking:
            return _("looking for keys ...")
        if self._page is not None and self._page.cursor:
            return _("none so far; {key} looks on").format(key=self.console.key_of("more"))
        return _("no such keys")

    def remark(self) -> Sequence[Cell]:
        """Say where these keys are, and how much of the database was walked."""
        ground, page = self._ground, self._page
        if ground is None:
            return ()
        names = [f"db {ground.db}", safe(ground.tenant or "", 40), safe(ground.kind or "", 40)]
        cells = [Cell(f"  {' · '.join(name for name in names if name)}", Tone.ACCENT)]
        if page is not None:
            share = min(1.0, self._walked / page.size) if page.size else 1.0
            text = _("walked {share:.0f} %; n: more").format(share=100 * share) if page.cursor else _("that is all")
            cells.append(Cell(f"  {text}", Tone.MUTED))
        if self._walking:
            cells.append(Cell(f"  {_('looking ...')}", Tone.INFO))
        if self._trouble:
            cells.append(Cell(f"  ▲ {self._trouble}", Tone.WARNING))
        return cells

    def why_not_more(self) -> str:
        """There must be more to walk, and room for it."""
        if self._walking:
            return _("it is looking already")
        if self._ground is None or (self._page is not None and not self._page.cursor):
            return _("that is all")
        full = _("{count} keys are listed: choose a narrower place").format(count=formats.full_count(MOST))
        return full if len(self._found) >= MOST else ""

    def command_more(self) -> None:
        """Walk on."""
        self._walk()

    @work(exclusive=True, group="keys")
    async def _walk(self) -> None:
        """Read the next page. Another place that is opened meanwhile takes over."""
        ground = self._ground
        if ground is None:
            return
        self._walking = True
        self.redraw()
        try:
            page = await browsing.port(self.console).page(ground, (self._page.cursor if self._page else 0) or 0)
        except KryonixError as error:
            self._trouble = error.message
        else:
            self._trouble, self._page = "", page
            self._walked = self._walked + page.walked if page.cursor else page.size
            self._found.update((self.key(found), found) for found in page.keys)
        finally:
            self._walking = False
            self.redraw()

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter looks into the key."""
        event.stop()
        if self.table.current is not None:
            self.add_class("-inside")
            self.query_one("#detail", Text).focus()
            self._look_into(self.table.current)

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another key: what was read of the last one goes."""
        event.stop()
        if not self.has_class("-inside"):
            self.query_one("#detail", Lines).show(
                [line(Cell(_("{key} looks into it").format(key=self.console.key_of("open")), Tone.MUTED))]
            )

    @work(exclusive=True, group="value")
    async def _look_into(self, found: FoundKey) -> None:
        detail = self.query_one("#detail", Lines)
        detail.show([line(Cell(_("looking ..."), Tone.MUTED))])
        try:
            value = await browsing.port(self.console).value(found)
        except KryonixError as error:
            detail.show([line(Cell(f"▲ {error.message}", Tone.WARNING)), line(error.hint)])
        else:
            detail.show(keys.lines(found, value))

    def command_copy(self) -> None:
        """Send the names of the chosen keys to the clipboard, as they are shown."""
        rows = self.rows(self.console.shown)
        names = [keys.name_of(rows[key]) for key in self.chosen() if key in rows]
        if names:
            self.console.copy(*names)

    def escape(self) -> bool:
        """Leave the value first."""
        if self.has_class("-inside"):
            self.remove_class("-inside")
            self.table.focus()
            return True
        return super().escape()
