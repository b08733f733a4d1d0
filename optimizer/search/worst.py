"""The worst-off raised as far as it goes: floors that a plan reaches, and floors that prices refute.

What a floor is short of is asked for: nothing is a plan that reaches it, a proof that something always is one
that none does. The same prices refute lower floors too, down to where their bound is zero (the step of
Dinkelbach 1967), so that few questions are needed; halving does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

import numpy as np

from models.amount import VALUE_DIGITS
from models.certificate import Certificate, Leaf, Price
from models.plan import Plan
from models.problem import Amounts, Limits, Problem
from models.reach import reach
from models.settings import Stage
from models.solution import SearchOptions, Settled, Solution, relative_gap
from optimizer.decode import evaluate
from optimizer.lagrangian.certify import rounded_up
from optimizer.search.floors import Asked

_MOST_QUESTIONS, _MOST_UNDECIDED = 60, 8
_SHARE = 0.5
"""Share of the time left that one question may take."""
_LEAST_GAP, _FEW_OPTIONS = Fraction(1, 10**6), 2_000
"""How well questions are answered at best in problems of more than so many options."""
_ROUGH_GAP = Fraction(1, 10)
"""How well, where what is missing is itself the objective."""


@dataclass(frozen=True)
class Asking:
    """How questions are put.

    Attributes
    ----------
    compiled
        (value, how it is asked for) -> the stage's problem with the floor at this value.
    search
        (problem, what is asked for, plan known) -> how its search ends.
    seconds_left
        How much time the stage has.
    options
        What the stage is asked for.
    """

    compiled: Callable[[Fraction, Asked], Problem]
    search: Callable[[Problem, SearchOptions, Plan | None], Solution]
    seconds_left: Callable[[], float]
    options: SearchOptions


@dataclass(frozen=True, eq=False)
class Raising:
    """How it ended: settled, or with no plan at all (`last` says why)."""

    settled: Settled | None
    last: Solution
    is_reproducible: bool


def raised(stage: Stage, number: int, asking: Asking, known: Plan | None) -> Raising:
    """Raise the floor of a stage.

    Parameters
    ----------
    known
        A plan that meets every hard rule, or None.
    """
    return _Raised(stage, number, asking, known).run()


class _Raised:
    """One floor being raised.

    Amounts of options that are taken whole count up to a cap at the floor's value: then the objective is what
    is reached, and all that searches by prices works as ever. Else what is missing is the objective.
    """

    def __init__(self, stage: Stage, number: int, asking: Asking, known: Plan | None) -> None:
        self.stage, self.asking, self.known = stage, asking, known
        name = f"stage:{number}"
        self.unit = asking.compiled(Fraction(1), "")
        self.at = next(at for at, one in enumerate(self.unit.limits) if one.rule.rule == name)
        self.limits = self.unit.limits[self.at]
        is_whole = isinstance(self.limits.total.measure, Amounts) and not self.unit.is_divisible.any()
        self.is_capped = is_whole and stage.num_smallest == 1
        self.step = _step(stage, self.limits)
        self.reached: Fraction | None = None
        self.refuted: Fraction | None = None
        self.claimed: Fraction | None = None
        self.undecided: Fraction | None = None
        self.proof: Certificate | None = None
        self.is_reproducible = True

    def run(self) -> Raising:
        if self.known is not None:
            self._take(self.known)
        value, num_undecided = self._start(), 0
        for _question in range(_MOST_QUESTIONS):
            before = self._top()
            last = self._ask(value)
            if last.plan is None:
                break
            if not self._learnt(value, last):
                self.undecided, num_undecided = value, num_undecided + 1
            if self._is_enough() or num_undecided >= _MOST_UNDECIDED or self.asking.seconds_left() <= 0:
                break
            value = self._next(value, before)
        if self.reached is None or self.known is None:
            return Raising(None, last, self.is_reproducible)
        return Raising(self._settled(), last, self.is_reproducible)

    def _ask(self, value: Fraction) -> Solution:
        """Ask what a floor is short of; bounds are of what it is short of, below zero."""
        problem = self.asking.compiled(value, "cap" if self.is_capped else "floor")
        owed, gap, method = Fraction(0), _ROUGH_GAP, "monolithic"
        if self.is_capped:
            problem = replace(problem, objective=self._in_scope(problem))
            owed, method = value * self._bases(), self.asking.options.method
            gap = self.asking.options.gap / (4 * max(self.limits.groups.count, 1))
            gap = gap if problem.num_options <= _FEW_OPTIONS else max(gap, _LEAST_GAP)
        seconds = max(self.asking.seconds_left() * _SHARE, 0.01)
        asked = replace(
            self.asking.options, gap=gap, method=method, time_limit=seconds, is_certified=self.is_capped
        )
        begun = None if self.known is None else evaluate(problem, self.known.choice)
        found = self.asking.search(problem, asked, begun)
        self.is_reproducible &= found.is_reproducible
        if found.plan is None or found.is_infeasible:
            return found
        self._take(found.plan)
        certificate = self._as_floor(found.certificate, owed)
        claimed = None if found.claimed_bound is None else found.claimed_bound - owed
        return replace(found, certificate=certificate, claimed_bound=claimed)

    def _in_scope(self, problem: Problem) -> Amounts:
        """Return the measure's amounts in the cells that are in a group, none elsewhere."""
        measure = self.limits.total.measure
        assert isinstance(measure, Amounts)
        is_inside = np.zeros(problem.num_cells, np.bool_)
        is_inside[self.limits.total.cells] = True
        inside = np.repeat(is_inside, np.diff(problem.option_start))
        coefficients = np.where(inside, measure.coefficients, 0)
        return replace(measure, name="objective", coefficients=coefficients)

    def _bases(self) -> Fraction:
        return sum(map(abs, self.limits.constants), Fraction(0))

    def _as_floor(self, certificate: Certificate, owed: Fraction) -> Certificate:
        """Return a proof about a cap (price p) as one about a floor: its price is what is left of 1."""
        leaves = tuple(replace(leaf, bound=leaf.bound - owed) for leaf in certificate.leaves)
        if self.is_capped:
            leaves = tuple(replace(leaf, prices=self._of_floors(leaf)) for leaf in leaves)
        return replace(certificate, leaves=leaves, bound=max(leaf.bound for leaf in leaves))

    def _of_floors(self, leaf: Leaf) -> tuple[Price, ...]:
        caps = {price.limit: price.price for price in leaf.prices if price.limits == self.at}
        every = [price for price in leaf.prices if price.limits != self.at]
        left = ((group, 1 - caps.get(group, Fraction(0))) for group in range(self.limits.groups.count))
        every.extend(Price(self.at, group, price) for group, price in left if price > 0)
        return tuple(sorted(every, key=lambda price: (price.limits, price.limit)))

    def _take(self, plan: Plan) -> None:
        """Keep a plan if its worst-off gets more than any before."""
        value = self._value(plan)
        if self.reached is None or value > self.reached:
            self.reached, self.known = value, plan

    def _value(self, plan: Plan) -> Fraction:
        """Return what the worst-off get, rounded down to a whole number of steps."""
        use = evaluate(self.unit, plan.choice).uses[self.at]
        pairs = zip(use.used, use.limit.amounts, strict=True)
        least = min((used / limit if limit else Fraction(0) for used, limit in pairs), default=Fraction(0))
        return floor(least / self.step) * self.step

    def _start(self) -> Fraction:
        """Return a value that is most likely out of reach, but not by far."""
        limits = self.limits
        least, most = reach(self.unit, limits.total)
        units = 10**limits.total.measure.digits
        if limits.rule.kind == "top":
            smallest = sorted((-least).tolist())[: limits.num_largest]
            return self._above(Fraction(sum(smallest), units))
        bases = list(limits.constants)
        best = [
            Fraction(amount, units) / base for amount, base in zip(most.tolist(), bases, strict=True) if base
        ]
        highest = min(best, default=Fraction(0))
        for amount, pool in zip(self.unit.pools, self.unit.instance.pools, strict=True):
            if amount.coefficients is getattr(limits.total.measure, "coefficients", None):
                highest = min(highest, Fraction(pool.amount, units) / (self._bases() or 1))
        return self._above(highest)

    def _above(self, value: Fraction) -> Fraction:
        return (floor(value / self.step) + 1) * self.step

    def _top(self) -> Fraction | None:
        """Return the smallest value that is refuted, or claimed to be out of reach."""
        tops = [one for one in (self.refuted, self.claimed) if one is not None]
        return min(tops, default=None)

    def _learnt(self, value: Fraction, found: Solution) -> bool:
        """Take note of an answer; say whether there was one."""
        is_known = self.reached is not None and self.reached >= value
        if found.certificate.bound < 0:
            lowest, proof = self._lowest(value, found.certificate)
            if self.refuted is None or lowest < self.refuted:
                self.refuted, self.proof = lowest, proof
            is_known = True
        if found.claimed_bound is not None and found.claimed_bound < 0:
            # A floor is short of no more than it is higher than one that is reached, group by group.
            fall = found.claimed_bound / self._bases()
            claimed = min(value, self._above(value + fall))
            self.claimed = claimed if self.claimed is None else min(self.claimed, claimed)
            is_known = True
        return is_known

    def _lowest(self, value: Fraction, certificate: Certificate) -> tuple[Fraction, Certificate]:
        """Return the lowest value that the same prices refute, and the proof."""
        lowest = value
        slopes = [self._slope(leaf) for leaf in certificate.leaves]
        if all(slope > 0 for slope in slopes):
            pairs = zip(certificate.leaves, slopes, strict=True)
            lowest = min(value, max(self._above(value + leaf.bound / slope) for leaf, slope in pairs))
        leaves = tuple(
            replace(leaf, bound=leaf.bound + (value - lowest) * slope)
            for leaf, slope in zip(certificate.leaves, slopes, strict=True)
        )
        bound = rounded_up(max(leaf.bound for leaf in leaves))
        return lowest, Certificate("infeasible", bound, leaves, certificate.inside)

    def _slope(self, leaf: Leaf) -> Fraction:
        """Return by how much a leaf's bound falls as the floor rises by 1."""
        own = [price for price in leaf.prices if price.limits == self.at]
        return sum((price.price * abs(self.limits.constants[price.limit]) for price in own), Fraction(0))

    def _is_enough(self) -> bool:
        top = self._top() if not self.asking.options.is_certified else self.refuted
        if top is None or self.reached is None:
            return False
        return relative_gap(self.reached, top - self.step) <= self.asking.options.gap

    def _next(self, value: Fraction, before: Fraction | None) -> Fraction:
        """Return the value to ask for next: twice as much, the bound itself, or halfway."""
        top, low = self._top(), self.reached
        assert low is not None
        if self.undecided is not None and low < self.undecided and (top is None or self.undecided < top):
            return self._halfway(low, self.undecided)
        if top is None:
            return self._above(max(2 * value, low))
        has_fallen = before is None or 2 * (top - low) <= before - low
        if has_fallen and top - self.step > low:
            return top - self.step
        return self._halfway(low, top)

    def _halfway(self, low: Fraction, high: Fraction) -> Fraction:
        return low + max(1, floor((high - low) / self.step / 2)) * self.step

    def _settled(self) -> Settled:
        assert self.reached is not None
        assert self.known is not None
        reached = self.reached
        return Settled(
            stage=self.stage,
            plan=evaluate(self.asking.compiled(reached, ""), self.known.choice),
            objective=reached,
            floor=reached - self.stage.within * abs(reached),
            certified=None if self.refuted is None else self.asking.compiled(self.refuted, ""),
            certificate=self.proof,
            certified_bound=None if self.refuted is None else self.refuted - self.step,
            claimed_bound=self._claimed(),
            step=self.step,
        )

    def _claimed(self) -> Fraction | None:
        """Return the solver's bound, where it is lower than what is proven."""
        if self.claimed is None or (self.refuted is not None and self.claimed >= self.refuted):
            return None
        return self.claimed - self.step


def _step(stage: Stage, limits: Limits) -> Fraction:
    """Return the unit in which the worst-off is measured: amounts in smallest units, shares in millionths."""
    assert stage.worst is not None
    measure = limits.total.measure
    if stage.worst.basis.kind != "absolute":
        return Fraction(1, 10**VALUE_DIGITS)
    return Fraction(1, 10**measure.digits) if isinstance(measure, Amounts) else Fraction(1)
