"""Frozen values: what the console knows, and nothing about where it comes from or how it is shown."""
