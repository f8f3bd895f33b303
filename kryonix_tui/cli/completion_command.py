"""`kryonix completion`: the shell's part of completion, to be evaluated by its start-up file."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from kryonix_tui.cli.shared import shared_flags
from kryonix_tui.i18n import _

VARIABLE = "_KRYONIX_COMPLETE"
BEFORE = {"zsh": "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }\n"}
"""What stands before the script of a shell: zsh has no completion before somebody loads it, and Debian's does not."""


@click.command("completion", help=_('Print shell completion, for instance: eval "$(kryonix completion bash)"'))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@shared_flags
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script for `shell`."""
    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101 - click has all three
    click.echo(BEFORE.get(shell, "") + completion(context.find_root().command, {}, "kryonix", VARIABLE).source())
