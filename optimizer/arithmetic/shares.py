"""Shares of a measure's own total: those that leave only an empty plan, and those that cells cannot absorb.

With T the total of a measure that is nowhere negative: shares s of groups that share no cell give
sum s x T <= T, so a sum over 1 means T = 0; caps s on groups that hold every cell give T <= sum s x T, so a
sum under 1 means T = 0; and s x T <= X for a group that can take X at most means T <= X / s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.finding import Finding
from models.problem import FORBIDDEN, FREE, Amounts, Cells, Integers, Limits, Merchants, Problem, Total
from models.reach import cell_reach, reach
from optimizer.arithmetic.floors import (
    Cap,
    constant_of,
    demands,
    floors_of,
    is_additive,
    is_floor,
    most_of_groups,
)
from optimizer.arithmetic.reaching import MOST_PER_RULE
from optimizer.arithmetic.words import amount_text, named, of_rule, pins_of, pins_text, share_text

_MOST_WORK = 20_000_000


@dataclass(frozen=True, eq=False)
class Forced:
    """A measure of which every plan that meets `rules` has nothing at all, and what says so."""

    measure: Amounts | Cells
    text: str
    rules: str
    finding: Finding


def forced_empty(problem: Problem, hard: Sequence[Limits]) -> list[Forced]:
    """Return the measures of which shares of the total allow nothing."""
    by_measure: dict[str, list[Limits]] = {}
    for limits in hard:
        if is_share(limits):
            by_measure.setdefault(limits.rule.measure.text, []).append(limits)
    found = []
    for shares in by_measure.values():
        ways = (_by_floors(problem, shares), _by_caps(problem, shares), _by_largest(problem, shares))
        found += [forced for forced in ways if forced is not None]
    return found


def is_share(limits: Limits) -> bool:
    """Whether a rule bounds its groups (or the largest) by a share of the measure's amount in every cell."""
    rule = limits.rule
    is_own = rule.basis.kind == "measure" and rule.basis.measure == rule.measure and rule.of == ()
    is_of_all = (rule.basis.kind == "total" and not rule.of) or is_own
    is_plain = rule.kind in ("limit", "top") and rule.applies == "always"
    return is_plain and is_of_all and is_additive(limits) and limits.groups.count > 0


def _by_floors(problem: Problem, shares: Sequence[Limits]) -> Forced | None:
    floors = [one for one in shares if one.rule.kind == "limit" and one.rule.sense == "at_least"]
    everywhere = np.zeros(problem.num_cells, np.int32)
    demand = demands(floors, everywhere, lambda limits, _: limits.rule.value).get(0)
    if demand is None or demand.amount <= 1:
        return None
    rules = list(dict.fromkeys(demand.rules))
    code = "POL-02" if len(rules) == 1 else "POL-03"
    return _forced(demand.groups[0][0], rules, code, sum=share_text(demand.amount))


def _by_caps(problem: Problem, shares: Sequence[Limits]) -> Forced | None:
    """Cover every cell that can have any of the measure with capped groups, small shares first."""
    caps = [one for one in shares if one.rule.kind == "limit" and one.rule.sense == "at_most"]
    if not caps:
        return None
    needed = _can_have(problem, caps[0])
    orders = (
        sorted(caps, key=lambda one: (one.rule.value, one.rule.rule)),
        sorted(caps, key=lambda one: (one.rule.value * one.groups.count, one.rule.rule)),
    )
    for order in orders:
        left, taken, total = needed.copy(), list[Limits](), Fraction(0)
        for limits in order:
            groups = np.unique(limits.groups.of_cell[left & (limits.groups.of_cell >= 0)])
            if len(groups):
                total += limits.rule.value * len(groups)
                taken.append(limits)
                left &= limits.groups.of_cell < 0
        if needed.any() and not left.any() and total < 1:
            is_partition = len(taken) == 1 and bool((taken[0].groups.of_cell >= 0).all())
            code = "POL-01" if is_partition else "POL-04"
            return _forced(taken[0], [one.rule.rule for one in taken], code, sum=share_text(total))
    return None


def _by_largest(problem: Problem, shares: Sequence[Limits]) -> Forced | None:
    """Compare a cap on the k largest of n groups that hold everything with k / n."""
    for limits in shares:
        if limits.rule.kind != "top":
            continue
        of_cell = limits.groups.of_cell[_can_have(problem, limits)]
        if not len(of_cell) or (of_cell < 0).any():
            continue
        groups = len(np.unique(of_cell))
        k = min(limits.num_largest, groups)
        if limits.rule.value < Fraction(k, groups):
            texts = {"share": share_text(limits.rule.value), "least": share_text(Fraction(k, groups))}
            return _forced(limits, [limits.rule.rule], "POL-05", k=str(k), groups=str(groups), **texts)
    return None


