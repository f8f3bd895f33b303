"""The section `serve`: the console in a browser."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from kryonix_tui.config.section import Secret, Section


class Serve(Section, frozen=True):
    """`kryonix serve`: the console in a browser, always read-only."""

    host: str = "127.0.0.1"
    """Address to listen on. Beyond this machine it takes a token."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8022
    """Port to listen on; 0 takes a free one."""
    token: Secret = ""
    """What whoever opens it must show, in the address or as a password; or ${NAME}, or file:/path. Empty: none."""
    public_url: str = ""
    """Address under which a proxy in front shows it (https://console.example.org). It takes a token."""
    sessions: Annotated[int, Meta(ge=1, le=100)] = 4
    """Browser windows at once. Each is a console of its own, with connections of its own."""
