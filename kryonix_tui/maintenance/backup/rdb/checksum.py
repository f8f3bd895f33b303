"""CRC64 as Redis computes it (polynomial ad93d23594c935a9, reflected, no final XOR), over parts."""

from __future__ import annotations

from typing import Final

import anycrc  # type: ignore[import-untyped]  # a C extension without stubs

SIZE: Final = 8
"""Bytes of a stored checksum, little endian."""

_MODEL: Final = anycrc.Model("CRC64-REDIS")


def crc64(data: bytes | memoryview, before: int = 0) -> int:
    """Return the checksum of `data`, following bytes whose checksum is `before`."""
    return int(_MODEL.calc(data, before))


def stored(data: bytes | memoryview, before: int = 0) -> bytes:
    """Return the checksum as it stands in files and payloads."""
    return crc64(data, before).to_bytes(SIZE, "little")
