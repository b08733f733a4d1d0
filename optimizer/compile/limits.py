"""Rules -> limits: groups, windows, and the right-hand sides in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.instance import Instance, Int32, Int64
from models.problem import Amounts, Cells, Groups, Limits, Merchants, Total, Windows
from models.rule import Column, Rule
from models.scope import number
from optimizer.compile.groups import attribute_texts, cells_in_scope, group_cells
from optimizer.compile.measures import Measures


@dataclass(frozen=True, eq=False)
class _Context:
    instance: Instance
    cell_keys: Int32
    merchant_of_cell: Int64
    measures: Measures


def compile_limits(
    instance: Instance, cell_start: Int64, cell_keys: Int32, measures: Measures
) -> tuple[Limits, ...]:
    """Expand every rule, in the order of `instance.rules`."""
    merchant_of_cell = np.repeat(np.arange(len(cell_start) - 1), np.diff(cell_start))
    context = _Context(instance, cell_keys, merchant_of_cell, measures)
    return tuple(_expand(rule, context) for rule in instance.rules)


def _expand(rule: Rule, context: _Context) -> Limits:
    in_scope = cells_in_scope(context.instance, context.cell_keys, rule.where)
    groups = group_cells(context.instance, context.cell_keys, rule.by, in_scope)
    measure = context.measures.measure(rule.measure)
    if rule.kind == "window":
        return _windows(rule, groups, measure, context)
    total = _total_of_groups(measure, groups)
    if rule.kind == "ratio":
        return Limits(rule, groups, total, _bases(rule, groups, context))
    if rule.basis.is_in_plan:
        basis, basis_sets = _basis_in_plan(rule, groups, context)
        if rule.kind == "top":
            return Limits(rule, groups, total, (Fraction(0),), basis, np.zeros(1, np.int32))
        return Limits(rule, groups, total, (Fraction(0),) * groups.count, basis, basis_sets)
    if rule.kind == "top":
        return Limits(rule, groups, total, (rule.value * _overall_basis(rule, context),))
    constants = tuple(rule.value * basis for basis in _bases(rule, groups, context))
    return Limits(rule, groups, total, constants)


def _total_of_groups(measure: Amounts | Cells | Merchants, groups: Groups) -> Total:
    cells = np.flatnonzero(groups.of_cell >= 0)
    sets = groups.of_cell[cells]
    order = np.argsort(sets, kind="stable")
    return Total(measure, cells[order], sets[order], groups.count)


def _windows(rule: Rule, groups: Groups, measure: Amounts | Cells | Merchants, context: _Context) -> Limits:
    """Put each cell into every window of k consecutive slots that holds its slot."""
    instance = context.instance
    slots, k = instance.slots, int(rule.k or 1)
    num_windows = max(1, len(slots) - k + 1)
    position_of = {slot: position for position, slot in enumerate(slots)}
    of_key = np.array([position_of[text] for text in instance.options.keys["slot"].texts], np.int64)
    position = of_key[context.cell_keys[:, list(instance.options.keys).index("slot")]]
    cells = np.flatnonzero(groups.of_cell >= 0)
    first = np.maximum(position[cells] - k + 1, 0)
    last = np.minimum(position[cells], num_windows - 1)
    repeats = last - first + 1
    offset = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    sets = np.repeat(groups.of_cell[cells].astype(np.int64) * num_windows + first, repeats) + offset
    members = np.repeat(cells, repeats)
    order = np.lexsort([members, sets])
    total = Total(measure, members[order], sets[order].astype(np.int32), groups.count * num_windows)
    ends = [slots[min(start + k, len(slots)) - 1] for start in range(num_windows)]
    windows = Windows(tuple(slots[:num_windows]), tuple(ends))
    constants = (rule.value * _overall_basis(rule, context),) * total.num_sets
    return Limits(rule, groups, total, constants, windows=windows)


def _overall_basis(rule: Rule, context: _Context) -> Fraction:
    """Return a basis that is the same for every group: 1, or the pool's amount."""
    if rule.basis.kind == "pool":
        pool = next(pool for pool in context.instance.pools if pool.name == rule.measure.name)
        return Fraction(pool.amount, 10**pool.decimals)
    return Fraction(1)


def _bases(rule: Rule, groups: Groups, context: _Context) -> tuple[Fraction, ...]:
    """Return what `value` multiplies in each group, where that does not depend on the plan."""
    kind = rule.basis.kind
    if kind == "per_merchant" or (kind == "eligible" and rule.measure.kind == "merchants"):
        return tuple(Fraction(count) for count in _distinct_per_group(groups, context.merchant_of_cell))
    if kind == "eligible":
        in_scope = groups.of_cell[groups.of_cell >= 0]
        return tuple(Fraction(count) for count in np.bincount(in_scope, minlength=groups.count).tolist())
    if kind == "attribute":
        assert rule.basis.attribute is not None
        return _attribute_sums(rule.basis.attribute, groups, context)
    return (_overall_basis(rule, context),) * groups.count


def _distinct_per_group(groups: Groups, of_cell: Int64) -> list[int]:
    pairs_group, _ = _distinct_pairs(groups, of_cell)
    counts: list[int] = np.bincount(pairs_group, minlength=groups.count).tolist()
    return counts


def _distinct_pairs(groups: Groups, of_cell: Int64) -> tuple[Int64, Int64]:
    """Return the distinct (group, key) pairs among the cells in scope."""
    cells = np.flatnonzero(groups.of_cell >= 0)
    radix = int(of_cell.max(initial=0)) + 1
    pairs = np.unique(groups.of_cell[cells].astype(np.int64) * radix + of_cell[cells])
    return pairs // radix, pairs % radix


def _attribute_sums(column: Column, groups: Groups, context: _Context) -> tuple[Fraction, ...]:
    """Sum an attribute over each group's distinct keys, exactly."""
    position = list(context.instance.options.keys).index(column.key)
    numbers = [number(text) or Fraction(0) for text in attribute_texts(context.instance, column)]
    sums = [Fraction(0)] * groups.count
    group_of_pair, key_of_pair = _distinct_pairs(groups, context.cell_keys[:, position].astype(np.int64))
    for group, key in zip(group_of_pair.tolist(), key_of_pair.tolist(), strict=True):
        sums[group] += numbers[key]
    return tuple(sums)


def _basis_in_plan(rule: Rule, groups: Groups, context: _Context) -> tuple[Total, Int32]:
    """Return the sets over which the basis is totalled, and which of them each group refers to."""
    stated = rule.measure if rule.basis.kind == "total" else rule.basis.measure
    assert stated is not None
    measure = context.measures.measure(stated)
    if rule.of is None and rule.basis.kind == "measure":
        return _total_of_groups(measure, groups), np.arange(groups.count, dtype=np.int32)
    # Every cell counts, in scope or not: a share of a category is a share of all that the category gets.
    everywhere = np.ones(len(context.cell_keys), bool)
    wider = group_cells(context.instance, context.cell_keys, rule.of or (), everywhere)
    set_of_group = np.zeros(groups.count, np.int32)
    in_scope = groups.of_cell >= 0
    set_of_group[groups.of_cell[in_scope]] = wider.of_cell[in_scope]
    return _total_of_groups(measure, wider), set_of_group
