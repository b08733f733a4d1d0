"""The solver's process: whatever it does, the caller gets an answer in time and no process is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from optimizer.solve import child
from optimizer.solve.answer import Answer, Ended, Watch
from tests.solve.fakes import install, knapsack

THREE = knapsack([3, 5, 4], [3.0, 6.0, 4.0], 8, time_limit=0.5)
"""The best takes the first two: 9."""

HANGS = 2.5
"""Seconds that a fake which never ends may take: its start, 0.5 s of limit, 0.5 s of grace, and some air."""


@pytest.fixture
def pid_file(tmp_path: Path, monkeypatch) -> Path:
    """Where a fake writes its process id."""
    path = tmp_path / "pid"
    monkeypatch.setenv("FAKE_PID", str(path))
    return path


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_real_child():
    """HiGHS in its process finds the best of a small knapsack and says that it is."""
    answer = child.run(knapsack([3, 5, 4], [3.0, 6.0, 4.0], 8), Watch())
    assert answer.ended is Ended.optimal
    assert answer.values is not None
    assert answer.values.round().tolist() == [1, 1, 0]
    assert answer.bound == pytest.approx(9)


def test_relaxed():
    """A relaxed run brings the row's price: the value per unit of the item that is split."""
    answer = child.run(knapsack([3, 5, 4], [3.0, 6.0, 4.0], 6, is_relaxed=True), Watch())
    assert answer.ended is Ended.optimal
    assert answer.prices is not None
    assert answer.prices.tolist() == pytest.approx([1.0])
    assert answer.bound == pytest.approx(7)


def test_infeasible():
    """A row that cannot hold is told apart from every other end."""
    answer = child.run(knapsack([3, 5], [3.0, 6.0], -1), Watch())
    assert answer.ended is Ended.infeasible
    assert answer.values is None


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("time.sleep(60)", id="never reads"),
        pytest.param("read(); time.sleep(60)", id="never answers"),
        pytest.param(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN); read(); time.sleep(60)", id="ignores SIGTERM"
        ),
        pytest.param(
            "import subprocess; subprocess.Popen(['sleep', '60']); time.sleep(60)",
            id="has a child of its own",
        ),
    ],
)
def test_hard_stop(program, tmp_path, monkeypatch, pid_file):
    """A solver that hangs is killed soon after its time limit, and nothing is left of it."""
    prefix = "open(os.environ['FAKE_PID'], 'w').write(str(os.getpid()))\n"
    install(monkeypatch, tmp_path, prefix + program)
    large = knapsack([1.0] * 200_000, [1.0] * 200_000, 8, time_limit=0.5)  # far more than a pipe holds
    began = time.monotonic()
    answer = child.run(large, Watch())
    assert time.monotonic() - began < HANGS
    assert answer.ended is Ended.stopped
    assert answer.values is None
    assert not _is_running(int(pid_file.read_text()))


def test_hard_stop_keeps_what_was_found(tmp_path, monkeypatch):
    """What a solver had found before it hung is its answer."""
    program = (
        "read(); send('found', np.array([1.0, 0, 0])); send('found', np.array([1.0, 1, 0])); time.sleep(60)"
    )
    install(monkeypatch, tmp_path, program)
    answer = child.run(THREE, Watch())
    assert answer.ended is Ended.stopped
    assert answer.values is not None
    assert answer.values.tolist() == [1, 1, 0]


def test_cancelled_while_hanging(tmp_path, monkeypatch):
    """A cancelled solver that does not heed it is killed after its grace, long before the time limit."""
    install(monkeypatch, tmp_path, "read(); time.sleep(60)")
    began = time.monotonic()
    answer = child.run(knapsack([1.0], [1.0], 1, time_limit=600), Watch(is_cancelled=lambda: True))
    assert time.monotonic() - began < HANGS
    assert answer.ended is Ended.stopped


