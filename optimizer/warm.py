"""Compile everything once, so that the first solve does not wait for it: `python -m optimizer.warm`."""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np

from models.linear import linear
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.improve import probe

_RULES = """rule,kind,measure,by,sense,value,k
own,limit,cash,merchant,at_most,70,
few,limit,cash,slot,at_most,260,
some,limit,merchants(cash>=20),category,at_least,2,
top,top,cash,merchant,at_most,150,3
"""


def warm() -> float:
    """Solve a small instance by prices and probe it, which compiles what is not kept; return the seconds."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        instance.mkdir()
        rng = Random(0)
        rows = ["merchant,category,slot,option,cash,conversions\n"]
        for cell in range(60):
            cost = 0
            for name in "ABC":
                cost += rng.randint(1, 30)
                worth = rng.randint(1, cost + 9)
                rows.append(f"M{cell // 5},C{cell % 2},S{cell % 5},{name},{cost},{worth}\n")
        (instance / "options.csv").write_text("".join(rows), encoding="utf-8")
        (instance / "pools.csv").write_text("pool,amount\ncash,600\n", encoding="utf-8")
        (instance / "rules.csv").write_text(_RULES, encoding="utf-8")
        asked = SearchOptions(gap=Fraction(0), time_limit=600, method="lagrangian")
        pipeline.solve(instance, Path(folder) / "plan", choose=lambda _: asked)
        problem = pipeline.check(instance).problem
        assert problem is not None
        stated = linear(problem)
        nothing = np.full(stated.num_cells, -1, np.int64)
        probe(stated, nothing, np.zeros(stated.num_rows), (1, 0))
    return time.monotonic() - began


if __name__ == "__main__":
    warm()
