"""The pricing pass, compiled: prices -> the best choice of every merchant, its value, and its use of every set.

All in whole numbers of 64 bits, which `market` proves to fit: sums are exact, and do not depend on how
merchants are shared out over threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.instance import Int32, Int64
from models.linear import Bools, Floats
from optimizer.lagrangian.block import DONE, NONE, RELAXED, Block, Scratch, search

ALWAYS, COUNT, GATE = 0, 1, 2
"""Kinds of a merchant's own lines: a limit, a count of the merchant at a price, cells that switch a limit."""

_MOST_CASES = 64
_MOST_ACTIVE = 8
"""Own limits that a search may hold at once; further ones are left out, which leaves the bound valid."""


class Tables(NamedTuple):
    """A problem as the pass reads it.

    Attributes
    ----------
    option_start, cell_start
        As in `Problem`.
    values, amounts
        Whole numbers; shapes (options,), (measures, options).
    is_allowed, must_fund
        As in `Linear`.
    entry_start, entry_set, set_measure
        Coupling sets that each cell is in, and the measure of each set.
    everywhere
        Coupling sets that hold every cell.
    own_start, own_set, own_measure
        The same for sets whose cells are one merchant's.
    line_start
        Own lines of merchant m are `line_start[m]:line_start[m + 1]`.
    set_line_start, set_line, set_factor
        Lines that each own set enters (numbered within its merchant), and the factors.
    line_kind, line_bound, line_slot, line_gate
        ALWAYS: amount <= bound, if the line `line_gate` (-1: none) is above zero. COUNT: an amount of
        `line_bound` or more earns `rewards[line_slot]`. GATE: funded cells, counted for other lines.
    """

    option_start: Int64
    cell_start: Int64
    values: Int64
    amounts: Int64
    is_allowed: Bools
    must_fund: Bools
    entry_start: Int64
    entry_set: Int32
    set_measure: Int32
    everywhere: Int32
    own_start: Int64
    own_set: Int32
    own_measure: Int32
    line_start: Int64
    set_line_start: Int64
    set_line: Int32
    set_factor: Int64
    line_kind: Int64
    line_bound: Int64
    line_slot: Int32
    line_gate: Int32


class Prices(NamedTuple):
    """What a unit of each coupling set is charged, what each count earns, and the scale of values."""

    charges: Int64
    rewards: Int64
    scale: int
    budget: int


class Outcome(NamedTuple):
    """What a pass over some merchants writes.

    Attributes
    ----------
    taken
        Option of every cell, or -1; shape (cells,).
    value
        Of every merchant: of its best choice, rewards included, or an upper bound; shape (merchants,).
    status
        0: the best of every cell by itself; DONE: searched; RELAXED: `value` is only a bound; shape
        (merchants,).
    found
        What the choice is worth; `value` but for merchants whose search was not finished; shape (merchants,).
    line_price
        Price of every own line at which the search began: about what more of its limit would bring; shape
        (lines,).
    """

    taken: Int64
    value: Int64
    found: Int64
    status: Int64
    line_price: Floats


@njit(cache=True, nogil=True)
def price_range(
    tables: Tables, prices: Prices, outcome: Outcome, span: tuple[int, int, int], work: tuple[Scratch, Room]
) -> tuple[Int64, Int64]:
    """Price every `span[2]`-th of the merchants `span[0]:span[1]`; return their use of sets, and their counts."""
    num_measures = len(tables.amounts)
    use = np.zeros(len(tables.set_measure), np.int64)
    counts = np.zeros(len(prices.rewards), np.int64)
    usual = np.zeros(num_measures, np.int64)
    charge = np.zeros(num_measures, np.int64)
    for which in tables.everywhere:
        usual[tables.set_measure[which]] += prices.charges[which]
    scratch, room = work
    for merchant in range(span[0], span[1], span[2]):
        first, last = tables.cell_start[merchant], tables.cell_start[merchant + 1]
        value = _best_of_cells(tables, prices, outcome.taken, (first, last), (usual, charge))
        outcome.status[merchant] = 0
        if tables.line_start[merchant + 1] > tables.line_start[merchant]:
            value = _under_own(tables, prices, outcome, (merchant, value), (usual, charge), work)
            _count(tables, merchant, room, counts)
        outcome.value[merchant] = value
        if outcome.status[merchant] != RELAXED:
            outcome.found[merchant] = value
        for cell in range(first, last):
            option = outcome.taken[cell]
            if option >= 0:
                for entry in range(tables.entry_start[cell], tables.entry_start[cell + 1]):
                    which = tables.entry_set[entry]
                    use[which] += tables.amounts[tables.set_measure[which], option]
                for which in tables.everywhere:
                    use[which] += tables.amounts[tables.set_measure[which], option]
    return use, counts


