"""Dumb widgets: values in, messages out."""
