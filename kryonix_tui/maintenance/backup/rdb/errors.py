"""What can be wrong with an RDB.

KryonixError
├── CorruptRdbError     the bytes are not what the format promises
└── UnknownTypeError    the bytes may be fine, but hold something that this reader does not know
"""

from __future__ import annotations

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import N_, _


class CorruptRdbError(KryonixError):
    """An RDB (or a DUMP payload) is damaged. `position` counts bytes from its beginning; `expected` is a text to show."""

    default_title = N_("Damaged RDB")

    def __init__(self, position: int, expected: str) -> None:
        super().__init__(
            _("byte {position}: expected {expected}").format(position=position, expected=_(expected)),
            hint=_("Use another copy of this backup. No key of a damaged file is to be trusted."),
        )
        self.position = position
        self.expected = expected


class UnknownTypeError(KryonixError):
    """A value or section of a kind that is not known, so its end is not known either.

    `type` is the byte that names it, `db` the database, `position` where that byte stands.
    """

    default_title = N_("Unknown RDB type")

    def __init__(self, type_code: int, db: int, position: int) -> None:
        super().__init__(
            _("type {type} in database {db} at byte {position} is not known").format(
                type=type_code, db=db, position=position
            ),
            hint=_(
                "It comes from a module or a newer server. A full backup of it stays valid and loads in such a "
                "server; only single tenants or keys cannot be cut out of it."
            ),
        )
        self.type = type_code
        self.db = db
        self.position = position
