"""`kryonix doctor`: what works, what is allowed, what to do."""

from kryonix_tui.doctor.examination import run

__all__ = ["run"]
