"""The core: a smaller problem of the same type, in which only what prices leave undecided is open.

Cells with one choice left are taken out, and what they hold stands in the limits; their merchants stay in the
problem where a rule looks at a merchant's cells together (counts, limits that are switched).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from models.instance import Int32, Int64
from models.linear import Bools, Floats
from models.problem import Amounts, Cells, Groups, Integers, Limits, Merchants, Problem, Total
from models.rationals import Rationals
from models.reach import merchant_pairs, sum_by_set


@dataclass(frozen=True, eq=False)
class Core:
    """A core.

    Attributes
    ----------
    options
        Option of the whole problem for each option of `problem`; shape (options of the core,).
    decided
        Options of the whole problem that are taken in cells which are no part of the core; shape (decided,).
    """

    problem: Problem
    options: Int64
    decided: Int64


def core(problem: Problem, taken: Int64, losses: Floats, most: float) -> Core:
    """Return the core of choices that lose at most so much, and of a choice known.

    Parameters
    ----------
    taken
        A plan's option of every cell, or -1; always part of the core; shape (cells,).
    losses
        What each option loses against the best of its cell, nothing included; then, behind the options, what
        giving nothing loses; shape (options + cells,).
    most
        Largest loss that stays open.

    Notes
    -----
    The problem has no divisible cells.
    """
    cell_of_option = problem.cell_of_option
    is_open = losses[: problem.num_options] <= most
    is_open[taken[taken >= 0]] = True
    may_skip = (losses[problem.num_options :] <= most) | (taken < 0)
    counts = np.bincount(cell_of_option[is_open], minlength=problem.num_cells)
    is_undecided = counts + may_skip > 1
    is_kept = is_undecided.copy()
    if any(_looks_at_merchants(limits) for limits in problem.limits):
        has_open = np.zeros(problem.num_merchants, bool)
        has_open[problem.merchant_of_cell[is_undecided]] = True
        is_kept |= has_open[problem.merchant_of_cell] & (taken >= 0)
    return _Cut(problem, taken, is_kept, is_open & is_kept[cell_of_option], may_skip).core()


def _looks_at_merchants(limits: Limits) -> bool:
    totals = [total for total in (limits.total, limits.basis) if total is not None]
    return limits.rule.applies == "if_funded" or any(isinstance(t.measure, Merchants) for t in totals)


class _Cut:
    """One problem being cut down to some cells and options."""

    def __init__(
        self, problem: Problem, taken: Int64, is_kept: Bools, is_open: Bools, may_skip: Bools
    ) -> None:
        self.problem, self.taken, self.is_kept = problem, taken, is_kept
        self.cells = np.flatnonzero(is_kept)
        self.options = np.flatnonzero(is_open)
        self.may_skip = may_skip
        self.number = np.cumsum(is_kept) - 1
        self.held = np.where(is_kept, -1, taken)  # what cells hold that are taken out
        self.measures: dict[int, Amounts] = {}
        merchants = problem.merchant_of_cell[self.cells]
        self.merchants = np.unique(merchants)

    def core(self) -> Core:
        problem, options = self.problem, self.options
        cell = self.number[problem.cell_of_option[options]]
        option_start = np.append(0, np.cumsum(np.bincount(cell, minlength=len(self.cells))))
        of_cell = np.searchsorted(self.merchants, problem.merchant_of_cell[self.cells])
        cell_start = np.append(0, np.cumsum(np.bincount(of_cell, minlength=len(self.merchants))))
        decided = self.held[self.held >= 0]
        pools = tuple(
            replace(pool, amount=pool.amount - int(costs.coefficients[decided].sum()))
            for pool, costs in zip(problem.instance.pools, problem.pools, strict=True)
        )
        pinned = problem.pinned[self.cells].copy()
        pinned[pinned >= 0] = np.searchsorted(options, pinned[pinned >= 0])
        is_single = np.diff(option_start) == 1
        is_forced = is_single & ~self.may_skip[self.cells] & (pinned < 0)
        pinned[is_forced] = option_start[:-1][is_forced]
        limits = [own for stated in problem.limits if (own := self._limits(stated)) is not None]
        cut = replace(
            problem,
            instance=replace(problem.instance, pools=pools),
            option_start=option_start.astype(np.int64),
            cell_start=cell_start.astype(np.int64),
            cell_keys=problem.cell_keys[self.cells],
            pools=tuple(self._amounts(costs) for costs in problem.pools),
            objective=self._amounts(problem.objective),
            is_divisible=problem.is_divisible[self.cells],
            pinned=pinned,
            ladder=np.arange(len(options)),
            limits=tuple(limits),
        )
        return Core(cut, options, decided)

    def _amounts(self, amounts: Amounts) -> Amounts:
        key = id(amounts.coefficients)
        if key not in self.measures:
            self.measures[key] = replace(amounts, coefficients=amounts.coefficients[self.options])
        return self.measures[key]

    def _measure(self, measure: Amounts | Cells | Merchants) -> Amounts | Cells | Merchants:
        if isinstance(measure, Amounts):
            return self._amounts(measure)
        if isinstance(measure, Cells):
            return measure
        reaches = self._measure(measure.reaches) if measure.reaches is not None else None
        assert not isinstance(reaches, Merchants)
        thresholds = (
            tuple(measure.thresholds[m] for m in self.merchants.tolist()) if measure.thresholds else ()
        )
        return Merchants(reaches, thresholds, measure.digits)

    def _limits(self, stated: Limits) -> Limits | None:
        """Return a rule's limits that an open cell has a part in; None if there is none."""
        if stated.rule.enforcement == "report":
            return None
        is_touched = self._touched(stated.total)
        if stated.rule.kind in ("limit", "window"):
            if stated.basis is not None and stated.basis_sets is not None:
                is_touched = is_touched | self._touched(stated.basis)[stated.basis_sets]
            if not is_touched.any():
                return None
            kept = np.flatnonzero(is_touched)
        elif not is_touched.any():
            return None
        elif stated.rule.kind == "top":
            kept = self._large_groups(stated, is_touched)
        else:
            kept = np.arange(stated.total.num_sets)
        rule = stated.rule
        if rule.kind == "top":
            rule = rule.model_copy(update={"k": Fraction(stated.num_largest), "k_is_share": False})
        constants = stated.constants
        if rule.kind != "top":
            constants = Rationals(constants.numerators[kept], constants.denominator)
        groups = Groups(
            stated.groups.columns, np.empty(0, np.int32), stated.groups.codes[:0], stated.groups.texts
        )
        if rule.kind in ("top", "ratio"):
            groups = replace(groups, codes=stated.groups.codes[kept])
        basis_sets = stated.basis_sets
        if basis_sets is not None and rule.kind != "top":
            basis_sets = basis_sets[kept]
        return replace(
            stated,
            rule=rule,
            groups=groups,
            total=self._total(stated.total, kept),
            constants=constants,
            basis=self._total(stated.basis, None) if stated.basis is not None else None,
            basis_sets=basis_sets,
            windows=None,
            is_funded=self._funded(stated.total)[kept] if rule.applies == "if_funded" else None,
        )

    def _touched(self, total: Total) -> Bools:
        is_touched = np.zeros(total.num_sets, bool)
        is_touched[total.sets[self.is_kept[total.cells]]] = True
        return is_touched

    def _funded(self, total: Total) -> Bools:
        is_funded = np.zeros(total.num_sets, bool)
        is_funded[total.sets[self.held[total.cells] >= 0]] = True
        return is_funded

    def _large_groups(self, stated: Limits, is_touched: Bools) -> Int64:
        """Return the groups with open cells, and of the others as many of the largest as are added up."""
        held = self._held(stated.total)
        others = np.flatnonzero(~is_touched)
        order = np.argsort(-held[others].astype(np.float64), kind="stable")
        return np.sort(np.append(np.flatnonzero(is_touched), others[order[: stated.num_largest]]))

    def _total(self, total: Total, kept: Int64 | None) -> Total:
        """Return a total over the cells that are kept, of some of its sets (None: of all)."""
        held = self._held(total)
        number: Int32 = np.arange(total.num_sets, dtype=np.int32)
        if kept is not None:
            number = np.full(total.num_sets, -1, np.int32)
            number[kept] = np.arange(len(kept))
            held = held[kept]
        is_member = self.is_kept[total.cells] & (number[total.sets] >= 0)
        cells, sets = self.number[total.cells[is_member]], number[total.sets[is_member]]
        return Total(self._measure(total.measure), cells, sets, len(held), held)

    def _held(self, total: Total) -> Integers:
        """Return what the cells that are taken out hold in each set."""
        if isinstance(total.measure, Merchants):
            return self._held_merchants(total, total.measure)
        held = sum_by_set(self._by_cell(total.measure)[total.cells], total)
        return held if total.held is None else held + total.held

    def _by_cell(self, measure: Amounts | Cells) -> Integers:
        is_held = self.held >= 0
        if isinstance(measure, Cells):
            return is_held.astype(np.int64)
        return np.where(is_held, measure.coefficients[np.maximum(self.held, 0)], 0)

    def _held_merchants(self, total: Total, measure: Merchants) -> Integers:
        """Count the merchants that are taken out whole and reach what they must."""
        by_pair, pairs = merchant_pairs(self.problem, total)
        inner = Total(measure.reaches or Cells(), by_pair.cells, by_pair.sets, by_pair.num_sets)
        amounts = sum_by_set(self._by_cell(measure.reaches or Cells())[inner.cells], inner)
        needed = np.array(measure.thresholds or (1,) * self.problem.num_merchants, object)[pairs[:, 1]]
        is_out = ~np.isin(pairs[:, 1], self.merchants)
        held = np.zeros(total.num_sets, np.int64)
        np.add.at(held, pairs[:, 0], ((amounts >= needed) & is_out).astype(np.int64))
        return held