@njit(cache=True, nogil=True, inline="always")
def _charges(tables: Tables, prices: Prices, cell: int, usual: Int64, charge: Int64) -> None:
    for measure in range(len(usual)):
        charge[measure] = usual[measure]
    for entry in range(tables.entry_start[cell], tables.entry_start[cell + 1]):
        which = tables.entry_set[entry]
        charge[tables.set_measure[which]] += prices.charges[which]


@njit(cache=True, nogil=True)
def _best_of_cells(
    tables: Tables, prices: Prices, taken: Int64, cells: tuple[int, int], charges: tuple[Int64, Int64]
) -> int:
    """Take the best option of every cell by itself; return what they are worth together."""
    usual, charge = charges
    num_measures = len(usual)
    value = 0
    for cell in range(cells[0], cells[1]):
        _charges(tables, prices, cell, usual, charge)
        best, largest = -1, np.int64(0)
        if tables.must_fund[cell]:
            largest = np.int64(NONE)
        for option in range(tables.option_start[cell], tables.option_start[cell + 1]):
            worth = prices.scale * tables.values[option]
            for measure in range(num_measures):
                worth -= charge[measure] * tables.amounts[measure, option]
            if worth > largest and tables.is_allowed[option]:
                best, largest = option, worth
        taken[cell] = best
        value += largest
    return value


class Room(NamedTuple):
    """Working space for one merchant's own lines, for one thread.

    `start`, `value`, `option`, `amount`: its cells' choices (nothing among them, option -1), and what each
    adds to every line. `used`, `is_active`, `sign`, `bound` by line. `active` the lines held in a search.
    `best`: options of the best choice so far.
    """

    start: Int64
    value: Int64
    option: Int64
    amount: Int64
    held: Int64
    used: Int64
    mode: Int64
    active: Int64
    best: Int64
    is_counted: Int64
    price: Floats


@njit(cache=True, nogil=True)
def _under_own(
    tables: Tables,
    prices: Prices,
    outcome: Outcome,
    known: tuple[int, int],
    charges: tuple[Int64, Int64],
    work: tuple[Scratch, Room],
) -> int:
    """Find a merchant's best choice under its own lines; return its value, or an upper bound of it."""
    scratch, room = work
    merchant, value = known
    first, last = tables.cell_start[merchant], tables.cell_start[merchant + 1]
    line, num_lines = (
        tables.line_start[merchant],
        tables.line_start[merchant + 1] - tables.line_start[merchant],
    )
    outcome.line_price[line : line + num_lines] = 0.0
    _use_lines(tables, outcome.taken, (first, last), room.used[:num_lines])
    if _is_settled(tables, prices, line, room.used[:num_lines]):
        return value + _earned(tables, prices, line, room.used[:num_lines])
    num_choices = _lay_out(tables, prices, (first, last), charges, room, num_lines)
    switches = _switches(tables, prices, line, num_lines, room)
    best, upper, status = np.int64(NONE), np.int64(NONE), DONE
    for case in range(1 << min(switches, 6)):
        reward = _set_modes(tables, prices, line, num_lines, case, room)
        found, most, ended = _solve_case(
            tables, (line, num_lines, last - first, num_choices), (best, reward, prices.budget), work
        )
        status = max(status, ended)
        if found > best:
            best = found
            outcome.line_price[line : line + num_lines] = room.price[:num_lines]
            for cell in range(last - first):
                outcome.taken[first + cell] = room.option[room.best[cell]]
        upper = max(upper, most)
    if status == RELAXED or switches > 6:
        upper = max(upper, best)
        _use_lines(tables, outcome.taken, (first, last), room.used[:num_lines])
        outcome.status[merchant] = RELAXED
        outcome.found[merchant] = best if best != NONE else upper
        return upper if switches <= 6 else value + _most_earned(tables, prices, line, num_lines)
    _use_lines(tables, outcome.taken, (first, last), room.used[:num_lines])
    outcome.status[merchant] = DONE
    return best


