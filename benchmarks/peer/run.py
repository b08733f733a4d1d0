"""Start a peer, stop it where it does not stop itself, and judge what it found in exact integers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.peer.child import ABSENT, high_water_mb
from benchmarks.peer.stated import Asked, Floats
from models.problem import Problem
from optimizer.decode import evaluate, rounded

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """How one run of a peer ended, judged.

    Attributes
    ----------
    status
        The peer's own word; `killed`, `failed` or `absent` where it has none.
    objective
        Of its plan, counted again in exact integers; None without a plan.
    is_feasible
        Whether that plan meets every hard rule exactly.
    gap
        (bound - objective) / objective of a feasible plan against the peer's own bound.
    peak_mb
        Of its process and those that it starts.
    trace
        (seconds, gap) while it ran, by the objectives and bounds that it told of.
    """

    status: str
    objective: float | None = None
    is_feasible: bool | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: float | None = None
    build_seconds: float | None = None
    peak_mb: float | None = None
    trace: tuple[tuple[float, float], ...] = ()


def run_peer(peer: str, problem: Problem, asked: Asked, python: str = sys.executable) -> Run:
    """Run one peer once; it is killed half a time limit, and thirty seconds, after the time limit."""
    with tempfile.TemporaryDirectory() as home:
        out = Path(home) / "answer.npz"
        files = [str(asked.model.resolve()), str(asked.folder.resolve())]
        numbers = [str(asked.gap), str(asked.time_limit), str(asked.threads)]
        command = [python, "-m", "benchmarks.peer.child", peer, *files, *numbers, str(out)]
        began = time.monotonic()
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as child:
            try:
                words = child.communicate(timeout=asked.time_limit * 1.5 + 30)[1]
            except subprocess.TimeoutExpired:
                peak = high_water_mb(child.pid)
                child.kill()
                child.communicate()
                return Run("killed", seconds=time.monotonic() - began, peak_mb=peak)
        if child.returncode == ABSENT:
            print(f"{peer} is ABSENT and not measured: {words.strip()}", file=sys.stderr)
            return Run("absent")
        if child.returncode != 0 or not out.exists():
            print(f"{peer} FAILED: {words.strip()[-500:]}", file=sys.stderr)
            return Run("failed", seconds=time.monotonic() - began)
        with np.load(out) as answer:
            return _judged(problem, {name: answer[name] for name in answer.files})


def _judged(problem: Problem, answer: dict[str, Floats]) -> Run:
    bound = float(answer["bound"])
    seconds, building, peak = (float(answer[name]) for name in ("seconds", "build_seconds", "peak_mb"))
    times = seconds, building, peak, _gaps(answer["trace"])
    known = None if np.isnan(bound) else bound
    if not len(answer["take"]):
        return Run(str(answer["status"]), None, None, known, None, *times)
    plan = evaluate(problem, rounded(problem, answer["take"]))
    objective = float(plan.objective)
    gap = None
    if known is not None and plan.is_feasible:
        gap = max(known - objective, 0.0) / max(abs(objective), 1e-9)
    return Run(str(answer["status"]), objective, plan.is_feasible, known, gap, *times)


def _gaps(trace: Floats) -> tuple[tuple[float, float], ...]:
    known = trace[~np.isnan(trace).any(axis=1)]
    gaps = np.maximum(known[:, 2] - known[:, 1], 0.0) / np.maximum(np.abs(known[:, 1]), 1e-9)
    return tuple(zip(known[:, 0].tolist(), gaps.tolist(), strict=True))
