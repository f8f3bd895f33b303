"""The `kryonix` command: flags, commands, exit codes.

`main` is the way in. It chooses the language first and imports the commands afterwards, so that their help texts are
translated; everything heavy (servers, screens) is imported by the command that needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit with its code; no traceback reaches the terminal unless `-v` asks for it."""
    try:
        from kryonix_tui.cli import exits
    except ImportError as error:
        from kryonix_tui.cli.incomplete import report

        sys.exit(report(error))
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(exits.guard(lambda: _run(given), verbose="-v" in given or "--verbose" in given))


def _run(arguments: list[str]) -> int:
    from kryonix_tui.cli.language import speak

    speak(arguments)
    from kryonix_tui.cli.program import program

    code = program.main(arguments, prog_name="kryonix", standalone_mode=False)
    return code if isinstance(code, int) else 0
