"""The scheduled backup: a systemd user timer, or a block in the user's crontab.

`job` says what is run and when, `systemd` and `cron` say it in their languages and look after their places, `places`
chooses one, `operation` changes it through the door, `changes` makes such operations from a configuration, and `status`
compares what is there with it.
"""
