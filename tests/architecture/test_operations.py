"""Every operation there is: reachable through the door alone, named for people, audited, and locked where it writes to Redis."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import kryonix_tui
from kryonix_tui import maintenance
from kryonix_tui.maintenance import door
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.door import Door, Operation, Run
from kryonix_tui.maintenance.notify.texts import ENGLISH, PORTUGUESE
from kryonix_tui.maintenance.purposes import WRITERS
from kryonix_tui.model.operation import Result
from kryonix_tui.view.plans import ACTIONS
from tests.unit.maintenance.operations import OPERATOR, FakeOperation, a_plan

PACKAGE = Path(kryonix_tui.__file__).parent

PARTS = {"maintenance/tenants/first_saved.py": "the backup that is a part of a purge, inside the purge's own run"}
"""Besides the door, modules that carry an operation out, and why."""


@cache
def operations() -> tuple[type[Any], ...]:
    """Return all classes of maintenance that have the parts of an operation."""
    found = []
    for module in pkgutil.walk_packages(maintenance.__path__, f"{maintenance.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            parts = ("plan", "apply", "verify", "close", "action", "purpose", "writer")
            if not inspect.isclass(value) or value is Operation or value.__module__ != module.name:
                continue
            own = [field.name for field in fields(value)] if is_dataclass(value) else []
            known = {*dir(value), *own}
            if known.issuperset(parts) and not inspect.isabstract(value):
                found.append(value)
    return tuple(found)


def stated(operation: type[Any], name: str) -> Any:
    """Return what a class says of itself before it is made; None where that is different from one to the other."""
    if is_dataclass(operation):
        for field in fields(operation):
            if field.name == name:
                return field.default if not callable(field.default) else None
    value = inspect.getattr_static(operation, name)
    return None if isinstance(value, property) or inspect.ismemberdescriptor(value) else value


def actions() -> set[str]:
    """Return the actions of all operations, and those that are one or the other by what was asked."""
    return {name for found in operations() if (name := stated(found, "action"))} | ACTIONS.keys() - {"restore.undo"}


def test_there_are_operations() -> None:
    assert {"backup.create", "backup.prune", "restore", "tenant.purge", "tenant.suspend"} <= actions()
    assert len(operations()) >= 8


def test_each_has_a_name_for_people_in_every_language() -> None:
    assert actions() - ACTIONS.keys() == set()
    for texts in (ENGLISH, PORTUGUESE):
        assert actions() - texts.actions.keys() == set()


def test_who_writes_to_redis_takes_its_lock() -> None:
    for operation in operations():
        if stated(operation, "purpose") in WRITERS:
            writer = inspect.getattr_static(operation, "writer")
            assert isinstance(writer, property), operation
            assert "return None" not in inspect.getsource(writer.fget or str), operation


@pytest.mark.parametrize("action", sorted(actions()))
async def test_each_leaves_its_lines_in_the_audit_log(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    operation = FakeOperation(planned=a_plan(action=action), action=action)
    outcome = await Door(OPERATOR).run(operation, operation.planned, Run())
    assert outcome.result is Result.DONE
    lines = [(line.event, line.action) for line in AuditLog().entries()]
    assert lines == [("started", action), ("finished", action)]


def carrying_out() -> dict[str, set[str]]:
    """Return where an operation is applied or verified (`await x.apply(...)`), by place."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
                continue
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in ("apply", "verify") and len(node.value.args) > 1:
                found.setdefault(path.relative_to(PACKAGE).as_posix(), set()).add(called.attr)
    return found


def test_nothing_is_carried_out_but_by_the_door() -> None:
    found = carrying_out()
    assert found.pop("maintenance/door.py") == {"apply", "verify"}
    assert found.keys() == PARTS.keys()


def test_the_door_writes_down_before_and_after() -> None:
    """The line stands before anything is done, and whatever happens in between, one stands at the end."""
    source = inspect.getsource(door.Door.run)
    assert source.index('"started"') < source.index("_carried_out(")
    assert '"finished"' in inspect.getsource(door.Door._carried_out)
