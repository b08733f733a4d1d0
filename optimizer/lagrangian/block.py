"""The exact best of one merchant under limits of its own: depth-first branch and bound on losses, compiled.

Prices on the merchant's own limits (found by line searches, limit by limit) give every choice of a cell a
loss against the cell's best, and the merchant an upper bound. A choice of all cells is worth the bound less
its losses less the priced slack, so only losses smaller than bound - best known need looking at (the core of
Pisinger 1995, for any number of limits). Values and amounts are whole numbers; floats only order and prune,
with a margin far above their error, so what is returned as the best is exactly that.
"""

from __future__ import annotations

import numpy as np

from optimizer.compiled import compiled
from optimizer.lagrangian.choices import DONE, NONE, RELAXED, Block, Scratch, scratch
from optimizer.lagrangian.dynamic import best_states
from optimizer.lagrangian.own_dive import dive, keep_choices
from optimizer.lagrangian.own_prices import can_be_met, find_losses, find_prices
from optimizer.lagrangian.own_start import exchanged, first_choice

__all__ = ["DONE", "NONE", "RELAXED", "Block", "Scratch", "scratch", "search"]

_DIVE = 2_000
"""Nodes of the depth-first search under one limit; what it leaves open goes to lists of states."""


@compiled
def search(block: Block, work: Scratch, lower: int, budget: int) -> tuple[int, int, int, int]:
    """Find the best choice of a merchant that is worth more than `lower`.

    Parameters
    ----------
    lower
        Value to beat; NONE: any.
    budget
        Nodes that may be looked at.

    Returns
    -------
    How it ended, the value found (`lower` if nothing better), an upper bound on every choice's value, and the
    nodes looked at. The choice found stands in `work.best`, the limits' prices in `work.price`.
    """
    num_cells, num_limits = len(block.start) - 1, len(block.bound)
    if not can_be_met(block):
        return DONE, lower, NONE, 0
    find_prices(block, work)
    upper, margin = find_losses(block, work)
    value = first_choice(block, work)
    if value != NONE and upper - value >= 1.0:
        value = exchanged(block, work, value, upper)
    if value > lower:
        lower = value
        work.best[:num_cells] = work.taken[:num_cells]
    if lower != NONE and upper - lower < 1.0 - margin and upper < 2.0**52:
        return DONE, lower, lower, 0
    most = upper - lower + margin if lower != NONE else np.inf
    num_open = keep_choices(block, work, most)
    nodes_at_most = min(budget, _DIVE) if num_limits == 1 else budget
    ended, value, left, nodes = dive(
        block, work, (num_cells, num_limits, num_open), (lower, nodes_at_most, upper, margin)
    )
    if ended == DONE or num_limits != 1 or budget <= _DIVE or value == NONE:
        return ended, value, left, nodes
    num_open = keep_choices(block, work, upper - value + margin)
    return _list_states(block, work, (value, upper, margin), budget - nodes)


@compiled
def _list_states(
    block: Block, work: Scratch, known: tuple[int, float, float], budget: int
) -> tuple[int, int, int, int]:
    """Finish a search under one limit by dynamic programming over the choices kept."""
    lower, upper, margin = known
    num_cells = len(block.start) - 1
    start = work.kept_start[: num_cells + 1]
    kept = work.kept[: start[num_cells]]
    for cell in range(num_cells):
        if start[cell] == start[cell + 1]:
            return DONE, lower, lower, 0  # every choice of this cell loses too much
    is_done, value, looked, chosen = best_states(
        (start, kept), block.value, block.amount[0], (block.bound[0], lower, work.price[0], margin), budget
    )
    if not is_done:
        return RELAXED, lower, int(np.ceil(upper + margin)), looked
    if value > lower:
        for place in range(num_cells):
            work.best[work.order[place]] = chosen[place]
    return DONE, value, value, looked
