"""The two verbs: mend a choice that breaks rows, and make one better that breaks none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.instance import Int64
from models.linear import Floats, Linear
from optimizer.improve.chains import chains, fill
from optimizer.improve.cutting import Cut, cut, written
from optimizer.improve.lawful import lawful
from optimizer.improve.mending import eject, mend
from optimizer.improve.oscillate import oscillate
from optimizer.improve.sheet import Sheet, is_broken, left_over, sheet
from optimizer.improve.wander import wander

_MOST_ITEMS = 100_000
_MOST_MENDING_ITEMS = 2_000_000
_LOOKS = 300
_LONGEST = 5
_MOST_WANDERING = 20_000
_ROUND = 20_000_000


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


def walk(
    linear: Linear,
    taken: Int64,
    prices: Floats,
    effort: int,
    seed: int = 0,
    keep_going: Callable[[], bool] = always,
) -> Int64:
    """Walk over the limits and back from a choice that breaks no row; return the best seen, or that choice.

    It is for problems of few rows in which many cells are; in others it finds little.
    """
    rows = sheet(linear, prices)
    if is_broken(rows, left_over(rows, taken)).any():
        return taken
    found = cut(rows, taken, _MOST_WANDERING, np.zeros(len(rows.set_measure), np.bool_))
    if len(found.cells) and keep_going():
        oscillate(found.core, found.state, effort, seed)
    return written(found, taken)


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
