"""The search of one merchant under its own limits, against every choice there is, in unbounded integers."""

from __future__ import annotations

from itertools import pairwise, product
from random import Random

import numpy as np
import pytest

from optimizer.lagrangian.block import DONE, NONE, RELAXED, Block, scratch, search

Cells = list[list[tuple[int, tuple[int, ...]]]]
"""Value and amounts of every choice of every cell."""


def _block(cells: Cells, bounds: list[int]) -> Block:
    choices = [choice for cell in cells for choice in cell]
    amounts = np.array([amounts for _, amounts in choices], np.int64).reshape(len(choices), len(bounds))
    return Block(
        np.cumsum([0, *map(len, cells)]),
        np.array([value for value, _ in choices], np.int64),
        np.ascontiguousarray(amounts.T),
        np.array(bounds, np.int64),
    )


def _drawn(rng: Random) -> tuple[Cells, list[int]]:
    """Draw a merchant: values and amounts small (ties), usual, or as large as the pass lets them be."""
    num_cells, num_limits = rng.randint(1, 5), rng.randint(0, 4)
    largest = rng.choice([0, 3, 1000, 10**9, 2**56 // num_cells, 2**57 // num_cells])
    heaviest = rng.choice([1, 3, 1000, 10**9, 2**53 // num_cells])
    lightest = rng.choice([0, 0, -heaviest])
    step = rng.choice([1, 1, max(heaviest // 3, 1)])
    cells: Cells = []
    for _ in range(num_cells):
        own = []
        for _ in range(rng.randint(1, 4)):
            amounts = tuple(rng.randint(lightest // step, heaviest // step) * step for _ in range(num_limits))
            near = sum(amounts) if rng.random() < 0.3 else rng.randint(-largest, largest)
            own.append((max(-largest, min(largest, near)), amounts))
        if rng.random() < 0.7:
            own.insert(0, (0, (0,) * num_limits))
        cells.append(own)
    bounds = []
    for limit in range(num_limits):
        met = sum(rng.choice(own)[1][limit] for own in cells)  # so that it binds to the last unit
        bounds.append(rng.choice([met, met, met - 1, rng.randint(lightest, heaviest * num_cells)]))
    return cells, bounds


def _best(cells: Cells, bounds: list[int]) -> int | None:
    worths = [
        sum(value for value, _ in chosen)
        for chosen in product(*cells)
        if all(sum(amounts[i] for _, amounts in chosen) <= bound for i, bound in enumerate(bounds))
    ]
    return max(worths, default=None)


def _is_as_told(cells: Cells, bounds: list[int], block: Block, best: np.ndarray, value: int) -> bool:
    """Say whether a choice keeps to the limits and is worth what the search says."""
    chosen = best[: len(cells)].tolist()
    own = all(a <= choice < b for choice, (a, b) in zip(chosen, pairwise(block.start), strict=True))
    kept = all(int(block.amount[i, chosen].sum()) <= bound for i, bound in enumerate(bounds))
    return own and kept and int(block.value[chosen].sum()) == value


def _check(seed: int) -> int:
    rng = Random(seed)
    cells, bounds = _drawn(rng)
    block, best = _block(cells, bounds), _best(cells, bounds)
    work = scratch(len(cells), len(block.value), len(bounds))
    known = best if best is not None else 0
    lower = rng.choice([NONE, NONE, known - 1, known, known + 1, known - rng.randint(0, 10**6)])
    budget = rng.choice([0, 1, 3, 10, 100, 10**6, 10**6])
    ended, value, upper, _ = search(block, work, lower, budget)
    beaten = best is not None and best > lower
    if ended == DONE:
        assert value == (best if beaten else lower), seed
        assert upper == value or (not beaten and upper == NONE), seed
    else:
        assert ended == RELAXED, seed
        assert best is None or upper >= best, seed
        assert value >= lower, seed
        assert best is None or value <= max(best, lower), seed
    if value > lower:
        assert _is_as_told(cells, bounds, block, work.best, value), seed
    return int(ended)


@pytest.mark.parametrize("first", range(0, 4000, 1000))
def test_it_is_the_best_of_all_choices(first):
    """Of thousands of merchants the best choice is found, or a bound that none exceeds."""
    ended = [_check(seed) for seed in range(first, first + 1000)]
    assert ended.count(DONE) > 800
    assert RELAXED in ended


def _states(cells: Cells, bound: int) -> int | None:
    """Return the best value under one limit, by all sums that choices reach."""
    reached = {0: 0}
    for own in cells:
        grown: dict[int, int] = {}
        for used, worth in reached.items():
            for value, (amount,) in own:
                grown[used + amount] = max(grown.get(used + amount, NONE), worth + value)
        reached = grown
    return max((worth for used, worth in reached.items() if used <= bound), default=None)


@pytest.mark.parametrize("number", range(60))
def test_lists_of_states(number):
    """Merchants too tied for a search in depth end by lists of states at the same best, at any magnitude."""
    rng = Random(number)
    num_cells, unit = rng.randint(9, 13), rng.choice([1, 10**6, 2**53 // 3000])
    factor = rng.choice([1, 997, 2**57 // (unit * 3000)])
    cells: Cells = []
    for _ in range(num_cells):
        own = [(0, (0,))]
        for _ in range(rng.randint(2, 3)):
            amount = rng.randint(-20 if number % 3 else 5, 200)
            # Worth about as much as it uses: hardly anything can be ruled out.
            own.append((amount * unit * factor + rng.randint(0, number % 4), (amount * unit,)))
        cells.append(own)
    bound = sum(max(amount for _, (amount,) in own) for own in cells) // 2 + rng.randint(-1, 1)
    block, best = _block(cells, [bound]), _states(cells, bound)
    work = scratch(num_cells, len(block.value), 1)
    ended, value, upper, _ = search(block, work, NONE, 30_000_000)
    assert ended == DONE
    assert value == upper == best
    assert _is_as_told(cells, [bound], block, work.best, value)
    assert search(block, work, value, 30_000_000)[1] == value
    ended, found, upper, _ = search(block, work, NONE, 2_500)
    assert upper >= best >= found or ended == DONE
