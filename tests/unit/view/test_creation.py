"""Tenants that are being created: how far they are, on a line, in a row, as JSON, and as a filter."""

from __future__ import annotations

import json

import pytest

from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.view import creation
from kryonix_tui.view.cells import plain
from kryonix_tui.view.filters import compile_filter
from kryonix_tui.view.status import encode, status
from kryonix_tui.view.tenant import Subject, heading
from kryonix_tui.view.tenants import columns, why_cell
from tests.unit.builders import CREATION, METRICS, census, facts, snapshot, update


def said(tenant: str, progress: float | None = None, **texts: str) -> TenantFacts:
    """Return what the platform says of a creation."""
    numbers = {} if progress is None else {"creation_progress": progress}
    return facts(tenant, numbers=numbers, texts={f"creation_{name}": text for name, text in texts.items()})


SHOWN = update(
    snapshot(
        census=census({"new": {CREATION: 1}, "half": {CREATION: 1, METRICS: 1}, "done": {CREATION: 1, METRICS: 1}}),
        facts=[
            said("new", 35, status="analyzing", step="creating_database", next_step="whatsapp", estimate="2min_30s"),
            said("half", 80, status="configuring"),
            said("done", 100, status="completed"),
        ],
    )
)
TENANTS = SHOWN.platform.tenants


def line_of(name: str) -> str:
    return "\n".join(plain(found) for found in creation.lines(TENANTS[name]))


def test_a_creation_is_a_bar_and_the_platforms_own_words() -> None:
    assert line_of("new") == (
        "  ███████░░░░░░░░░░░░░ 35 %  analyzing  step creating_database  then whatsapp  2min_30s to go"
    )
    assert line_of("half") == "  ████████████████░░░░ 80 %  configuring"
    assert line_of("done") == ""
    shown = "\n".join(plain(found) for found in heading(Subject(TENANTS["new"], SHOWN)))
    assert "being created" in shown
    assert "35 %" in shown


@pytest.mark.parametrize(("read", "shown"), [(said("x"), ""), (said("x", status="queued"), "  queued")])
def test_what_is_not_said_is_not_shown(read: TenantFacts, shown: str) -> None:
    only = update(snapshot(census=census({"x": {CREATION: 1}}), facts=[read])).platform.tenants["x"]
    assert "\n".join(plain(found) for found in creation.lines(only)) == shown
    assert creation.short(only).startswith("being created")


def test_the_list_says_how_far_and_can_be_filtered() -> None:
    assert why_cell(TENANTS["new"], SHOWN).text == "being created 35 % creating_database"
    assert why_cell(TENANTS["half"], SHOWN).text == "being created 80 % configuring"

    def passing(text: str) -> set[str]:
        test = compile_filter(text, columns(SHOWN))
        return {name for name, tenant in TENANTS.items() if test(tenant)}

    assert passing("state=creating") == {"new"}
    assert passing("state=active") == {"half", "done"}


def test_the_document_has_it_too() -> None:
    document = json.loads(encode(status(SHOWN)))
    parts = {tenant["id"]: (tenant["state"], tenant["creation"]) for tenant in document["tenants"]}
    assert parts["new"] == (
        "creating",
        {
            "status": "analyzing",
            "progress": 35.0,
            "estimated_completion": "2min_30s",
            "step": "creating_database",
            "next_step": "whatsapp",
        },
    )
    assert parts["half"][0] == "active"
    assert parts["done"][1]["progress"] == 100.0
    nothing = update(snapshot(census=census({"x": {METRICS: 1}}), facts=[facts("x")]))
    assert json.loads(encode(status(nothing)))["tenants"][0]["creation"] is None
