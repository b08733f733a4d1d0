"""Children that misbehave: programs run in place of the solver's process."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import numpy as np

from optimizer.solve import child
from optimizer.solve.answer import Arrays, Request

_PROLOGUE = """\
import os, pickle, signal, sys, time
import numpy as np
from optimizer.solve.answer import Answer, Ended, Incumbent

def send(kind, content):
    pickle.dump((kind, content), sys.stdout.buffer)
    sys.stdout.buffer.flush()

def read():
    return pickle.load(sys.stdin.buffer)

"""

_HONEST = """\
from optimizer.solve import highs as real

frames = os.fdopen(os.dup(1), "wb")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS prints

def send(kind, content):
    pickle.dump((kind, content), frames)
    frames.flush()

def honest(request):
    return real._Run(request, open(os.devnull, "wb"), __import__("threading").Event()).answer()

"""


def install(monkeypatch, folder: Path, program: str, grace_seconds: float = 0.5) -> Path:
    """Have `program` run in place of the solver; `send`, `read` and `honest` are at hand in it."""
    needs = _PROLOGUE + (_HONEST if "honest(" in program else "")
    path = folder / "fake_child.py"
    path.write_text(needs + dedent(program), encoding="utf-8")
    monkeypatch.setattr(child, "COMMAND", (sys.executable, str(path)))
    monkeypatch.setattr(child, "_GRACE_SECONDS", grace_seconds)
    return path


def knapsack(costs: list[float], values: list[float], amount: float, **asked: object) -> Request:
    """Return the request of a knapsack."""
    count = len(costs)
    arrays = Arrays(
        c=np.array(values, np.float64),
        starts=np.array([0, count], np.int32),
        columns=np.arange(count, dtype=np.int32),
        coefficients=np.array(costs, np.float64),
        right=np.array([amount], np.float64),
        low=np.zeros(count),
        high=np.ones(count),
        is_whole=np.ones(count, bool),
    )
    return Request(arrays, **asked)  # type: ignore[arg-type]


def hard() -> Request:
    """Return a request that keeps HiGHS busy for minutes, with news from early on."""
    rng = np.random.default_rng(1)
    rows, count = 30, 300
    matrix = rng.integers(1, 1000, (rows, count)).astype(np.float64)
    arrays = Arrays(
        c=matrix.mean(axis=0) + rng.integers(0, 20, count),
        starts=np.arange(rows + 1, dtype=np.int32) * count,
        columns=np.tile(np.arange(count, dtype=np.int32), rows),
        coefficients=matrix.ravel(),
        right=matrix.sum(axis=1) / 2,
        low=np.zeros(count),
        high=np.ones(count),
        is_whole=np.ones(count, bool),
    )
    return Request(arrays, time_limit=120)
