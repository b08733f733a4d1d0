"""Many at once: nothing lost, nothing twice, and a killed writer leaves no trace. In real processes."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from models.refusal import Reason
from optimizer.registry.audit import audit
from optimizer.registry.deciding import submit
from optimizer.registry.events import events
from optimizer.registry.ledger import pools
from optimizer.registry.money import adjust
from tests.registry.conftest import ROOT
from tests.registry.test_states import NOBODY, entered, refused

MANY = 20


@contextmanager
def processes(registry, tmp_path, who, action, argument="", count=1):
    """Run something in several processes, all waiting for the barrier; give the pipe they answer to."""
    barrier = tmp_path / "barrier"
    environment = {**os.environ, "BARRIER": str(barrier), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "tests.registry.hammer", registry.url(who)]
    parent = subprocess.Popen(
        [*program, who, action, argument, str(count)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for _ in range(count):
            assert parent.stdout.readline() == "ready\n"
        barrier.touch()
        yield parent
    finally:
        kill(parent)
        parent.stdout.close()
        barrier.unlink()


def kill(parent):
    """End the processes, wherever they are, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(parent.pid, signal.SIGKILL)
    parent.wait()


def answers(registry, tmp_path, who, action, argument="", count=MANY):
    with processes(registry, tmp_path, who, action, argument, count) as parent:
        return parent.communicate(timeout=120)[0].split()


def balance(registry, kind):
    with registry.as_user("anna").reading() as connection:
        (own,) = pools(connection)
    return own.balances[kind]


def test_one_approval_of_many(registry, plan, tmp_path):
    """Twenty people approve one plan at once: exactly one does."""
    content = entered(registry, plan).content
    submit(registry.as_user("anna"), content, NOBODY)
    given = answers(registry, tmp_path, "boss", "approve", content)
    assert sorted(given) == ["3", *["invalid"] * (MANY - 1)]
    found = audit(registry.as_user("anna"))
    assert found.is_sound
    assert found.num_events == 3


def test_no_money_is_taken_twice(registry, plan, tmp_path):
    """Twenty writers each take 7 of 100 at once: fourteen get it, and what is left is 2."""
    entered(registry, plan)
    given = answers(registry, tmp_path, "boss", "take", "7")
    assert given.count("guard") == 6
    done = sorted(int(text) for text in given if text != "guard")
    assert done == list(range(2, 16))
    assert (balance(registry, "left"), balance(registry, "removed")) == (200, 9800)
    assert audit(registry.as_user("anna")).is_sound


def test_a_killed_writer(registry, plan, tmp_path):
    """A writer that is killed in the middle of its turn leaves nothing behind, and the next one goes on."""
    entered(registry, plan)
    with processes(registry, tmp_path, "boss", "hang") as process:
        assert process.stdout.readline() == "holding\n"
        waiting = registry.as_user("boss", wait_seconds=0.2)
        assert refused(adjust, waiting, "cash", "1", NOBODY).reason is Reason.locked
        assert balance(registry, "left") == 10_000  # who only reads does not wait
        kill(process)
    adjust(registry.as_user("boss"), "cash", "1", NOBODY)
    assert balance(registry, "added") == 100
    found = audit(registry.as_user("anna"))
    assert found.is_sound
    assert found.num_events == 2


def test_writers_killed_at_random(registry, plan, tmp_path):
    """Two writers are killed at some moment, again and again: what they said they did is there, once."""
    entered(registry, plan)
    done = []
    for round_ in range(4):
        with processes(registry, tmp_path, "boss", "add", "0.01", count=2) as parent:
            done += [parent.stdout.readline() for _ in range(3 + round_)]
            kill(parent)
            done += parent.stdout.read().splitlines()
    with registry.as_user("anna").reading() as connection:
        log = events(connection)
    assert len(set(map(int, done))) == len(done)
    assert set(map(int, done)) <= {event.seq for event in log}
    assert balance(registry, "added") == len(log) - 1
    assert audit(registry.as_user("anna")).is_sound


def test_many_make_one_registry(empty, tmp_path):
    """Eight processes make the same registry at once: it is made once, and usable."""
    given = answers(empty, tmp_path, "postgres", "make", count=8)
    assert sorted(given) == [*["False"] * 7, "True"]
    assert audit(empty.as_user("postgres")).is_sound


@pytest.mark.parametrize("registrations", [6])
def test_registered_once(registry, plan, registrations, tmp_path):
    """A plan that several register at once is there once."""
    from concurrent.futures import ThreadPoolExecutor

    from optimizer.registry.registering import register
    from optimizer.verify import verify
    from tests.registry.conftest import TINY

    del tmp_path
    store = registry.as_user("anna")
    with ThreadPoolExecutor(registrations) as pool:
        done = list(pool.map(lambda _: register(store, TINY, plan, NOBODY, verify), range(registrations)))
    assert sum(one.event is not None for one in done) == 1
    assert audit(store).num_events == 1
