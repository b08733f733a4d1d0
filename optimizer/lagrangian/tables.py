"""What the pricing pass reads and writes: arrays by cell, option, set and merchant."""

from __future__ import annotations

from typing import NamedTuple

from models.instance import Int32, Int64
from models.linear import Bools, Floats

ALWAYS, COUNT, GATE = 0, 1, 2
"""Kinds of a merchant's own lines: a limit, a count of the merchant at a price, cells that switch a limit."""


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
