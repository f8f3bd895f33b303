"""Reads of the deep examination: a walk that looks for keys out of place, SDK hashes, a series of PINGs."""

from kryonix_tui.sources.redis.audit.auditor import Auditor

__all__ = ["Auditor"]
