"""An operator's console: until a job has come so far, and backups to work with."""

from __future__ import annotations

import asyncio

from kryonix_tui.maintenance.backup.archive.naming import scope_label
from kryonix_tui.model.operation import Scope
from kryonix_tui.tui.jobs import Job, Phase
from tests.servers import Server
from tests.tui.console import Console


def one_redis_speaks_at_once(server: Server) -> None:
    """Without this a server waits some seconds for more replicas before it sends a snapshot."""
    with server.client() as client:
        client.config_set("repl-diskless-sync-delay", 0)


async def until_job(running: Console, phase: Phase) -> Job:
    """Wait until the newest job has come to `phase`, and return it."""
    async with asyncio.timeout(60):
        while not running.app.work.jobs.all or running.app.work.jobs.all[-1].phase is not phase:
            await running.pilot.pause(0.05)
    await running.settle()
    return running.app.work.jobs.all[-1]


async def until(running: Console, text: str) -> None:
    """Wait until the screen shows a text."""
    async with asyncio.timeout(60):
        while text not in running.text:
            await running.pilot.pause(0.05)


async def back_up(running: Console, scope: Scope) -> None:
    """Make a backup, and wait until the Maintenance screen lists it."""
    running.app.navigation.command_maintenance()
    await running.settle()
    running.app.archiving.back_up(scope)
    await until_job(running, Phase.ASKING)
    await running.press("y")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    running.app.clear_notifications()
    await until(running, f"kryonix-{scope_label(scope)}-")
