"""The three tenants of the platform's design documents, with the figures that stand there.

Names and addresses of people are replaced, keys and passwords are plainly fake; everything else is as documented.
"""

from __future__ import annotations

from collections.abc import Iterator

from kryonix_tui.demo.documented.activity import activity
from kryonix_tui.demo.documented.measurements import measurements
from kryonix_tui.demo.documented.settings import settings
from kryonix_tui.demo.writer import Write


def documented() -> Iterator[Write]:
    """Yield everything that the documents write for their example tenants."""
    yield from activity()
    yield from settings()
    yield from measurements()
