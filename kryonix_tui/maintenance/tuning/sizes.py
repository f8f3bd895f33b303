"""Sizes of memory as redis.conf writes them: `16gb`, `32mb`, `1k`, plain bytes; and shares of a machine, `60%`."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1024,
    "m": 1000**2,
    "mb": 1024**2,
    "g": 1000**3,
    "gb": 1024**3,
}
_SIZE: Final = re.compile(r"([0-9]{1,18})(|b|k|kb|m|mb|g|gb)", re.IGNORECASE)
_SHARE: Final = re.compile(r"([0-9]{1,2})%")


def in_bytes(text: str, machine: int = 0) -> int | None:
    """Return a size in bytes, a share of `machine` bytes likewise; None where it is neither, or of nothing.

    >>> in_bytes("16gb"), in_bytes("60%", 1000), in_bytes("60%"), in_bytes("much")
    (17179869184, 600, None, None)
    """
    share = _SHARE.fullmatch(text)
    if share is not None:
        return machine * int(share[1]) // 100 if machine else None
    size = _SIZE.fullmatch(text)
    return int(size[1]) * _UNITS[size[2].lower()] if size is not None else None
