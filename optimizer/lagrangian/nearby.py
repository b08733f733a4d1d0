"""All choices of a merchant that lose little against its best, compiled: what a plan is mixed from.

A merchant whose own limits none of these choices can break falls apart into its cells. Of the others all
choices of their cells together are listed, by depth-first search on losses (see `block`); where that would be
too many, those that lose less.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int32, Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.lagrangian.cells import Span
from optimizer.lagrangian.choices import Block, Scratch
from optimizer.lagrangian.kernel import Room, lay_out, use_lines
from optimizer.lagrangian.listing import TOO_MANY, list_choices, list_known
from optimizer.lagrangian.own_prices import can_be_met, find_losses, find_prices
from optimizer.lagrangian.tables import ALWAYS, GATE, Prices, Tables

_HALVINGS = 10


class Asked(NamedTuple):
    """What is looked for: choices that lose little against those taken.

    Attributes
    ----------
    taken, known
        Option of every cell or -1; what is known is among the choices, whatever it loses.
    loss
        Units of value that may be lost: such choices fill up what is left of a limit.
    ratio
        Share of what they move at prices that may be lost: such choices meet a limit cheaply.
    columns, nodes
        Choices of one merchant that are listed, and looked at, at most.
    """

    taken: Int64
    known: Int64
    loss: float
    ratio: float
    columns: int
    nodes: int


class Near(NamedTuple):
    """Blocks of cells, and the choices of each that lose little.

    Attributes
    ----------
    blocks
        First cell of a block, the cell after its last, and its first choice; shape (blocks, 3). A block has
        two choices or more, the first of them what was taken.
    start
        Choice c takes `options[start[c]:start[c + 1]]`, one of each of its block's cells, -1 for nothing.
    counts
        How many blocks and choices are filled in; shape (2,).
    """

    blocks: Int64
    start: Int64
    options: Int32
    counts: Int64


class _Laid(NamedTuple):
    """One merchant.

    Attributes
    ----------
    taken, known
        What its cells take now and are known to, as choices of the block.
    now, above
        What it is worth now, and its bound above that, what floats may be wrong by added.
    charge
        What every choice is charged at prices.
    """

    block: Block
    taken: Int64
    known: Int64
    now: int
    above: float
    charge: Floats


@compiled
def losses_near(
    tables: Tables, prices: Prices, asked: Asked, span: Span, work: tuple[Scratch, Room]
) -> Floats:
    """Return what options of some merchants lose against what their cell takes, and what they move at prices.

    The shape is (options that lose anything, 2).
    Merchants at a limit of their own are left out: at its price some of their cells are torn between options
    that lose nothing, which says nothing about what they may choose together.
    """
    first, last = tables.cell_start[span[0]], tables.cell_start[span[1]]
    found = np.empty((tables.option_start[last] - tables.option_start[first] + last - first, 2))
    count = 0
    charges = _usual(tables, prices), np.zeros(len(tables.amounts), np.int64)
    for merchant in range(span[0], span[1], span[2]):
        laid = _lay(tables, prices, asked, merchant, charges, work)
        if (work[0].price[: len(laid.block.bound)] > 0.0).any():
            continue
        for cell in range(len(laid.taken)):
            for choice in range(laid.block.start[cell], laid.block.start[cell + 1]):
                loss = work[0].loss[choice] - work[0].loss[laid.taken[cell]]
                if loss > 0.0:
                    found[count, 0] = loss
                    found[count, 1] = abs(laid.charge[choice] - laid.charge[laid.taken[cell]])
                    count += 1
    return found[:count]


@compiled
def choices_near(
    tables: Tables, prices: Prices, asked: Asked, span: Span, work: tuple[Scratch, Room]
) -> Near:
    """Return what some merchants choose from."""
    near = _empty(tables, asked, span)
    charges = _usual(tables, prices), np.zeros(len(tables.amounts), np.int64)
    for merchant in range(span[0], span[1], span[2]):
        first = tables.cell_start[merchant]
        num_cells = tables.cell_start[merchant + 1] - first
        laid = _lay(tables, prices, asked, merchant, charges, work)
        if _can_break(laid, work[0], asked):
            listed = np.empty((asked.columns + 2, num_cells), np.int64)
            count = _list(laid, work[0], asked, listed)
            _add(near, (first, first + num_cells), listed[:count], work[1].option)
            continue
        for cell in range(num_cells):
            alone = _of_cell(laid, work[0], cell, asked)
            _add(near, (first + cell, first + cell + 1), alone, work[1].option)
    return Near(
        near.blocks[: near.counts[0]].copy(),
        near.start[: near.counts[1] + 1].copy(),
        near.options[: near.start[near.counts[1]]].copy(),
        near.counts,
    )


@compiled
def _empty(tables: Tables, asked: Asked, span: Span) -> Near:
    """Return room for as much as there can be; the system gives memory only to what is filled in."""
    first, last = tables.cell_start[span[0]], tables.cell_start[span[1]]
    num_cells, num_merchants = last - first, span[1] - span[0]
    choices = tables.option_start[last] - tables.option_start[first] + 3 * num_cells
    return Near(
        np.empty((num_cells + num_merchants, 3), np.int64),
        np.zeros(choices + num_merchants * (asked.columns + 2) + 1, np.int64),
        np.empty(choices + num_cells * (asked.columns + 2), np.int32),
        np.zeros(2, np.int64),
    )


@compiled
def _usual(tables: Tables, prices: Prices) -> Int64:
    """Return what a unit of each measure is charged everywhere."""
    usual = np.zeros(len(tables.amounts), np.int64)
    for which in tables.everywhere:
        usual[tables.set_measure[which]] += prices.charges[which]
    return usual


@compiled
def _lay(
    tables: Tables,
    prices: Prices,
    asked: Asked,
    merchant: int,
    charges: tuple[Int64, Int64],
    work: tuple[Scratch, Room],
) -> _Laid:
    """Write out a merchant's choices under the limits that they can break, and what each choice loses."""
    scratch, room = work
    cells = tables.cell_start[merchant], tables.cell_start[merchant + 1]
    line = tables.line_start[merchant]
    num_lines, num_cells = tables.line_start[merchant + 1] - line, cells[1] - cells[0]
    use_lines(tables, asked.taken, cells, room.used[:num_lines])
    num_choices = lay_out(tables, prices, cells, charges, room, num_lines)
    num_held = _hold(tables, line, num_lines, num_cells, room)
    block = Block(
        room.start[: num_cells + 1],
        room.value[:num_choices],
        np.empty((num_held, num_choices), np.int64),
        np.empty(num_held, np.int64),
    )
    for place in range(num_held):
        number = room.active[place]
        block.bound[place] = room.held[number]
        block.amount[place, :] = room.mode[number] * room.amount[number, :num_choices]
    taken, known, now = np.empty(num_cells, np.int64), np.empty(num_cells, np.int64), 0
    charge = np.zeros(num_choices)
    for cell in range(num_cells):
        taken[cell] = known[cell] = room.start[cell]
        for choice in range(room.start[cell], room.start[cell + 1]):
            if room.option[choice] >= 0:
                charge[choice] = prices.scale * tables.values[room.option[choice]] - room.value[choice]
            if room.option[choice] == asked.taken[cells[0] + cell]:
                taken[cell] = choice
            if room.option[choice] == asked.known[cells[0] + cell]:
                known[cell] = choice
        now += room.value[taken[cell]]
    if can_be_met(block):
        find_prices(block, scratch)
    else:
        scratch.price[:num_held] = 0.0
    upper, margin = find_losses(block, scratch)
    return _Laid(block, taken, known, now, upper - now + margin, charge)


