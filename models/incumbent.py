"""The plan in force, as it is written: what it promised to every cell that the instance still has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.instance import Int64
from models.plan import Choice
from models.problem import Problem


@dataclass(frozen=True, eq=False)
class Promised:
    """The rows of `plan` and `booked` whose cells exist; a mix has several rows of one cell.

    Attributes
    ----------
    cells, options
        Cell of each row, ascending, and its option (-1: not offered any more, or none named); shapes (rows,).
    fractions
        In 1e-9.
    costs
        Per pool, smallest units; values: column -> integers of 1e-6. Each of shape (rows,).
    """

    cells: Int64
    options: Int64
    fractions: Int64
    costs: tuple[Int64, ...]
    values: Mapping[str, Int64]


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The plan in force.

    Attributes
    ----------
    summary
        `summary.json` as it stands; empty where no plan is in force.
    sha256
        Of the table `plan`; blank where no plan is in force.
    gone
        Keys of cells that the instance no longer has.
    """

    promised: Promised
    summary: Mapping[str, Any]
    sha256: str = ""
    gone: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def none_of(cls, problem: Problem) -> Incumbent:
        """Return what stands for the plan in force where there is none: it promised nothing."""
        empty = np.zeros(0, np.int64)
        values = dict.fromkeys(problem.instance.options.values, empty)
        return cls(Promised(empty, empty, empty, (empty,) * len(problem.pools), values), {})

    def choice(self, is_cell: np.ndarray[Any, np.dtype[np.bool_]]) -> Choice:
        """Return what it chooses in some cells, as far as the options are still offered; flags: (cells,)."""
        own = self.promised
        flags = is_cell[own.cells] & (own.options >= 0)
        order = np.argsort(own.options[flags], kind="stable")
        return Choice(own.options[flags][order], own.fractions[flags][order])


def per_cell(problem: Problem, cells: Int64, amounts: Int64) -> Int64:
    """Return rows added up by cell; shape (cells,)."""
    total = np.zeros(problem.num_cells, np.int64)
    np.add.at(total, cells, amounts)
    return total
