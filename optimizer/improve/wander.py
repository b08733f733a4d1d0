"""Iterated local search (Lourenço 2003): disturb a few cells, mend broken rows, climb again by chains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.chains import chains, fill
from optimizer.improve.core import Core, State
from optimizer.improve.mending import mend

_LEAST_GAIN = 1e-9


@compiled
def wander(core: Core, state: State, limits: tuple[float, int, int], most_work: int, seed: int) -> None:
    """Disturb and climb until so much work is done; leave the best choice seen.

    No row may be broken to begin with.

    Parameters
    ----------
    limits
        As of `chains`.
    most_work
        The state's `work` at which to stop.
    """
    random = np.array([2 * seed + 88172645463325252], np.uint64)
    kept, kept_left, here = state.held.copy(), state.left.copy(), state.held.copy()
    here_left = state.left.copy()
    worth = worth_here = worth_of_held(core, state)
    num_drawn = np.searchsorted(core.loss[core.order], limits[0])
    while state.work[0] < most_work and num_drawn > 1:
        state.work[0] += len(core.order) + len(core.price)
        _disturb(core, state, 2 + below(random, 6), (int(num_drawn), random))
        found = -np.inf
        if mend(core, state, 1_000) == 0:
            fill(core, state)
            chains(core, state, core.order, limits, most_work)
            found = worth_of_held(core, state)
        slack = 2e-4 * abs(worth) if below(random, 4) == 0 else 0.0
        if found >= worth_here - slack and found > worth - 1e-3 * abs(worth):
            worth_here, here[:], here_left[:] = found, state.held, state.left
        if found > worth + _LEAST_GAIN:
            worth, kept[:], kept_left[:] = found, state.held, state.left
        state.held[:], state.left[:] = here, here_left
    state.held[:], state.left[:] = kept, kept_left


@compiled
def _disturb(core: Core, state: State, num_cells: int, drawn: tuple[int, NDArray[np.uint64]]) -> None:
    """Let some cells hold other items of small loss, whatever that breaks."""
    num_drawn, random = drawn
    for _ in range(num_cells):
        item = core.order[below(random, num_drawn)]
        held = state.held[core.item_cell[item]]
        _add(core, state.left, held, 1.0)
        _add(core, state.left, item, -1.0)
        state.held[core.item_cell[item]] = item


@compiled
def _add(core: Core, left: Floats, item: int, sign: float) -> None:
    for k in range(core.use_start[item], core.use_start[item + 1]):
        left[core.use_row[k]] += sign * core.use[k]


@compiled
def worth_of_held(core: Core, state: State) -> float:
    """Return the worth of what is held less soft penalties."""
    total = 0.0
    for item in state.held:
        total += core.value[item]
    for row in range(len(core.price)):
        if state.left[row] < 0 and not np.isinf(core.penalty[row]):
            total += core.penalty[row] * state.left[row]
    return float(total)


@compiled
def below(random: NDArray[np.uint64], count: int) -> int:
    """Return the next number in [0, count) (xorshift, Marsaglia 2003)."""
    one = random[0]
    one ^= one << np.uint64(13)
    one ^= one >> np.uint64(7)
    one ^= one << np.uint64(17)
    random[0] = one
    return int(one % np.uint64(count))
