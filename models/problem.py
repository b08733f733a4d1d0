"""The compiled problem: blocks (merchants) -> cells -> options as arrays, and the limits on them.

Options are the rows of `Instance.options` in their order; the options of a cell are contiguous, the cells of
a merchant are contiguous. Amounts are integers of a smallest unit; `Amounts.digits` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.instance import Instance, Int32, Int64
from models.rationals import Integers, Rationals
from models.rule import Column, Rule

__all__ = [
    "FORBIDDEN",
    "FREE",
    "Amounts",
    "Cells",
    "Groups",
    "Integers",
    "Limits",
    "Merchants",
    "Problem",
    "Total",
    "Windows",
    "quoted",
]

_MEANINGFUL = frozenset(';|="')
FREE, FORBIDDEN = -1, -2
"""Values of `Problem.pinned` that are not the index of a forced option."""


@dataclass(frozen=True, eq=False)
class Amounts:
    """A measure with one amount per option: a pool, a value column, a named sum or the objective.

    Attributes
    ----------
    coefficients
        Amount of each option, shape (options,), in units of `10**-digits`; no sum over options overflows.
    terms
        (pool or value column, factor) pairs: the amount is the sum of factor x column, both in smallest
        units.
    """

    name: str
    coefficients: Integers
    digits: int
    terms: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Cells:
    """The measure `cells`: one per funded cell."""

    digits: int = 0


@dataclass(frozen=True, eq=False)
class Merchants:
    """The measure `merchants`: one per merchant that is funded in the set, or reaches a threshold in it.

    Attributes
    ----------
    reaches
        The measure that has to reach the threshold; None: the merchant has to be funded.
    thresholds
        Smallest amount that reaches, per merchant, in units of `reaches`; empty without `reaches`.
    """

    reaches: Amounts | Cells | None = None
    thresholds: tuple[int, ...] = ()
    digits: int = 0


@dataclass(frozen=True, eq=False)
class Total:
    """The amount of a measure in each of `num_sets` sets of cells.

    Attributes
    ----------
    cells, sets
        Cell `cells[i]` belongs to set `sets[i]`; sorted by set, then cell; shapes (memberships,). Sets may
        overlap (windows) or be empty.
    held
        What each set has already of cells that are no part of the problem (in a core, those decided); shape
        (sets,), units of the measure; None: nothing.
    """

    measure: Amounts | Cells | Merchants
    cells: Int32
    sets: Int32
    num_sets: int
    held: Integers | None = None

    def cells_of(self, which: int) -> Int32:
        """Return the cells of one set."""
        ends = np.array([which, which + 1], self.sets.dtype)  # of another type, all sets would be cast
        first, last = np.searchsorted(self.sets, ends)
        return self.cells[first:last]


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of a rule: the distinct combinations of `columns` among the cells in scope.

    Attributes
    ----------
    of_cell
        Group of each cell, -1 out of scope; shape (cells,).
    codes
        Texts of each group, as indices into `texts`; shape (groups, columns). Groups are sorted by their
        texts.
    """

    columns: tuple[Column, ...]
    of_cell: Int32
    codes: Int32
    texts: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.codes)

    def keys(self, group: int) -> tuple[str, ...]:
        """Return the texts of one group, in the order of `columns`."""
        return tuple(texts[code] for texts, code in zip(self.texts, self.codes[group].tolist(), strict=True))

    def label(self, group: int) -> str:
        """Write one group as a scope: `tier=mid;slot=S1`."""
        pairs = zip(self.columns, self.keys(group), strict=True)
        return ";".join(f"{column.label}={quoted(text)}" for column, text in pairs)

    def labels(self, groups: Int64) -> list[str]:
        """Write many groups as scopes."""
        parts = []
        for place, (column, texts) in enumerate(zip(self.columns, self.texts, strict=True)):
            start, codes = f"{column.label}=", self.codes[groups, place].tolist()
            parts.append([start + quoted(texts[code]) for code in codes])
        return [";".join(part) for part in zip(*parts, strict=True)] if parts else [""] * len(groups)


