"""`kryonix doctor --deep`: all keys, latency over a while, what would be lost, and users wider than they should be."""

from kryonix_tui.doctor.deep.examination import examine

__all__ = ["examine"]
