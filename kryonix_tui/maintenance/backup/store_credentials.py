"""Whether the environment says who we are to an object store, and what to set where it does not.

Where it says nothing, the clouds' clients ask the metadata address of the machine that they believe to run on: whoever
answers there would decide who we are. That is done only where `backup.instance_credentials` allows it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from kryonix_tui.errors import AuthenticationError, ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.masking import MASK, is_secret_name
from kryonix_tui.safetext import safe

GOOGLE_FILE: Final = Path(".config", "gcloud", "application_default_credentials.json")
"""Where `gcloud auth application-default login` leaves credentials, in the home folder."""

_SHORTEST: Final = 4
"""Characters of a secret that is worth hiding; what is shorter would tear other words apart."""

_USER: Final = re.compile(r"://[^/\s]*@")


class _Cloud(NamedTuple):
    """Sets of variables of which one must be complete; the first is the one to recommend."""

    prefix: str
    sets: tuple[tuple[str, ...], ...]


_S3: Final = _Cloud(
    "AWS_",
    (
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    ),
)
_GOOGLE: Final = _Cloud(
    "GOOGLE_",
    (
        ("GOOGLE_APPLICATION_CREDENTIALS",),
        ("GOOGLE_SERVICE_ACCOUNT",),
        ("GOOGLE_SERVICE_ACCOUNT_PATH",),
        ("GOOGLE_SERVICE_ACCOUNT_KEY",),
    ),
)
_AZURE: Final = _Cloud(
    "AZURE_",
    (
        ("AZURE_STORAGE_ACCOUNT_KEY",),
        ("AZURE_STORAGE_ACCESS_KEY",),
        ("AZURE_STORAGE_SAS_TOKEN",),
        ("AZURE_STORAGE_SAS_KEY",),
        ("AZURE_STORAGE_TOKEN",),
        ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"),
        ("AZURE_STORAGE_CLIENT_ID", "AZURE_STORAGE_CLIENT_SECRET", "AZURE_STORAGE_TENANT_ID"),
        ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"),
    ),
)
_SCHEMES: Final = {
    **dict.fromkeys(("s3", "s3a"), _S3),
    "gs": _GOOGLE,
    **dict.fromkeys(("az", "azure", "adl", "abfs", "abfss"), _AZURE),
}
_HOSTS: Final = {
    ".amazonaws.com": _S3,
    ".r2.cloudflarestorage.com": _S3,
    ".core.windows.net": _AZURE,
    ".fabric.microsoft.com": _AZURE,
}
"""Clouds that https:// URLs may mean; any other host gets no credentials at all."""


def required(url: str, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the variables to set for the store of `url`; none where the environment says enough, or nothing is needed."""
    cloud = _cloud(url)
    if cloud is None or _enough(cloud, environ):
        return ()
    return cloud.sets[0]


def variables(url: str, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of the variables in the environment that are meant for the store of `url`."""
    cloud = _cloud(url)
    return tuple(sorted(name for name in environ if cloud is not None and name.startswith(cloud.prefix)))


def check(url: str, environ: Mapping[str, str] = os.environ) -> None:
    """Look whether what the environment says can be used at all: the cloud's client would not survive it.

    Raises:
        ConfigError: a variable holds what no credential and no address can hold.
    """
    for name in variables(url, environ):
        value = environ[name]
        if not value.isprintable() or ("ENDPOINT" in name and value and not _is_address(value)):
            raise ConfigError(
                _("the variable {name} in the environment cannot be used").format(name=safe(name)),
                hint=_("An address begins with http:// or https://; a credential is one line."),
            )


def masked(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return `text` without the credentials of the environment, and without those in addresses."""
    for name, value in environ.items():
        secret = is_secret_name(name) or name.endswith("_KEY_ID")
        if secret and len(value) >= _SHORTEST and name.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            text = text.replace(value, MASK)
    return _USER.sub(f"://{MASK}@", text)


def require(url: str, place: str, environ: Mapping[str, str] = os.environ) -> None:
    """Look whether the environment has credentials for the store of `url`.

    Raises:
        AuthenticationError: it has none, and only the machine's own could be asked for.
    """
    missing = required(url, environ)
    if missing:
        raise AuthenticationError(
            _("{place}: there are no credentials in the environment").format(place=place),
            hint=_(
                "Set {names}, or backup.instance_credentials: true to use those of this machine in its cloud."
            ).format(names=_(" and ").join(missing)),
        )


def _is_address(text: str) -> bool:
    try:
        return urlsplit(text).scheme in ("http", "https")
    except ValueError:  # half a bracket
        return False


def _cloud(url: str) -> _Cloud | None:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme in ("http", "https"):
        return next((cloud for ending, cloud in _HOSTS.items() if host.endswith(ending)), None)
    return _SCHEMES.get(parts.scheme)


def _enough(cloud: _Cloud, environ: Mapping[str, str]) -> bool:
    if environ.get(f"{cloud.prefix}SKIP_SIGNATURE", "").lower() in ("1", "true", "yes", "on", "y", "t"):
        return True
    if cloud is _GOOGLE and Path(environ.get("HOME", "/"), GOOGLE_FILE).is_file():
        return True
    return any(all(environ.get(name) for name in names) for names in cloud.sets)