def test_cancelled_is_told(tmp_path, monkeypatch):
    """A solver that is asked to stop has its grace to answer in."""
    program = """
    read()
    assert sys.stdin.buffer.read(1) == b"s"
    send("answer", Answer(Ended.stopped, np.array([0.0, 1, 0]), 9.5))
    """
    install(monkeypatch, tmp_path, program, grace_seconds=20)
    answer = child.run(knapsack([3, 5, 4], [3.0, 6.0, 4.0], 8), Watch(is_cancelled=lambda: True))
    assert answer.ended is Ended.stopped
    assert answer.bound == 9.5
    assert answer.values is not None


@pytest.mark.parametrize(
    ("program", "remark"),
    [
        pytest.param("sys.exit(3)", "3", id="exits"),
        pytest.param("raise RuntimeError('no')", "1", id="raises"),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "-9", id="killed"),
        pytest.param("read(); os.kill(os.getpid(), signal.SIGSEGV)", "-11", id="crashes"),
        pytest.param("read(); os.abort()", "-6", id="aborts"),
        pytest.param("read(); sys.stdout.buffer.write(b'free(): invalid pointer\\n' * 9)", "", id="garbage"),
        pytest.param(
            "read(); sys.stdout.buffer.write(b'x' * 1_000_000); time.sleep(60)",
            "nonsense",
            id="garbage and hangs",
        ),
        pytest.param(
            "read(); sys.stdout.close(); os.close(1); time.sleep(60)", "nonsense", id="closes and hangs"
        ),
        pytest.param("read(); pickle.dump(7, sys.stdout.buffer)", "", id="not a frame"),
        pytest.param("read(); send('answer', 'yes')", "", id="not an answer"),
        pytest.param("read(); send('surprise', 1)", "", id="unknown frame"),
        pytest.param(
            "read(); sys.stdout.buffer.write(pickle.dumps(('answer', Answer))[:9])", "", id="cut off"
        ),
    ],
)
def test_crash(program, remark, tmp_path, monkeypatch):
    """A solver that dies or talks nonsense has failed, and the answer says how it ended."""
    install(monkeypatch, tmp_path, program)
    began = time.monotonic()
    answer = child.run(knapsack([3, 5, 4], [3.0, 6.0, 4.0], 8, time_limit=30), Watch())
    assert time.monotonic() - began < 10
    assert answer.ended is Ended.failed
    assert answer.values is None
    assert answer.bound is None
    assert remark in answer.remark
    assert answer.remark


def test_crash_keeps_what_was_found(tmp_path, monkeypatch):
    """What a solver had found before it crashed is kept, with the last bound that it told."""
    program = """
    read()
    send("found", np.array([1.0, 0, 0]))
    send("news", Incumbent(0.1, 3.0, 9.5))
    os.kill(os.getpid(), signal.SIGKILL)
    """
    install(monkeypatch, tmp_path, program)
    news = []
    answer = child.run(THREE, Watch(progress=news.append))
    assert answer.ended is Ended.failed
    assert answer.values is not None
    assert answer.values.tolist() == [1, 0, 0]
    assert answer.bound == 9.5
    assert [each.bound for each in news] == [9.5]


@pytest.mark.parametrize(
    "values",
    [
        "np.array([1.0, np.nan, 0])",
        "np.array([1.0, np.inf, 0])",
        "np.array([1.0, 1.0])",
        "np.zeros((3, 1))",
        "'111'",
    ],
)
def test_values_that_are_none(values, tmp_path, monkeypatch):
    """Values that are no finite number per variable are no solution, whoever calls them optimal."""
    install(monkeypatch, tmp_path, f"read(); send('answer', Answer(Ended.optimal, {values}, 9.0))")
    answer = child.run(THREE, Watch())
    assert answer.ended is Ended.failed
    assert answer.values is None
    assert answer.bound is None


