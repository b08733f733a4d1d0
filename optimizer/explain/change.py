"""The smallest change that would get a merchant funded: worth more, cost less, or more room in a named rule.

Prices say where to begin; what is said is what solving anew with the merchant forced in and left out finds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.amount import FRACTION_UNIT, VALUE_UNIT
from models.instance import Instance
from models.plan import Plan
from models.problem import Amounts, Limits, Merchants, Problem, Total
from models.solution import Solution
from models.why import CellView, Cheaper, Check, Interval, OptionView, Roomier, Side, Stop, Worthier
from optimizer.explain.changed import (
    forced_in,
    left_out,
    outward,
    set_key,
    set_value,
    with_cost,
    with_rule,
    with_value,
)
from optimizer.explain.smallest import smallest

Solve = Callable[[Instance, Plan | None], Solution | None]
"""Solves a changed instance, beginning with a plan; None where no time is left."""

MOST_TRIES = 6
_MOST_ROOMS = 3


@dataclass(frozen=True, eq=False)
class Case:
    """One merchant, the plan in hand, and how to solve anew."""

    plan: Plan
    merchant: int
    key: str
    solve: Solve

    @property
    def instance(self) -> Instance:
        """The instance as it stands."""
        return self.plan.problem.instance

    def funds(self, plan: Plan) -> bool:
        """Say whether a plan gives the merchant anything; its problem has the same options."""
        return bool(len(self.held(plan)))

    def held(self, plan: Plan) -> list[int]:
        """Return the options that a plan gives the merchant."""
        problem = self.plan.problem
        first, end = problem.option_start[problem.cell_start[self.merchant : self.merchant + 2]].tolist()
        options = plan.choice.options
        return [int(one) for one in options[(options >= first) & (options < end)]]


def both_sides(case: Case) -> tuple[Side, Side]:
    """Return the best plans with the merchant forced in, and left out."""
    funded = case.funds(case.plan)
    with_it = side_of(case.solve(forced_in(case.instance, case.key), case.plan))
    first, end = case.plan.problem.cell_start[case.merchant : case.merchant + 2].tolist()
    if (case.plan.problem.pinned[first:end] >= 0).any():
        without = Side(None, None, is_impossible=True)
    else:
        without = side_of(case.solve(left_out(case.instance, case.key), case.plan))
    if funded:
        return _at_least(with_it, case.plan), without
    return with_it, _at_least(without, case.plan)


def loss_between(with_it: Side, without: Side) -> tuple[Fraction, Fraction] | None:
    """Return the least and the most that forcing the merchant in costs; None where a side is not known."""
    if with_it.plan is None or without.plan is None or with_it.bound is None or without.bound is None:
        return None
    return without.plan.objective - with_it.bound, without.bound - with_it.plan.objective


def side_of(solution: Solution | None) -> Side:
    """Return what a search found."""
    if solution is None:
        return Side(None, None)
    is_impossible = solution.is_infeasible or solution.is_proven_impossible
    return Side(solution.plan, None if is_impossible else solution.bound, is_impossible)


def _at_least(side: Side, plan: Plan) -> Side:
    """Return a side with the plan in hand in place of its own, if that is no better."""
    is_better = side.plan is not None and side.plan.objective > plan.objective
    if is_better or side.is_impossible or not (plan.is_feasible and plan.keeps_pins):
        return side
    return Side(plan, side.bound)


def worthier(case: Case, with_it: Side, loss: tuple[Fraction, Fraction]) -> Worthier | None:
    """Return by how much an option of the plan with the merchant has to be worth more; None: no value counts.

    Any one option that this plan gives the merchant will do; the one of the largest value is named. Of a mix
    only its share counts: the upper end is over that share, the lower one holds for any share.
    """
    counted = _counted_column(case.instance)
    if counted is None or with_it.plan is None:
        return None
    column, weight = counted
    option, share = _main_option(case, with_it.plan)
    low, high = max(loss[0], Fraction(0)) / weight, max(loss[1], Fraction(0)) / weight / share
    units = -(-high.numerator * VALUE_UNIT // high.denominator)
    is_proven = not _is_ruled(case.plan.problem, column)
    change = Interval(low if is_proven else Fraction(0), Fraction(units, VALUE_UNIT))
    check = _check(case, with_it.plan, (option, column, units), weight * share)
    if check == "beaten":
        change = Interval(change.low, None)
    return Worthier(option, column, change, check, is_proven)


def _check(case: Case, with_it: Plan, raised: tuple[int, str, int], weight: Fraction) -> Check:
    """Solve with an option worth more and the merchant free, and say whether it is funded."""
    option, column, units = raised
    solution = case.solve(with_value(case.instance, option, column, units), with_it)
    if solution is None or solution.plan is None:
        return "unknown"
    if case.funds(solution.plan):
        return "funded"
    reached = with_it.objective + weight * Fraction(units, VALUE_UNIT)
    return "ties" if reached >= solution.plan.objective else "beaten"


def _counted_column(instance: Instance) -> tuple[str, Fraction] | None:
    """Return the value column that the objective counts for good, and its weight; conversions first."""
    weights = dict(instance.settings.objective.weights)
    names = [name for name in instance.options.values if weights.get(name, Fraction(0)) > 0]
    return (names[0], weights[names[0]]) if names else None


def _main_option(case: Case, plan: Plan) -> tuple[int, Fraction]:
    """Return the option of the largest value that a plan gives the merchant, and how much of it."""
    worth = case.plan.problem.objective.coefficients
    option = max(case.held(plan), key=lambda option: (int(worth[option]), -option))
    row = int(np.searchsorted(plan.choice.options, option))
    return option, Fraction(int(plan.choice.fractions[row]), FRACTION_UNIT)


def _is_ruled(problem: Problem, column: str) -> bool:
    """Say whether any rule that plans are held to counts a value column."""
    stated = [limits for limits in problem.limits if limits.rule.enforcement != "report"]
    totals = [total for limits in stated for total in (limits.total, limits.basis) if total is not None]
    return any(column in _columns(total) for total in totals)


def _columns(total: Total) -> list[str]:
    measure = total.measure.reaches if isinstance(total.measure, Merchants) else total.measure
    return [name for name, _ in measure.terms] if isinstance(measure, Amounts) else []


def cheaper(
    case: Case, sides: tuple[Side, Side], view: OptionView, loss: tuple[Fraction, Fraction]
) -> Cheaper | None:
    """Return by how much an option has to draw less of one pool; None: it draws none, or a side is unknown.

    The pools are tried in turn, the one whose draw is charged most first, until a cut of one is enough.

    What the best plan without the merchant is worth does not change with the merchant's costs, so each trial
    solves one instance: the merchant forced in, at the lower cost.
    """
    if sides[1].plan is None or sides[1].bound is None or sides[0].plan is None:
        return None
    found = None
    for pool, charge in _dearest_pools(case.plan.problem, view):
        tried = _cut(case, sides, (view.option, pool), _guess(case, view.option, pool, charge, loss[1]))
        if tried.change.high is not None:
            return tried
        found = found or tried
    return found


def _guess(case: Case, option: int, pool: int, charge: Fraction, loss: Fraction) -> int:
    """Return the cut that makes up for a loss at what an option's draw of a pool is charged."""
    per_unit = charge / int(case.plan.problem.pools[pool].coefficients[option])
    return 0 if per_unit <= 0 else -int(-max(loss, Fraction(0)) // per_unit)


def _cut(case: Case, sides: tuple[Side, Side], what: tuple[int, int], guess: int) -> Cheaper:
    """Narrow down by how much an option has to draw less of a pool; `what`: the option and the pool."""
    problem, (option, pool), (with_it, without) = case.plan.problem, what, sides
    assert without.plan is not None
    assert without.bound is not None
    name, costs = problem.instance.pools[pool].name, problem.pools[pool].coefficients
    least, most = without.plan.objective, without.bound
    tried = 0

    def is_enough(cut: int) -> bool | None:
        nonlocal tried
        changed = with_cost(case.instance, option, name, -cut)
        solution = case.solve(forced_in(changed, case.key), with_it.plan)
        tried += solution is not None
        side = side_of(solution)
        if side.plan is not None and side.plan.objective >= most:
            return True
        is_less = side.is_impossible or (side.bound is not None and side.bound < least)
        return False if is_less else None

    step = max(int(np.gcd.reduce(costs)), 1)
    low, high = smallest(
        is_enough,
        int(costs[option]) - _least_cost(problem, pool, option),
        MOST_TRIES,
        guess=-(-guess // step) * step,
        step=step,
    )
    unit = 10 ** problem.pools[pool].digits
    change = Interval(Fraction(low, unit), None if high is None else Fraction(high, unit))
    return Cheaper(option, pool, change, tried)


def _dearest_pools(problem: Problem, view: OptionView) -> list[tuple[int, Fraction]]:
    """Return the pools that an option draws from and what it is charged for each, the dearest first."""
    found = []
    for index, pool in enumerate(problem.instance.pools):
        if problem.pools[index].coefficients[view.option]:
            own = [
                charge.amount
                for charge in view.charges
                if (charge.limits < 0 and charge.limit == index)
                or (charge.limits >= 0 and problem.limits[charge.limits].rule.measure.name == pool.name)
            ]
            found.append((index, max(sum(own, Fraction(0)), Fraction(0))))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _least_cost(problem: Problem, pool: int, option: int) -> int:
    """Return what an option has to cost at least: in a divisible cell the order of costs has to stay."""
    cell = problem.cell_of(option)
    if not problem.is_divisible[cell]:
        return 0
    own = problem.pools[pool].coefficients[problem.option_start[cell] : problem.option_start[cell + 1]]
    lower = own[own < problem.pools[pool].coefficients[option]]
    return int(lower.max(initial=0))


def roomier(case: Case, cells: Sequence[CellView]) -> tuple[Roomier, ...]:
    """Return how much more room each of a few limits would need: those that stand against the options.

    The rule's own value is moved, so all its groups get more room, and whoever makes best use of it gets it.
    """
    needs: dict[tuple[int, int], tuple[int, Fraction]] = {}
    for view in (one for cell in cells for one in cell.options):
        for stop in view.stops:
            key, need = (stop.limits, stop.limit), (len(view.stops), stop.by)
            needs[key] = min(needs.get(key, need), need)
    found = []
    movable = [key for key in sorted(needs, key=lambda key: (*needs[key], key)) if _can_move(case, key)]
    for limits, limit in movable[:_MOST_ROOMS]:
        tries = MOST_TRIES // min(len(movable), _MOST_ROOMS)
        found.append(_room(case, Stop(limits, limit, needs[limits, limit][1]), tries))
    return tuple(found)


def _can_move(case: Case, key: tuple[int, int]) -> bool:
    if key[0] < 0:
        return True
    rule = case.plan.problem.limits[key[0]].rule
    return rule.kind != "ratio" and (rule.value != 0 or rule.basis.kind == "absolute")


def _room(case: Case, stop: Stop, tries: int) -> Roomier:
    problem = case.plan.problem
    limits: Limits | None = None if stop.limits < 0 else problem.limits[stop.limits]
    measure = problem.pools[stop.limit] if limits is None else limits.total.measure
    unit = 10**measure.digits
    rule = f"pool:{problem.instance.pools[stop.limit].name}" if limits is None else limits.rule.rule
    tried = 0

    def moved(room: int) -> Fraction:
        return _moved_value(case, stop, Fraction(room, unit))

    def is_enough(room: int) -> bool | None:
        nonlocal tried
        solution = case.solve(with_rule(case.instance, rule, moved(room)), case.plan)
        tried += solution is not None
        return None if solution is None or solution.plan is None else case.funds(solution.plan)

    step = max(int(np.gcd.reduce(measure.coefficients)), 1) if isinstance(measure, Amounts) else 1
    need = -int(-stop.by * unit // 1)
    low, high = smallest(is_enough, 2 * need, tries, guess=need, step=step)
    change = Interval(Fraction(low, unit), None if high is None else Fraction(high, unit))
    if high is None:
        return Roomier(stop.limits, stop.limit, change, tried)
    return Roomier(stop.limits, stop.limit, change, tried, set_key(rule), set_value(moved(high)))


def _moved_value(case: Case, stop: Stop, room: Fraction) -> Fraction:
    """Return the value of a rule that gives one of its limits so much more room; of a pool, its amount."""
    problem = case.plan.problem
    if stop.limits < 0:
        pool = problem.instance.pools[stop.limit]
        return Fraction(pool.amount, 10**pool.decimals) + room
    rule = problem.limits[stop.limits].rule
    bound = case.plan.uses[stop.limits].limit.amounts[stop.limit]
    per_value = bound / rule.value if rule.value and bound else Fraction(1)
    is_up = rule.sense == "at_most"
    change = room / abs(per_value)
    return outward(rule.value + (change if is_up else -change), is_up=is_up)
