"""How a run ends: exit codes, errors on stderr, and the log for what nobody foresaw."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from kryonix_tui import paths
from kryonix_tui.cli import incomplete
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

FINE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
"""As a shell reports it for other programs: 128 + SIGPIPE."""

ERROR_LOG: Final = "error.log"


class ReaderGoneError(Exception):
    """Whoever read our stdout has closed it. Of its own kind, because click ends a run on `BrokenPipeError` itself."""


def guard(run: Callable[[], int], *, verbose: bool) -> int:
    """Return the exit code of `run`, whatever it raises; errors are printed as `title: what happened` and `hint: ...`."""
    _never_fail_on_characters()
    try:
        code = run()
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return _code_of(error, verbose=verbose)
    return code


def _code_of(error: Exception | KeyboardInterrupt, *, verbose: bool) -> int:
    """Tell the user about `error`, where there is something to tell, and return its exit code."""
    code = FAILED
    match error:
        case click.exceptions.Exit():
            code = error.exit_code
        case KeyboardInterrupt() | click.Abort():
            code = INTERRUPTED
        case BrokenPipeError() | ReaderGoneError():
            _forget_stdout()
            code = BROKEN_PIPE
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "kryonix"
            tell(_("Usage"), error.format_message(), f"{command} --help")
            code = USAGE
        case click.ClickException():
            tell(_("Error"), error.format_message())
        case KryonixError():
            tell(_(error.title), error.message, error.hint)
            code = error.exit_code
        case ImportError() if not (error.name or "").startswith("kryonix_tui"):
            _print_details(error, verbose=verbose)
            tell(*incomplete.sentences(error))
        case _:
            _report_internal(error, verbose=verbose)
    return code


def tell(title: str, message: str, hint: str = "") -> None:
    """Print an error to stderr. Each line of it is made safe; a message may have several."""
    lines = [safe(line, 2000) for line in message.splitlines()] or [""]
    text = [f"{safe(title)}: {lines[0]}", *(f"  {line}" for line in lines[1:])]
    if hint:
        text.append(f"{_('hint')}: {safe(hint, 2000)}")
    with contextlib.suppress(OSError):
        click.echo("\n".join(text), err=True)


def note(message: str) -> None:
    """Print something that the user should know, and that is no error, to stderr."""
    with contextlib.suppress(OSError):
        click.echo(f"{_('note')}: {safe(message, 2000)}", err=True)


def _report_internal(error: Exception, *, verbose: bool) -> None:
    details = "".join(traceback.format_exception(error))
    log = paths.state_folder() / ERROR_LOG
    try:
        paths.write_private(log, details.encode("utf-8", "backslashreplace").decode())
        hint = _("The details are in {path}; please report them.").format(path=log)
    except OSError as failure:
        hint = _("The details could not be written to {path} ({reason}); -v prints them.").format(
            path=log, reason=failure.strerror
        )
    _print_details(error, verbose=verbose)
    tell(_("Internal error"), type(error).__name__, hint)


def _print_details(error: Exception, *, verbose: bool) -> None:
    if verbose:
        lines = "".join(traceback.format_exception(error)).splitlines()
        click.echo("\n".join(safe(line, 2000) for line in lines), err=True)


def _never_fail_on_characters() -> None:
    """Let a terminal that cannot show a character get an escape for it, not an exception."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """Keep the interpreter from complaining once more when it flushes at exit (Python's docs on SIGPIPE)."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(Path(os.devnull), os.O_WRONLY), sys.stdout.fileno())
