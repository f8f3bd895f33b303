"""Tuning of the server: profiles of settings, compared with it, applied and undone through the door."""
