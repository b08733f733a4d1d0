"""One peer in a process of its own, as `run` starts it.

Usage: `python -m benchmarks.peer.child PEER MODEL FOLDER GAP SECONDS THREADS OUT`.
ortools and highspy cannot be loaded together, and peak memory is a process's own.
"""

from __future__ import annotations

import importlib
import resource
import sys
from pathlib import Path

import numpy as np

from benchmarks.peer.stated import Asked

PEERS = {
    "fairpool auto": "product:auto",
    "fairpool monolithic": "product:monolithic",
    "highs": "highs:solve",
    "pyomo highs": "pyomo_highs:solve",
    "scipy milp": "scipy_milp:solve",
    "scip": "scip:solve",
    "cp-sat": "cp_sat:solve",
    "pdlp": "pdlp:solve",
}
"""Name in tables -> module of this package, and its function."""

ABSENT = 3
"""Exit code: the peer's library is not installed."""


def main(peer: str, model: str, folder: str, gap: str, *others: str) -> int:
    """Run one peer and write its answer."""
    seconds, threads, out = others
    module, _, name = PEERS[peer].partition(":")
    asked = Asked(float(gap), float(seconds), int(threads), Path(model), Path(folder))
    try:
        solve = getattr(importlib.import_module(f"benchmarks.peer.{module}"), name)
    except ImportError as error:
        print(error, file=sys.stderr)
        return ABSENT
    answer = solve(asked)
    np.savez(
        out,
        status=np.array(answer.status),
        take=np.empty(0) if answer.take is None else answer.take,
        bound=np.array(np.nan if answer.bound is None else answer.bound),
        seconds=np.array(answer.seconds),
        build_seconds=np.array(answer.build_seconds),
        trace=np.array(answer.trace, np.float64).reshape(-1, 3),
        peak_mb=np.array(peak_mb()),
    )
    return 0


def peak_mb() -> float:
    """Return the peak memory of this process or of one that it started, whichever is larger.

    `ru_maxrss` of a process begins with what its parent had when it was started: the kernel's own mark of
    this one does not.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return max(high_water_mb("self"), children)


def high_water_mb(pid: int | str) -> float:
    """Return the peak memory of a living process; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), default=0.0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
