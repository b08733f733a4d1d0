"""`reoptimise` and `status` as a scheduler runs them: whatever happens, a verified plan is in force."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from optimizer.operate import supervise
from optimizer.verify import verify
from tests.cli.running import command, fairpool, tree
from tests.operate.campaigns import NOW, actuals, begun, instance, rows_of, solved


@pytest.fixture
def campaign(tmp_path: Path) -> tuple[Path, Path, Path]:
    """An instance on its second day, the plan that it began with, and the home of a job, empty."""
    folder, plan = begun(tmp_path)
    return folder, plan, tmp_path / "job"


def in_state(folder: Path, state: Path, *more: object) -> list[object]:
    """Return the arguments of a run on the second day."""
    return ["reoptimise", folder, "--state", state, "--now", NOW, *more]


def started(tmp_path: Path, seed: int = 0) -> tuple[Path, Path]:
    """Return a campaign whose job has put a first plan in force before it began, and what is booked since."""
    folder, state = instance(tmp_path / "instance", seed), tmp_path / "job"
    early = "2026-10-31T00:00:00+08:00"
    assert fairpool("reoptimise", folder, "--state", state, "--now", early).code == 0
    actuals(folder, state / "current", seed=seed)
    return folder, state


def in_force(folder: Path, state: Path) -> Path:
    """Return the plan in force, which must be whole and, against the files it was made from, true."""
    plan = (state / "current").resolve()
    assert {"plan.csv", "summary.json", "certificate.json", "limits.csv"} <= {
        one.name for one in plan.iterdir()
    }
    codes = {one.code for one in verify(folder, plan).findings}
    assert codes <= {"VER-01", "VER-22", "VER-23", "VER-35"}, codes
    return plan


def test_by_hand(campaign, tmp_path):
    """From one plan folder to another; what is written verifies, and people are told what moves."""
    folder, plan, _ = campaign
    ran = fairpool("reoptimise", folder, "--incumbent", plan, "--out", tmp_path / "out", "--now", NOW)
    assert ran.code == 0, ran.err
    assert "2 slots have begun (S1, S2)" in ran.out
    assert "the plan in force changes: a better plan was found" in ran.out
    assert fairpool("verify", folder, tmp_path / "out").code == 0
    assert rows_of(tmp_path / "out", "booked")
    again = fairpool(
        "reoptimise",
        folder,
        "--incumbent",
        tmp_path / "out",
        "--out",
        tmp_path / "again",
        "--now",
        NOW,
        "--json",
    )
    assert (again.code, again.json["outcome"], again.json["plan"]) == (0, "same", None)
    assert not (tmp_path / "again").exists()


def test_in_a_state_folder(tmp_path):
    """The job puts plans in force, the second run changes nothing, and status says why in one line."""
    folder, state = started(tmp_path)
    first = in_force(folder, state)
    ran = fairpool(*in_state(folder, state))
    assert ran.code == 0, ran.err
    second = in_force(folder, state)
    assert second != first
    assert first.is_dir()
    line = fairpool("status", "--state", state).out
    assert line.startswith(f"{second.name} is in force since ")
    assert "changed it: a better plan was found" in line
    assert line.count("\n") == 1
    before = tree(state / "plans")
    ran = fairpool(*in_state(folder, state, "--json"))
    assert (ran.code, ran.json["outcome"]) == (0, "same")
    assert tree(state / "plans") == before
    assert "kept it: nothing is new" in fairpool("status", "--state", state).out
    status = json.loads((state / "status.json").read_text(encoding="utf-8"))
    assert (status["outcome"], status["exit"], status["current"]) == ("same", 0, second.name)
    metrics = (state / "metrics.prom").read_text(encoding="utf-8")
    assert 'fairpool_pool_used{pool="cash"} ' in metrics
    assert 'fairpool_last_run_outcome{outcome="same"} 1\n' in metrics


def test_the_same_inputs_name_the_same_plan(tmp_path):
    """Two jobs on the same files write the same bytes under the same name."""
    folder = instance(tmp_path / "instance")
    for state in ("one", "two"):
        assert fairpool(*in_state(folder, tmp_path / state)).code == 0
    assert tree(tmp_path / "one" / "plans") == tree(tmp_path / "two" / "plans")


def test_a_dry_run_writes_nothing(tmp_path):
    """What would be done is said, and no file is touched."""
    folder, state = started(tmp_path)
    before = tree(tmp_path)
    ran = fairpool(*in_state(folder, state, "--dry-run"))
    assert ran.code == 0
    assert "dry run, nothing was written" in ran.out
    assert tree(tmp_path) == before


def test_the_lock(tmp_path):
    """While another run holds the lock the answer is 75; a lock that a dead run left behind is nothing."""
    folder, state = started(tmp_path)
    assert (state / "lock").exists()
    with (state / "lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = tree(state)
        ran = fairpool(*in_state(folder, state))
        assert ran.code == 75
        assert "another run is at it" in ran.err
        assert fairpool(*in_state(folder, state, "--ok", "75", "--json")).json["outcome"] == "locked"
        assert tree(state) == before
    assert fairpool(*in_state(folder, state)).code == 0


def test_runs_that_are_killed(tmp_path):
    """Killed at any moment nothing is lost: a whole plan is in force, and the next run goes on."""
    folder, state = started(tmp_path)
    rng = Random(0)
    began = time.monotonic()
    assert fairpool(*in_state(folder, state, "--dry-run")).code == 0
    whole = time.monotonic() - began
    first = in_force(folder, state).name
    for round_ in range(20):
        running = subprocess.Popen(
            command(*in_state(folder, state)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.0, 1.2) * whole)
        running.send_signal(signal.SIGKILL)
        running.wait()
        now = in_force(folder, state)
        assert fairpool("status", "--state", state).code == 0
        if now.name != first and round_ < 19:  # it was quicker than the signal: begin again
            (state / "current").unlink()
            (state / "current").symlink_to(Path("plans") / first)
    ran = fairpool(*in_state(folder, state))
    assert ran.code == 0
    assert in_force(folder, state).name != first
    leftovers = [one.name for one in (*state.iterdir(), *(state / "plans").iterdir()) if one.name[0] == "."]
    assert leftovers == []


def test_nothing_outlives_a_killed_run(tmp_path):
    """When the run is killed, the process that does the work ends too."""
    folder, state = started(tmp_path)
    running = subprocess.Popen(
        command(*in_state(folder, state)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    own = _child_of(running.pid)
    running.kill()
    running.wait()
    ends = time.monotonic() + 5
    while _is_running(own) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not _is_running(own)


def _child_of(pid: int) -> int:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        found = supervise._descendants(pid)
        if found:
            time.sleep(0.5)  # until it listens
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no child was started")


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


HANGS = """\
import os, subprocess, sys, time
from optimizer.solve import child
child.COMMAND = (sys.executable, "-c", "import time; time.sleep(300)")
child._GRACE_SECONDS = 300
from pathlib import Path
from optimizer import operating
Path(os.environ["FAKE_PID"]).write_text(str(os.getpid()))
operating.main()
"""


def test_the_deadline(tmp_path, monkeypatch):
    """With a solver that hangs for ever, the run ends within 5 s of its deadline, and leaves nothing."""
    folder, state = started(tmp_path)
    before = in_force(folder, state)
    fake = tmp_path / "fake.py"
    fake.write_text(dedent(HANGS), encoding="utf-8")
    monkeypatch.setenv("FAKE_PID", str(tmp_path / "pid"))
    monkeypatch.setattr(supervise, "COMMAND", (sys.executable, str(fake)))
    began = time.monotonic()
    ran = fairpool(*in_state(folder, state, "--deadline", 6))
    assert time.monotonic() - began < 6 + 5
    assert ran.code == 5
    assert "the plan in force stays: no plan was found in time" in ran.out
    assert in_force(folder, state) == before
    pid = int((tmp_path / "pid").read_text())
    assert not _is_running(pid)
    assert "kept it: no plan was found in time" in fairpool("status", "--state", state).out
    assert fairpool(*in_state(folder, state, "--deadline", 6, "--ok", "5,7")).code == 0


def test_the_deadline_with_a_plan_that_cannot_stay(tmp_path, monkeypatch):
    """Where cells are gone and the search hangs, what is left of the plan is put in force, verified."""
    folder, state = started(tmp_path)
    before = in_force(folder, state)
    lost = next(row for row in rows_of(before) if row["slot"] == "S4")
    start = f"{lost['merchant']},{lost['category']},S4,"
    lines = (folder / "options.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(start))
    (folder / "options.csv").write_text(kept, encoding="utf-8")
    fake = tmp_path / "fake.py"
    hangs = """\
    import time
    from optimizer import operating
    real = operating._within
    operating._within = lambda *_: time.sleep(300)
    operating.main()
    """
    fake.write_text(dedent(hangs), encoding="utf-8")
    monkeypatch.setattr(supervise, "COMMAND", (sys.executable, str(fake)))
    ran = fairpool(*in_state(folder, state, "--deadline", 15))
    assert ran.code == 5
    after = in_force(folder, state)
    assert after != before
    assert {one.code for one in verify(folder, after).findings} == {"VER-23"}
    own = {(row["merchant"], row["slot"]) for row in rows_of(after)}
    assert (lost["merchant"], "S4") not in own


def test_a_worker_that_dies(tmp_path, monkeypatch):
    """A process that dies without an answer, or answers nonsense, keeps the plan in force."""
    folder, state = started(tmp_path)
    before = in_force(folder, state)
    for program in (
        "import os; os._exit(9)",
        "print('nonsense')",
        "import os, signal; os.kill(os.getpid(), 11)",
    ):
        monkeypatch.setattr(supervise, "COMMAND", (sys.executable, "-c", program))
        assert fairpool(*in_state(folder, state)).code == 5
        assert in_force(folder, state) == before


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("pools.csv", None, 3),
        ("options.csv", "merchant,category,slot,option,cash,views,conv", 3),
        ("actuals.csv", "merchant,category,slot,cash,views,conversions\nM0,C0,S1,many,1,1\n", 3),
        ("slots.csv", "slot\nS1\n", 3),
        ("SHA256SUMS", "0" * 64 + "  pools.csv\n", 74),
        ("rules.csv", "rule,measure,sense,value\nr,cash,at_least,1000\n", 4),
    ],
)
def test_broken_inputs(tmp_path, name, content, code):
    """Missing, half-written and wrong inputs keep the plan in force, with their exit code and a reason."""
    folder, state = started(tmp_path)
    before = in_force(folder, state)
    plans = tree(state / "plans")
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content, encoding="utf-8")
    ran = fairpool(*in_state(folder, state))
    assert ran.code == code, ran.out + ran.err
    assert "Traceback" not in ran.err
    assert (state / "current").resolve() == before
    assert tree(state / "plans") == plans
    assert json.loads((state / "status.json").read_text(encoding="utf-8"))["exit"] == code
    assert "kept it: " in fairpool("status", "--state", state).out


def test_no_instance(tmp_path):
    """An instance that is not there is 74; the plan in force stays, and status says what failed."""
    folder, state = started(tmp_path)
    folder.rename(tmp_path / "elsewhere")
    ran = fairpool(*in_state(folder, state))
    assert ran.code == 74
    assert "No such file or directory" in ran.err
    line = fairpool("status", "--state", state).out
    assert "kept it: the run failed" in line
    assert "No such file" in line


def test_suspicious_inputs(tmp_path):
    """A pool that changed by a factor is looked at by a person first: 7, or 0 where it is meant."""
    folder, state = started(tmp_path)
    (folder / "pools.csv").write_text("pool,amount,decimals\ncash,1200,2\nviews,72,0\n", encoding="utf-8")
    ran = fairpool(*in_state(folder, state))
    assert ran.code == 7
    assert "cash: 120.00 before, 1200.00 now" in ran.out
    assert fairpool(*in_state(folder, state, "--trust-inputs")).code == 0


def test_no_plan_in_force(tmp_path):
    """Status of a folder without a plan is 74, in one line."""
    ran = fairpool("status", "--state", tmp_path / "none")
    assert (ran.code, ran.out) == (74, "")
    assert "no plan is in force" in ran.err
    assert fairpool("status", "--state", tmp_path / "none", "--json").json["current"] is None


def test_a_plan_in_force_that_was_removed(tmp_path):
    """Where what is in force is not there any more, nothing is guessed: 74."""
    folder, state = started(tmp_path)
    (state / "current").resolve().rename(tmp_path / "away")
    assert fairpool("status", "--state", state).code == 74
    assert fairpool(*in_state(folder, state)).code == 74


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    """A read-only home is 74, and what is in force stays."""
    folder, state = started(tmp_path)
    before = in_force(folder, state)
    (state / "plans").chmod(0o500)
    try:
        assert fairpool(*in_state(folder, state)).code == 74
        assert in_force(folder, state) == before
    finally:
        (state / "plans").chmod(0o700)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--state", "job", "--out", "plan"],
        ["--incumbent", "plan"],
        ["--state", "job", "--now", "2026-11-02T12:00:00"],
        ["--state", "job", "--now", "noon"],
        ["--state", "job", "--max-change", "-5%"],
        ["--state", "job", "--max-change", "much"],
        ["--state", "job", "--ok", "5;7"],
        ["--state", "job", "--deadline", "0"],
    ],
)
def test_usage(tmp_path, args):
    """What makes no sense on the command line is 2, before anything is read or written."""
    ran = fairpool(
        "reoptimise", tmp_path, *[tmp_path / one if one in ("job", "plan") else one for one in args]
    )
    assert ran.code == 2, ran.out + ran.err
    assert list(tmp_path.iterdir()) == []


def test_another_solved_plan_as_incumbent(tmp_path):
    """A plan of solve is an incumbent like any other, and a folder that is none cannot be read (74)."""
    folder = instance(tmp_path / "instance")
    plan = solved(folder, tmp_path / "plan")
    ran = fairpool("reoptimise", folder, "--incumbent", folder, "--out", tmp_path / "out", "--now", NOW)
    assert ran.code == 74
    early = "2026-10-01T00:00:00+08:00"
    ran = fairpool("reoptimise", folder, "--incumbent", plan, "--out", tmp_path / "out", "--now", early)
    assert ran.code == 0
    assert "nothing is new" in ran.out
