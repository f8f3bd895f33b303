"""Silences of Alertmanager: make, extend, end."""
