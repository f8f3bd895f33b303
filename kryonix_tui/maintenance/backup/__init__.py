"""Backups: the format of what is saved, getting it from a server, keeping it, and bringing it back."""
