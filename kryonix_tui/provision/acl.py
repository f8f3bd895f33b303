"""Redis users: one `ACL SETUSER` line per purpose, made from what the code for it sends and from the keyspace map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.schema import Config, Credential
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.purposes import SUGGESTED_USERS, grant
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import Grant, acl_line
from kryonix_tui.provision.checking import Report
from kryonix_tui.provision.generated import PRIVATE, Description, GeneratedFile
from kryonix_tui.safetext import safe

FILE: Final = "redis-acl.txt"


@dataclass(frozen=True, slots=True)
class AclUser:
    """The user of one purpose. `line` is for redis-cli; its password is to be put in for PASSWORD."""

    purpose: Purpose
    username: str
    grant: Grant
    line: str


def acl_users(config: Config) -> tuple[AclUser, ...]:
    """Return the users of all purposes, by the names that the configuration has for them, else by suggested ones.

    Raises:
        ConfigError: a name cannot stand in an ACL line.
    """
    keyspace = keyspace_map(config.keyspace)
    found = []
    for purpose in Purpose:
        credential: Credential = getattr(config.redis.credentials, purpose.value)
        username = credential.username or SUGGESTED_USERS[purpose]
        granted = grant(purpose, keyspace, keeps_results=config.optimize.keep_result)
        try:
            found.append(AclUser(purpose, username, granted, acl_line(username, granted)))
        except ValueError as error:
            raise ConfigError(
                _("redis.credentials.{purpose}.username: {name} cannot be the name of a Redis user").format(
                    purpose=purpose.value, name=safe(username, 80)
                ),
                hint=_("Use letters, digits, _ . @ and - only."),
            ) from error
    return tuple(found)


def as_text(users: Iterable[AclUser]) -> str:
    """Return a line per user."""
    return "".join(f"{user.line}\n" for user in users)


def as_json(users: Iterable[AclUser]) -> list[dict[str, Any]]:
    """Return what each user is granted, by name."""
    return [
        {
            "purpose": user.purpose.value,
            "username": user.username,
            "keys": list(user.grant.keys),
            "channels": list(user.grant.channels),
            "commands": list(user.grant.commands),
            "selectors": [" ".join(selector.rules) for selector in user.grant.selectors],
            "line": user.line,
        }
        for user in users
    ]


def generate(description: Description) -> list[GeneratedFile]:
    """Return the lines as a file that only its owner can read, as passwords will be put into it.

    Raises:
        ConfigError: as `acl_users`.
    """
    return [GeneratedFile(FILE, as_text(acl_users(description.config)), PRIVATE)]


def problems(_folder: Path) -> Report:
    """Return nothing: the lines are made of names that were checked one by one."""
    return Report()
