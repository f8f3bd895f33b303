"""INFO is read field by field; nothing in it can break the reading."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.sources.redis import info

FIELDS = st.sampled_from(
    ["used_memory", "maxmemory", "mem_fragmentation_ratio", "db0", "db99", "cmdstat_get", "role", "loading"]
)
VALUES = st.text(max_size=30)


@given(st.dictionaries(FIELDS, VALUES))
def test_garbled_fields_take_their_defaults(fields: dict[str, str]) -> None:
    info.flavour_and_version(fields)
    info.mode(fields)
    assert info.memory(fields).used >= 0 or fields["used_memory"].strip().startswith("-")
    info.persistence(fields)
    info.replication(fields)
    info.clients(fields)
    info.traffic(fields)
    info.database_sizes(fields)
    info.command_stats(fields)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_parsed(raw: bytes) -> None:
    assert all(isinstance(name, str) for name in info.parse_info(raw))


def test_valkey_is_told_from_the_redis_version_that_it_also_names() -> None:
    assert info.flavour_and_version({"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "9.1.2"}) == (
        "valkey",
        "9.1.2",
    )
    assert info.flavour_and_version({"redis_version": "7.0.15"}) == ("redis", "7.0.15")


def test_databases_with_an_unknown_column_or_an_absurd_number() -> None:
    sizes = info.database_sizes(
        {"db3": "keys=5,expires=1,avg_ttl=900,subexpiry=2", "db": "keys=1", "db99999999": "keys=1"}
    )
    assert {db: (size.keys, size.expires, size.average_ttl_ms) for db, size in sizes.items()} == {3: (5, 1, 900)}


def test_command_statistics_of_old_and_new_servers() -> None:
    stats = info.command_stats(
        {
            "cmdstat_get": "calls=10,usec=20,usec_per_call=2.00",
            "cmdstat_config|get": "calls=1,usec=90,usec_per_call=90.00,rejected_calls=2,failed_calls=3",
        }
    )
    assert [(stat.name, stat.calls, stat.microseconds, stat.failed, stat.rejected) for stat in stats] == [
        ("config|get", 1, 90, 3, 2),
        ("get", 10, 20, 0, 0),
    ]


def test_a_replica_tells_how_far_it_is_behind() -> None:
    replication = info.replication(
        {
            "role": "slave",
            "master_host": "h\x1b",
            "master_port": "1",
            "master_link_status": "down",
            "slave_read_repl_offset": "120",
            "slave_repl_offset": "100",
        }
    )
    assert (replication.primary, replication.link_up, replication.lag_bytes) == ("h␛:1", False, 20)
