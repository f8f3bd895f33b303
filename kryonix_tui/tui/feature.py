"""What a feature of the console is, how it does something that takes its time, and whose screens and widgets are.

A feature is a class that is given the console. Its methods `command_<name>` carry out commands of the registry on every screen,
its methods `why_not_<name>` say why not now; the rest is for screens and for other features.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from textual.app import App
from textual.worker import Worker

from kryonix_tui.errors import KryonixError

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp


class Feature(Protocol):
    """A part of the console."""

    @property
    def console(self) -> ConsoleApp:
        """The console that it is a part of."""
        ...


Part = TypeVar("Part", bound=Feature)
P = ParamSpec("P")

Slow = Callable[Concatenate[Part, P], Coroutine[None, None, None]]
"""A coroutine of a feature."""

Begun = Callable[Concatenate[Part, P], Worker[None]]
"""What it is to those who call it."""


def beside(group: str) -> Callable[[Slow[Part, P]], Begun[Part, P]]:
    """Let a coroutine of a feature run beside the screens, where it may wait for dialogs. Whoever calls it does not wait.

    There is one at a time of a group: the next one ends it. Textual's `work` does the same for methods of apps and widgets.
    What goes wrong is said, with what helps.
    """

    def decorated(method: Slow[Part, P]) -> Begun[Part, P]:
        @wraps(method)
        def begin(feature: Part, /, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
            async def work() -> None:
                try:
                    await method(feature, *args, **kwargs)
                except KryonixError as error:
                    feature.console.work.complain(error)

            return feature.console.run_worker(work, name=method.__name__, group=group, exclusive=True)

        return begin

    return decorated


def console_of(app: App[object]) -> ConsoleApp:
    """Return the app of a screen, a widget or a provider of the console by its own type."""
    from kryonix_tui.tui.app import ConsoleApp

    assert isinstance(app, ConsoleApp)  # noqa: S101 - they live nowhere else
    return app
