"""Every cell at its best by itself, compiled: the part of the pricing pass that streams over all options.

One call takes many merchants: a call for each would cost more than what it does.
"""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from optimizer.compiled import compiled, inlined
from optimizer.lagrangian.block import NONE
from optimizer.lagrangian.tables import Outcome, Prices, Tables

Span = tuple[int, int, int]
"""Every third-th of the merchants from the first on, up to the second."""


@compiled
def best_of_cells(tables: Tables, prices: Prices, outcome: Outcome, span: Span, usual: Int64) -> None:
    """Take the best option of every cell by itself; write what a merchant's are worth together."""
    if len(usual) == 1:
        _at_one_charge(tables, prices, outcome, span, usual[0])
        return
    num_measures = len(usual)
    charge = np.zeros(num_measures, np.int64)
    for merchant in range(span[0], span[1], span[2]):
        value = np.int64(0)
        for cell in range(tables.cell_start[merchant], tables.cell_start[merchant + 1]):
            set_charges(tables, prices, cell, usual, charge)
            best, largest = -1, np.int64(0)
            if tables.must_fund[cell]:
                largest = np.int64(NONE)
            for option in range(tables.option_start[cell], tables.option_start[cell + 1]):
                worth = prices.scale * tables.values[option]
                for measure in range(num_measures):
                    worth -= charge[measure] * tables.amounts[measure, option]
                if worth > largest and tables.is_allowed[option]:
                    best, largest = option, worth
            outcome.taken[cell] = best
            value += largest
        outcome.value[merchant] = value


@inlined
def set_charges(tables: Tables, prices: Prices, cell: int, usual: Int64, charge: Int64) -> None:
    """Write what a unit of each measure is charged in a cell."""
    for measure in range(len(usual)):
        charge[measure] = usual[measure]
    for entry in range(tables.entry_start[cell], tables.entry_start[cell + 1]):
        which = tables.entry_set[entry]
        charge[tables.set_measure[which]] += prices.charges[which]


@compiled
def _at_one_charge(tables: Tables, prices: Prices, outcome: Outcome, span: Span, usual: int) -> None:
    """Do the same where there is one measure, which most markets have."""
    amounts, values, charges = tables.amounts[0], tables.values, prices.charges
    option_start, entry_start, entry_set = tables.option_start, tables.entry_start, tables.entry_set
    is_allowed, must_fund, taken, scale = tables.is_allowed, tables.must_fund, outcome.taken, prices.scale
    for merchant in range(span[0], span[1], span[2]):
        first, end = tables.cell_start[merchant], tables.cell_start[merchant + 1]
        entry, option, value = entry_start[first], option_start[first], np.int64(0)
        for cell in range(first, end):
            charge, last = usual, entry_start[cell + 1]
            while entry < last:
                charge += charges[entry_set[entry]]
                entry += 1
            best, largest = np.int64(-1), np.int64(0)
            if must_fund[cell]:
                largest = np.int64(NONE)
            last = option_start[cell + 1]
            while option < last:
                worth = scale * values[option] - charge * amounts[option]
                if not is_allowed[option]:
                    worth = np.int64(NONE)
                best = option if worth > largest else best
                largest = max(worth, largest)
                option += 1
            taken[cell] = best
            value += largest
        outcome.value[merchant] = value


@compiled
def add_use(tables: Tables, taken: Int64, span: Span, use: Int64) -> None:
    """Add what merchants' choices use of every coupling set."""
    entry_start, entry_set = tables.entry_start, tables.entry_set
    if len(tables.amounts) == 1:
        amounts, total = tables.amounts[0], np.int64(0)
        for merchant in range(span[0], span[1], span[2]):
            for cell in range(tables.cell_start[merchant], tables.cell_start[merchant + 1]):
                if taken[cell] >= 0:
                    amount = amounts[taken[cell]]
                    total += amount
                    for entry in range(entry_start[cell], entry_start[cell + 1]):
                        use[entry_set[entry]] += amount
        for which in tables.everywhere:
            use[which] += total
        return
    for merchant in range(span[0], span[1], span[2]):
        for cell in range(tables.cell_start[merchant], tables.cell_start[merchant + 1]):
            option = taken[cell]
            if option >= 0:
                for entry in range(entry_start[cell], entry_start[cell + 1]):
                    which = entry_set[entry]
                    use[which] += tables.amounts[tables.set_measure[which], option]
                for which in tables.everywhere:
                    use[which] += tables.amounts[tables.set_measure[which], option]
