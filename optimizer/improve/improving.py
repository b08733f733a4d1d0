"""The verbs: mend a choice that breaks rows, and make one better, by climbing or by probes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.instance import Int64
from models.linear import Floats, Linear
from optimizer.improve.chains import chains, fill
from optimizer.improve.cutting import Cut, cut, written
from optimizer.improve.dense import Part, dense
from optimizer.improve.lawful import lawful
from optimizer.improve.mending import eject, mend
from optimizer.improve.probing import draw
from optimizer.improve.sheet import Sheet, is_broken, left_over, sheet
from optimizer.improve.splitting import advance, tree_of
from optimizer.improve.wander import wander

_MOST_ITEMS = 100_000
_MOST_MENDING_ITEMS = 2_000_000
_LOOKS = 300
_LONGEST = 5
_MOST_WANDERING = 20_000
_ROUND = 20_000_000
_MOST_PROBED, _MOST_PROBED_ROWS = 12_000, 50
_SLICE = 100_000_000


def always() -> bool:
    """Keep going."""
    return True


def repair(
    linear: Linear, taken: Int64, prices: Floats, keep_going: Callable[[], bool] = always
) -> Int64 | None:
    """Mend a choice that breaks rows, losing little; None where that fails, which proves nothing."""
    rows = sheet(linear, prices)
    start = lawful(rows, taken)
    if start is None:
        return None
    for looks in (2_000, 200_000):
        left = left_over(rows, start)
        broken = is_broken(rows, left)
        if not broken.any():
            return start
        if not keep_going():
            return None
        found = cut(
            rows, start, _MOST_ITEMS if looks == 2_000 else _MOST_MENDING_ITEMS, _sets_of(rows, broken)
        )
        if mend(found.core, found.state, looks):
            eject(found.core, found.state, 2_000, looks)
        start = written(found, start)
    return None if is_broken(rows, left_over(rows, start)).any() else start


def _sets_of(rows: Sheet, broken: np.ndarray) -> np.ndarray:
    """Return the sets that are in some of the rows; shape (sets,)."""
    sets = np.repeat(np.arange(len(rows.set_measure)), np.diff(rows.set_start))
    found = np.zeros(len(rows.set_measure), np.bool_)
    found[sets[broken[rows.set_row]]] = True
    return found


def improve(
    linear: Linear,
    taken: Int64,
    prices: Floats,
    effort: int,
    keep_going: Callable[[], bool] = always,
) -> Int64:
    """Make a choice that breaks no row better."""
    rows = sheet(linear, prices)
    none = np.zeros(len(rows.set_measure), np.bool_)
    if is_broken(rows, left_over(rows, taken)).any():
        return taken
    found = cut(rows, taken, _MOST_ITEMS, none)
    fill(found.core, found.state)
    _climb(found, effort, keep_going)
    if found.is_whole and len(found.core.option) <= _MOST_WANDERING:
        _wander(found, effort, keep_going)
    return written(found, taken)


def is_probed(linear: Linear) -> bool:
    """Say whether `probe` is for a problem: few rows, all hard and linear, some thousand options at most."""
    num_items = len(linear.values) + linear.num_cells
    if num_items > _MOST_PROBED or not linear.is_complete or not np.isinf(linear.penalty).all():
        return False
    shared = ~sheet(linear, np.zeros(linear.num_rows)).is_folded
    return int(shared.sum()) <= _MOST_PROBED_ROWS


def probe(
    linear: Linear,
    taken: Int64,
    prices: Floats,
    effort: tuple[int, int],
    keep_going: Callable[[], bool] = always,
) -> tuple[Int64, bool]:
    """Search parts of a problem exactly; return the best choice, and whether nothing is left to look for.

    Parameters
    ----------
    linear
        One that `is_probed`.
    taken
        Index of the option of each cell, or -1, no row broken; shape (cells,).
    effort
        Counted work, and the seed of what is drawn.

    Notes
    -----
    Nothing is left once the whole was searched: in floats, which is a claim, as a solver's.
    """
    rows = sheet(linear, prices)
    if is_broken(rows, left_over(rows, taken)).any():
        return taken, True
    found = cut(rows, taken, _MOST_PROBED, np.zeros(len(rows.set_measure), np.bool_))
    if not len(found.cells) or not len(found.core.use):
        return taken, True
    return _probed(found, taken, effort, keep_going)


def _probed(
    found: Cut, taken: Int64, effort: tuple[int, int], keep_going: Callable[[], bool]
) -> tuple[Int64, bool]:
    """Draw and search parts until the work is done, or the whole was searched."""
    core, state = found.core, found.state
    table, left, prices = dense(core, state)
    cells, random = np.arange(len(found.cells)), np.array([2 * effort[1] + 88172645463325252], np.uint64)
    is_best = False
    while state.work[0] < effort[0] and not is_best and keep_going():
        worth = float(core.value[state.held].sum())
        held = state.held.copy()
        part = draw(table, Part(cells, left, prices, worth + table.unit), held, random, state.work)
        if not len(part.cells):
            continue
        tree = tree_of(table, part)
        while tree.place[0] >= 0 and keep_going():
            advance(table, tree, int(state.work[0]) + _SLICE, state.work)
        held[part.cells] = tree.held[part.cells]
        if tree.best[0] >= part.target and core.value[held].sum() > worth:
            state.held[:] = held
        is_best = tree.place[0] < 0 and len(part.cells) == len(cells) and part.target == worth + table.unit
    return written(found, taken), is_best


def _climb(found: Cut, effort: int, keep_going: Callable[[], bool]) -> None:
    """Try chains from every item, again while they gain and work is left."""
    core, state = found.core, found.state
    gained = np.inf
    while gained > 0 and state.work[0] < effort and keep_going():
        gained = chains(core, state, core.order, (found.gap, _LOOKS, _LONGEST), effort)
        fill(core, state)


def _wander(found: Cut, effort: int, keep_going: Callable[[], bool]) -> None:
    """Spend what effort is left on disturbing and climbing, in rounds of counted work."""
    core, state = found.core, found.state
    seed = 0
    while state.work[0] < effort and keep_going():
        seed += 1
        before = int(state.work[0])
        wander(core, state, (found.gap, _LOOKS, _LONGEST), min(effort, before + _ROUND), seed)
        if int(state.work[0]) == before:
            break  # there is nothing to disturb
