"""Every key that the demo writes is attributed as it is meant."""

from __future__ import annotations

import json
from random import Random

import pytest

from kryonix_tui.demo import records
from kryonix_tui.demo.cast import cast
from kryonix_tui.demo.documented import documented
from kryonix_tui.demo.seed import MAKERS, platform_keys, strays, tenant_keys
from kryonix_tui.demo.writer import Write
from kryonix_tui.model.keyspace import OTHER, Attribution
from kryonix_tui.model.kryonix_map import KRYONIX

PROFILE = cast(40, 20_000, 7)[6]


def attribution(write: Write) -> Attribution:
    db, (_command, key, *_rest) = write
    return KRYONIX.attribute(db, str(key).encode())


@pytest.mark.parametrize("kind", MAKERS)
def test_what_comes_and_goes_is_of_its_kind(kind: str) -> None:
    for write in MAKERS[kind][0](PROFILE, Random(1), 10.0):
        assert attribution(write)[:2] == (kind, PROFILE.tenant)


def test_a_tenant_has_only_keys_of_known_kinds() -> None:
    found = {attribution(write)[:2] for write in tenant_keys(PROFILE, Random(1))}
    assert {tenant for _, tenant in found} == {PROFILE.tenant}
    assert OTHER not in {kind for kind, _ in found}


def test_the_documented_keys_are_of_known_kinds() -> None:
    found = [attribution(write) for write in documented()]
    assert OTHER not in {found_one.kind for found_one in found}
    assert {found_one.tenant for found_one in found} == {
        None,
        "cliente_exemplo",
        "clinica_saude",
        "imobiliaria_xyz",
        "nova_clinica_123",
    }


def test_the_keys_of_the_platform_are_of_known_kinds() -> None:
    assert OTHER not in {attribution(write).kind for write in platform_keys(Random(1), 40)}


def test_strays_are_other_with_and_without_a_tenant() -> None:
    found = {attribution(write)[:2] for write in strays("pet_shop")}
    assert found == {(OTHER, None), (OTHER, "pet_shop"), ("console", None)}


def test_what_ends_by_time_has_a_ttl_within_its_class() -> None:
    for _ in range(50):
        _record, (db, (command, _key, seconds)) = records.mobile_session(PROFILE, Random(), 100)
        assert (db, command, seconds) == (0, "EXPIRE", 1700)
        [(_, words)] = records.api_cache(PROFILE, Random(), 1000)
        assert words[3] == "EX"
        assert words[4] in {800, 2600}


def test_a_job_says_what_it_is() -> None:
    job = json.loads(records.queue_item(PROFILE, "whatsapp", Random(1), age=60))
    assert job["module"] == "whatsapp"
    assert job["priority"] in {"high", "normal", "low"}
    assert job["scheduled_for"]
    assert job["enqueued_at"] < records.now_iso()


def test_credentials_are_plainly_fake() -> None:
    for write in (*documented(), *tenant_keys(PROFILE, Random(1))):
        words = list(write[1])
        for secret in ("api_key", "temp_password", "push_token"):
            if secret in words:
                assert "demo" in str(words[words.index(secret) + 1])
