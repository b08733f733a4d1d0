"""The best choice of a part, exactly: branch and bound over few rows, with enumeration below it.

Each node lowers the bound of its open cells by prices of its own. Where only few choices lose little enough
they are all looked through; else a cell is split: the one whose items differ most in priced use, as that
moves the prices of the others most. A search is taken up where it was left, so that it can be cancelled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int64
from models.linear import Bools, Floats
from optimizer.compiled import compiled
from optimizer.improve.counting import counts
from optimizer.improve.dense import Dense, Part
from optimizer.improve.enumerating import enumerate_choices
from optimizer.improve.relaxing import find_losses, relax

_FEW_CHOICES = 1e5
"""So many are looked through without splitting further."""

_LOOKS = 30
_HAIR = 1e-12
"""Of a bound: what floats may have lost."""


class Tree(NamedTuple):
    """Where the search of a part stands: a path of split cells, one level for each, and what it has found.

    Attributes
    ----------
    cells, prices, left
        Open cells of each level (the first of them), prices and what is left there.
    loss, is_done
        Of every item at each level: its loss, and whether the split has looked at it.
    value, bound
        Value of what the path holds, and of the open cells' bound; shapes (levels,).
    split
        Cell that is split at each level; shape (levels,).
    path, held
        Items that the path holds, and those of the best choice found; shapes (cells,).
    best
        Value of the best found, or the target less one unit; shape (1,).
    place
        The level, -1 at the end, and 1 where it was not looked at yet; shape (2,).
    """

    cells: Int64
    prices: Floats
    left: Floats
    loss: Floats
    is_done: Bools
    value: Floats
    bound: Floats
    split: Int64
    path: Int64
    held: Int64
    best: Floats
    place: Int64


@compiled
def tree_of(dense: Dense, part: Part) -> Tree:
    """Return a search of a part that has not begun."""
    num, num_rows, num_items = len(part.cells), len(part.left), len(dense.value)
    cells = np.zeros((num + 1, num), np.int64)
    prices, left = np.zeros((num + 1, num_rows)), np.zeros((num + 1, num_rows))
    cells[0], prices[0], left[0] = part.cells, part.prices, part.left
    return Tree(
        cells,
        prices,
        left,
        np.zeros((num + 1, num_items)),
        np.zeros((num + 1, num_items), np.bool_),
        np.zeros(num + 1),
        np.zeros(num + 1),
        np.zeros(num + 1, np.int64),
        np.zeros(len(dense.start) - 1, np.int64),
        np.zeros(len(dense.start) - 1, np.int64),
        np.full(1, part.target - dense.unit),
        np.array([0, 1]),
    )


@compiled
def advance(dense: Dense, tree: Tree, most_work: int, work: Int64) -> None:
    """Search on until so much work is done, or nothing better is left."""
    while tree.place[0] >= 0 and work[0] < most_work:
        depth = tree.place[0]
        if tree.place[1] == 1:
            tree.place[1] = 0
            if not _splits(dense, tree, depth, work):
                tree.place[0] -= 1
                continue
        item, most = -1, tree.bound[depth] + _hair(tree, depth) - _wanted(dense, tree, depth)
        cell = tree.split[depth]
        for own in range(dense.start[cell], dense.start[cell + 1]):
            if not tree.is_done[depth, own] and tree.loss[depth, own] <= most:
                item, most = own, tree.loss[depth, own]
        if item < 0:
            tree.place[0] -= 1
            continue
        tree.is_done[depth, item] = True
        tree.path[cell] = item
        tree.value[depth + 1] = tree.value[depth] + dense.value[item]
        tree.left[depth + 1] = tree.left[depth] - dense.use[item]
        tree.prices[depth + 1] = tree.prices[depth]
        tree.place[0], tree.place[1] = depth + 1, 1


@compiled
def _hair(tree: Tree, depth: int) -> float:
    return float(_HAIR * (abs(tree.bound[depth]) + abs(tree.value[depth])))


@compiled
def _wanted(dense: Dense, tree: Tree, depth: int) -> float:
    """Return what the open cells of a level have to reach."""
    wanted: float = tree.best[0] + dense.unit - tree.value[depth]
    return wanted


@compiled
def _splits(dense: Dense, tree: Tree, depth: int, work: Int64) -> bool:
    """Bound a level and look through it where that is quick, else choose a cell to split; say whether."""
    num = tree.cells.shape[1] - depth
    cells, wanted = tree.cells[depth, :num], _wanted(dense, tree, depth)
    part = Part(cells, tree.left[depth], tree.prices[depth], wanted - _hair(tree, depth))
    tree.bound[depth] = relax(dense, part, _LOOKS, work)
    most = tree.bound[depth] + _hair(tree, depth) - wanted
    if most < 0:
        return False
    find_losses(dense, part, tree.loss[depth])
    if num == 1 or counts(dense.start, cells, tree.loss[depth], most)[-1] <= _FEW_CHOICES:
        found = enumerate_choices(
            dense,
            Part(cells, tree.left[depth], tree.prices[depth], wanted),
            tree.loss[depth],
            most,
            tree.path,
            work,
        )
        if found > wanted - dense.unit / 2:
            tree.best[0] = found + tree.value[depth]
            tree.held[:] = tree.path
        return False
    tree.is_done[depth] = False
    at = _widest(dense, part, tree.loss[depth], most)
    tree.split[depth] = cells[at]
    tree.cells[depth + 1, :at] = cells[:at]
    tree.cells[depth + 1, at : num - 1] = cells[at + 1 :]
    return True


@compiled
def _widest(dense: Dense, part: Part, loss: Floats, most: float) -> int:
    """Return which of the open cells differs most in the priced use of what it may take."""
    found, widest = 0, -1.0
    for index in range(len(part.cells)):
        least, largest = np.inf, -np.inf
        for item in range(dense.start[part.cells[index]], dense.start[part.cells[index] + 1]):
            if loss[item] <= most:
                use = 0.0
                for k in range(len(part.prices)):
                    use += part.prices[k] * abs(dense.use[item, k])
                least, largest = min(least, use), max(largest, use)
        if largest - least > widest:
            found, widest = index, largest - least
    return found
