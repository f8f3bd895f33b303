"""The configuration explained: `config.example.yaml` and `docs/configuration.md`, made from the schema.

The docstring under each field of `schema` is the explanation; defaults and types come from the field itself.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from kryonix_tui.config.fields import describe, is_secret, item_kind, leaves, section_of
from kryonix_tui.config.schema import Config, Credential, High, Low, Section

WIDTH: Final = 118
_WRAP: Final = 70  # PyYAML breaks after the entry that crosses it
_INLINE: Final = (Low, High, Credential)
"""Small sections that are easier to read on one line."""

_EXAMPLE_HEAD: Final = """\
# Every key of the configuration, at its default. Keep what you change, delete the rest.
# Looked for in this order: --config FILE, KRYONIX_CONFIG, ./config.yaml (yours, and writable by nobody else),
# config.yaml in the folder kryonix of your XDG configuration folder. Variables and flags override it.
# Durations are seconds. A secret may be ${NAME} (an environment variable) or file:/path (the content of a file).
"""

_CONTEXTS_EXAMPLE: Final = """\
# contexts:
#   production:
#     production: true
#     redis:
#       url: rediss://redis.example.com:6379
#       credentials:
#         monitor: {username: kx_mon, password: 'file:/run/secrets/redis-monitor'}
#     prometheus:
#       url: https://prometheus.example.com
#       headers: {X-Scope-OrgID: kryonix}
#   staging:
#     redis: {url: 'redis://redis.staging.example.com:6379'}
"""

_GUIDE: Final = """\
# Configuration

This page is made from the code (`make docs`). [config.example.yaml](../config.example.yaml) has every key at its default.

**Where it comes from.** The first of: `--config FILE`, `KRYONIX_CONFIG`, `./config.yaml` (only when it belongs to you and
nobody else can write it), `config.yaml` in the folder `kryonix` of your XDG configuration folder. Every key can also be
given as the environment variable named below; text is taken as it stands, other types are read as YAML, an empty variable
counts as not set, a variable that no key has is an error. Flags come last: flag > environment > file > default.
`kryonix config show` prints every key with its value and where it comes from, `kryonix config check` finds every mistake,
with file and line.

**Servers.** A flag or variable that names a server (`--redis`, `KRYONIX_REDIS_URL`, ...) replaces all that the file says about
where it is. If the file names a server too, its credentials, headers and TLS settings stay behind as well: they were written
for that one. Timeouts stay.

**Contexts** are named sets of servers, chosen with `--context`, `KRYONIX_CONTEXT` or the key `context`. What a context leaves
out is taken from the top level, except where the top level's server is: a context that names its own replaces that.

**Secrets** may be given as `${NAME}` (the whole value is an environment variable's) or `file:/path` (the content of a file,
without its final newline). They are masked wherever they are shown.
"""


def example_yaml() -> str:
    """Return `config.example.yaml`: every key at its default, with its explanation."""
    return "\n".join([_EXAMPLE_HEAD.rstrip(), *_section_lines(Config(), 0), "", _CONTEXTS_EXAMPLE])


def configuration_page() -> str:
    """Return `docs/configuration.md`: a table of key, type, default, meaning and variable for each part."""
    parts: dict[str, list[str]] = {}
    for row in _rows():
        parts.setdefault(row[0].split(".")[0] if "." in row[0] else "", []).append(_table_row(row))
    lines = [_GUIDE]
    for name, rows in parts.items():
        lines += [f"## {name or 'Top level'}", ""]
        if name:
            lines += [_explanations(Config)[name], ""]
        lines += ["| key | type | default | meaning | variable |", "|---|---|---|---|---|", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


@functools.cache
def _explanations(section: type[Section]) -> dict[str, str]:
    """Return the docstring under each field of a section, those that it has from another one included."""
    inherited = section.__base__
    found = dict(_explanations(inherited)) if inherited not in (None, Section) else {}
    module = ast.parse(inspect.getsource(sys.modules[section.__module__]))
    body = next(node.body for node in module.body if isinstance(node, ast.ClassDef) and node.name == section.__name__)
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            found[field.target.id] = inspect.cleandoc(str(ast.literal_eval(below.value)))
    return found


def _section_lines(section: Section, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for info in msgspec.structs.fields(section):
        value = getattr(section, info.name)
        if depth == 0:
            yield ""
        yield from _comment(_explanations(type(section))[info.name], indent)
        if isinstance(value, Section) and not isinstance(value, _INLINE):
            yield f"{indent}{info.name}:"
            yield from _section_lines(value, depth + 1)
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            kind: type[Section] = type(value[0])
            for name, text in _explanations(kind).items():
                yield from _comment(f"- {name}: {text}", indent)
            yield f"{indent}{info.name}:"
            yield from (_list_item(entry, indent + "  ") for entry in value)
        else:
            yield from _entry(info.name, msgspec.to_builtins(value), indent)


def _entry(name: str, value: object, indent: str) -> Iterator[str]:
    line = f"{indent}{name}: {_flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, dict):
        yield line
        return
    yield f"{indent}{name}:"
    yield from (f"{indent}  {key}: {_flow(entry)}" for key, entry in value.items())


def _comment(text: str, indent: str) -> Iterator[str]:
    for line in textwrap.wrap(" ".join(text.split()), WIDTH - len(indent) - 2):
        yield f"{indent}# {line}"


def _list_item(entry: Section, indent: str) -> str:
    """Return one entry as a flow mapping, without the keys that have their default; `db` always stands."""
    plain = {
        info.name: msgspec.to_builtins(getattr(entry, info.name))
        for info in msgspec.structs.fields(entry)
        if info.required or info.name == "db" or getattr(entry, info.name) != _default(info)
    }
    if "db" in plain:
        plain = {"db": plain.pop("db"), **plain}
    text = _flow(plain)
    if len(indent) + 2 + len(text) > WIDTH:
        text = _flow(plain, _WRAP)
    return f"{indent}- " + f"\n{indent}  ".join(text.splitlines())


def _default(info: msgspec.structs.FieldInfo) -> object:
    return info.default_factory() if callable(info.default_factory) else info.default


def _flow(value: object, width: int = 10_000) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=width)
    return text.removesuffix("\n").removesuffix("\n...")


_Row = tuple[str, str, str, str, str]


def _rows() -> Iterator[_Row]:
    for leaf in leaves():
        holder = Config()
        for part in leaf.path[:-1]:
            holder = getattr(holder, part)
        meaning = _explanations(type(holder))[leaf.path[-1]]
        entries = item_kind(leaf.kind, tuple) or item_kind(leaf.kind, dict)
        default = f"the built-in {len(leaf.default)}" if isinstance(leaf.default, tuple) and leaf.default else ""
        yield leaf.key, _kind(leaf.kind), default or f"`{_flow(leaf.default)}`", meaning, f"`{leaf.variable}`"
        section = section_of(entries)
        if section:
            yield from _entry_rows(section, leaf.key + ("[]" if item_kind(leaf.kind, tuple) else ".NAME"))


def _entry_rows(section: type[Section], above: str) -> Iterator[_Row]:
    for info in msgspec.structs.fields(section):
        default = "required" if info.required else f"`{_flow(_default(info))}`"
        yield f"{above}.{info.name}", _kind(info.type), default, _explanations(section)[info.name], ""


def _kind(kind: Any) -> str:
    return describe(kind) + (", secret" if is_secret(kind) or is_secret(item_kind(kind, dict)) else "")


def _table_row(row: _Row) -> str:
    key, *rest = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
    return "| " + " | ".join([f"`{key}`", *rest]) + " |"
