"""Looking through all choices of a part that lose little enough, depth first.

A partial choice is given up where a row cannot hold any more, or where what must stay unused of rows costs
more at their prices than may still be lost.
"""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.dense import Dense, Part


@compiled
def enumerate_choices(dense: Dense, part: Part, loss: Floats, most: float, held: Int64, work: Int64) -> float:
    """Return the most that the open cells reach and write it; less than the target: they do not reach that.

    Parameters
    ----------
    loss, most
        Of every item, and what the part may lose to reach its target.
    held
        The items of the open cells are written where the target is reached; shape (cells,).
    work
        Uses looked at, which are added; shape (1,).
    """
    cells, order, num_kept = _sorted(dense, part, loss, most)
    num, num_rows = len(cells), len(part.left)
    low, high = _ends(dense, cells, order, num_kept)
    at, item_of = np.zeros(num + 1, np.int64), np.empty(num, np.int64)
    room, value, left = np.zeros(num + 1), np.zeros(num + 1), np.empty((num + 1, num_rows))
    room[0], left[0] = most, part.left
    best, depth = part.target - dense.unit, 0
    if (left[0] < low[0]).any():
        return best
    while depth >= 0:
        if depth == num:
            if value[num] > best + dense.unit / 2:
                best = value[num]
                for index in range(num):
                    held[cells[index]] = item_of[index]
            depth -= 1
            continue
        cell = cells[depth]
        item = order[dense.start[cell] + at[depth]] if at[depth] < num_kept[depth] else -1
        if item < 0 or loss[item] > room[depth]:
            at[depth] = 0
            depth -= 1
            continue
        at[depth] += 1
        work[0] += num_rows
        further, wasted, fits = room[depth] - loss[item], 0.0, True
        for k in range(num_rows):
            rest = left[depth, k] - dense.use[item, k]
            left[depth + 1, k] = rest
            if rest < low[depth + 1, k]:
                fits = False
                break
            wasted += part.prices[k] * max(rest - high[depth + 1, k], 0.0)
        if fits and wasted <= further:
            item_of[depth] = item
            value[depth + 1], room[depth + 1] = value[depth] + dense.value[item], further
            depth += 1
    return best


@compiled
def _sorted(dense: Dense, part: Part, loss: Floats, most: float) -> tuple[Int64, Int64, Int64]:
    """Return the cells by how many items they keep, the items of each by loss, and how many it keeps."""
    order = np.empty(dense.start[-1], np.int64)
    kept = np.zeros(len(part.cells), np.int64)
    for index in range(len(part.cells)):
        first = dense.start[part.cells[index]]
        for item in range(first, dense.start[part.cells[index] + 1]):
            if loss[item] <= most:
                to = first + kept[index]
                while to > first and loss[order[to - 1]] > loss[item]:
                    order[to] = order[to - 1]
                    to -= 1
                order[to] = item
                kept[index] += 1
    by = np.argsort(kept, kind="mergesort")
    return part.cells[by], order, kept[by]


@compiled
def _ends(dense: Dense, cells: Int64, order: Int64, num_kept: Int64) -> tuple[Floats, Floats]:
    """Return the least and most that all cells from each on use of every row; shapes (cells + 1, rows)."""
    low = np.zeros((len(cells) + 1, dense.use.shape[1]))
    high = np.zeros((len(cells) + 1, dense.use.shape[1]))
    for index in range(len(cells) - 1, -1, -1):
        first = dense.start[cells[index]]
        for k in range(dense.use.shape[1]):
            least, most = np.inf, -np.inf
            for item in order[first : first + num_kept[index]]:
                least, most = min(least, dense.use[item, k]), max(most, dense.use[item, k])
            low[index, k], high[index, k] = low[index + 1, k] + least, high[index + 1, k] + most
    return low, high
