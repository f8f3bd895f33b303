"""`kryonix analyse`: what was put into a server is what its snapshot is said to hold."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from kryonix_tui.cli import main
from kryonix_tui.maintenance.analyse import BIGGEST, analyse, open_rdb
from kryonix_tui.maintenance.backup.rdb import RdbWriter, Record
from kryonix_tui.model.key_statistics import Expiry
from kryonix_tui.model.kryonix_map import KRYONIX
from tests.integration.maintenance.platform import saved
from tests.servers import Server

PHONE = "+5511900001111"

Kryonix = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))


@pytest.fixture
def kryonix(capsys: pytest.CaptureFixture[str]) -> Kryonix:
    """Run a command line in this process; its exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


@pytest.fixture
def snapshot(redis_server: Server, tmp_path: Path) -> Path:
    """The file of a small platform: two tenants whose names begin alike, and what belongs to nobody."""
    sessions, cache, queues, creation = (redis_server.client(db) for db in (0, 1, 2, 6))
    for number in range(30):
        sessions.hset(f"tenant:t1:mobile:session:{number}", mapping={"platform": "ios"})
    sessions.pexpire("tenant:t1:mobile:session:0", 200_000)
    sessions.pexpire("tenant:t1:mobile:session:1", 1_700_000)
    sessions.pexpire("tenant:t1:mobile:session:2", 1_900_000)
    cache.set("tenant:t10:api:crm:list", "x" * 5000)
    queues.rpush("queue:tenant:t1:whatsapp", *range(10))
    creation.set(f"verify:phone:{PHONE}", "123456", ex=300)
    creation.sadd(b"\x1b]0;owned\x07", "a")
    path = tmp_path / "dump.rdb"
    path.write_bytes(saved(redis_server))
    return path


def test_keys_are_counted_by_tenant_and_kind(snapshot: Path) -> None:
    with open_rdb(snapshot) as source:
        found = analyse(source, KRYONIX)
    assert {group: volume.keys for group, volume in found.groups.items()} == {
        ("t1", "mobile_session"): 30,
        ("t10", "api_cache"): 1,
        ("t1", "queue"): 1,
        (None, "verification"): 1,
        (None, "other"): 1,
    }
    sessions = found.groups["t1", "mobile_session"]
    assert sessions.expiry == {Expiry.NONE: 27, Expiry.SHORT: 1, Expiry.MEDIUM: 1, Expiry.LONG: 1}
    assert found.total.types == {"hash": 30, "string": 2, "list": 1, "set": 1}
    assert {db: volume.keys for db, volume in found.databases.items()} == {0: 30, 1: 1, 2: 1, 6: 2}
    assert (found.unattributed, found.checked, len(found.biggest)) == (1, True, BIGGEST)
    assert found.total.bytes == sum(volume.bytes for volume in found.databases.values())
    assert [big.size for big in found.biggest] == sorted((big.size for big in found.biggest), reverse=True)
    assert found.biggest[0].key == b"tenant:t10:api:crm:list"


def test_time_left_is_that_of_the_snapshot() -> None:
    sink = io.BytesIO()
    writer = RdbWriter(sink, 10, aux={b"ctime": b"1000000000"})
    for number, left in enumerate((-1, 0, 1, 299_999, 300_000, 1_799_999, 1_800_000)):
        writer.write(Record(0, b"%d" % number, 0, b"\x01x", 1_000_000_000_000 + left))
    writer.close()
    found = analyse(io.BytesIO(sink.getvalue()), KRYONIX)
    assert found.taken_at == 1_000_000_000
    assert found.total.expiry == {Expiry.EXPIRED: 2, Expiry.SHORT: 2, Expiry.MEDIUM: 2, Expiry.LONG: 1}


def test_the_document(snapshot: Path, kryonix: Kryonix) -> None:
    code, out, err = kryonix("analyse", str(snapshot), "--json")
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    assert document["schema"] == "kryonix.analysis/1"
    assert (document["keys"], document["checksum"], document["unattributed"]) == (34, True, 1)
    assert [tenant["id"] for tenant in document["tenants"]] == ["t1", "t10", None]
    assert document["tenants"][0]["kinds"]["queue"]["types"]["list"] == 1
    assert sum(tenant["bytes"] for tenant in document["tenants"]) == document["bytes"]
    assert document["biggest"][0] | {"bytes": 0} == {
        "db": 1,
        "key": "tenant:t10:api:crm:list",
        "type": "string",
        "bytes": 0,
        "kind": "api_cache",
        "tenant": "t10",
    }


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_nothing_of_a_hostile_name_or_a_phone_is_shown(snapshot: Path, kryonix: Kryonix, flag: tuple[str, ...]) -> None:
    code, out, _ = kryonix("analyse", str(snapshot), *flag)
    assert code == 0
    assert "\x1b" not in out
    assert "\x07" not in out
    assert PHONE not in out
    assert "t10" in out


def test_the_text_has_every_part(snapshot: Path, kryonix: Kryonix) -> None:
    _, out, _ = kryonix("analyse", str(snapshot))
    for part in ("checksum proven", "keys: 34", "0 Mobile sessions", "mobile_session", "(no tenant)", "largest values"):
        assert part in out


def test_a_compressed_file_is_the_same(snapshot: Path, kryonix: Kryonix) -> None:
    packed = snapshot.with_suffix(".rdb.zst")
    packed.write_bytes(zstandard.ZstdCompressor().compress(snapshot.read_bytes()))
    assert kryonix("analyse", str(packed), "--json") == kryonix("analyse", str(snapshot), "--json")
    whole = packed.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:20] + b"\xff" * 20 + whole[40:]):
        packed.write_bytes(damaged)
        code, out, err = kryonix("analyse", str(packed))
        assert (code, out) == (1, "")
        assert "Damaged RDB" in err


def test_what_cannot_be_read_is_said(snapshot: Path, kryonix: Kryonix, tmp_path: Path) -> None:
    snapshot.write_bytes(snapshot.read_bytes()[:-20])
    assert kryonix("analyse", str(snapshot))[0] == 1
    code, _, err = kryonix("analyse", str(tmp_path / "absent.rdb"))
    assert code == 2
    assert "absent.rdb" in err
    assert kryonix("analyse", str(tmp_path))[0] == 2