def _forced(limits: Limits, rules: list[str], code: str, **facts: str) -> Forced:
    measure = limits.total.measure
    assert isinstance(measure, Amounts | Cells)
    text, ids = limits.rule.measure.text, named(rules)
    return Forced(measure, text, ids, of_rule(code, limits, None, rules=ids, **facts))


def _can_have(problem: Problem, limits: Limits) -> NDArray[np.bool_]:
    measure = limits.total.measure
    assert isinstance(measure, Amounts | Cells)
    return np.asarray(cell_reach(problem, measure)[1] > 0)


def against_empty(problem: Problem, forced: Forced, hard: Sequence[Limits]) -> Iterator[Finding]:
    """Compare floors and pins with what is left when nothing of a measure may be given."""
    is_barred = (
        forced.measure.coefficients > 0
        if isinstance(forced.measure, Amounts)
        else np.ones(problem.num_options, bool)
    )
    facts = {"rules": forced.rules, "emptied": forced.text}
    pinned = np.flatnonzero(problem.pinned >= 0)
    if is_barred[problem.pinned[pinned]].any():
        pins = pins_of(problem, None)
        place = (forced.finding.file, forced.finding.row, forced.finding.column, forced.finding.value)
        yield Finding("INF-13", *place, facts=(*facts.items(), ("pins", pins_text(pins))))
        return
    rest = _without(problem, is_barred)
    for limits in hard:
        if not is_floor(limits):
            continue
        largest = reach(rest, _masked(limits.total, is_barred))[1]
        reported = 0
        for group, constant in enumerate(limits.constants):
            most = Fraction(int(largest[group]), 10**limits.total.measure.digits)
            if most < constant and reported < MOST_PER_RULE:
                reported += 1
                texts = {"limit": amount_text(constant), "reach": amount_text(most)}
                yield of_rule("INF-09", limits, group, **facts, **texts)


def _without(problem: Problem, is_barred: NDArray[np.bool_]) -> Problem:
    """Forbid the cells all of whose options are barred."""
    is_lost = np.logical_and.reduceat(is_barred, problem.option_start[:-1])
    return replace(problem, pinned=np.where(is_lost & (problem.pinned == FREE), FORBIDDEN, problem.pinned))


def _masked(total: Total, is_barred: NDArray[np.bool_]) -> Total:
    """Let barred options add nothing to a measure, as if nothing were given."""
    measure = total.measure
    if isinstance(measure, Amounts):
        return replace(total, measure=_nothing_of(measure, is_barred))
    if isinstance(measure, Merchants) and isinstance(measure.reaches, Amounts):
        return replace(total, measure=replace(measure, reaches=_nothing_of(measure.reaches, is_barred)))
    return total


def _nothing_of(measure: Amounts, is_barred: NDArray[np.bool_]) -> Amounts:
    coefficients: Integers = np.where(is_barred, 0, measure.coefficients)
    return replace(measure, coefficients=coefficients)


def cannot_absorb(
    problem: Problem, limits: Limits, caps: Sequence[Cap], hard: Sequence[Limits]
) -> Iterator[Finding]:
    """Compare the most that a share floor leaves for the rest with the floors on the rest."""
    rule = limits.rule
    is_share_floor = is_share(limits) and rule.kind == "limit" and rule.sense == "at_least"
    if not is_share_floor or not 0 < rule.value <= 1 or limits.count * problem.num_cells > _MOST_WORK:
        return
    measure, floors = limits.total.measure, floors_of(rule.measure.text, hard)
    assert isinstance(measure, Amounts | Cells)
    pinned = cell_reach(problem, measure)[0]
    if not floors and not pinned.any():
        return
    reported = 0
    for group, most in enumerate(most_of_groups(problem, limits, caps)):
        is_outside = limits.groups.of_cell != group
        outside = demands(floors, np.where(is_outside, 0, -1), constant_of).get(0)
        forced = Fraction(int(pinned[is_outside].sum()), 10**measure.digits)
        asked = max(forced, outside.amount) if outside else forced
        rest = most * (1 - rule.value) / rule.value
        if asked <= rest or reported >= MOST_PER_RULE:
            continue
        reported += 1
        texts = {
            "share": share_text(rule.value),
            "reach": amount_text(most),
            "most": amount_text(most / rule.value),
        }
        texts |= {"rest": amount_text(rest), "floor": amount_text(asked)}
        if outside and outside.amount == asked:
            yield of_rule("INF-10", limits, group, rules=named(outside.rules), **texts)
        else:
            yield of_rule("INF-11", limits, group, **texts)
