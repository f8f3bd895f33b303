"""Judgement: pure functions over frozen values. No IO, no clock of its own, no text for eyes."""
