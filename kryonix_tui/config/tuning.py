"""The section `tuning`: which profile the server is compared with, and how much memory it may have."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from msgspec import Meta

from kryonix_tui.config.section import Section

SIZE: Final = re.compile(r"([0-9]{1,18})(|b|k|kb|m|mb|g|gb)", re.IGNORECASE)
"""A size as redis.conf writes it."""
SHARE: Final = re.compile(r"([1-9][0-9]?)%")
"""A share of something in percent."""


class Tuning(Section, frozen=True):
    """What `kryonix tune` compares the server with."""

    profile: Literal["kryonix", "conservative"] = "kryonix"
    """Profile to use where --profile names none."""
    maxmemory: str = ""
    """Limit that profiles want, in the place of their own: a size (8gb), or a share of the machine (60%)."""
    machine_memory: str = ""
    """Memory that the server's machine has for it (16gb), where INFO cannot know: the limit of a container. Empty: INFO."""
    most: Annotated[int, Meta(ge=10, le=95)] = 75
    """Percent of the machine's memory that maxmemory may be: saving forks, and others live there too."""