@dataclass(frozen=True, eq=False)
class Windows:
    """The unions of k consecutive slots: window i spans slots `first[i]` to `last[i]` (texts)."""

    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Limits:
    """The limits that one rule expands to.

    `limit` has one limit per group, `window` one per group and window (numbered group x windows + window);
    `top` and `ratio` compare their groups and are one limit each.

    Attributes
    ----------
    total
        The rule's measure in each limit's cells; for `top` and `ratio` in each group's.
    constants
        Right-hand side, in written units, where it does not depend on the plan: value x basis, one per limit.
        For `ratio` the basis of each group instead. Zero for a basis in the plan.
    basis, basis_sets
        With a basis in the plan: its amounts, and which of its sets belongs to which limit.
    is_funded
        Sets that have a funded cell which is no part of the problem; shape (sets,); None: none has.
    """

    rule: Rule
    groups: Groups
    total: Total
    constants: Rationals
    basis: Total | None = None
    basis_sets: Int32 | None = None
    windows: Windows | None = None
    is_funded: NDArray[np.bool_] | None = None

    @property
    def count(self) -> int:
        """How many limits there are."""
        return 1 if self.rule.kind in ("top", "ratio") else self.total.num_sets

    @property
    def num_largest(self) -> int:
        """For `top`: how many groups are added up."""
        k, groups = self.rule.k or Fraction(0), self.groups.count
        if self.rule.k_is_share:
            k *= groups
        return min(groups, -(-k.numerator // k.denominator))

    def label(self, limit: int) -> str:
        """Write a limit's group as `limits.csv` does."""
        if self.rule.kind in ("top", "ratio"):
            return ""
        if self.windows is None:
            return self.groups.label(limit)
        group, window = divmod(limit, len(self.windows.first))
        span = f"{quoted(self.windows.first[window])}..{quoted(self.windows.last[window])}"
        return ";".join(part for part in (self.groups.label(group), span) if part)

    def labels(self, limits: Int64) -> list[str]:
        """Write the groups of many limits."""
        if self.rule.kind == "limit":
            return self.groups.labels(limits)
        return [self.label(limit) for limit in limits.tolist()]


@dataclass(frozen=True, eq=False)
class Reward:
    """What the objective gains, `weight` (of any sign), for each 1 of a count: one set of every cell."""

    total: Total
    weight: Fraction


@dataclass(frozen=True, eq=False)
class Problem:
    """One instance as arrays.

    Attributes
    ----------
    option_start
        Options of cell c are `option_start[c]:option_start[c + 1]`; shape (cells + 1,).
    cell_start
        Cells of merchant (block) b are `cell_start[b]:cell_start[b + 1]`; shape (merchants + 1,).
    cell_keys
        Index of each cell's keys into `instance.options.keys[...].texts`; shape (cells, keys).
    pools
        One per pool of the instance, in order; their coefficients are the costs.
    objective
        What each option is worth; where no cell is divisible, what funding its cell is worth included.
    is_divisible
        Whether a cell may take a mix of adjacent options; shape (cells,). Its `ladder` order is by cost.
    pinned
        FREE, FORBIDDEN or the index of the forced option; shape (cells,).
    ladder
        Options of each cell in order of cost (pools in file order, then name); shape (options,), or (0,)
        where no cell is divisible: nothing else asks for it.
    rewards
        What the objective counts beside `objective`: merchants, and `cells` where some are divisible.
    """

    instance: Instance
    option_start: Int64
    cell_start: Int64
    cell_keys: Int32
    pools: tuple[Amounts, ...]
    objective: Amounts
    is_divisible: NDArray[np.bool_]
    pinned: Int64
    ladder: Int64
    limits: tuple[Limits, ...]
    rewards: tuple[Reward, ...] = ()

    @property
    def num_options(self) -> int:
        """How many options there are."""
        return int(self.option_start[-1])

    @property
    def num_cells(self) -> int:
        """How many cells there are."""
        return len(self.option_start) - 1

    @property
    def num_merchants(self) -> int:
        """How many merchants have cells."""
        return len(self.cell_start) - 1

    def cells_of(self, options: Int64) -> Int64:
        """Return the cell of each of some options; shape (options,)."""
        return np.asarray(np.searchsorted(self.option_start, options, side="right") - 1, np.int64)

    def cell_of(self, option: int) -> int:
        """Return the cell of an option."""
        return int(np.searchsorted(self.option_start, option, side="right")) - 1

    def taken(self, options: Int64) -> Int64:
        """Return the option of every cell, -1 for nothing, of options at most one a cell; shape (cells,)."""
        taken = np.full(self.num_cells, -1, np.int64)
        taken[self.cells_of(options)] = options
        return taken

    @property
    def cell_of_option(self) -> Int64:
        """Cell of each option; shape (options,)."""
        return np.repeat(np.arange(self.num_cells), np.diff(self.option_start))

    @property
    def merchant_of_cell(self) -> Int64:
        """Merchant of each cell; shape (cells,)."""
        return np.repeat(np.arange(self.num_merchants), np.diff(self.cell_start))


def quoted(text: str) -> str:
    """Write a value of the scope language: in double quotes where it would be misread otherwise."""
    if text and text == text.strip() and _MEANINGFUL.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
