"""The files of screens: where they lie, and what is wrong in them.

The shipped ones lie in `screens/`; a file of the same name in the configuration folder's `screens/` replaces one, others
are added. A part that cannot be understood is left out and said, with file, line, panel, key and what was expected; the
other panels still draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from kryonix_tui.config.document import Document, KeyPath, dotted, parse
from kryonix_tui.config.reading import Problem, Reading
from kryonix_tui.config.screen import TENANT, Annotation, Panel, Screen, ScreenFile, Variable
from kryonix_tui.config.section import Section
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.model.promql import TemplateError, filled, references, refuse_monster
from kryonix_tui.paths import config_folder, shipped
from kryonix_tui.safetext import safe

_LARGEST_FILE = 1_000_000
_MOST_PANELS = 60
_SAMPLE = {"__interval": "1m", "__rate_interval": "5m"}

S = TypeVar("S", bound=Section)


def own_folder() -> Path:
    """Return the folder of the user's own screens."""
    return config_folder() / "screens"


def screen_file(name: str) -> Path:
    """Return the file that describes screen `name`: the user's own, or the shipped one.

    Raises:
        ConfigError: `name` is no name of a file.
    """
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise ConfigError(_("{name} is no name of a screen").format(name=safe(name, 40) or '""'))
    own = own_folder() / f"{name}.yaml"
    try:
        return own if own.exists() else shipped("screens") / f"{name}.yaml"
    except OSError as error:  # the name is too long, or the folder may not be looked into
        raise ConfigError(_("{file}: {error}").format(file=safe(str(own)), error=error.strerror)) from error


def screen_names() -> list[str]:
    """Return the names of all screens that there are, in order."""
    folders = (shipped("screens"), own_folder())
    return sorted({path.stem for folder in folders if folder.is_dir() for path in folder.glob("*.yaml")})


def load_screen(name: str) -> Screen:
    """Read screen `name`.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or is no mapping with `panels`.
    """
    path = screen_file(name)
    return screen_of(name, parse(_text(path), str(path)))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        place = safe(str(error.filename or path))
        raise ConfigError(_("{file}: {error}").format(file=place, error=error.strerror)) from error
    if len(raw) > _LARGEST_FILE:
        raise ConfigError(_("{file} is larger than 1 MB").format(file=safe(str(path))))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(_("{file} is not UTF-8").format(file=safe(str(path)))) from error


def screen_of(name: str, document: Document) -> Screen:
    """Return the screen that a parsed file describes.

    Raises:
        ConfigError: it is no mapping with a list of panels.
    """
    entries = document.data.get("panels")
    if not isinstance(entries, list):
        place = safe(document.name)
        raise ConfigError(_("{file}: expected a mapping with title and panels").format(file=place))
    reader = _Reader(document)
    # The Tenant screen is about a tenant, whether its file says so or not.
    subject = {"subject": "tenant"} if name == "tenant" else {}
    reader.head(subject | {key: value for key, value in document.data.items() if key != "panels"})
    panels = tuple(reader.panels(entries[:_MOST_PANELS]))
    if len(entries) > _MOST_PANELS:
        reader.note(("panels", _MOST_PANELS), _("expected {count} panels at most").format(count=_MOST_PANELS))
    head = reader.screen
    return Screen(
        name,
        safe(head.title or name, 80),
        panels,
        tuple(reader.mistakes),
        head.subject,
        head.variables,
        head.annotations,
    )


