"""Prices on a merchant's own limits, and what every choice loses at them, compiled.

Each price is found by a line search: where its limit just holds, the others' prices as they are.
"""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.lagrangian.choices import Block, Scratch

_ROUNDS, _HALVINGS = 4, 26
_MARGIN, _ROUNDING = 4e-12, 2.0**-49
"""Shares of the magnitudes added up by which floats may err: at least so much, and so much for every term.

Let u = 2^-53, and `size` the sum of |price x bound| and, by cell, of the largest |value| + sum of |price x
amount|. A number as a float errs by u of itself, a product by 3u, a sum of n numbers by n u of their
magnitudes. The bound, the losses along any path and the priced slack are sums of magnitudes of at most 2
`size` each (a loss is the difference of two, the slack at most the bound and what is used), in `dynamic` at
up to 1.6 times the price: together under 8 size, with n under cells x (limits + 1) + 3: 8 n u = 2^-50 n;
_ROUNDING doubles it.
"""


@compiled
def can_be_met(block: Block) -> bool:
    """Say whether each limit by itself can be met, and every cell has a choice."""
    for limit in range(len(block.bound)):
        least = 0
        for cell in range(len(block.start) - 1):
            smallest = 2**62
            for choice in range(block.start[cell], block.start[cell + 1]):
                smallest = min(smallest, block.amount[limit, choice])
            least += smallest
        if least > block.bound[limit]:
            return False
    return bool((block.start[1:] > block.start[:-1]).all())


@compiled
def use_at(block: Block, price: Floats, limit: int, taken: Int64) -> int:
    """Take the best choice of every cell at some prices; return the use of one limit."""
    used = 0
    for cell in range(len(block.start) - 1):
        taken[cell] = _best_at(block, price, limit, cell)
        used += block.amount[limit, taken[cell]]
    return used


@compiled
def _best_at(block: Block, price: Floats, limit: int, cell: int) -> int:
    """Return the best choice of a cell at some prices.

    Of equals it is the one that uses least of a limit, so that the limit is met as soon as it can be.
    """
    best, largest = block.start[cell], -np.inf
    for choice in range(block.start[cell], block.start[cell + 1]):
        worth = float(block.value[choice])
        for other in range(len(block.bound)):
            worth -= price[other] * block.amount[other, choice]
        if worth > largest or (worth == largest and block.amount[limit, choice] < block.amount[limit, best]):
            best, largest = choice, worth
    return int(best)


@compiled
def find_prices(block: Block, work: Scratch) -> None:
    """Lower the priced bound limit by limit: each price is where its limit just holds."""
    num_limits = len(block.bound)
    price = work.price
    for limit in range(num_limits):
        price[limit] = 0.0
    for _ in range(_ROUNDS if num_limits > 1 else 1):
        is_moved = False
        for limit in range(num_limits):
            before = price[limit]
            used = use_at(block, price, limit, work.taken)
            if used > block.bound[limit]:
                low, high = _bracket(block, work, limit, used)
            elif before > 0.0:
                price[limit] = 0.0
                if use_at(block, price, limit, work.taken) <= block.bound[limit]:
                    is_moved = True
                    continue
                low, high = 0.0, before
            else:
                continue
            high = _halved(block, work, limit, (low, high))
            price[limit] = high
            is_moved = is_moved or abs(high - before) > 1e-6 * high
        if not is_moved:
            break


@compiled
def _halved(block: Block, work: Scratch, limit: int, bracket: tuple[float, float]) -> float:
    """Halve between a price at which a limit is broken and one at which it holds; return the latter.

    A cell that chooses the same at both ends chooses so in between, and is looked at no more.
    """
    low, high = bracket
    price, open_cells, at_low, at_high = work.price, work.order, work.kept_start, work.pointer
    price[limit] = low
    use_at(block, price, limit, at_low)
    price[limit] = high
    use_at(block, price, limit, at_high)
    num_open, fixed = len(block.start) - 1, 0
    for cell in range(num_open):
        open_cells[cell] = cell
    for _ in range(_HALVINGS):
        kept = 0
        for place in range(num_open):
            cell = open_cells[place]
            if at_low[cell] == at_high[cell]:
                fixed += block.amount[limit, at_low[cell]]
            else:
                open_cells[kept] = cell
                kept += 1
        num_open = kept
        price[limit] = 0.5 * (low + high)
        used = fixed
        for place in range(num_open):
            cell = open_cells[place]
            work.taken[cell] = _best_at(block, price, limit, cell)
            used += block.amount[limit, work.taken[cell]]
        is_broken = used > block.bound[limit]
        low, high = (price[limit], high) if is_broken else (low, price[limit])
        for place in range(num_open):
            cell = open_cells[place]
            if is_broken:
                at_low[cell] = work.taken[cell]
            else:
                at_high[cell] = work.taken[cell]
    return high


@compiled
def _bracket(block: Block, work: Scratch, limit: int, used: int) -> tuple[float, float]:
    """Return two prices of a limit between which it begins to hold, within a factor of four of each other."""
    price, bound = work.price, block.bound[limit]
    before, worth = price[limit], 1.0
    for cell in range(len(block.start) - 1):
        worth += abs(block.value[work.taken[cell]])
    low, high = before, max(2.0 * before, worth / (abs(float(used)) + abs(float(bound)) + 1.0))
    price[limit] = high
    while use_at(block, price, limit, work.taken) > bound and high < 1e60:
        low, high = high, 4.0 * high
        price[limit] = high
    for _ in range(_HALVINGS):
        price[limit] = before + 0.25 * (high - before)
        if price[limit] <= before or use_at(block, price, limit, work.taken) > bound:
            return price[limit], high
        high = price[limit]
    return low, high


@compiled
def find_losses(block: Block, work: Scratch) -> tuple[float, float]:
    """Find every choice's loss against its cell's best; return the bound, and what floats may be wrong by."""
    upper, size = 0.0, 0.0
    for limit in range(len(block.bound)):
        upper += work.price[limit] * block.bound[limit]
        size += abs(work.price[limit] * block.bound[limit])
    for cell in range(len(block.start) - 1):
        best, largest, most = block.start[cell], -np.inf, 0.0
        for choice in range(block.start[cell], block.start[cell + 1]):
            worth = float(block.value[choice])
            magnitude = abs(worth)
            for limit in range(len(block.bound)):
                worth -= work.price[limit] * block.amount[limit, choice]
                magnitude += abs(work.price[limit] * block.amount[limit, choice])
            work.loss[choice] = worth
            most = max(most, magnitude)
            if worth > largest:
                best, largest = choice, worth
        for choice in range(block.start[cell], block.start[cell + 1]):
            work.loss[choice] = largest - work.loss[choice]
        work.taken[cell] = best
        upper += largest
        size += most
    num_terms = len(block.start) * (len(block.bound) + 1)
    return upper, max(_MARGIN, _ROUNDING * num_terms) * size + 1e-6
