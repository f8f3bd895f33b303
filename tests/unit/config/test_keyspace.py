from __future__ import annotations

from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.load import load
from kryonix_tui.config.schema import Keyspace
from kryonix_tui.model.keyspace import Role
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.paths import shipped
from tests.unit.config.conftest import WriteConfig


def test_the_default_is_the_platforms_own_map() -> None:
    assert keyspace_map(Keyspace()) == KRYONIX
    assert keyspace_map(load(shipped("config.example.yaml"), environ={}).config.keyspace) == KRYONIX


def test_another_platforms_map_attributes_its_keys(write_config: WriteConfig) -> None:
    write_config(
        "keyspace:\n"
        "  patterns:\n"
        "    - {db: 0, pattern: 'shop:{t}:jobs:{module}', kind: jobs, type: list, role: queue}\n"
        "    - {db: 0, pattern: 'shop:{t}', kind: shop, facts: {name: title}}\n"
    )
    keyspace = keyspace_map(load(environ={}).config.keyspace)
    assert keyspace.attribute(0, b"shop:acme:jobs:mail")[:2] == ("jobs", "acme")
    assert keyspace.kinds_with(Role.QUEUE) == {"jobs"}
    assert [pattern.kind for pattern in keyspace.with_facts()] == ["shop"]
    assert keyspace.databases == KRYONIX.databases
