"""Telling people how an operation ended: what is said (`message`, `texts`) and to whom (`destinations`, `notifier`)."""
