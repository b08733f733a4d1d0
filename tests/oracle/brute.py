"""Every plan of a small indivisible instance, one by one, in Fractions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

from tests.oracle.evaluation import Holding, excess, worth_of
from tests.oracle.folder import Cell, Folder, read
from tests.oracle.rule import Limit, limits


@dataclass
class Best:
    """The best plan found by enumeration.

    Attributes
    ----------
    objective
        None if no plan is feasible.
    drawn
        The least draw, pools in file order, among the plans of that objective.
    plans
        Every plan of that objective and draw: cell -> option.
    without
        Rule -> best objective if that rule were not there (None: infeasible even then).
    """

    objective: Fraction | None = None
    drawn: tuple[Fraction, ...] = ()
    plans: list[dict[Cell, str]] = field(default_factory=list)
    without: dict[str, Fraction | None] = field(default_factory=dict)


def brute_force(path: Path) -> Best:
    """Return the best plan of an instance by enumeration."""
    return brute_force_folder(read(path))


def num_plans(folder: Folder) -> int:
    """Return how many plans there are to enumerate, pins apart."""
    return prod(len(options) + 1 for options in folder.options.values())


def brute_force_folder(folder: Folder) -> Best:
    """Return the best plan of a folder that has been read."""
    assert folder.divisible is False, "divisible cells cannot be enumerated"
    expanded = [limit for limit in limits(folder) if limit.rule.enforcement != "report"]
    best = Best(without=dict.fromkeys((limit.rule.name for limit in expanded), None))
    for chosen in plans_of(folder):
        holding = {cell: folder.options[cell][option] for cell, option in chosen.items()}
        drawn = tuple(sum((h[pool] for h in holding.values()), Fraction(0)) for pool in folder.pools)
        if any(used > pool.amount for used, pool in zip(drawn, folder.pools.values(), strict=True)):
            continue
        broken, penalties = _broken(expanded, holding)
        if len(broken) > 1:
            continue
        objective = worth_of(folder, holding) - sum(penalties.values())
        for name in broken or best.without:
            best.without[name] = _larger(best.without[name], objective + penalties.get(name, 0))
        if not broken:
            _keep(best, objective, drawn, chosen)
    return best


def plans_of(folder: Folder) -> Iterator[dict[Cell, str]]:
    """Go through every choice of options that pins allow."""
    cells = list(folder.options)
    ways: list[list[str | None]] = []
    for cell in cells:
        forced = folder.forced.get(cell, set())
        every: list[str | None] = [None, *folder.options[cell]]
        allowed = [way for way in every if not forced or {way} == forced]
        ways.append([way for way in allowed if way is None or cell not in folder.forbidden])
    for choice in product(*ways):
        yield {cell: option for cell, option in zip(cells, choice, strict=True) if option is not None}


def _broken(expanded: list[Limit], holding: Holding) -> tuple[set[str], dict[str, Fraction]]:
    """Return the hard rules that are broken, and the penalties of each soft rule."""
    broken: set[str] = set()
    penalties: dict[str, Fraction] = {}
    for limit in expanded:
        name = limit.rule.name
        over = excess(limit, holding)
        if over and limit.rule.enforcement == "hard":
            broken.add(name)
            if len(broken) > 1:
                break
        elif over:
            penalties[name] = penalties.get(name, Fraction(0)) + over * limit.rule.penalty
    return broken, penalties


def _larger(known: Fraction | None, found: Fraction) -> Fraction:
    return found if known is None else max(known, found)


def _keep(best: Best, objective: Fraction, drawn: tuple[Fraction, ...], chosen: dict[Cell, str]) -> None:
    if best.objective is not None and (objective, [-used for used in drawn]) < (
        best.objective,
        [-used for used in best.drawn],
    ):
        return
    if (objective, drawn) != (best.objective, best.drawn):
        best.plans.clear()
    best.objective, best.drawn = objective, drawn
    best.plans.append(chosen)
