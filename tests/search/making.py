"""Small instances for tests of the search, and their solve in this process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from models.amount import units_to_text
from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.pipeline import Solved

Option = tuple[int, str]
"""Cost in smallest units, conversions as text."""


def write(folder: Path, **tables: str) -> Path:
    """Write an instance; each keyword is a table (lines set apart by ` / ` too), or `settings` (TOML)."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, text in tables.items():
        lines = [line.strip() for part in text.strip().splitlines() for line in part.split(" / ")]
        if stem == "settings":
            (folder / "settings.toml").write_text(text, encoding="utf-8")
        else:
            (folder / f"{stem}.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def write_cells(
    folder: Path, amount: int, cells: Sequence[Sequence[Option]], decimals: int = 2, **tables: str
) -> Path:
    """Write an instance of one pool `cash`: one merchant a cell, costs and amount in smallest units."""
    rows = ["merchant,category,slot,option,cash,conversions"]
    for number, options in enumerate(cells):
        for name, (cost, worth) in zip("ABCDEFGH", options, strict=False):
            rows.append(f"M{number:02d},tea,S1,{name},{units_to_text(cost, decimals)},{worth}")
    pools = f"pool,amount,decimals / cash,{units_to_text(amount, decimals)},{decimals}"
    return write(folder, pools=pools, options="\n".join(rows), **tables)


def solve(folder: Path, watch: Watch | None = None, **options: object) -> Solved:
    """Solve an instance to a gap of zero (unless told otherwise) and publish the plan beside it."""
    asked = SearchOptions(**{"gap": Fraction(0), "time_limit": 60, **options})  # type: ignore[arg-type]
    return pipeline.solve(folder, out_of(folder), choose=lambda _: asked, watch=watch)


def out_of(folder: Path) -> Path:
    """Return where `solve` publishes."""
    return folder.with_name(f"{folder.name}-plan")


def best_of(amount: int, cells: Iterable[Sequence[Option]]) -> tuple[Fraction, int]:
    """Return the best conversions of a multiple-choice knapsack and the least cost that reaches them.

    Every Pareto-optimal pair of cost and worth is kept, in integers, so the answer is exact.
    """
    front = {0: Fraction(0)}
    for options in cells:
        reached = dict(front)
        for spent, worth in front.items():
            for cost, gain in options:
                total, value = spent + cost, worth + Fraction(gain)
                if total <= amount and value > reached.get(total, Fraction(-1)):
                    reached[total] = value
        front, most = {}, Fraction(-1)
        for spent in sorted(reached):
            if reached[spent] > most:
                most = front[spent] = reached[spent]
    best = max(front.values())
    return best, min(spent for spent, worth in front.items() if worth == best)
