"""A solve that cannot fit into memory must be refused before it begins, with the figure, and nothing else."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pytest

from optimizer import memory
from optimizer.available import available_bytes
from optimizer.memory import Counts, counts_of, peak_bytes
from tests.cli.running import TINY, fairpool
from tests.read.reading import folder_of

REFERENCE = Counts(options=100_000_000, columns=2, cells=20_000_000, entries=80_000_000, limits=4_000_000)
_GB = 1 << 30


def test_the_reference_fits_where_it_must():
    """20 million cells must be let in where 14 GB are free, and their instance alone takes over 5."""
    assert 5 * _GB < peak_bytes(REFERENCE) < 14 * _GB


@pytest.mark.parametrize(("millions", "measured"), [(0.3, 0.70), (1.0, 1.11)])
def test_measured_solves_are_met(millions, measured):
    """The estimate must stay within a tenth of what whole solves were measured to take."""
    counts = Counts(*(int(count * millions / 20) for count in astuple(REFERENCE)))
    counts = replace(counts, columns=REFERENCE.columns)
    assert measured * _GB * 0.9 < peak_bytes(counts) < measured * _GB * 1.1


def test_more_of_anything_takes_more():
    """No count may be left out of the estimate."""
    for place, name in enumerate(("options", "columns", "cells", "entries", "limits")):
        larger = replace(REFERENCE, **{name: astuple(REFERENCE)[place] * 2})
        assert peak_bytes(larger) > peak_bytes(REFERENCE), name


def test_counts_are_those_of_the_problem(tmp_path):
    """Options, numbers, cells, cells in limits (shared ones once) and limits must all be counted."""
    from optimizer.pipeline import check

    lines = ("rule,measure,by,sense,value", "a,cash,merchant,at_most,50", "b,cash,merchant,at_least,0")
    rules = "\n".join([*lines, "c,cash,,at_most,9\n"])
    problem = check(folder_of(tmp_path, {"rules.csv": rules})).problem
    assert counts_of(problem) == Counts(options=3, columns=2, cells=2, entries=4, limits=2 + 2 + 2 + 1)


def test_what_cannot_fit_is_exit_5(tmp_path, monkeypatch):
    """Without room solve must end with 5 and both figures, and write nothing."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 100 << 20)
    ended = fairpool("solve", TINY, "--out", tmp_path / "plan")
    assert ended.code == 5
    assert "needs about 0.5 GB" in ended.err
    assert "0.1 GB are to be had" in ended.err
    assert "proves nothing" in ended.err
    assert not list(tmp_path.iterdir())


def test_an_unknown_room_refuses_nothing(tmp_path, monkeypatch):
    """Where the system does not say how much memory there is, the solve goes on."""
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    assert fairpool("solve", TINY, "--out", tmp_path / "plan").code == 0


def _system(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="ascii")
    return path


MACHINE = {
    "proc/self/status": "Name:\tfairpool\nVmRSS:\t  2048 kB\n",
    "proc/meminfo": "MemTotal:  16384 kB\nMemAvailable:  8192 kB\n",
}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 10240),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 10240),
        (
            {
                "proc/self/cgroup": "0::/job\n",
                "sys/fs/cgroup/job/memory.max": "max\n",
                "sys/fs/cgroup/memory.max": str(6144 * 1024),
                "sys/fs/cgroup/memory.current": str(5120 * 1024),
                "sys/fs/cgroup/memory.stat": f"anon 1\ninactive_file {1024 * 1024}\n",
            },
            6144 - (5120 - 1024 - 2048),
        ),
        (
            {
                "proc/self/cgroup": "7:cpu:/x\n4:memory:/job\n",
                "sys/fs/cgroup/memory/job/memory.limit_in_bytes": str(3072 * 1024),
                "sys/fs/cgroup/memory/job/memory.usage_in_bytes": str(2048 * 1024),
            },
            3072,
        ),
        ({"proc/meminfo": "", "proc/self/cgroup": ""}, None),
    ],
    ids=["machine", "no limit", "group above", "first version", "unknown"],
)
def test_the_smallest_room_counts(files, expected, tmp_path):
    """What is available is the least of the machine's and every control group's, own memory included."""
    found = available_bytes(_system(tmp_path, {**MACHINE, **files}))
    assert found == (None if expected is None else expected * 1024)
