"""kryonix-tui: a terminal console for the operators of a multi-tenant platform."""

__version__ = "0.1.0"
