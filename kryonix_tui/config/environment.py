"""`KRYONIX_*` variables as a layer: every key of the configuration can be given as `KRYONIX_<PATH>`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kryonix_tui.config.document import parse_value
from kryonix_tui.config.fields import VARIABLE_PREFIX, is_text, leaves
from kryonix_tui.config.layers import Layer, Setting
from kryonix_tui.config.reading import did_you_mean
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

CONFIG_VARIABLE: Final = "KRYONIX_CONFIG"

_REFERENCES: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def layer_of(environ: Mapping[str, str]) -> Layer:
    """Return what the environment sets. Text is taken as it stands, other types as YAML; empty means not set.

    Raises:
        ConfigError: a value is not even YAML.
    """
    layer: Layer = {}
    for leaf in leaves():
        text = environ.get(leaf.variable, "")
        if not text:
            continue
        origin = f"env {leaf.variable}"
        value: object = text
        if leaf.kind is bool and text in ("0", "1"):
            value = text == "1"
        elif not is_text(leaf.kind):
            value = parse_value(text, origin)
        layer[leaf.path] = Setting(value, origin)
    return layer


def unknown_variables(environ: Mapping[str, str], text: str) -> list[str]:
    """Return a sentence for each `KRYONIX_*` variable that no key has, unless the configuration's `text` refers to it."""
    known = {leaf.variable for leaf in leaves()} | {CONFIG_VARIABLE}
    used = set(_REFERENCES.findall(text))
    return [
        _("env {name}: there is no such key").format(name=safe(name, 80)) + did_you_mean(name, known)
        for name in sorted(environ)
        if name.startswith(VARIABLE_PREFIX) and name not in known and name not in used
    ]
