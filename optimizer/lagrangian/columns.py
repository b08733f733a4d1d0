"""Near-optimal choices of whole merchants, and the mixing of them into a plan.

At prices near the best ones a merchant has a few choices that are nearly worth the same, all of them within its
own limits. A plan takes one of each merchant's, so that the limits that couple merchants hold: a multiple-choice
problem over far fewer and better candidates than single options (the restricted master of Dantzig and Wolfe
1960, solved by local search in counted work).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear

_MOST_ENTRIES = 30_000_000
_SWEEPS = 20
_STEEP = 3.0
_COLD = 1e-3
_STEPS_A_SLOT = 20_000
_ROUNDS, _HARDER = 80, 1.3
_NEAR = 40
"""Columns of other merchants that are tried to make room for one column."""


class Columns(NamedTuple):
    """Choices of merchants, as columns over rows.

    Attributes
    ----------
    merchant
        The merchant of each slot; slots are the merchants with two columns or more; shape (slots,).
    start
        Columns of slot s are `start[s]:start[s + 1]`.
    passed
        The pass that a column comes from; shape (columns,).
    value
        Units of the objective; shape (columns,).
    row_start, row, amount
        What a column adds to the rows.
    """

    merchant: Int64
    start: Int64
    passed: Int64
    value: Floats
    row_start: Int64
    row: Int32
    amount: Floats


class Chosen(NamedTuple):
    """A mix in the making: the column of each slot, and what is left of every row."""

    column: Int64
    left: Floats


def mix(
    rows: Linear, is_inside: Bools, prices: Floats, takens: NDArray[np.int32], effort: int
) -> tuple[Int64, bool]:
    """Mix passes into one choice that keeps to the rows.

    Parameters
    ----------
    is_inside
        Rows that every pass keeps to already; shape (rows,).
    prices
        Per row unit, in units of the objective; shape (rows,).
    takens
        Choices of all cells (option or -1), one a pass; the first is where the mix begins; shape (passes,
        cells).
    effort
        Looks at a column that may be taken.

    Returns
    -------
    The choice, and whether it keeps to all rows.
    """
    columns = _columns(rows, is_inside, takens)
    left = rows.right - _use(rows, takens[0].astype(np.int64))
    left[is_inside] = np.inf
    tolerance = 1e-9 * np.maximum(np.abs(rows.right), 1.0)
    chosen = Chosen(columns.start[:-1].copy(), left)
    usual = np.median(prices[prices > 0]) if (prices > 0).any() else 1.0
    floor = np.where(np.isinf(rows.penalty), np.maximum(prices, 1e-3 * usual), 0.0)
    work = np.zeros(1, np.int64)
    penalties = np.where(np.isinf(rows.penalty), _STEEP * floor, rows.penalty)
    worth = _worth(columns, prices)
    spread = _spread_of(columns, worth)
    steps = min(effort, _STEPS_A_SLOT * len(columns.merchant))
    _anneal(columns, chosen, (penalties, worth, prices), (spread, spread * _COLD, steps))
    for _ in range(_ROUNDS):
        _descend(columns, chosen, penalties, prices, effort, work)
        is_broken = np.isinf(rows.penalty) & (chosen.left < -tolerance)
        if not is_broken.any() or work[0] > effort:
            break
        penalties[is_broken] *= _HARDER
    hard = np.isinf(rows.penalty)
    is_kept = bool((chosen.left[hard] >= -tolerance[hard]).all())
    if is_kept:
        _improve(columns, chosen, rows.penalty, prices, effort, work)
    taken = takens[0].astype(np.int64)
    for slot in range(len(columns.merchant)):
        cells = slice(*rows.cell_start[columns.merchant[slot] : columns.merchant[slot] + 2].tolist())
        taken[cells] = takens[columns.passed[chosen.column[slot]], cells]
    return taken, is_kept


def _use(rows: Linear, taken: Int64) -> Floats:
    """Return what a choice uses of every row."""
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    is_funded = taken[cell] >= 0
    which, option = rows.entry_set[is_funded], taken[cell[is_funded]]
    use = np.bincount(which, rows.amounts[rows.set_measure[which], option], rows.num_sets)
    funded = taken[taken >= 0]
    for one in rows.everywhere.tolist():
        use[one] = rows.amounts[rows.set_measure[one], funded].sum()
    entry_set = np.repeat(np.arange(rows.num_sets), np.diff(rows.set_start))
    return np.bincount(rows.set_row, rows.set_factor * use[entry_set], rows.num_rows)


def _columns(rows: Linear, is_inside: Bools, takens: NDArray[np.int32]) -> Columns:
    merchant, start, passed = _distinct(rows.cell_start, takens)
    size = int(np.diff(rows.entry_start).max(initial=0) + len(rows.everywhere))
    most = _MOST_ENTRIES
    value = np.empty(len(passed))
    row_start = np.zeros(len(passed) + 1, np.int64)
    cells = np.diff(rows.cell_start)[merchant]
    guess = int((np.repeat(cells, np.diff(start)) * size * 2).sum()) + 1
    row, amount = np.empty(min(guess, most), np.int32), np.empty(min(guess, most))
    _fill(_RowTables(rows, is_inside), takens, (merchant, start, passed), (value, row_start, row, amount))
    return Columns(merchant, start, passed, value, row_start, row, amount)


class _Rows(NamedTuple):
    cell_start: Int64
    values: Floats
    amounts: Floats
    entry_start: Int64
    entry_set: Int32
    set_measure: Int32
    everywhere: Int32
    set_start: Int64
    set_row: Int32
    set_factor: Floats
    is_inside: Bools


def _RowTables(rows: Linear, is_inside: Bools) -> _Rows:  # noqa: N802
    return _Rows(
        rows.cell_start,
        rows.values,
        rows.amounts,
        rows.entry_start,
        rows.entry_set,
        rows.set_measure,
        rows.everywhere,
        rows.set_start,
        rows.set_row,
        rows.set_factor,
        is_inside,
    )


def _distinct(cell_start: Int64, takens: NDArray[np.int32]) -> tuple[Int64, Int64, Int64]:
    """Return merchants with two different choices or more, where their columns start, and each one's pass."""
    hashes = _hashes(cell_start, takens)
    order = np.argsort(hashes, axis=0, kind="stable")
    ordered = np.take_along_axis(hashes, order, axis=0)
    is_new = np.ones(hashes.shape, bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    is_first = np.empty(hashes.shape, bool)
    np.put_along_axis(is_first, order, is_new, axis=0)
    counts = is_first.sum(axis=0)
    is_open = counts > 1
    _, passed = np.nonzero(is_first.T & is_open[:, None])
    start = np.append(0, np.cumsum(counts[is_open]))
    return np.flatnonzero(is_open), start.astype(np.int64), passed.astype(np.int64)


@njit(cache=True, nogil=True)
def _hashes(cell_start: Int64, takens: NDArray[np.int32]) -> NDArray[np.uint64]:
    found = np.zeros((len(takens), len(cell_start) - 1), np.uint64)
    for number in range(len(takens)):
        for merchant in range(len(cell_start) - 1):
            value = np.uint64(1469598103934665603)
            for cell in range(cell_start[merchant], cell_start[merchant + 1]):
                value = (value ^ np.uint64(takens[number, cell] + 1)) * np.uint64(1099511628211)
                value ^= value >> np.uint64(29)
            found[number, merchant] = value
    return found


@njit(cache=True, nogil=True)
def _fill(
    rows: _Rows,
    takens: NDArray[np.int32],
    listed: tuple[Int64, Int64, Int64],
    out: tuple[Floats, Int64, Int32, Floats],
) -> None:
    """Write every column's value and its amounts of the rows."""
    merchant, start, passed = listed
    value, row_start, row, amount = out
    use = np.zeros(len(rows.is_inside))
    is_touched = np.zeros(len(rows.is_inside), np.bool_)
    touched = np.empty(len(rows.is_inside), np.int64)
    filled = 0
    for slot in range(len(merchant)):
        for column in range(start[slot], start[slot + 1]):
            count, worth = 0, 0.0
            for cell in range(rows.cell_start[merchant[slot]], rows.cell_start[merchant[slot] + 1]):
                option = takens[passed[column], cell]
                if option < 0:
                    continue
                worth += rows.values[option]
                first, last = rows.entry_start[cell], rows.entry_start[cell + 1]
                for entry in range(first - len(rows.everywhere), last):
                    which = rows.everywhere[first - 1 - entry] if entry < first else rows.entry_set[entry]
                    used = rows.amounts[rows.set_measure[which], option]
                    for at in range(rows.set_start[which], rows.set_start[which + 1]):
                        one = rows.set_row[at]
                        if rows.is_inside[one]:
                            continue
                        if not is_touched[one]:
                            is_touched[one] = True
                            touched[count] = one
                            count += 1
                        use[one] += rows.set_factor[at] * used
            value[column] = worth
            for place in range(count):
                one = touched[place]
                if use[one] != 0.0 and filled < len(row):
                    row[filled], amount[filled] = one, use[one]
                    filled += 1
                use[one] = 0.0
                is_touched[one] = False
            row_start[column + 1] = filled


@njit(cache=True, nogil=True)
def _shift(columns: Columns, chosen: Chosen, column: int, sign: float) -> None:
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        chosen.left[columns.row[at]] -= sign * columns.amount[at]


@njit(cache=True, nogil=True)
def _gain(columns: Columns, left: Floats, column: int, penalties: Floats) -> float:
    """Return what a column is worth where its slot is empty: value less what it breaks more."""
    worth = columns.value[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        which, amount = columns.row[at], columns.amount[at]
        before = min(left[which], 0.0)
        after = min(left[which] - amount, 0.0)
        worth += penalties[which] * (after - before)
    return worth


@njit(cache=True, nogil=True)
def _descend(
    columns: Columns, chosen: Chosen, penalties: Floats, prices: Floats, effort: int, work: Int64
) -> None:
    """Take the best column of every slot in turn, broken rows at a penalty, until nothing changes."""
    for _ in range(_SWEEPS):
        num_changed = 0
        for slot in range(len(columns.merchant)):
            now = chosen.column[slot]
            _shift(columns, chosen, now, -1.0)
            best, largest = now, _gain(columns, chosen.left, now, penalties)
            for column in range(columns.start[slot], columns.start[slot + 1]):
                if column != now:
                    work[0] += 1
                    gain = _gain(columns, chosen.left, column, penalties)
                    if gain > largest + 1e-9 * abs(largest) + 1e-9:
                        best, largest = column, gain
            _shift(columns, chosen, best, 1.0)
            if best != now:
                chosen.column[slot] = best
                num_changed += 1
        if num_changed == 0 or work[0] > effort:
            break


def _spread_of(columns: Columns, worth: Floats) -> float:
    """Return by how much the columns of a slot differ in priced worth, typically."""
    best = np.maximum.reduceat(worth, columns.start[:-1])
    losses = np.repeat(best, np.diff(columns.start)) - worth
    return float(np.median(losses[losses > 0])) if (losses > 0).any() else 1.0


@njit(cache=True, nogil=True)
def _worth(columns: Columns, prices: Floats) -> Floats:
    worth = np.empty(len(columns.value))
    for column in range(len(columns.value)):
        worth[column] = _priced(columns, column, prices)
    return worth


@njit(cache=True, nogil=True)
def _anneal(
    columns: Columns, chosen: Chosen, about: tuple[Floats, Floats, Floats], schedule: tuple[float, float, int]
) -> None:
    """Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) of value less penalties, in counted steps."""
    penalties, worth, prices = about
    hot, cold, steps = schedule
    state = np.uint64(88172645463325252)
    num_slots = len(columns.merchant)
    cooling = (cold / hot) ** (1.0 / max(steps, 1))
    heat = hot
    for _ in range(steps):
        heat *= cooling
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        slot = int((state >> np.uint64(33)) % np.uint64(num_slots))
        size = columns.start[slot + 1] - columns.start[slot]
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        column = columns.start[slot] + int((state >> np.uint64(33)) % np.uint64(size))
        now = chosen.column[slot]
        if column == now:
            continue
        uniform = float(state >> np.uint64(11)) / 9007199254740992.0
        least = heat * np.log(max(uniform, 1e-300))
        _shift(columns, chosen, now, -1.0)
        gain = _gain(columns, chosen.left, column, penalties) - _gain(columns, chosen.left, now, penalties)
        if gain >= least:
            chosen.column[slot] = column
            _shift(columns, chosen, column, 1.0)
        else:
            _shift(columns, chosen, now, 1.0)


@njit(cache=True, nogil=True)
def _soft(columns: Columns, left: Floats, column: int, penalty: Floats) -> float:
    """Return the column's value less the penalties that it brings."""
    worth = columns.value[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        which = columns.row[at]
        if penalty[which] != np.inf:
            worth += penalty[which] * (min(left[which] - columns.amount[at], 0.0) - min(left[which], 0.0))
    return worth


@njit(cache=True, nogil=True)
def _priced(columns: Columns, column: int, prices: Floats) -> float:
    worth = columns.value[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        worth -= prices[columns.row[at]] * columns.amount[at]
    return worth


@njit(cache=True, nogil=True)
def _improve(
    columns: Columns, chosen: Chosen, penalty: Floats, prices: Floats, effort: int, work: Int64
) -> None:
    """Change one slot, or two at once, while the value rises and every hard row holds."""
    num_slots = len(columns.merchant)
    worth = np.empty(len(columns.value))
    for column in range(len(columns.value)):
        worth[column] = _priced(columns, column, prices)
    # Pairs are looked for among the changes of least priced loss.
    moves = np.empty(len(columns.value), np.int64)
    losses = np.empty(len(columns.value))
    slot_of = np.empty(len(columns.value), np.int64)
    for slot in range(num_slots):
        slot_of[columns.start[slot] : columns.start[slot + 1]] = slot
    while work[0] < effort:
        is_changed = False
        count = 0
        for slot in range(num_slots):
            now = chosen.column[slot]
            for column in range(columns.start[slot], columns.start[slot + 1]):
                if column != now:
                    moves[count], losses[count] = column, worth[now] - worth[column]
                    count += 1
        order = np.argsort(losses[:count])
        for place in range(count):
            one = moves[order[place]]
            slot = slot_of[one]
            before = chosen.column[slot]
            if one == before:
                continue
            _shift(columns, chosen, before, -1.0)
            gain = _soft(columns, chosen.left, one, penalty) - _soft(columns, chosen.left, before, penalty)
            _shift(columns, chosen, one, 1.0)
            if gain > 1e-9 and _holds(columns, chosen.left, (before, one, one), penalty):
                chosen.column[slot] = one
                is_changed = True
                work[0] += 1
                continue
            partner = _partner(
                columns, chosen, (moves, order, place, count), (slot_of, penalty), (gain, before), work
            )
            if partner >= 0:
                other = slot_of[partner]
                _shift(columns, chosen, chosen.column[other], -1.0)
                _shift(columns, chosen, partner, 1.0)
                chosen.column[slot] = one
                chosen.column[other] = partner
                is_changed = True
            else:
                _shift(columns, chosen, one, -1.0)
                _shift(columns, chosen, before, 1.0)
            if work[0] > effort:
                break
        if not is_changed:
            break


@njit(cache=True, nogil=True)
def _partner(
    columns: Columns,
    chosen: Chosen,
    listed: tuple[Int64, Int64, int, int],
    about: tuple[Int64, Floats],
    first: tuple[float, int],
    work: Int64,
) -> int:
    """Find a change of another slot that mends what a first change broke and leaves a gain; -1: none."""
    moves, order, place, count = listed
    slot_of, penalty = about
    gain, before = first
    own = slot_of[moves[order[place]]]
    best, largest = -1, 1e-9
    for near in range(min(count, _NEAR * 10)):
        column = moves[order[near]]
        slot = slot_of[column]
        now = chosen.column[slot]
        if slot == own or column == now:
            continue
        if gain + columns.value[column] - columns.value[now] <= largest:
            continue
        work[0] += 1
        _shift(columns, chosen, now, -1.0)
        total = (
            gain + _soft(columns, chosen.left, column, penalty) - _soft(columns, chosen.left, now, penalty)
        )
        if total > largest:
            _shift(columns, chosen, column, 1.0)
            if _holds(columns, chosen.left, (now, column, moves[order[place]]), penalty) and _holds(
                columns, chosen.left, (before, before, before), penalty
            ):
                best, largest = column, total
            _shift(columns, chosen, column, -1.0)
        _shift(columns, chosen, now, 1.0)
    return best


@njit(cache=True, nogil=True)
def _holds(columns: Columns, left: Floats, changed: tuple[int, int, int], penalty: Floats) -> bool:
    """Say whether the rows of some columns hold."""
    for column in changed:
        for at in range(columns.row_start[column], columns.row_start[column + 1]):
            which = columns.row[at]
            if penalty[which] == np.inf and left[which] < -1e-9 * (1.0 + abs(columns.amount[at])):
                return False
    return True
