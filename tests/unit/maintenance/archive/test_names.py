from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.archive.manifest import tenant_identity, tenant_text
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName, scope_label
from kryonix_tui.model.operation import Scope
from kryonix_tui.safetext import identity

TENANTS = st.binary(max_size=80).map(identity)


@pytest.mark.parametrize(
    ("scope", "label"),
    [
        (Scope(), "full"),
        (Scope(("acme",)), "tenant-acme"),
        (Scope(("acme-2.x_y",)), "tenant-acme-2.x_y"),
        (Scope((), (5,)), "db-5"),
        (Scope((), (5, 0)), "db-0_5"),
        (Scope(("acme",), (3, 0)), "tenant-acme+db-0_3"),
    ],
)
def test_a_scope_is_readable_in_a_name(scope: Scope, label: str) -> None:
    assert scope_label(scope) == label


@given(st.lists(TENANTS, max_size=4).map(tuple), st.lists(st.integers(0, 65_535), max_size=40).map(tuple))
def test_every_scope_makes_a_name_that_file_systems_take(tenants: tuple[str, ...], databases: tuple[int, ...]) -> None:
    made_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    name = ArchiveName(scope_label(Scope(tenants, databases)), made_at, "01234567", encrypted=bool(databases))
    assert ArchiveName.parse(str(name)) == name
    assert len(name.sidecar) <= 200
    assert name.sidecar.isascii()
    assert "/" not in str(name)


@given(TENANTS, TENANTS)
def test_two_tenants_have_two_labels(one: str, other: str) -> None:
    assert (scope_label(Scope((one,))) == scope_label(Scope((other,)))) == (one == other)


def test_labels_that_look_alike_differ() -> None:
    alike = [("a", "b"), ("a_b",), ("a/b",), ("a b",), ("a:b",), ("A" * 41,), ("A" * 42,), ("x+db-0",), ("",)]
    assert len({scope_label(Scope(tenants)) for tenants in alike}) == len(alike)
    assert scope_label(Scope(("b", "a"))) == scope_label(Scope(("a", "b")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dump.tar",
        "kryonix-full-20260102T030000Z-1a2b3c4d.tar.gz",
        "kryonix-full-20261302T030000Z-1a2b3c4d.tar",
        "kryonix-full-20260102T030000Z-1A2B3C4D.tar",
        "kryonix-full-20260102T030000Z-1a2b3c4d.tar.sha256",
        "kryonix-../full-20260102T030000Z-1a2b3c4d.tar",
        "kryonix-full-20260102T030000Z-1a2b3c4d.tar\n",
        ".part-12-kryonix-full-20260102T030000Z-1a2b3c4d.tar",
    ],
)
def test_other_names_are_not_ours(text: str) -> None:
    assert ArchiveName.parse(text) is None


@given(TENANTS)
def test_a_tenant_in_a_manifest_keeps_every_byte(tenant: str) -> None:
    text = tenant_text(tenant)
    assert text.isascii()
    assert tenant_identity(text) == tenant
