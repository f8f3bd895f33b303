"""Sizes of memory as redis.conf writes them: `16gb`, `32mb`, `1k`, plain bytes; and shares of a machine, `60%`."""

from __future__ import annotations

from typing import Final

from kryonix_tui.config.tuning import SHARE, SIZE

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


def in_bytes(text: str, machine: int = 0) -> int | None:
    """Return a size in bytes, a share of `machine` bytes likewise; None where it is neither, or of nothing.

    >>> in_bytes("16gb"), in_bytes("60%", 1000), in_bytes("60%"), in_bytes("much")
    (17179869184, 600, None, None)
    """
    share = SHARE.fullmatch(text)
    if share is not None:
        return machine * int(share[1]) // 100 if machine else None
    size = SIZE.fullmatch(text)
    return int(size[1]) * _UNITS[size[2].lower()] if size is not None else None
