"""That the wall cannot write: asked for ever, and believed no longer than it should be."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType

import pytest

from kryonix_tui.clock import Instant
from kryonix_tui.errors import RefusedError, UnreachableError
from kryonix_tui.model.permissions import RedisPermissions, Witness
from kryonix_tui.wallboard import proof
from kryonix_tui.wallboard.proof import Proof, Prover, prove_here, refusal

READ_ONLY = RedisPermissions("kx_mon", can_write=False, witness=Witness.DRY_RUN)
WRITER = RedisPermissions("default", can_write=True, witness=Witness.DRY_RUN, writes=("SET", "DEL"))
UNTOLD = RedisPermissions("kx_mon")
DOWN = UnreachableError("nobody listens")


class Server:
    """Answers in turn; the last answer stays."""

    def __init__(self, *answers: RedisPermissions | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def ask(self) -> RedisPermissions:
        """Answer, or fail."""
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def heard(server: Server, count: int, *, every: float = 3600.0, again: bool = False) -> list[Proof]:
    """Return what is told of the first answers."""
    told: list[Proof] = []
    enough = asyncio.Event()
    prover = Prover(server.ask, every)

    def hear(said: Proof) -> None:
        told.append(said)
        enough.set() if len(told) == count else None
        prover.again() if again and len(told) == 1 else None

    task = asyncio.create_task(prover.run(hear))
    async with asyncio.timeout(60):
        await enough.wait()
    task.cancel()
    return told


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program of its own: nothing is loaded that other tests of this process have loaded."""
    monkeypatch.setattr(proof, "write_side_loaded", lambda: ())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardly any pause between two questions."""
    monkeypatch.setattr(proof, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(proof, "LONGEST_PAUSE", 0.001)


@pytest.mark.usefixtures("bare", "impatient")
async def test_it_is_asked_until_the_server_speaks() -> None:
    told = await heard(Server(DOWN, DOWN, UNTOLD, READ_ONLY), 4)
    assert [one.known for one in told] == [False, False, False, True]
    assert "nobody listens" in told[0].trouble
    assert "does not say" in told[2].trouble
    assert (told[3].user, told[3].writable, told[3].trouble) == ("kx_mon", False, "")


@pytest.mark.usefixtures("bare")
async def test_a_user_that_has_become_able_to_write_is_found_out() -> None:
    told = await heard(Server(READ_ONLY, WRITER), 2, every=0.01)
    assert [one.writable for one in told] == [False, True]
    assert "default could write: SET, DEL" in told[1].sentence()


@pytest.mark.usefixtures("bare")
async def test_what_was_said_stands_while_the_server_is_silent() -> None:
    told = await heard(Server(WRITER, DOWN), 2, again=True)
    assert (told[1].writable, told[1].at) == (True, told[0].at)
    assert "nobody listens" in told[1].trouble


def test_an_old_proof_counts_no_longer() -> None:
    prover = Prover(Server(READ_ONLY).ask, 60.0)
    prover.proof = Proof("kx_mon", Instant(0.0, 1000.0))
    assert not prover.late(Instant(0.0, 1100.0))
    assert prover.late(Instant(0.0, 1200.0))


def test_the_refusal_has_the_line_for_the_administrator() -> None:
    error = refusal(Proof("default", Instant(0.0, 0.0), ("SET",)))
    assert error.exit_code == 4
    assert "ACL SETUSER kx_mon reset" in error.message
    assert "--accept-writable-user" in error.hint


def test_code_that_writes_must_not_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(proof.WRITE_SIDE)]:
        monkeypatch.delitem(sys.modules, name)
    prove_here()
    monkeypatch.setitem(sys.modules, f"{proof.WRITE_SIDE}.door", ModuleType("door"))
    with pytest.raises(RefusedError, match=r"maintenance\.door"):
        prove_here()


def test_a_guard_that_lets_writes_pass_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(proof.WRITE_SIDE)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("kryonix_tui.sources.redis.guard.checked", lambda command: command)
    with pytest.raises(RefusedError, match="the guard let SET pass"):
        prove_here()
