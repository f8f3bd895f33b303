"""What the console and the traffic process must agree on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

DB: Final = 15
READY: Final = "kryonix:demo:ready"
"""A list in `DB` that appears when the documented tenants stand."""
SEEDED: Final = "kryonix:demo:seeded"
"""A list in `DB` that appears when everything else stands, too."""
SOCKET: Final = "valkey.sock"
"""The embedded server's unix socket, in the demo's folder. Whoever writes uses it: a port may turn out to be another
server's, and nothing must ever be written there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the console tells the traffic process: the exporter's port (0: none) and the size of the platform."""

    exporter_port: int
    tenants: int
    keys: int
    seed: int

    def to_json(self) -> str:
        """Return the one argument of the process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Return the settings that `to_json` wrote."""
        return cls(**json.loads(text))
