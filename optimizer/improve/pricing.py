"""What options are worth at the prices, and which of them are worth a look: those of small loss."""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Bools, Floats
from optimizer.compiled import compiled
from optimizer.improve.sheet import Sheet, num_sets_of, set_of


def set_prices(rows: Sheet) -> Floats:
    """Return what a unit of every set's measure is charged in all its rows; shape (sets,)."""
    rate = np.zeros(len(rows.set_measure))
    sets = np.repeat(np.arange(len(rate)), np.diff(rows.set_start))
    np.add.at(rate, sets, rows.set_factor * rows.price[rows.set_row])
    return rate


@compiled
def worth_of(rows: Sheet, cell: int, rate: Floats, worth: Floats) -> float:
    """Write the priced worth of a cell's options (-inf: not allowed); return the best, nothing included."""
    first, last = rows.option_start[cell], rows.option_start[cell + 1]
    worth[: last - first] = rows.values[first:last]
    for index in range(num_sets_of(rows, cell)):
        one = set_of(rows, cell, index)
        if rate[one] != 0.0:
            for option in range(first, last):
                worth[option - first] -= rate[one] * rows.amounts[rows.set_measure[one], option]
    best = -np.inf if rows.must_fund[cell] else 0.0
    for option in range(first, last):
        if not rows.is_allowed[option]:
            worth[option - first] = -np.inf
        best = max(best, worth[option - first])
    return best


@compiled
def losses_of(rows: Sheet, taken: Int64, rate: Floats, stride: int) -> tuple[Floats, float]:
    """Return the losses of what each `stride`th cell could take instead, and the sum of those held."""
    num_cells = len(taken)
    worth = np.empty(np.diff(rows.option_start).max())
    losses = np.empty(len(rows.values) + num_cells if stride == 1 else 1024)
    count, held = 0, 0.0
    for cell in range(num_cells):
        best = worth_of(rows, cell, rate, worth)
        first, last = rows.option_start[cell], rows.option_start[cell + 1]
        own = taken[cell]
        held += best - (worth[own - first] if own >= 0 else 0.0)
        if cell % stride == 0:
            if count + last - first + 1 > len(losses):
                longer = np.empty(2 * len(losses) + last - first)
                longer[:count] = losses[:count]
                losses = longer
            for index in range(last - first):
                if worth[index] > -np.inf and first + index != own:
                    losses[count] = best - worth[index]
                    count += 1
            if own >= 0 and not rows.must_fund[cell]:
                losses[count] = best
                count += 1
    return losses[:count], held


@compiled
def select(
    rows: Sheet, taken: Int64, rate: Floats, wanted: Bools, most: tuple[float, int]
) -> tuple[Int64, Int64, Int64, Floats]:
    """Return the cells with something else of a loss up to a threshold, and their items with losses."""
    threshold, most_items = most
    widest = np.diff(rows.option_start).max() + 1
    capacity = min(len(rows.values) + len(taken), most_items) + widest
    worth = np.empty(widest)
    cells, starts = np.empty(len(taken), np.int64), np.zeros(len(taken) + 1, np.int64)
    options, losses = np.empty(capacity, np.int64), np.empty(capacity)
    count, num = 0, 0
    for cell in range(len(taken)):
        if num + widest > capacity:
            break
        best = worth_of(rows, cell, rate, worth)
        limit = np.inf if _is_wanted(rows, cell, wanted) else threshold
        begin, first = num, rows.option_start[cell]
        for option in range(first - 1, rows.option_start[cell + 1]):
            own = option if option >= first else -1
            loss = best - (worth[own - first] if own >= 0 else 0.0)
            is_open = loss < np.inf and (own >= 0 or not rows.must_fund[cell])
            if own == taken[cell] or (is_open and loss <= limit):
                options[num], losses[num] = own, loss
                num += 1
        if num < begin + 2:
            num = begin
            continue
        cells[count], starts[count + 1] = cell, num
        count += 1
    return cells[:count], starts[: count + 1], options[:num], losses[:num]


@compiled
def _is_wanted(rows: Sheet, cell: int, wanted: Bools) -> bool:
    for entry in range(rows.entry_start[cell], rows.entry_start[cell + 1]):
        if wanted[rows.entry_set[entry]]:
            return True
    return False
