"""The exact best of one merchant under one limit of its own: dynamic programming over lists of states.

A state is what some cells use of the limit, and what they are worth; of states that use more and are worth no
more only the better is kept (Nemhauser and Ullmann 1969). A state is dropped when what it is worth and what
the other cells can add at any of several prices of the limit does not pass the best choice known.
"""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled

_PRICES = np.array([0.5, 0.75, 0.88, 0.95, 0.98, 1.0, 1.02, 1.05, 1.12, 1.25, 1.6])
_MOST_STATES = 400_000
_MOST_STORED = 6_000_000


@compiled
def best_states(
    cells: tuple[Int64, Int64], value: Int64, amount: Int64, known: tuple[int, int, float, float], budget: int
) -> tuple[bool, int, int, Int64]:
    """Find the best choice of some cells that is worth more than a known one.

    Parameters
    ----------
    cells
        Start of each cell's choices, and the choices (indices into `value` and `amount`).
    known
        The limit, the value to beat, the limit's price, and what floats may be wrong by.
    budget
        States that may be looked at.

    Returns
    -------
    Whether the search ended, the value found (that to beat if there is no better), states looked at, and the
    choice of every cell.
    """
    start, kept = cells
    bound, lower, price, margin = known
    num_cells = len(start) - 1
    chosen = np.full(num_cells, -1, np.int64)
    ahead, least = _ahead(cells, value, amount, price)
    stage_start = np.zeros(num_cells + 2, np.int64)
    parent = np.empty(1024, np.int64)
    choice = np.empty(1024, np.int64)
    used, worth = np.zeros(1, np.int64), np.zeros(1, np.int64)
    stage_start[1] = 1
    looked = 0
    for cell in range(num_cells):
        width = len(used)
        looked += width * (start[cell + 1] - start[cell])
        if looked > budget:
            return False, lower, looked, chosen
        new_used, new_worth, new_parent, new_choice = _grown(
            (used, worth), (start, kept, cell), value, amount, (bound, lower, price, margin), (ahead, least)
        )
        count = len(new_used)
        if count == 0:
            return True, lower, looked, chosen
        first = stage_start[cell + 1]
        if count > _MOST_STATES or first + count > _MOST_STORED:
            return False, lower, looked, chosen
        while first + count > len(parent):
            parent = np.append(parent, np.empty(len(parent), np.int64))
            choice = np.append(choice, np.empty(len(choice), np.int64))
        parent[first : first + count] = new_parent + stage_start[cell]
        choice[first : first + count] = new_choice
        stage_start[cell + 2] = first + count
        used, worth = new_used, new_worth
    best = np.argmax(worth)
    if worth[best] <= lower:
        return True, lower, looked, chosen
    at = stage_start[num_cells] + best
    for cell in range(num_cells - 1, -1, -1):
        chosen[cell] = choice[at]
        at = parent[at]
    return True, worth[best], looked, chosen


@compiled
def _ahead(cells: tuple[Int64, Int64], value: Int64, amount: Int64, price: float) -> tuple[Floats, Int64]:
    """Return what the cells from each place on can add at most at each price, and their least use."""
    start, kept = cells
    num_cells = len(start) - 1
    ahead = np.zeros((len(_PRICES), num_cells + 1))
    least = np.zeros(num_cells + 1, np.int64)
    for cell in range(num_cells - 1, -1, -1):
        smallest = 2**62
        for at in range(start[cell], start[cell + 1]):
            smallest = min(smallest, amount[kept[at]])
        least[cell] = least[cell + 1] + smallest
        for which in range(len(_PRICES)):
            largest = -np.inf
            for at in range(start[cell], start[cell + 1]):
                largest = max(largest, value[kept[at]] - _PRICES[which] * price * amount[kept[at]])
            ahead[which, cell] = ahead[which, cell + 1] + largest
    return ahead, least


@compiled
def _grown(
    states: tuple[Int64, Int64],
    place: tuple[Int64, Int64, int],
    value: Int64,
    amount: Int64,
    known: tuple[int, int, float, float],
    outlook: tuple[Floats, Int64],
) -> tuple[Int64, Int64, Int64, Int64]:
    """Add one cell to all states: merge one shifted list for each of its choices."""
    used, worth = states
    start, kept, cell = place
    total = 0
    heads = np.zeros(start[cell + 1] - start[cell], np.int64)
    most = len(used) * len(heads)
    new_used, new_worth = np.empty(most, np.int64), np.empty(most, np.int64)
    new_parent, new_choice = np.empty(most, np.int64), np.empty(most, np.int64)
    while True:
        best, smallest, largest = -1, 2**62, -(2**62)
        for number in range(len(heads)):
            if heads[number] < len(used):
                one = kept[start[cell] + number]
                use, gain = used[heads[number]] + amount[one], worth[heads[number]] + value[one]
                if use < smallest or (use == smallest and gain > largest):
                    best, smallest, largest = number, use, gain
        if best < 0:
            break
        head = heads[best]
        heads[best] += 1
        if total > 0 and largest <= new_worth[total - 1]:
            continue
        if not _may_pay(smallest, largest, cell + 1, known, outlook):
            continue
        if total > 0 and smallest == new_used[total - 1]:
            total -= 1
        new_used[total], new_worth[total] = smallest, largest
        new_parent[total], new_choice[total] = head, kept[start[cell] + best]
        total += 1
    return new_used[:total], new_worth[:total], new_parent[:total], new_choice[:total]


@compiled
def _may_pay(
    used: int, worth: int, cell: int, known: tuple[int, int, float, float], outlook: tuple[Floats, Int64]
) -> bool:
    bound, lower, price, margin = known
    ahead, least = outlook
    if used + least[cell] > bound:
        return False
    for which in range(len(_PRICES)):
        most = worth + ahead[which, cell] + _PRICES[which] * price * (bound - used)
        if most + margin < lower + 1.0:
            return False
    return True
