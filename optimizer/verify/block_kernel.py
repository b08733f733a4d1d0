"""The exact best of a stretch of cells, compiled: cell by cell, or merchant by merchant where limits couple.

What may or may not be (a gated limit applies only to a funded group; an amount may or may not reach what
earns a reward) is split into its two cases, each of linear limits, and `search_kernel` solves them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from optimizer.verify.linear_kernel import Array, Linear
from optimizer.verify.search_kernel import Found, solve_linear

LIMIT, GATED, REWARD = 0, 1, 2
"""Kinds of meters, as in `search.Meter`."""

DONE, NOTHING_LEFT, NOT_KNOWN, TOO_MUCH_WORK = 0, 1, 2, 3
"""How the search of a merchant ends."""

_MOST_SPLITS = 6


class Stretch(NamedTuple):
    """Neighbouring cells; numbers are two words (high, low).

    Attributes
    ----------
    starts
        First option of every cell, and one past the last.
    options
        Option x (high, low): what it earns, priced.
    fixed
        Cell x (high, low): the part of that which being funded earns, for cells that may mix.
    allowed
        Whether an option may be taken.
    must, mixes
        Whether a cell must be funded; whether it is divisible and need not be.
    """

    starts: Array
    options: Array
    fixed: Array
    allowed: Array
    must: Array
    mixes: Array


class Best(NamedTuple):
    """The best of every cell: (high, low), and its option (-1: nothing)."""

    values: Array
    options: Array


class Coupled(NamedTuple):
    """Merchants whose cells meters couple.

    Attributes
    ----------
    cells
        First cell of a merchant, and one past its last.
    meters
        First meter of every merchant, and one past the last at the end.
    rules
        Meter x (kind, bound, reward high, reward low).
    entry_starts
        First entry of every cell, and one past the last at the end.
    entries
        Entry x (meter, measure, weight): what a cell adds to a meter.
    amounts
        Measure x option.
    """

    cells: Array
    meters: Array
    rules: Array
    entry_starts: Array
    entries: Array
    amounts: Array


class _Choices(NamedTuple):
    """Choices of one merchant: nothing or an option; `inside` says in which meters' groups it is funded."""

    starts: Array
    values: Array
    weights: Array
    inside: Array


_compiled = njit(nogil=True)  # kept on disk by `compiled` alone


@_compiled
def add_priced(options: Array, starts: Array, rates: Array, amounts: Array) -> None:
    """Add rate x amount to what every option earns; the words are left as they come, to be carried later."""
    for cell in range(len(starts) - 1):
        high, low = rates[cell, 0], rates[cell, 1]
        for option in range(starts[cell], starts[cell + 1]):
            options[option, 0] += high * amounts[option]
            options[option, 1] += low * amounts[option]


@_compiled
def best_of_cells(stretch: Stretch, best: Best, bits: int) -> bool:
    """Carry the words of the options and fill in the best of every cell; False if one has none left."""
    mask = (1 << bits) - 1
    options = stretch.options
    for cell in range(len(stretch.starts) - 1):
        at = -1
        high, low = np.int64(0), np.int64(0)
        for option in range(stretch.starts[cell], stretch.starts[cell + 1]):
            options[option, 0] += options[option, 1] >> bits
            options[option, 1] &= mask
            if stretch.allowed[option] and (
                at < 0
                or options[option, 0] > high
                or (options[option, 0] == high and options[option, 1] > low)
            ):
                at, high, low = option, options[option, 0], options[option, 1]
        if at < 0:
            if stretch.must[cell]:
                return False
        elif not stretch.must[cell]:
            fixed_high, fixed_low = stretch.fixed[cell, 0], stretch.fixed[cell, 1]
            if stretch.mixes[cell] and (fixed_high > high or (fixed_high == high and fixed_low > low)):
                high, low = fixed_high, fixed_low
            if high < 0 or (high == 0 and low == 0):
                at, high, low = -1, np.int64(0), np.int64(0)
        best.values[cell, 0], best.values[cell, 1], best.options[cell] = high, low, at
    return True


@_compiled
def solve_blocks(stretch: Stretch, best: Best, coupled: Coupled, ends: Array, most: Array) -> None:
    """Fill in merchant x (how it ended, high, low); `most` is (work a merchant may take, bits)."""
    for block in range(len(coupled.cells)):
        ends[block, 0] = DONE
        first, last = coupled.cells[block]
        if _has_mix(stretch, first, last):
            ends[block, 0] = NOT_KNOWN
            continue
        if _is_free(best, coupled, block, ends, most[1]):
            continue
        choices = _choices(stretch, coupled, block)
        found = Found(np.zeros(3, np.int64), np.array([0, most[0]]), most[1])
        ends[block, 0] = _solve(
            choices, coupled.rules[coupled.meters[block] : coupled.meters[block + 1]], found
        )
        ends[block, 1], ends[block, 2] = found.best[1], found.best[2]
        if ends[block, 0] == DONE and not found.best[0]:
            ends[block, 0] = NOTHING_LEFT


@_compiled
def _has_mix(stretch: Stretch, first: int, last: int) -> bool:
    for cell in range(first, last):  # noqa: SIM110 - a plain loop is compiled
        if stretch.mixes[cell]:
            return True
    return False