@compiled
def _hold(tables: Tables, line: int, num_lines: int, num_cells: int, room: Room) -> int:
    """Hold the limits of a merchant that its choices can break, and the state that it is in.

    A limit that is switched on stays so, one that is off stays off; counted stays counted, and not is not.
    Return how many lines are held: their numbers are `room.active`, with `room.mode` and `room.held`.
    """
    num_held = 0
    for number in range(num_lines):
        kind, bound, used = (
            tables.line_kind[line + number],
            tables.line_bound[line + number],
            room.used[number],
        )
        mode = 1
        if kind == ALWAYS:
            gate = tables.line_gate[line + number]
            mode = 1 if gate < 0 or room.used[gate] > 0 else 0
        elif kind == GATE:
            mode, bound = (1, 0) if used == 0 else (0, bound)
        elif used >= bound:
            mode, bound = -1, -bound
        else:
            bound -= 1
        room.mode[number], room.held[number] = mode, bound
        most = 0
        for cell in range(num_cells):
            largest = mode * room.amount[number, room.start[cell]]
            for choice in range(room.start[cell] + 1, room.start[cell + 1]):
                largest = max(largest, mode * room.amount[number, choice])
            most += largest
        if mode != 0 and most > bound:
            room.active[num_held] = number
            num_held += 1
    return num_held


