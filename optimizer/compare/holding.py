"""Plan -> what its files would state of it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby

import numpy as np

from models.amount import FRACTION_UNIT, units_to_short_text
from models.holdings import Cell, Holdings, LimitState
from models.plan import LimitUse, Plan
from models.rationals import Integers

_FRACTION_DIGITS = len(str(FRACTION_UNIT)) - 1


def holdings_of(plan: Plan, prices: Mapping[tuple[int, int], Fraction]) -> Holdings:
    """Return what a plan's cells hold and how far its limits are used.

    Parameters
    ----------
    prices
        (index of the rule's limits, limit) -> price; pools have the index -1.
    """
    problem, options = plan.problem, plan.problem.instance.options
    taken = plan.choice.options
    columns = [np.array(key.texts, object)[key.codes[taken]].tolist() for key in options.keys.values()]
    names = np.array(options.option.texts, object)[options.option.codes[taken]].tolist()
    rows = list(zip(*columns, strict=True)) if columns else []
    pools = problem.instance.pools
    amounts = {pool.name: cost for pool, cost in zip(pools, plan.costs, strict=True)} | plan.values
    kept = problem.instance.kept
    cells, texts, sums = merged(rows, names, plan.choice.fractions.tolist(), amounts)
    return Holdings(
        tuple(options.keys),
        pools,
        cells,
        texts,
        sums,
        plan.objective,
        _limits(plan, prices),
        frozenset(pin.keys for pin in kept.pins) if kept is not None else frozenset(),
    )


def merged(
    rows: list[Cell], names: list[str], fractions: list[int], amounts: Mapping[str, Integers]
) -> tuple[tuple[Cell, ...], tuple[str, ...], dict[str, Integers]]:
    """Return cells, what each holds, and its amounts, from rows of which some cells have several.

    Parameters
    ----------
    fractions
        In 1e-9.
    amounts
        Column -> amount of each row; shape (rows,).
    """
    order = sorted(range(len(rows)), key=lambda row: (rows[row], names[row]))
    cells: list[Cell] = []
    texts: list[str] = []
    starts: list[int] = []
    at = 0
    for cell, own in groupby(order, key=lambda row: rows[row]):
        mix = [(names[row], fractions[row]) for row in own]
        cells.append(cell)
        starts.append(at)
        texts.append(" + ".join(map(_part, mix)))
        at += len(mix)
    sums = {
        name: np.add.reduceat(units[order], starts) if starts else units[:0]
        for name, units in amounts.items()
    }
    return tuple(cells), tuple(texts), sums


def _part(part: tuple[str, int]) -> str:
    name, fraction = part
    if fraction == FRACTION_UNIT:
        return name
    return f"{name} {units_to_short_text(fraction, _FRACTION_DIGITS)}"


def _limits(plan: Plan, prices: Mapping[tuple[int, int], Fraction]) -> dict[tuple[str, str], LimitState]:
    found: dict[tuple[str, str], LimitState] = {}
    for index, (pool, used) in enumerate(zip(plan.problem.instance.pools, plan.used, strict=True)):
        limit, amount = (Fraction(units, 10**pool.decimals) for units in (pool.amount, used))
        price = prices.get((-1, index), Fraction(0))
        status = _status(is_broken=amount > limit, is_tight=amount == limit, price=price)
        found[f"pool:{pool.name}", ""] = LimitState(pool.name, "at_most", limit, amount, status, price)
    for index, use in enumerate(plan.uses):
        labels = use.limits.labels(np.arange(use.limits.count))
        for number, label in enumerate(labels):
            found[use.limits.rule.rule, label] = _state(use, number, prices.get((index, number), Fraction(0)))
    return found


def _state(use: LimitUse, number: int, price: Fraction) -> LimitState:
    rule, limit, used = use.limits.rule, use.limit[number], use.used[number]
    status = _status(is_broken=bool(use.is_broken[number]), is_tight=limit == used, price=price)
    return LimitState(rule.measure.text, rule.sense, limit, used, status, price)


def _status(*, is_broken: bool, is_tight: bool, price: Fraction) -> str:
    if is_broken:
        return "broken"
    return "binding" if is_tight or price > 0 else "met"
