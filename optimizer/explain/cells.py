"""The cells of one merchant: what each option is worth, what its use would bring elsewhere, what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from models.amount import FRACTION_UNIT
from models.certificate import Price
from models.headers import EVERY_KEY, NO_OPTION
from models.instance import Int64, Pin
from models.plan import Choice, Plan
from models.problem import FORBIDDEN, FREE, Amounts, Limits, Merchants, Problem, Total
from models.why import CellView, Charge, OptionView, Stop, worth_of_cell, worth_of_option

Evaluate = Callable[[Problem, Choice], Plan]


def view_cells(
    plan: Plan, merchant: int, prices: Sequence[Price], evaluate: Evaluate
) -> tuple[CellView, ...]:
    """Return every cell of a merchant with its options, at some prices.

    Parameters
    ----------
    evaluate
        Computes what follows from a choice, for what stands against an option by itself.
    """
    problem = plan.problem
    first, end = problem.cell_start[merchant : merchant + 2].tolist()
    charges = _charges(problem, prices, first, end)
    held = dict(zip(plan.choice.options.tolist(), plan.choice.fractions.tolist(), strict=True))
    return tuple(_view(plan, cell, charges, held, evaluate) for cell in range(first, end))


def credit_of(problem: Problem, merchant: int, prices: Sequence[Price]) -> Fraction:
    """Return what it is worth that a merchant counts: in the objective, and to priced limits of counts.

    Counts with a threshold are left aside: one option does not tell whether the merchant reaches it.
    """
    cells = range(*problem.cell_start[merchant : merchant + 2].tolist())
    credit = sum((one.weight for one in problem.rewards if _is_plain_count(one.total)), Fraction(0))
    for price in prices:
        if price.limits < 0:
            continue
        limits = problem.limits[price.limits]
        if _is_plain_count(limits.total) and limits.basis is None:
            is_counted = _members(limits.total, price.limit, cells.start, cells.stop).size > 0
            sign = 1 if limits.rule.sense == "at_least" else -1
            credit += sign * price.price if is_counted else Fraction(0)
    return credit


def _is_plain_count(total: Total) -> bool:
    return isinstance(total.measure, Merchants) and total.measure.reaches is None


def _view(
    plan: Plan,
    cell: int,
    charges: dict[int, list[Charge]],
    held: dict[int, int],
    evaluate: Evaluate,
) -> CellView:
    problem = plan.problem
    pinned = int(problem.pinned[cell])
    first, end = problem.option_start[cell : cell + 2].tolist()
    now = _value_held(plan, first, end)
    views = [
        OptionView(
            option=option,
            value=worth_of_option(problem, option),
            charges=tuple(charges.get(option, ())),
            held=Fraction(held.get(option, 0), FRACTION_UNIT),
            lacks=Fraction(0),
            gain=worth_of_option(problem, option) - now,
            is_excluded=pinned not in (FREE, option),
        )
        for option in range(first, end)
    ]
    allowed = [view for view in views if not view.is_excluded]
    ranked = sorted(allowed, key=lambda view: (-view.margin, view.option))
    is_nothing = not ranked or (ranked[0].margin <= 0 and pinned == FREE)
    most = Fraction(0) if is_nothing else ranked[0].margin
    views = [replace(view, lacks=max(most - view.margin, Fraction(0))) for view in views]
    views = [_with_stops(plan, view, (first, end), evaluate) for view in views]
    return CellView(cell, tuple(views), -1 if is_nothing else ranked[0].option, _pin(problem, cell))


def _with_stops(plan: Plan, view: OptionView, span: tuple[int, int], evaluate: Evaluate) -> OptionView:
    """Add what an option would break by itself, if there is anything to gain by it."""
    if view.gain <= 0 or view.is_excluded:
        return view
    options, fractions = plan.choice.options, plan.choice.fractions
    is_other = (options < span[0]) | (options >= span[1])
    at = int(np.searchsorted(options[is_other], view.option))
    taken = np.insert(options[is_other], at, view.option)
    shares = np.insert(fractions[is_other], at, FRACTION_UNIT)
    changed = evaluate(plan.problem, Choice(taken, shares))
    return replace(view, stops=tuple(broken(changed, plan)), gain=changed.objective - plan.objective)


def broken(plan: Plan, before: Plan | None = None) -> Iterator[Stop]:
    """Yield the pools and hard limits that a plan breaks; with `before`, more than that one does."""
    for pool, over in enumerate(plan.overspent):
        if over > max(before.overspent[pool] if before else 0, 0):
            yield Stop(-1, pool, Fraction(over, 10 ** plan.problem.pools[pool].digits))
    for index, use in enumerate(plan.uses):
        if use.limits.rule.enforcement != "hard":
            continue
        for limit in np.flatnonzero(use.is_broken).tolist():
            by = use.excess(limit)
            if before is None or by > max(before.uses[index].excess(limit), Fraction(0)):
                yield Stop(index, limit, by)


def _value_held(plan: Plan, first: int, end: int) -> Fraction:
    """Return what the objective counts for what a cell holds; of a mix, what it comes to before rounding."""
    problem, options = plan.problem, plan.choice.options
    rows = np.flatnonzero((options >= first) & (options < end)).tolist()
    if not rows:
        return Fraction(0)
    apart = worth_of_cell(problem)
    worth = {row: worth_of_option(problem, int(options[row])) - apart for row in rows}
    return apart + sum(
        (Fraction(int(plan.choice.fractions[row]), FRACTION_UNIT) * worth[row] for row in rows), Fraction(0)
    )


def _pin(problem: Problem, cell: int) -> Pin | None:
    """Return the pin that holds a cell: of a forced option the one that forces it, else the first."""
    if problem.pinned[cell] == FREE:
        return None
    columns = problem.instance.options.keys.values()
    keys = [
        column.texts[code] for column, code in zip(columns, problem.cell_keys[cell].tolist(), strict=True)
    ]
    is_forbidden = problem.pinned[cell] == FORBIDDEN
    for pin in problem.instance.all_pins:
        is_kind = (pin.option == NO_OPTION) == is_forbidden
        if is_kind and all(own in (EVERY_KEY, key) for own, key in zip(pin.keys, keys, strict=True)):
            return pin
    return None


def _charges(problem: Problem, prices: Sequence[Price], first: int, end: int) -> dict[int, list[Charge]]:
    """Return option -> what it is charged, limit by limit, for the cells from `first` up to `end`."""
    found: dict[int, list[Charge]] = {}
    for price in prices:
        of_option: dict[int, Fraction] = {}
        for total, which, factor in _parts(problem, price):
            cells = _all(first, end) if total is None else _members(total, which, first, end)
            measure = problem.pools[which] if total is None else total.measure
            if isinstance(measure, Merchants):
                continue  # see `credit_of`
            for cell in cells.tolist():
                for option in range(*problem.option_start[cell : cell + 2].tolist()):
                    units = int(measure.coefficients[option]) if isinstance(measure, Amounts) else 1
                    charge = factor * Fraction(units, 10**measure.digits)
                    of_option[option] = of_option.get(option, Fraction(0)) + charge
        for option, amount in of_option.items():
            if amount:
                found.setdefault(option, []).append(Charge(price.limits, price.limit, amount))
    return found


def _parts(problem: Problem, price: Price) -> Iterator[tuple[Total | None, int, Fraction]]:
    """Yield what a price charges: (total, set, objective units per written unit); no total: the pool."""
    if price.limits < 0:
        yield None, price.limit, price.price
        return
    limits: Limits = problem.limits[price.limits]
    signed = price.price if limits.rule.sense == "at_most" else -price.price
    for which, weight in price.weights or ((price.limit, Fraction(1)),):
        yield limits.total, which, signed * weight
    if limits.basis is not None and limits.basis_sets is not None:
        yield limits.basis, int(limits.basis_sets[price.limit]), -signed * limits.rule.value


def _members(total: Total, which: int, first: int, end: int) -> Int64:
    """Return the cells from `first` up to `end` that a set holds."""
    cells = total.cells_of(which)
    low, high = np.searchsorted(cells, np.array([first, end], cells.dtype))
    return cells[low:high].astype(np.int64)


def _all(first: int, end: int) -> Int64:
    return np.arange(first, end, dtype=np.int64)