@compiled
def _can_break(laid: _Laid, scratch: Scratch, asked: Asked) -> bool:
    """Say whether choices that lose little, each cell's for itself, can break a limit together."""
    block = laid.block
    for limit in range(len(block.bound)):
        used = 0
        for cell in range(len(laid.taken)):
            largest = block.amount[limit, laid.taken[cell]]
            for choice in range(block.start[cell], block.start[cell + 1]):
                if _is_near(laid, scratch, cell, choice, asked):
                    largest = max(largest, block.amount[limit, choice])
            used += largest
        if used > block.bound[limit]:
            return True
    return False


@compiled
def _is_near(laid: _Laid, scratch: Scratch, cell: int, choice: int, asked: Asked) -> bool:
    """Say whether a choice of one cell is one of those looked for."""
    taken = laid.taken[cell]
    loss = scratch.loss[choice] - scratch.loss[taken]
    moved = abs(laid.charge[choice] - laid.charge[taken])
    return bool(loss <= asked.loss or loss <= asked.ratio * moved or choice == laid.known[cell])


@compiled
def _list(laid: _Laid, scratch: Scratch, asked: Asked, listed: Int64) -> int:
    """List what a merchant's cells may choose together; where that is too much, only what loses less."""
    charged = 0.0
    for choice in laid.taken:
        charged += abs(laid.charge[choice])
    loss = max(asked.loss, asked.ratio * charged)
    known = laid.taken, laid.known, laid.now
    for _ in range(_HALVINGS):
        count = list_choices(laid.block, scratch, known, (loss, laid.above + loss, asked.nodes), listed)
        if count != TOO_MANY:
            return count
        loss *= 0.5
    return list_known(laid.block, known, listed)


@compiled
def _of_cell(laid: _Laid, scratch: Scratch, cell: int, asked: Asked) -> Int64:
    """Return the choices of one cell by itself, what it takes first; shape (choices, 1)."""
    block = laid.block
    found = np.empty((block.start[cell + 1] - block.start[cell], 1), np.int64)
    found[0, 0] = laid.taken[cell]
    count = 1
    for choice in range(block.start[cell], block.start[cell + 1]):
        if choice != laid.taken[cell] and _is_near(laid, scratch, cell, choice, asked):
            found[count, 0] = choice
            count += 1
    return found[:count]


@compiled
def _add(near: Near, cells: tuple[int, int], listed: Int64, option: Int64) -> None:
    """Add a block, unless it has one choice."""
    if len(listed) < 2:
        return
    near.blocks[near.counts[0], 0] = cells[0]
    near.blocks[near.counts[0], 1] = cells[1]
    near.blocks[near.counts[0], 2] = near.counts[1]
    near.counts[0] += 1
    for number in range(len(listed)):
        filled = near.start[near.counts[1]]
        for cell in range(cells[1] - cells[0]):
            near.options[filled + cell] = option[listed[number, cell]]
        near.counts[1] += 1
        near.start[near.counts[1]] = filled + cells[1] - cells[0]