@njit(cache=True, nogil=True)
def _use_lines(tables: Tables, taken: Int64, cells: tuple[int, int], used: Int64) -> None:
    used[:] = 0
    for cell in range(cells[0], cells[1]):
        option = taken[cell]
        if option >= 0:
            for entry in range(tables.own_start[cell], tables.own_start[cell + 1]):
                which = tables.own_set[entry]
                amount = tables.amounts[tables.own_measure[which], option]
                for at in range(tables.set_line_start[which], tables.set_line_start[which + 1]):
                    used[tables.set_line[at]] += tables.set_factor[at] * amount


@njit(cache=True, nogil=True)
def _is_settled(tables: Tables, prices: Prices, line: int, used: Int64) -> bool:
    """Say whether nothing can be better: every limit holds, every reward is earned, and nothing is charged."""
    for number in range(len(used)):
        kind = tables.line_kind[line + number]
        if kind == ALWAYS and used[number] > tables.line_bound[line + number]:
            gate = tables.line_gate[line + number]
            if gate < 0 or used[gate] > 0:
                return False
        if kind == COUNT:
            reward = prices.rewards[tables.line_slot[line + number]]
            is_reached = used[number] >= tables.line_bound[line + number]
            if (reward > 0 and not is_reached) or (reward < 0 and is_reached):
                return False
    return True


@njit(cache=True, nogil=True)
def _earned(tables: Tables, prices: Prices, line: int, used: Int64) -> int:
    earned = 0
    for number in range(len(used)):
        if tables.line_kind[line + number] == COUNT and used[number] >= tables.line_bound[line + number]:
            earned += prices.rewards[tables.line_slot[line + number]]
    return earned


@njit(cache=True, nogil=True)
def _most_earned(tables: Tables, prices: Prices, line: int, num_lines: int) -> int:
    earned = 0
    for number in range(line, line + num_lines):
        if tables.line_kind[number] == COUNT:
            earned += max(0, prices.rewards[tables.line_slot[number]])
    return earned


@njit(cache=True, nogil=True)
def _count(tables: Tables, merchant: int, room: Room, counts: Int64) -> None:
    line = tables.line_start[merchant]
    for number in range(tables.line_start[merchant + 1] - line):
        if tables.line_kind[line + number] == COUNT:
            if room.used[number] >= tables.line_bound[line + number]:
                counts[tables.line_slot[line + number]] += 1


@njit(cache=True, nogil=True)
def _lay_out(
    tables: Tables,
    prices: Prices,
    cells: tuple[int, int],
    charges: tuple[Int64, Int64],
    room: Room,
    num_lines: int,
) -> int:
    """Write the merchant's choices, and what each of them adds to every line; return how many there are."""
    usual, charge = charges
    at = 0
    for cell in range(cells[0], cells[1]):
        room.start[cell - cells[0]] = at
        _charges(tables, prices, cell, usual, charge)
        if not tables.must_fund[cell]:
            room.option[at], room.value[at] = -1, 0
            for line in range(num_lines):
                room.amount[line, at] = 0
            at += 1
        for option in range(tables.option_start[cell], tables.option_start[cell + 1]):
            if not tables.is_allowed[option]:
                continue
            worth = prices.scale * tables.values[option]
            for measure in range(len(usual)):
                worth -= charge[measure] * tables.amounts[measure, option]
            room.option[at], room.value[at] = option, worth
            for line in range(num_lines):
                room.amount[line, at] = 0
            for entry in range(tables.own_start[cell], tables.own_start[cell + 1]):
                which = tables.own_set[entry]
                amount = tables.amounts[tables.own_measure[which], option]
                for place in range(tables.set_line_start[which], tables.set_line_start[which + 1]):
                    room.amount[tables.set_line[place], at] += tables.set_factor[place] * amount
            at += 1
    room.start[cells[1] - cells[0]] = at
    return at


@njit(cache=True, nogil=True)
def _switches(tables: Tables, prices: Prices, line: int, num_lines: int, room: Room) -> int:
    """Number the lines that double the cases: counts with a price, and gates; return how many there are."""
    found = 0
    for number in range(num_lines):
        kind = tables.line_kind[line + number]
        room.is_counted[number] = -1
        if kind == GATE or (kind == COUNT and prices.rewards[tables.line_slot[line + number]] != 0):
            room.is_counted[number] = found
            found += 1
    return found