@pytest.mark.parametrize("bound", ["float('nan')", "float('inf')", "-float('inf')"])
def test_bounds_that_are_none(bound, tmp_path, monkeypatch):
    """A bound that is no finite number is no bound."""
    install(
        monkeypatch,
        tmp_path,
        f"read(); send('answer', Answer(Ended.optimal, np.array([1.0, 1, 0]), {bound}))",
    )
    answer = child.run(THREE, Watch())
    assert answer.ended is Ended.optimal
    assert answer.bound is None


def test_prices_that_are_none(tmp_path, monkeypatch):
    """Prices that are no finite number per row are no prices."""
    program = "read(); send('answer', Answer(Ended.optimal, np.ones(3), 9.0, np.array([np.nan])))"
    install(monkeypatch, tmp_path, program)
    answer = child.run(THREE, Watch())
    assert answer.ended is Ended.failed
    assert answer.prices is None


def test_found_nonsense_is_not_kept(tmp_path, monkeypatch):
    """A solution that is no finite number per variable is passed over; the sound one before it stays."""
    program = """
    read()
    send("found", np.array([0.0, 1, 0]))
    send("found", np.array([np.nan, 1, 0]))
    send("found", None)
    os.abort()
    """
    install(monkeypatch, tmp_path, program)
    answer = child.run(THREE, Watch())
    assert answer.values is not None
    assert answer.values.tolist() == [0, 1, 0]


def test_out_of_memory(tmp_path, monkeypatch):
    """A solver without memory has failed; nothing is raised here."""
    program = """
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (600 * 2**20,) * 2)
    from optimizer.solve import highs
    highs.main()
    """
    install(monkeypatch, tmp_path, program)
    count = 2_000_000
    answer = child.run(
        knapsack(np.arange(count) % 97 + 1.5, np.arange(count) % 89 + 1.5, 1e6, time_limit=20), Watch()
    )
    assert answer.ended is Ended.failed
    assert answer.values is None
    assert answer.bound is None
    assert answer.remark


def test_a_hair_of_time():
    """A time limit of a hundredth of a second is kept but for the start of a process."""
    began = time.monotonic()
    count = 300
    request = knapsack(
        [1.0 + i % 7 for i in range(count)], [1.0 + i % 5 for i in range(count)], 99, time_limit=0.01
    )
    answer = child.run(request, Watch())
    assert time.monotonic() - began < 5
    assert answer.ended in (Ended.stopped, Ended.optimal)


def test_nothing_is_imported_from_the_users_folder(tmp_path, monkeypatch):
    """A file named as a module of ours or of Python in the current folder is not run."""
    for name in ("queue", "highspy", "numpy", "pickle"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert child.run(knapsack([3, 5], [3.0, 6.0], 8), Watch()).ended is Ended.optimal


def test_no_orphan_when_the_parent_is_killed(tmp_path):
    """When its parent is killed in the middle of a solve, the solver ends too."""
    program = f"""
    import sys
    sys.path.insert(0, {str(Path(child.__file__).parents[2])!r})
    import numpy as np, optimizer.solve.child as child
    from optimizer.solve.answer import Watch
    from tests.solve.fakes import hard
    def tell(news):
        print(news.seconds, flush=True)
    child.run(hard(), Watch(tell))
    """
    script = tmp_path / "parent.py"
    script.write_text(dedent(program))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline()  # the solver is at work
    children = _children(parent.pid)
    assert len(children) == 1
    os.kill(parent.pid, 9)
    parent.wait()
    parent.stdout.close()
    _wait_until(lambda: not any(map(_is_running, children)))


def _children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait_until(holds, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_answers_are_kept_apart():
    """Runs do not disturb one another: the same request has the same answer, bit for bit."""
    request = knapsack([3.0 + i % 11 for i in range(60)], [2.0 + i % 7 for i in range(60)], 100, seed=3)
    first, second = (child.run(request, Watch()) for _ in range(2))
    assert isinstance(first, Answer)
    assert first.values is not None
    assert second.values is not None
    assert first.values.tobytes() == second.values.tobytes()
    assert (first.ended, first.bound, first.nodes) == (second.ended, second.bound, second.nodes)
