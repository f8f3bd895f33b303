"""An app that knows its theme: that of the configuration, else the one that was chosen last."""

from __future__ import annotations

from kryonix_tui.config.load import DEFAULT
from kryonix_tui.i18n import _
from kryonix_tui.tui import memory, themes
from kryonix_tui.tui.terminal import TerminalApp


class DressingApp(TerminalApp):
    """An app whose theme can be chosen. The choice is remembered, unless the configuration names a theme: that one counts
    at the next start, and the choice until then.
    """

    @property
    def wanted_theme(self) -> str:
        """The theme to start with."""
        chosen = "" if self._theme_is_configured else memory.remembered_theme()
        return chosen if chosen in self.available_themes else self.config.ui.theme

    @property
    def _theme_is_configured(self) -> bool:
        return self.loaded.origins.get("ui.theme", DEFAULT) != DEFAULT

    def command_theme(self, name: str = "") -> None:
        """Use another theme: named, or chosen from a menu."""
        if name in self.available_themes:
            self._use_theme(name)
            return
        from kryonix_tui.tui.screens.menu import Menu

        own = [theme.name for theme in themes.THEMES]
        others = sorted(set(self.available_themes) - set(own))
        self.push_screen(Menu(_("Theme"), [(known, known) for known in [*own, *others]], self.theme), self._use_theme)

    def _use_theme(self, name: str | None) -> None:
        if not name:
            return
        self.theme = name
        if not self._theme_is_configured:
            memory.remember_theme(name)
        elif name != self.config.ui.theme:
            self.notify(_("until the console is left: ui.theme names another one"), timeout=4, markup=False)
