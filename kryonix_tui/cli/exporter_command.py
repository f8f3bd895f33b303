"""`kryonix exporter`: per-tenant figures for Prometheus."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _


@click.command("exporter", help=_("Serve per-tenant figures for Prometheus until a signal ends it. Reads Redis alone."))
@click.option("--listen", metavar="HOST:PORT", help=_("Where to listen; port 0 takes a free one."))
@click.option("--token-file", metavar="FILE", help=_("File with the bearer token that Prometheus must show."))
@click.option("--top", type=click.IntRange(1, 10_000), help=_("Tenants with series of their own."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, listen: str | None, token_file: str | None, top: int | None) -> int:
    """Serve until a signal ends it."""
    from msgspec.structs import replace

    from kryonix_tui import bootstrap, logs

    shared = shared_of(context)
    config = shared.load().config
    logs.to_stderr()
    given = {"listen": listen, "token": f"file:{Path(token_file).absolute()}" if token_file else None, "top": top}
    wanted = {name: value for name, value in given.items() if value is not None}
    bootstrap.run_exporter(replace(config, exporter=replace(config.exporter, **wanted)))
    return os.EX_OK
