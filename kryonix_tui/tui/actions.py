"""The action menu: what can be done with the rows that are marked, or with the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import App

from kryonix_tui.i18n import _
from kryonix_tui.tui.screens.menu import Menu


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done; `why_not` says why not now, empty: it can."""

    name: str
    title: str
    act: Callable[[], object]
    why_not: str = ""


def offer(app: App[int], title: str, actions: Sequence[Action]) -> None:
    """Let the operator choose. What cannot be done says why, in the menu and when it is chosen all the same."""
    known = {action.name: action for action in actions}

    def chosen(name: str | None) -> None:
        action = known.get(name or "")
        if action is None:
            return
        if action.why_not:
            app.notify(f"{action.title}: {action.why_not}", severity="warning", markup=False)
        else:
            action.act()

    app.push_screen(Menu(title, [(action.name, _text(action)) for action in actions]), chosen)


def _text(action: Action) -> str:
    return f"{action.title}  – {action.why_not}" if action.why_not else action.title


def only_one(count: int) -> str:
    """Return why something that is for one row cannot be done with `count`."""
    return "" if count == 1 else _("for one row at a time")
