"""`python -m kryonix_tui` is the `kryonix` command."""

from kryonix_tui.cli import main

if __name__ == "__main__":
    main()
