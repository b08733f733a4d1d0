"""Rules -> limits: groups, windows, and the right-hand sides in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.instance import Instance, Int32, Int64
from models.problem import Amounts, Cells, Groups, Integers, Limits, Merchants, Total, Windows
from models.rationals import Rationals, narrowed, peak
from models.rule import Column, Rule
from models.scope import decimals
from optimizer.compile.groups import Scopes, in_order
from optimizer.compile.measures import Measures

_FITS = 2**62
_NOTHING = Rationals.equal(Fraction(0), 1)


@dataclass(frozen=True, eq=False)
class _Context:
    instance: Instance
    scopes: Scopes
    merchant_of_cell: Int64
    measures: Measures


def compile_limits(
    instance: Instance, cell_start: Int64, cell_keys: Int32, measures: Measures
) -> tuple[Limits, ...]:
    """Expand every rule, in the order of `instance.rules`."""
    merchant_of_cell = np.repeat(np.arange(len(cell_start) - 1), np.diff(cell_start))
    context = _Context(instance, Scopes(instance, cell_keys), merchant_of_cell, measures)
    return tuple(_expand(rule, context) for rule in instance.rules)


def _expand(rule: Rule, context: _Context) -> Limits:
    groups = context.scopes.groups(rule.where, rule.by)
    measure = context.measures.measure(rule.measure)
    if rule.kind == "window":
        return _windows(rule, groups, measure, context)
    total = _total_of_groups(measure, groups, context)
    if rule.kind == "ratio":
        return Limits(rule, groups, total, _bases(rule, groups, context, Fraction(1)))
    if rule.basis.is_in_plan:
        basis, basis_sets = _basis_in_plan(rule, groups, context)
        if rule.kind == "top":
            return Limits(rule, groups, total, _NOTHING, basis, np.zeros(1, np.int32))
        nothing = Rationals.equal(Fraction(0), groups.count)
        return Limits(rule, groups, total, nothing, basis, basis_sets)
    if rule.kind == "top":
        return Limits(rule, groups, total, Rationals.equal(rule.value * _overall_basis(rule, context), 1))
    return Limits(rule, groups, total, _bases(rule, groups, context, rule.value))


def _total_of_groups(measure: Amounts | Cells | Merchants, groups: Groups, context: _Context) -> Total:
    return Total(measure, *context.scopes.members(groups), groups.count)


def _windows(rule: Rule, groups: Groups, measure: Amounts | Cells | Merchants, context: _Context) -> Limits:
    """Put each cell into every window of k consecutive slots that holds its slot."""
    instance = context.instance
    slots, k = instance.slots, int(rule.k or 1)
    num_windows = max(1, len(slots) - k + 1)
    position_of = {slot: position for position, slot in enumerate(slots)}
    of_key = np.array([position_of[text] for text in instance.options.keys["slot"].texts], np.int64)
    position = of_key[context.scopes.key_of_cell("slot")]
    cells = np.flatnonzero(groups.of_cell >= 0)
    first = np.maximum(position[cells] - k + 1, 0)
    last = np.minimum(position[cells], num_windows - 1)
    repeats = last - first + 1
    offset = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    sets = np.repeat(groups.of_cell[cells].astype(np.int64) * num_windows + first, repeats) + offset
    members = np.repeat(cells, repeats)
    order = in_order(sets, groups.count * num_windows)  # members ascend already
    if order is not None:
        members, sets = members[order], sets[order]
    total = Total(measure, members.astype(np.int32), sets.astype(np.int32), groups.count * num_windows)
    ends = [slots[min(start + k, len(slots)) - 1] for start in range(num_windows)]
    windows = Windows(tuple(slots[:num_windows]), tuple(ends))
    constants = Rationals.equal(rule.value * _overall_basis(rule, context), total.num_sets)
    return Limits(rule, groups, total, constants, windows=windows)


def _overall_basis(rule: Rule, context: _Context) -> Fraction:
    """Return a basis that is the same for every group: 1, or the pool's amount."""
    if rule.basis.kind == "pool":
        pool = next(pool for pool in context.instance.pools if pool.name == rule.measure.name)
        return Fraction(pool.amount, 10**pool.decimals)
    return Fraction(1)


def _bases(rule: Rule, groups: Groups, context: _Context, factor: Fraction) -> Rationals:
    """Return factor x what `value` multiplies in each group, where that does not depend on the plan."""
    kind = rule.basis.kind
    if kind == "per_merchant" or (kind == "eligible" and rule.measure.kind == "merchants"):
        of_pair, _ = _distinct_pairs(groups, context.merchant_of_cell)
        return Rationals(np.bincount(of_pair, minlength=groups.count)).times(factor)
    if kind == "eligible":
        in_scope = groups.of_cell[groups.of_cell >= 0]
        return Rationals(np.bincount(in_scope, minlength=groups.count)).times(factor)
    if kind == "attribute":
        assert rule.basis.attribute is not None
        return _attribute_sums(rule.basis.attribute, groups, context).times(factor)
    return Rationals.equal(factor * _overall_basis(rule, context), groups.count)


def _distinct_pairs(groups: Groups, of_cell: Int64 | Int32) -> tuple[Int64, Int64]:
    """Return the distinct (group, key) pairs among the cells in scope."""
    cells = np.flatnonzero(groups.of_cell >= 0)
    radix = int(of_cell.max(initial=0)) + 1
    pairs = groups.of_cell[cells].astype(np.int64) * radix + of_cell[cells]
    if len(pairs):
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]  # cells of a merchant are neighbours
    if radix * groups.count <= len(pairs):  # few pairs, often met
        occurs = np.zeros(radix * groups.count, np.bool_)
        occurs[pairs] = True
        pairs = np.flatnonzero(occurs)
    elif not bool((pairs[1:] > pairs[:-1]).all()):
        pairs = np.unique(pairs)
    return pairs // radix, pairs % radix


def _attribute_sums(column: Column, groups: Groups, context: _Context) -> Rationals:
    """Sum an attribute over each group's distinct keys, exactly."""
    coded = context.scopes.coded(column)
    numbers = decimals(coded.texts)
    whole: Integers = numbers.numerators
    of_pair, key_of_pair = _distinct_pairs(groups, context.scopes.key_of_cell(column.key))
    if peak(whole) * max(len(of_pair), 1) >= _FITS:
        whole = whole.astype(object)
    sums = np.zeros(groups.count, whole.dtype)
    np.add.at(sums, of_pair, whole[coded.of_key[key_of_pair]])
    return Rationals(narrowed(sums), numbers.denominator)


def _basis_in_plan(rule: Rule, groups: Groups, context: _Context) -> tuple[Total, Int32]:
    """Return the sets over which the basis is totalled, and which of them each group refers to."""
    stated = rule.measure if rule.basis.kind == "total" else rule.basis.measure
    assert stated is not None
    measure = context.measures.measure(stated)
    if rule.of is None and rule.basis.kind == "measure":
        return _total_of_groups(measure, groups, context), np.arange(groups.count, dtype=np.int32)
    # Every cell counts, in scope or not: a share of a category is a share of all that the category gets.
    wider = context.scopes.groups((), rule.of or ())
    set_of_group = np.zeros(groups.count, np.int32)
    in_scope = groups.of_cell >= 0
    set_of_group[groups.of_cell[in_scope]] = wider.of_cell[in_scope]
    return _total_of_groups(measure, wider, context), set_of_group
