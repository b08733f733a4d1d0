"""The pricing pass, compiled: prices -> every merchant's best choice, its value, and its use of every set.

All in whole numbers of 64 bits, which `market` proves to fit: sums are exact, and do not depend on how
merchants are shared out over threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.lagrangian.block import DONE, NONE, RELAXED, Block, Scratch, search
from optimizer.lagrangian.cells import Span, add_use, best_of_cells, set_charges
from optimizer.lagrangian.tables import ALWAYS, COUNT, GATE, Outcome, Prices, Tables

_MOST_CASES = 64
_MOST_ACTIVE = 8
"""Own limits that a search may hold at once; further ones are left out, which leaves the bound valid."""


@compiled
def price_range(
    tables: Tables, prices: Prices, outcome: Outcome, span: Span, work: tuple[Scratch, Room]
) -> tuple[Int64, Int64]:
    """Price some merchants; return their use of every coupling set, and their counts by slot."""
    use = np.zeros(len(tables.set_measure), np.int64)
    counts = np.zeros(len(prices.rewards), np.int64)
    usual = np.zeros(len(tables.amounts), np.int64)
    charge = np.zeros(len(tables.amounts), np.int64)
    for which in tables.everywhere:
        usual[tables.set_measure[which]] += prices.charges[which]
    best_of_cells(tables, prices, outcome, span, usual)
    for merchant in range(span[0], span[1], span[2]):
        outcome.status[merchant] = 0
        if prices.budget >= 0 and tables.line_start[merchant + 1] > tables.line_start[merchant]:
            known = merchant, outcome.value[merchant]
            outcome.value[merchant] = _under_own(tables, prices, outcome, known, (usual, charge), work)
            _count(tables, merchant, work[1], counts)
        if outcome.status[merchant] != RELAXED:
            outcome.found[merchant] = outcome.value[merchant]
    add_use(tables, outcome.taken, span, use)
    return use, counts


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


@compiled
def _under_own(
    tables: Tables,
    prices: Prices,
    outcome: Outcome,
    known: tuple[int, int],
    charges: tuple[Int64, Int64],
    work: tuple[Scratch, Room],
) -> int:
    """Find a merchant's best choice under its own lines; return its value, or an upper bound of it."""
    _, room = work
    merchant, value = known
    first, last = tables.cell_start[merchant], tables.cell_start[merchant + 1]
    line, num_lines = (
        tables.line_start[merchant],
        tables.line_start[merchant + 1] - tables.line_start[merchant],
    )
    outcome.line_price[line : line + num_lines] = 0.0
    use_lines(tables, outcome.taken, (first, last), room.used[:num_lines])
    if _is_settled(tables, prices, line, room.used[:num_lines]):
        return value + _earned(tables, prices, line, room.used[:num_lines])
    num_choices = lay_out(tables, prices, (first, last), charges, room, num_lines)
    switches = _switches(tables, prices, line, num_lines, room)
    best, upper, status = NONE, NONE, DONE
    for case in range(1 << min(switches, 6)):
        reward = _set_modes(tables, prices, line, num_lines, case, room)
        found, most, ended = _solve_case(
            (num_lines, last - first, num_choices), (best, reward, prices.budget), work
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
        use_lines(tables, outcome.taken, (first, last), room.used[:num_lines])
        outcome.status[merchant] = RELAXED
        outcome.found[merchant] = best if best != NONE else upper
        return upper if switches <= 6 else value + _most_earned(tables, prices, line, num_lines)
    use_lines(tables, outcome.taken, (first, last), room.used[:num_lines])
    outcome.status[merchant] = DONE
    return best


@compiled
def use_lines(tables: Tables, taken: Int64, cells: tuple[int, int], used: Int64) -> None:
    """Write what a choice uses of each of a merchant's lines."""
    used[:] = 0
    for cell in range(cells[0], cells[1]):
        option = taken[cell]
        if option >= 0:
            for entry in range(tables.own_start[cell], tables.own_start[cell + 1]):
                which = tables.own_set[entry]
                amount = tables.amounts[tables.own_measure[which], option]
                for at in range(tables.set_line_start[which], tables.set_line_start[which + 1]):
                    used[tables.set_line[at]] += tables.set_factor[at] * amount


@compiled
def _is_settled(tables: Tables, prices: Prices, line: int, used: Int64) -> bool:
    """Say whether nothing can be better: every limit holds, every reward is earned, none is charged."""
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


@compiled
def _earned(tables: Tables, prices: Prices, line: int, used: Int64) -> int:
    earned = 0
    for number in range(len(used)):
        if tables.line_kind[line + number] == COUNT and used[number] >= tables.line_bound[line + number]:
            earned += prices.rewards[tables.line_slot[line + number]]
    return earned


@compiled
def _most_earned(tables: Tables, prices: Prices, line: int, num_lines: int) -> int:
    earned = 0
    for number in range(line, line + num_lines):
        if tables.line_kind[number] == COUNT:
            earned += max(0, prices.rewards[tables.line_slot[number]])
    return earned


@compiled
def _count(tables: Tables, merchant: int, room: Room, counts: Int64) -> None:
    line = tables.line_start[merchant]
    for number in range(tables.line_start[merchant + 1] - line):
        is_reached = room.used[number] >= tables.line_bound[line + number]
        if tables.line_kind[line + number] == COUNT and is_reached:
            counts[tables.line_slot[line + number]] += 1


@compiled
def lay_out(
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
        set_charges(tables, prices, cell, usual, charge)
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


@compiled
def _switches(tables: Tables, prices: Prices, line: int, num_lines: int, room: Room) -> int:
    """Give the lines that double the cases (priced counts, gates) numbers; return how many there are."""
    found = 0
    for number in range(num_lines):
        kind = tables.line_kind[line + number]
        room.is_counted[number] = -1
        if kind == GATE or (kind == COUNT and prices.rewards[tables.line_slot[line + number]] != 0):
            room.is_counted[number] = found
            found += 1
    return found


@compiled
def _set_modes(tables: Tables, prices: Prices, line: int, num_lines: int, case: int, room: Room) -> int:
    """Write how every line is held in a case (1: at most, -1: at least, 0: not); return the rewards."""
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


@compiled
def _solve_case(
    sizes: tuple[int, int, int], known: tuple[int, int, int], work: tuple[Scratch, Room]
) -> tuple[int, int, int]:
    """Search one case, holding only lines that have been seen broken.

    Returns
    -------
    The best value with its reward (or the one to beat), an upper bound, and how it ended; `room.best` is the
    choice if the value is better.
    """
    scratch, room = work
    num_lines, num_cells, num_choices = sizes
    best, reward, budget = known
    lower = best - reward if best != NONE else NONE
    num_active, nodes = _first_broken(num_lines, room), 0
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
        if value in (lower, NONE):
            return best, best, DONE  # nothing is better, even without the lines left out
        broken = _most_broken(num_cells, num_lines, work)
        if broken < 0:
            for cell in range(num_cells):
                room.best[cell] = scratch.best[cell]
            return value + reward, value + reward, DONE
        if num_active == _MOST_ACTIVE:
            return best, value + reward, RELAXED
        room.active[num_active] = broken
        num_active += 1


@compiled
def _first_broken(num_lines: int, room: Room) -> int:
    """Hold the line that the best of every cell breaks most; return 1, or 0 if it breaks none."""
    worst = 0.0
    for number in range(num_lines):
        over = room.mode[number] * room.used[number] - room.held[number]
        if room.mode[number] != 0 and over > 0 and over / (abs(room.held[number]) + 1.0) > worst:
            worst = over / (abs(room.held[number]) + 1.0)
            room.active[0] = number
    return 1 if worst > 0.0 else 0


@compiled
def _relaxed_value(num_cells: int, num_lines: int, value: int, lower: int, work: tuple[Scratch, Room]) -> int:
    """Return the value of what an unfinished search found, if it keeps to every line; else NONE."""
    scratch, room = work
    if value in (lower, NONE) or _most_broken(num_cells, num_lines, work) >= 0:
        return NONE
    for cell in range(num_cells):
        room.best[cell] = scratch.best[cell]
    return value


@compiled
def _most_broken(num_cells: int, num_lines: int, work: tuple[Scratch, Room]) -> int:
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
