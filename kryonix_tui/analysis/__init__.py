"""Judgement: functions over frozen values, and the memory they need. No IO, no text for eyes."""
