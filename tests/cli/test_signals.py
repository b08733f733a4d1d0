"""Ctrl-C and SIGTERM end a solve with the best plan so far; nothing is left running, nothing half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from optimizer.verify import verify
from tests.cli.running import ROOT, command, tree

NUM_CELLS, NUM_POOLS = 250, 12


@pytest.fixture(scope="module")
def hard(tmp_path_factory) -> Path:
    """An instance that keeps the solver busy for minutes: many pools bind, worth is in line with cost."""
    folder = tmp_path_factory.mktemp("instances") / "hard"
    folder.mkdir()
    rng = np.random.default_rng(2)
    costs = rng.integers(100, 1000, (NUM_CELLS, NUM_POOLS))
    worth = costs.mean(axis=1) + rng.integers(0, 30, NUM_CELLS)
    names = [f"p{i}" for i in range(NUM_POOLS)]
    amounts = [f"{name},{total // 2}" for name, total in zip(names, costs.sum(axis=0).tolist(), strict=True)]
    (folder / "pools.csv").write_text("pool,amount\n" + "\n".join(amounts) + "\n")
    rows = [
        f"M{i},tea,S1,A,{','.join(map(str, cost))},{value:.3f}"
        for i, (cost, value) in enumerate(zip(costs.tolist(), worth.tolist(), strict=True))
    ]
    header = f"merchant,category,slot,option,{','.join(names)},conversions"
    (folder / "options.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


def _start(folder: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    arguments = command("solve", folder, "--out", out, "--gap", "0", "--time-limit", "120", *more)
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _descendants(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [child for own in map(int, text.split()) for child in (own, *_descendants(own))]


def _solving(process: subprocess.Popen[bytes], seconds: float) -> list[int]:
    """Wait until one solver has been at work for some seconds, and return the processes."""
    since: dict[int, float] = {}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        now = time.monotonic()
        since = {pid: since.get(pid, now) for pid in _descendants(process.pid)}
        if any(now - began > seconds for began in since.values()):
            return list(since)
        time.sleep(0.02)
    raise AssertionError(process.communicate())


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _assert_none_left(pids: list[int]) -> None:
    deadline = time.monotonic() + 5
    while any(map(_is_running, pids)):
        assert time.monotonic() < deadline, "an orphan is running"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_best_so_far(number, hard, tmp_path):
    """A signal in the middle of a solve ends it with exit 5 and the best plan so far, verified, quietly."""
    process = _start(hard, tmp_path / "plan", "--json")
    solvers = _solving(process, 1.0)
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 15
    assert process.returncode == 5, err
    assert err == b""
    document = json.loads(out)
    assert document["exit"] == 5
    summary = json.loads((tmp_path / "plan" / "summary.json").read_text())
    assert summary["status"] == "stopped"
    assert summary["reproducible"] is False
    assert float(summary["objective"]) > 0
    assert verify(hard, tmp_path / "plan").is_verified
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]
    _assert_none_left(solvers)


def test_the_group_of_a_terminal(hard, tmp_path):
    """Ctrl-C in a terminal reaches every process of the group, and the best plan so far is written."""
    arguments = command("solve", hard, "--out", tmp_path / "plan", "--gap", "0", "--time-limit", "120")
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    solvers = _solving(process, 1.0)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert b"Plan written to" in out
    assert err.decode().strip() == "fairpool: stopped early; this is the best plan found"
    _assert_none_left(solvers)


@pytest.mark.parametrize("after", [0.0, 1.0], ids=["while importing", "early"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_early_signals(number, after, hard, tmp_path):
    """However early the signal comes: exit 5, nothing or a whole plan, no traceback, nothing running."""
    process = _start(hard, tmp_path / "plan")
    _wait_until_caught(process, number)
    time.sleep(after)
    process.send_signal(number)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert b"Traceback" not in err
    left = [path.name for path in tmp_path.iterdir()]
    if left:
        assert left == ["plan"]
        assert verify(hard, tmp_path / "plan").is_verified
    else:
        assert b"nothing was written" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("name", ["check", "verify", "generate"])
def test_every_command(name, number, hard, tmp_path):
    """A signal ends any command with exit 5 and one line."""
    arguments = {
        "check": ("check", hard),
        "verify": ("verify", hard, hard),
        "generate": ("generate", "--merchants", "100000", "--out", tmp_path / "market"),
    }
    process = subprocess.Popen(command(*arguments[name]), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _wait_until_caught(process, number)
    process.send_signal(number)
    assert process.communicate(timeout=60) == (b"", b"fairpool: stopped; nothing was written\n")
    assert process.returncode == 5
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_writing(tmp_path):
    """SIGTERM while a folder is being written leaves nothing of it behind."""
    arguments = command("generate", "--merchants", "20000", "--out", tmp_path / "market")
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".market.*/*")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    process.terminate()
    assert process.communicate(timeout=60) == (b"", b"fairpool: stopped; nothing was written\n")
    assert process.returncode == 5
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_the_model_is_stated(tmp_path):
    """A signal before anything is worth saving does not wait for the model of a large instance."""
    large = ROOT / "instances" / "double-hundred"
    process = _start(large, tmp_path / "plan", "--method", "monolithic")
    _wait_until_caught(process, signal.SIGTERM)
    time.sleep(2.5)
    process.terminate()
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 3
    assert (process.returncode, out) == (5, b"")
    assert err == b"fairpool: stopped; nothing was written\n"
    assert list(tmp_path.iterdir()) == []


def _wait_until_caught(process: subprocess.Popen[bytes], number: int) -> None:
    """Wait until the command has its own handler for a signal."""
    deadline = time.monotonic() + 30
    while not _catches(process.pid, signal.SIGTERM) or not _catches(process.pid, number):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _catches(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (number - 1) & 1)


def test_a_second_signal_ends_at_once(hard, tmp_path):
    """A second Ctrl-C does not wait for anything: exit 5, what stood there is untouched, nothing is left."""
    process = _start(hard, tmp_path / "plan")
    solvers = _solving(process, 1.0)
    before = tree(tmp_path)
    process.send_signal(signal.SIGSTOP)  # so that both signals come before either is looked at
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 5
    assert process.returncode == 5
    assert out == b""
    assert err.decode() == "fairpool: stopped; nothing was written\n"
    assert tree(tmp_path) == before
    _assert_none_left(solvers)


def test_killed(hard, tmp_path):
    """When the command is killed outright, its solver ends too."""
    process = _start(hard, tmp_path / "plan")
    solvers = _solving(process, 1.0)
    process.kill()
    process.communicate()
    assert not (tmp_path / "plan").exists()
    _assert_none_left(solvers)


def test_a_hair_of_time(hard, tmp_path):
    """A time limit of a hundredth of a second is exit 5 soon, with a verified plan or none."""
    arguments = command("solve", hard, "--out", tmp_path / "plan", "--time-limit", "0.01")
    began = time.monotonic()
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    assert time.monotonic() - began < 30
    assert done.returncode == 5
    assert b"Traceback" not in done.stderr
    if (tmp_path / "plan").exists():
        assert verify(hard, tmp_path / "plan").is_verified
    else:
        assert b"proves nothing" in done.stderr


def test_the_time_limit_is_kept(hard, tmp_path):
    """A search ends soon after its time limit, with the best plan so far."""
    arguments = command("solve", hard, "--out", tmp_path / "plan", "--gap", "0", "--time-limit", "2")
    began = time.monotonic()
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    assert time.monotonic() - began < 20
    assert done.returncode == 5
    assert verify(hard, tmp_path / "plan").is_verified
