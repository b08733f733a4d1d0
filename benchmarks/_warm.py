"""A warm process: everything imported and compiled before the first clock starts."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

from benchmarks.ladder_market import LadderMarket, write_market
from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search import search

_CELLS = 300


def warm() -> None:
    """Search one small market of every mix that pricing treats in a way of its own."""
    with tempfile.TemporaryDirectory() as home:
        for mix in ("caps", "counts", "windows+top"):
            folder = Path(home) / mix
            write_market(folder, LadderMarket(_CELLS, mix))
            problem = pipeline.check(folder).problem
            assert problem is not None
            for method in ("auto", "monolithic"):
                asked = SearchOptions(gap=Fraction(1, 20), time_limit=20.0, method=method)
                search(problem, asked, Watch())