@_compiled
def _is_free(best: Best, coupled: Coupled, block: int, ends: Array, bits: int) -> bool:
    """Whether the cells' bests meet all limits and earn all rewards: then nothing is to be searched."""
    first_meter, last_meter = coupled.meters[block], coupled.meters[block + 1]
    amounts = np.zeros(last_meter - first_meter, np.int64)
    is_funded = np.zeros(last_meter - first_meter, np.bool_)
    high, low = np.int64(0), np.int64(0)
    for cell in range(coupled.cells[block, 0], coupled.cells[block, 1]):
        high += best.values[cell, 0]
        low += best.values[cell, 1]
        option = best.options[cell]
        if option < 0:
            continue
        for entry in range(coupled.entry_starts[cell], coupled.entry_starts[cell + 1]):
            meter = coupled.entries[entry, 0] - first_meter
            amounts[meter] += coupled.entries[entry, 2] * coupled.amounts[coupled.entries[entry, 1], option]
            is_funded[meter] = True
    for meter in range(first_meter, last_meter):
        kind, bound, reward_high, reward_low = coupled.rules[meter]
        amount = amounts[meter - first_meter]
        if kind == REWARD:
            is_gain = reward_high >= 0
            if (amount >= bound) != is_gain:
                return False
            if is_gain:
                high += reward_high
                low += reward_low
        elif amount > bound and (kind == LIMIT or is_funded[meter - first_meter]):
            return False
    ends[block, 1], ends[block, 2] = high + (low >> bits), low & ((1 << bits) - 1)
    return True


@_compiled
def _choices(stretch: Stretch, coupled: Coupled, block: int) -> _Choices:
    first, last = coupled.cells[block]
    first_meter = coupled.meters[block]
    num_meters = coupled.meters[block + 1] - first_meter
    most = stretch.starts[last] - stretch.starts[first] + last - first
    starts = np.zeros(last - first + 1, np.int64)
    values = np.zeros((most, 2), np.int64)
    weights = np.zeros((most, num_meters), np.int64)
    inside = np.zeros((most, num_meters), np.bool_)
    count = 0
    for cell in range(first, last):
        if not stretch.must[cell]:
            count += 1  # nothing
        for option in range(stretch.starts[cell], stretch.starts[cell + 1]):
            if not stretch.allowed[option]:
                continue
            values[count] = stretch.options[option]
            for entry in range(coupled.entry_starts[cell], coupled.entry_starts[cell + 1]):
                meter = coupled.entries[entry, 0] - first_meter
                amount = coupled.amounts[coupled.entries[entry, 1], option]
                weights[count, meter] += coupled.entries[entry, 2] * amount
                inside[count, meter] = True
            count += 1
        starts[cell - first + 1] = count
    return _Choices(starts, values[:count], weights[:count], inside[:count])


@_compiled
def _solve(choices: _Choices, rules: Array, found: Found) -> int:
    """Raise `found` over every combination of the two cases of gated limits and rewards."""
    splits = np.zeros(len(rules), np.int64)
    num_splits = 0
    for meter in range(len(rules)):
        if rules[meter, 0] != LIMIT:
            splits[num_splits] = meter
            num_splits += 1
    if num_splits > _MOST_SPLITS:
        return NOT_KNOWN
    for case in range(1 << num_splits):
        keep = np.ones(len(choices.values), np.bool_)
        signs = np.ones(len(rules), np.int64)
        bounds = rules[:, 1].copy()
        high, low = np.int64(0), np.int64(0)
        for place in range(num_splits):
            meter = splits[place]
            is_set = (case >> place) & 1 == 0
            if rules[meter, 0] == GATED:
                if not is_set:  # nothing funded in the group: the limit does not apply
                    signs[meter], bounds[meter] = 0, 0
                    for choice in range(len(keep)):
                        keep[choice] &= not choices.inside[choice, meter]
            elif is_set:
                signs[meter], bounds[meter] = -1, -bounds[meter]
                high, low = high + rules[meter, 2], low + rules[meter, 3]
            else:
                bounds[meter] -= 1
        if not _solve_case(choices, (keep, signs, bounds), np.array([high, low]), found):
            return TOO_MUCH_WORK
    return DONE


@_compiled
def _solve_case(choices: _Choices, case: tuple[Array, Array, Array], earned: Array, found: Found) -> bool:
    """Solve one case, its earned rewards added to the first cell's values; False if the work did not do."""
    keep, signs, bounds = case
    num_cells = len(choices.starts) - 1
    starts = np.zeros(num_cells + 1, np.int64)
    mask = (1 << found.bits) - 1
    values = np.zeros((len(keep), 2), np.int64)
    weights = np.zeros((len(keep), len(bounds)), np.int64)
    count = 0
    for cell in range(num_cells):
        for choice in range(choices.starts[cell], choices.starts[cell + 1]):
            if keep[choice]:
                more = choices.values[choice, 1] + (earned[1] if cell == 0 else 0)
                up = choices.values[choice, 0] + (earned[0] if cell == 0 else 0)
                values[count, 0], values[count, 1] = up + (more >> found.bits), more & mask
                for meter in range(len(bounds)):
                    weights[count, meter] = choices.weights[choice, meter] * signs[meter]
                count += 1
        starts[cell + 1] = count
        if starts[cell + 1] == starts[cell]:
            return True
    return solve_linear(Linear(starts, values[:count], weights[:count], bounds), found)