@njit(cache=True, nogil=True)
def _set_modes(tables: Tables, prices: Prices, line: int, num_lines: int, case: int, room: Room) -> int:
    """Write for every line how it is held in a case (1: at most, -1: at least, 0: not); return the rewards."""
    reward = 0
    for number in range(num_lines):
        kind, switch = tables.line_kind[line + number], room.is_counted[number]
        is_on = switch >= 0 and switch < 6 and (case >> switch) & 1 == 0
        mode, bound = 0, tables.line_bound[line + number]
        if kind == ALWAYS:
            gate = tables.line_gate[line + number]
            if gate < 0:
                mode = 1
            elif room.is_counted[gate] < 6:
                mode = 1 - ((case >> room.is_counted[gate]) & 1)
        elif kind == GATE and not is_on and switch < 6:
            mode, bound = 1, 0
        elif kind == COUNT and switch >= 0 and switch < 6:
            earned = prices.rewards[tables.line_slot[line + number]]
            if is_on:
                reward += earned
                mode = -1 if earned > 0 else 0
            elif earned < 0:
                mode, bound = 1, bound - 1
        room.mode[number] = mode
        room.held[number] = -bound if mode < 0 else bound
    return reward


@njit(cache=True, nogil=True)
def _solve_case(
    tables: Tables, sizes: tuple[int, int, int, int], known: tuple[int, int, int], work: tuple[Scratch, Room]
) -> tuple[int, int, int]:
    """Search one case, holding only lines that have been seen broken.

    Returns
    -------
    The best value with its reward (or the one to beat), an upper bound, and how it ended; `room.best` is the
    choice if the value is better.
    """
    scratch, room = work
    line, num_lines, num_cells, num_choices = sizes
    best, reward, budget = known
    lower = best - reward if best != NONE else np.int64(NONE)
    num_active, nodes = 0, 0
    while True:
        block = Block(
            room.start[: num_cells + 1],
            room.value[:num_choices],
            np.zeros((num_active, num_choices), np.int64),
            np.zeros(num_active, np.int64),
        )
        for place in range(num_active):
            number = room.active[place]
            block.bound[place] = room.held[number]
            block.amount[place, :] = room.mode[number] * room.amount[number, :num_choices]
        ended, value, upper, looked = search(block, scratch, lower, budget - nodes)
        nodes += looked
        room.price[:num_lines] = 0.0
        for place in range(num_active):
            room.price[room.active[place]] = scratch.price[place]
        if ended == RELAXED:
            found = _relaxed_value(num_cells, num_lines, value, lower, work)
            return found + reward if found != NONE else best, upper + reward, RELAXED
        if value == lower or value == NONE:
            return best, best, DONE  # nothing is better, even without the lines left out
        broken = _most_broken(num_cells, num_lines, num_active, work)
        if broken < 0:
            for cell in range(num_cells):
                room.best[cell] = scratch.best[cell]
            return value + reward, value + reward, DONE
        if num_active == _MOST_ACTIVE:
            return best, value + reward, RELAXED
        room.active[num_active] = broken
        num_active += 1


@njit(cache=True, nogil=True)
def _relaxed_value(num_cells: int, num_lines: int, value: int, lower: int, work: tuple[Scratch, Room]) -> int:
    """Return the value of what an unfinished search found, if it keeps to every line; else NONE."""
    scratch, room = work
    if value == lower or value == NONE or _most_broken(num_cells, num_lines, 0, work) >= 0:
        return NONE
    for cell in range(num_cells):
        room.best[cell] = scratch.best[cell]
    return value


@njit(cache=True, nogil=True)
def _most_broken(num_cells: int, num_lines: int, num_active: int, work: tuple[Scratch, Room]) -> int:
    """Return the line that the choice in `scratch.best` breaks most, in shares of its bound; -1: none."""
    scratch, room = work
    worst, number_of_worst = 0.0, -1
    for number in range(num_lines):
        if room.mode[number] == 0:
            continue
        used = 0
        for cell in range(num_cells):
            used += room.amount[number, scratch.best[cell]]
        over = room.mode[number] * used - room.held[number]
        if over > 0 and over / (abs(room.held[number]) + 1.0) > worst:
            worst, number_of_worst = over / (abs(room.held[number]) + 1.0), number
    return number_of_worst