class _Reader:
    """Reads the parts of one file, and keeps what is wrong with the others."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._file = Path(document.name).name
        self.screen = ScreenFile()
        self.mistakes: list[str] = []

    def note(self, path: KeyPath, text: str, part: str = "") -> None:
        """Keep a mistake: file and line, the part of the screen, and what is wrong."""
        line = self._document.lines.get(path) or self._document.lines.get(path[:-1], 1)
        self.mistakes.append(f"{safe(self._file, 60)}:{line}: {part}{safe(text, 300)}")

    def head(self, data: dict[str, object]) -> None:
        """Read everything but the panels."""
        lists = {"variables": Variable, "annotations": Annotation}
        reading = Reading()
        plain = reading.read({key: value for key, value in data.items() if key not in lists}, ScreenFile, ())
        wrong = {problem.path[0] for problem in reading.problems}
        self._note_all(reading.problems, "", 0)
        assert isinstance(plain, dict)  # noqa: S101 - a section reads as a mapping
        head = msgspec.convert({key: value for key, value in plain.items() if key not in wrong}, ScreenFile)
        self.screen = msgspec.structs.replace(head, variables=())
        variables = tuple(self._items(data, "variables", Variable, "series"))
        self.screen = msgspec.structs.replace(head, variables=variables)
        annotations = tuple(self._items(data, "annotations", Annotation, "query"))
        self.screen = msgspec.structs.replace(self.screen, annotations=annotations)

    def panels(self, entries: list[object]) -> Iterator[Panel]:
        """Yield the panels that can be drawn."""
        for number, entry in enumerate(entries):
            part = _("panel {panel}: ").format(panel=_called(entry, "title", number))
            panel = self._item(entry, Panel, ("panels", number), part)
            if panel is not None:
                several = {f"queries[{place}].query": query.query for place, query in enumerate(panel.queries)}
                if self._sound(several or {"query": panel.query}, ("panels", number), part):
                    yield panel

    def _items(self, data: dict[str, object], key: str, kind: type[S], expression: str) -> Iterator[S]:
        entries = data.get(key) or []
        if not isinstance(entries, list):
            self.note((key,), _("{key}: expected a list").format(key=key))
            return
        for number, entry in enumerate(entries[:_MOST_PANELS]):
            part = f"{key} {_called(entry, 'name', number)}: "
            item = self._item(entry, kind, (key, number), part)
            if item is not None and self._sound({expression: getattr(item, expression)}, (key, number), part):
                yield item

    def _item(self, entry: object, kind: type[S], path: KeyPath, part: str) -> S | None:
        reading = Reading()
        plain = reading.read(entry if entry is not None else [], kind, path)
        self._note_all(reading.problems, part, len(path))
        if reading.problems:
            return None
        try:
            return msgspec.convert(plain, kind)
        except msgspec.ValidationError as error:
            self.note(path, str(error).replace(" - at `$`", "").replace("`$.", "`"), part)
            return None

    def _note_all(self, problems: Iterable[Problem], part: str, depth: int) -> None:
        for problem in problems:
            key = dotted(problem.path[depth:])
            self.note(problem.path, f"{key}: {problem.text}" if key else problem.text, part)

    def _sound(self, expressions: dict[str, str], path: KeyPath, part: str) -> bool:
        """Tell whether PromQL can be made of the expressions; note what is wrong with them."""
        sound = True
        for key, expression in expressions.items():
            why = self._wrong_with(expression) if expression else ""
            if why:
                self.note((*path, key), f"{key}: {why}", part)
                sound = False
        return sound

    def _wrong_with(self, expression: str) -> str:
        values: dict[str, str | None] = {variable.name: None for variable in self.screen.variables}
        if self.screen.subject == "tenant":
            values[TENANT] = "x"
        try:
            known = sorted(values)
            for reference in references(expression):
                if reference.name not in values:
                    names = ", ".join(f"${name}" for name in known) or _("none")
                    return _("there is no variable ${name}; there are {names}").format(name=reference.name, names=names)
            refuse_monster(expression)
            return _syntax(filled(expression, values, _SAMPLE))
        except TemplateError as error:
            return str(error)


def _called(entry: object, key: str, number: int) -> str:
    """Return what a part of the file is called: as it says itself, else by its number."""
    said = entry.get(key) if isinstance(entry, dict) else None
    return safe(said, 40) if said and isinstance(said, str) else f"#{number + 1}"


def _syntax(expression: str) -> str:
    """Return what is wrong with PromQL, empty where nothing is."""
    import promql_parser

    try:
        promql_parser.parse(expression)
    except ValueError as error:
        return _("not PromQL: {reason}").format(reason=safe(str(error), 200))
    return ""
