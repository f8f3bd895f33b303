"""Questions with yes or no, answered in the language in which they are asked, or in English."""

from __future__ import annotations

import click

from kryonix_tui.i18n import _, agrees


def confirmed(question: str, *, err: bool = False) -> bool:
    """Ask until the answer is yes or no; without one it is no.

    Raises:
        click.Abort: the question was left, or nobody can answer any more.
    """
    text = f"{question} [{_('yes')[0]}/{_('no')[0].upper()}]"
    while True:
        answer = click.prompt(text, default="", show_default=False, err=err)
        meant = agrees(answer) if answer.strip() else False
        if meant is not None:
            return meant
        click.echo(_("please answer {yes} or {no}").format(yes=_("yes"), no=_("no")), err=err)
