"""Depth-first branch and bound on losses, compiled; see `block`."""

from __future__ import annotations

import numpy as np

from optimizer.compiled import compiled
from optimizer.lagrangian.choices import DONE, NONE, RELAXED, Block, Scratch


@compiled
def keep_choices(block: Block, work: Scratch, most: float) -> int:
    """Keep the choices whose loss is not too large; return in how many cells more than one is left.

    Cells with one choice left come first in `work.order`; the others follow, those that move the limits most
    first. The kept choices of place i are `work.kept[kept_start[i]:kept_start[i + 1]]`, least loss first.
    """
    num_cells, num_limits = len(block.start) - 1, len(block.bound)
    span = np.zeros(num_cells)
    num_open = 0
    for cell in range(num_cells):
        count = 0
        for choice in range(block.start[cell], block.start[cell + 1]):
            if work.loss[choice] <= most:
                count += 1
        if count > 1:
            num_open += 1
            for limit in range(num_limits):
                least, largest = np.inf, -np.inf
                for choice in range(block.start[cell], block.start[cell + 1]):
                    if work.loss[choice] <= most:
                        least = min(least, float(block.amount[limit, choice]))
                        largest = max(largest, float(block.amount[limit, choice]))
                span[cell] += work.price[limit] * (largest - least)
            span[cell] += 1e-300
    order = np.argsort(-span, kind="mergesort")
    filled = 0
    for place in range(num_cells):
        # The open cells are the first of `order`; they go behind the others.
        cell = order[(place + num_open) % num_cells]
        work.order[place] = cell
        work.kept_start[place] = filled
        for choice in range(block.start[cell], block.start[cell + 1]):
            if work.loss[choice] <= most:
                at = filled
                while at > work.kept_start[place] and work.loss[work.kept[at - 1]] > work.loss[choice]:
                    work.kept[at] = work.kept[at - 1]
                    at -= 1
                work.kept[at] = choice
                filled += 1
    work.kept_start[num_cells] = filled
    return num_open


@compiled
def dive(
    block: Block, work: Scratch, counts: tuple[int, int, int], known: tuple[int, int, float, float]
) -> tuple[int, int, int, int]:
    """Look for a better choice among those kept, least losses first.

    Parameters
    ----------
    counts
        Cells, limits, and cells with more than one choice kept.
    known
        The value to beat, nodes that may be looked at, the bound, and what floats may be wrong by.

    Returns
    -------
    As `block.search`.
    """
    num_cells, num_limits, num_open = counts
    lower, budget, upper, margin = known
    first = num_cells - num_open
    reaches(block, work, num_cells, num_limits)
    most = upper - lower - 1.0 + margin if lower != NONE else np.inf
    if not begin(block, work, first, num_limits) or not may_pay(block, work, first, most):
        return DONE, lower, lower, 0
    depth, nodes = first, 0
    work.pointer[depth] = work.kept_start[depth]
    while depth >= first:
        if depth == num_cells:
            if work.partial_value[depth] > lower:
                lower = work.partial_value[depth]
                most = upper - lower - 1.0 + margin
                _record(work, num_cells, first)
            depth -= 1
            continue
        if not takes_next(block, work, depth, most):
            depth -= 1  # no choice is left, or all that are lose too much
            continue
        nodes += 1
        if nodes > budget:
            return RELAXED, lower, int(np.ceil(upper + margin)), nodes
        if may_pay(block, work, depth + 1, most):
            depth += 1
            if depth < num_cells:
                work.pointer[depth] = work.kept_start[depth]
    return DONE, lower, lower, nodes


@compiled
def begin(block: Block, work: Scratch, first: int, num_limits: int) -> bool:
    """Take the one choice of every cell that has no other; False where one has none at all."""
    work.partial_loss[first], work.partial_value[first] = 0.0, 0
    for limit in range(num_limits):
        work.partial[limit, first] = 0
    for place in range(first):
        if work.kept_start[place] == work.kept_start[place + 1]:
            return False
        choice = work.kept[work.kept_start[place]]
        work.pointer[place] = work.kept_start[place]
        work.partial_value[first] += block.value[choice]
        work.partial_loss[first] += work.loss[choice]
        for limit in range(num_limits):
            work.partial[limit, first] += block.amount[limit, choice]
    return True


@compiled
def takes_next(block: Block, work: Scratch, depth: int, most: float) -> bool:
    """Take the next choice of a cell for the next depth; False where none may pay."""
    at = work.pointer[depth]
    if at == work.kept_start[depth + 1]:
        return False
    work.pointer[depth] = at + 1
    choice = work.kept[at]
    loss = work.partial_loss[depth] + work.loss[choice]
    if loss > most:
        return False  # the others lose more
    work.partial_loss[depth + 1] = loss
    work.partial_value[depth + 1] = work.partial_value[depth] + block.value[choice]
    for limit in range(len(block.bound)):
        work.partial[limit, depth + 1] = work.partial[limit, depth] + block.amount[limit, choice]
    return True


@compiled
def _record(work: Scratch, num_cells: int, first: int) -> None:
    """Keep the choice that the pointers stand for; in open cells they are one ahead."""
    for place in range(num_cells):
        at = work.pointer[place] - (1 if place >= first else 0)
        work.best[work.order[place]] = work.kept[at]


@compiled
def may_pay(block: Block, work: Scratch, depth: int, most: float) -> bool:
    """Say whether the cells from `depth` on can still meet every limit and waste little enough of it."""
    lost = work.partial_loss[depth]
    for limit in range(len(block.bound)):
        so_far = work.partial[limit, depth]
        if so_far + work.low[limit, depth] > block.bound[limit]:
            return False
        left_over = block.bound[limit] - so_far - work.high[limit, depth]
        if left_over > 0:
            lost += work.price[limit] * left_over
    return bool(lost <= most)


@compiled
def reaches(block: Block, work: Scratch, num_cells: int, num_limits: int) -> None:
    """Find the least and the most that the kept choices from each place on can use of every limit."""
    for limit in range(num_limits):
        work.low[limit, num_cells] = 0
        work.high[limit, num_cells] = 0
        for place in range(num_cells - 1, -1, -1):
            least, largest = 2**62, -(2**62)
            for at in range(work.kept_start[place], work.kept_start[place + 1]):
                amount = block.amount[limit, work.kept[at]]
                least, largest = min(least, amount), max(largest, amount)
            work.low[limit, place] = work.low[limit, place + 1] + least
            work.high[limit, place] = work.high[limit, place + 1] + largest
