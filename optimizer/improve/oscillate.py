"""Strategic oscillation (Glover 1989; Hanafi and Fréville 1998): a walk back and forth over the limits.

Every step is the best single move of some cells, broken rows weighed, and a cell that has moved rests (tabu).
A broken row weighs more after every step, one that holds less: so the walk crosses the border of what is
allowed again and again, where the best choices of several knapsacks at once stand.
"""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.core import Core, State
from optimizer.improve.move import make, weigh
from optimizer.improve.wander import below, worth_of_held

_LEAST_GAIN = 1e-9
_UP, _DOWN = 1.005, 0.998
"""By what a row's weight is multiplied after a step that leaves it broken, or not."""

_LIGHTEST = 0.5
"""Least weight of a row, as a share of its price."""

_LOOKS = 300
_LONGEST_REST = 10


@compiled
def oscillate(core: Core, state: State, most_work: int, seed: int) -> None:
    """Walk until so much work is done; leave the best choice seen.

    No row may be broken to begin with.

    Parameters
    ----------
    most_work
        The state's `work` at which to stop.
    """
    random = np.array([2 * seed + 88172645463325252], np.uint64)
    kept, kept_left, first = state.held.copy(), state.left.copy(), core.weight.copy()
    core.weight[:] = 1.2 * core.price + 0.05 * first
    worth = best = worth_of_held(core, state)
    rests, turn = np.zeros(len(state.held), np.int64), 0
    while state.work[0] < most_work:
        turn += 1
        item, gain = _best_move(core, state, (rests, turn), int(below(random, len(state.held))))
        state.work[0] += len(core.price) + len(state.held)
        if item < 0:
            continue
        make(core, state, item)
        worth += gain
        rests[core.item_cell[item]] = turn + 1 + below(random, 1 + min(len(rests) // 2, _LONGEST_REST))
        num_broken = _reweigh(core, state, first)
        if num_broken == 0 and worth > best + _LEAST_GAIN:
            best, kept[:], kept_left[:] = worth, state.held, state.left
    state.held[:], state.left[:], core.weight[:] = kept, kept_left, first


@compiled
def _best_move(core: Core, state: State, memory: tuple[Int64, int], start: int) -> tuple[int, float]:
    """Return the best move of some cells, counted from one of them, and its gain; -1: all rest."""
    rests, turn = memory
    found, of_found, best = -1, 0.0, -np.inf
    looks = 0
    for step in range(len(rests)):
        cell = (start + step) % len(rests)
        if looks >= _LOOKS:
            break
        if rests[cell] >= turn:
            continue
        for item in range(core.item_start[cell], core.item_start[cell + 1]):
            if item != state.held[cell]:
                looks += 1
                gain, broken = weigh(core, state, item)
                if gain - broken > best:
                    found, of_found, best = item, gain, gain - broken
    return found, of_found


@compiled
def _reweigh(core: Core, state: State, first: Floats) -> int:
    """Make broken rows weigh more and others less; return how many are broken."""
    num_broken = 0
    for row in range(len(core.price)):
        if state.left[row] < core.hair[row] and np.isinf(core.penalty[row]):
            core.weight[row] *= _UP
            num_broken += 1
        else:
            least = _LIGHTEST * core.price[row] + 0.02 * first[row]
            core.weight[row] = max(core.weight[row] * _DOWN, least)
    return num_broken
