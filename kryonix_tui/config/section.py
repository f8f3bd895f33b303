"""What every part of the schema is made of: the strict section, types with bounds, pairs of thresholds."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Port = Annotated[int, Meta(ge=1, le=65_535)]
Percent = Annotated[float, Meta(ge=0, le=100)]
DatabaseNumber = Annotated[int, Meta(ge=0, le=65_535)]
Secret = Annotated[str, Meta(extra={"secret": True})]
"""A credential: literal text, `${NAME}` or `file:/path`. Masked wherever it is shown."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping of the configuration file. Unknown keys are refused."""


class Low(Section, frozen=True):
    """A threshold that a figure must not fall under."""

    warning: float
    """Below: needs attention."""
    critical: float
    """Below: needs action."""


class High(Section, frozen=True):
    """A threshold that a figure must not exceed."""

    warning: float
    """Above: needs attention."""
    critical: float
    """Above: needs action."""
