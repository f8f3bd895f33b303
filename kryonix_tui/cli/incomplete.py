"""What is said where a part of the installation is missing. Needs nothing but Python itself."""

from __future__ import annotations

import platform
import sys

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe


def sentences(error: ImportError) -> tuple[str, str, str]:
    """Return title, message and hint for a module that cannot be imported."""
    return (
        _("Incomplete installation"),
        _("{module} cannot be imported by Python {version} ({executable})").format(
            module=safe(error.name or str(error), 200), version=platform.python_version(), executable=sys.executable
        ),
        _("Install kryonix-tui anew for this very Python: what it needs differs from one to the next."),
    )


def report(error: ImportError) -> str:
    """Return the sentences as lines."""
    title, message, hint = sentences(error)
    return f"{title}: {message}\n{_('hint')}: {hint}"
