"""The worst-off raised as far as it goes: floors that a plan reaches, and floors that prices refute.

How much of a floor no plan can reach is asked for at a penalty: nothing missing is a plan that reaches it, a
bound below zero is a proof that none does. The same prices refute lower floors too, down to where their bound
is zero (Dinkelbach 1967 in reverse), so that few questions are needed; halving does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

import numpy as np

from models.amount import VALUE_DIGITS
from models.certificate import Certificate, Leaf
from models.plan import Plan
from models.problem import Amounts, Limits, Problem
from models.reach import reach
from models.settings import Stage
from models.solution import SearchOptions, Settled, Solution, relative_gap
from optimizer.decode import evaluate
from optimizer.lagrangian.certify import rounded_up

_MOST_QUESTIONS = 80
_FEW_OPTIONS = 2_000
"""In problems of up to so many options every question is answered exactly, by branching if it must be."""
_MOST_PASSES = 12
_SHARES = (Fraction(1, 1000), Fraction(1, 100), Fraction(1, 20), Fraction(1, 4), Fraction(1))
"""In larger ones a plan is looked for so far below what prices refute, where it is not found within the gap."""
_QUESTION_GAP = Fraction(1, 10)
"""How well a question is answered: the bound need only be below zero, but the better, the more it refutes."""


@dataclass(frozen=True)
class Asking:
    """How questions are put.

    Attributes
    ----------
    compiled
        (value, is_asked) -> the stage's problem with the floor at this value, asked for or hard.
    ask
        (problem, gap, plan known) -> how its search ends.
    bound
        Problem -> what its linear relaxation proves; None: nothing.
    seek
        Value -> a plan that reaches it; None: none was found.
    is_over
        Whether the time of the stage is up.
    """

    compiled: Callable[[Fraction, bool], Problem]
    ask: Callable[[Problem, Fraction, Plan | None], Solution]
    bound: Callable[[Problem], Certificate | None]
    seek: Callable[[Fraction], Plan | None]
    is_over: Callable[[], bool]
    options: SearchOptions


@dataclass(frozen=True, eq=False)
class Raising:
    """How it ended: settled, or with no plan at all (`last` says why, if anything does)."""

    settled: Settled | None
    last: Solution | None
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
    """One floor being raised."""

    def __init__(self, stage: Stage, number: int, asking: Asking, known: Plan | None) -> None:
        assert stage.worst is not None
        self.stage, self.asking, self.known = stage, asking, known
        self.name = f"stage:{number}"
        self.unit = asking.compiled(Fraction(1), False)
        self.at = next(at for at, one in enumerate(self.unit.limits) if one.rule.rule == self.name)
        self.step = _step(stage, self.unit.limits[self.at])
        self.reached: Fraction | None = None
        self.refuted: Fraction | None = None
        self.claimed: Fraction | None = None
        self.proof: Certificate | None = None
        self.is_reproducible = True

    def run(self) -> Raising:
        if self.known is not None:
            self._take(self.known)
        value, last = self._start(), None
        if self.unit.num_options > _FEW_OPTIONS and self.stage.num_smallest == 1:
            value = self._bounded(value)
            if self._is_found():
                return Raising(self._settled(), None, self.is_reproducible)
        for _question in range(_MOST_QUESTIONS):
            before = self._top()
            last = self._ask(value)
            if last.plan is None or last.is_infeasible:
                break
            if not self._learnt(value, last) or self._is_enough() or self.asking.is_over():
                break
            value = self._next(value, before)
        if self.reached is None or self.known is None:
            return Raising(None, last, self.is_reproducible)
        return Raising(self._settled(), last, self.is_reproducible)

    def _bounded(self, value: Fraction) -> Fraction:
        """Lower what is refuted by prices of the linear relaxation as far as they go; return how far."""
        for _pass in range(_MOST_PASSES):
            certificate = self.asking.bound(self.asking.compiled(value, True))
            if certificate is None or certificate.bound >= 0:
                break
            lowest, self.proof = self._lowest(value, certificate)
            self.refuted, before = lowest, value
            value = max(lowest - self.step, Fraction(0))
            if before - lowest <= self.asking.options.gap / 8 * abs(lowest):
                break
        return value

    def _is_found(self) -> bool:
        """Look for a plan near what prices refute, then further and further below; say whether one was found."""
        if self.refuted is None:
            return False
        for share in (self.asking.options.gap / 2, *_SHARES):
            top = self.refuted - self.step
            plan = self.asking.seek(floor((top - share * abs(top)) / self.step) * self.step)
            if plan is not None:
                self._take(plan)
                return True
            if self.asking.is_over():
                break
        return False

    def _ask(self, value: Fraction) -> Solution:
        problem = self.asking.compiled(value, True)
        begun = None if self.known is None else evaluate(problem, self.known.choice)
        found = self.asking.ask(problem, _QUESTION_GAP, begun)
        self.is_reproducible &= found.is_reproducible
        if found.plan is not None:
            self._take(found.plan)
        return found

    def _take(self, plan: Plan) -> None:
        """Keep a plan if its worst-off gets more than any before."""
        value = self._value(plan)
        if self.reached is None or value > self.reached:
            self.reached, self.known = value, plan

    def _value(self, plan: Plan) -> Fraction:
        """Return what the worst-off get, rounded down to a whole number of steps; of no total, nothing."""
        use = evaluate(self.unit, plan.choice).uses[self.at]
        pairs = zip(use.used, use.limit.amounts, strict=True)
        least = min((used / limit if limit else Fraction(0) for used, limit in pairs), default=Fraction(0))
        return floor(least / self.step) * self.step

    def _start(self) -> Fraction:
        """Return a value that is most likely out of reach, but not by far."""
        limits = self.unit.limits[self.at]
        least, most = reach(self.unit, limits.total)
        units = Fraction(10**limits.total.measure.digits)
        if limits.rule.kind == "top":
            smallest = sorted((-least).tolist())[: limits.num_largest]
            return self._above(sum(smallest) / units)
        bases = list(limits.constants)
        best = [amount / units / base for amount, base in zip(most.tolist(), bases, strict=True) if base]
        return self._above(min(best, default=Fraction(0)))

    def _above(self, value: Fraction) -> Fraction:
        return (floor(value / self.step) + 1) * self.step

    def _top(self) -> Fraction | None:
        """Return the smallest value that is refuted, or claimed to be out of reach."""
        tops = [one for one in (self.refuted, self.claimed) if one is not None]
        return min(tops, default=None)

    def _learnt(self, value: Fraction, found: Solution) -> bool:
        """Take note of an answer; say whether there was one."""
        is_known = self.reached is not None and self.reached >= value
        if found.certified_bound is not None and found.certified_bound < 0:
            lowest, proof = self._lowest(value, found.certificate)
            if self.refuted is None or lowest < self.refuted:
                self.refuted, self.proof = lowest, proof
            is_known = True
        if found.claimed_bound is not None and found.claimed_bound < 0:
            # What no floor is short of by more than the floors are apart.
            fall = found.claimed_bound / sum(map(abs, self.unit.limits[self.at].constants), Fraction(0))
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
        limits = self.unit.limits[self.at]
        own = [price for price in leaf.prices if price.limits == self.at]
        return sum((price.price * abs(limits.constants[price.limit]) for price in own), Fraction(0))

    def _is_enough(self) -> bool:
        top = self._top() if not self.asking.options.is_certified else self.refuted
        if top is None or self.reached is None:
            return False
        return relative_gap(self.reached, top - self.step) <= self.asking.options.gap

    def _next(self, value: Fraction, before: Fraction | None) -> Fraction:
        """Return the value to ask for next: twice as much, the bound itself, or halfway."""
        top, low = self._top(), self.reached
        assert low is not None
        if top is None:
            return self._above(max(2 * value, low))
        has_fallen = before is None or 2 * (top - low) <= before - low
        if has_fallen and top - self.step > low:
            return top - self.step
        steps = (top - low) / self.step
        return low + max(1, floor(steps / 2)) * self.step

    def _settled(self) -> Settled:
        assert self.reached is not None
        assert self.known is not None
        reached = self.reached
        problem = self.asking.compiled(reached, False)
        return Settled(
            stage=self.stage,
            plan=evaluate(problem, self.known.choice),
            objective=reached,
            floor=reached - self.stage.within * abs(reached),
            certified=None if self.refuted is None else self.asking.compiled(self.refuted, False),
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
