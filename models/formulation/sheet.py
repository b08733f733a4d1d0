"""The sheet on which the families write: the Pyomo model, its variables, and sums over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.constraint import ConstraintData
from pyomo.core.base.var import VarData
from pyomo.core.expr import LinearExpression

from models.problem import Problem, Total

_RESIDUE = 1e-14
"""What is left of terms that cancel is a float's residue, and truly zero, below this share of the largest."""


@dataclass
class Sum:
    """A linear expression: `sum(coefficients x variables) + constant`, in written units."""

    coefficients: list[float] = field(default_factory=list)
    variables: list[VarData] = field(default_factory=list)
    constant: float = 0.0

    def add(self, factor: float, other: Sum) -> Sum:
        """Add `factor x other` and return this sum."""
        self.coefficients += [factor * coefficient for coefficient in other.coefficients]
        self.variables += other.variables
        self.constant += factor * other.constant
        return self

    def expression(self) -> LinearExpression:
        """Return it as Pyomo takes it; variables that stand in it twice are added up.

        Terms that cancel leave exactly nothing: 0.3 - 10 % of 3 is 5.6e-17 in floats, and a solver that
        scales the row would take that for a cost.
        """
        if len(set(map(id, self.variables))) == len(self.variables) and all(self.coefficients):
            return LinearExpression(
                constant=self.constant,
                linear_coefs=list(self.coefficients),
                linear_vars=list(self.variables),
            )
        total: dict[int, float] = {}
        largest: dict[int, float] = {}
        of_id: dict[int, VarData] = {}
        for coefficient, variable in zip(self.coefficients, self.variables, strict=True):
            key = id(variable)
            of_id[key] = variable
            total[key] = total.get(key, 0.0) + coefficient
            largest[key] = max(largest.get(key, 0.0), abs(coefficient))
        kept = [key for key in of_id if abs(total[key]) > _RESIDUE * largest[key]]
        return LinearExpression(
            constant=self.constant,
            linear_coefs=[total[key] for key in kept],
            linear_vars=[of_id[key] for key in kept],
        )


@dataclass(frozen=True, eq=False)
class Threshold:
    """A merchant that counts in a set where its amount there, which mixes move, reaches a threshold.

    Attributes
    ----------
    pair
        Which (set, merchant) of `total`, as `merchant_pairs` has them.
    counted
        The binary that is 1 where the merchant counts.
    missed, reached
        The rows that hold the amount below the threshold where it is 0, and at it where it is 1.
    clear_of_missed, clear_of_reached
        By how much to lower the row's right-hand side, in written units, so that rounding a mix to smallest
        units does not cross the threshold; no more than leaves some choice.
    """

    total: Total
    pair: int
    counted: VarData
    missed: ConstraintData
    reached: ConstraintData
    clear_of_missed: float
    clear_of_reached: float


@dataclass
class Sheet:
    """A model in the making.

    Attributes
    ----------
    take
        Variable of each option.
    segments
        Divisible cell -> the binaries that choose between which two adjacent options it mixes.
    traces
        Divisible cell -> the least fraction of it, where being funded with next to nothing can pay.
    penalties
        (penalty per written unit, variable) of every soft limit.
    rows, over, between, thresholds
        See `Formulation`.
    checkpoint
        Called before every row.
    """

    problem: Problem
    model: pyo.ConcreteModel
    checkpoint: Callable[[], None]
    take: Sequence[VarData] = ()
    segments: dict[int, list[VarData]] = field(default_factory=dict)
    traces: dict[int, float] = field(default_factory=dict)
    penalties: list[tuple[float, VarData]] = field(default_factory=list)
    rows: dict[ConstraintData, tuple[int, int]] = field(default_factory=dict)
    over: dict[ConstraintData, tuple[int, int]] = field(default_factory=dict)
    between: dict[ConstraintData, tuple[int, int, bool]] = field(default_factory=dict)
    thresholds: list[Threshold] = field(default_factory=list)

    @classmethod
    def of(cls, problem: Problem, checkpoint: Callable[[], None]) -> Sheet:
        """Begin a model of `problem`."""
        return cls(problem, pyo.ConcreteModel(name="fairpool"), checkpoint)

    def block(self, name: str) -> pyo.Block:
        """Begin a named part of the model."""
        part = pyo.Block(concrete=True)
        self.model.add_component(name, part)
        return part

    def variables(self, part: pyo.Block, name: str, count: int, domain: pyo.Set) -> list[VarData]:
        """Add `count` variables."""
        part.add_component(name, pyo.Var(range(count), domain=domain))
        return list(part.component(name).values())

    def constraints(
        self, part: pyo.Block, name: str, rows: Iterable[tuple[Sum, float]]
    ) -> list[ConstraintData]:
        """Add constraints `sum <= right-hand side`; a row without variables is stated on `never`."""
        part.add_component(name, pyo.ConstraintList())
        added = []
        for row, right in rows:
            self.checkpoint()
            body = row.expression()
            if not body.linear_vars:
                holds = body.constant <= right
                body = LinearExpression(constant=0.0, linear_coefs=[-1.0], linear_vars=[self._never()])
                right = 1.0 if holds else -1.0  # with room to spare: rows may be tightened by a hair
            added.append(part.component(name).add(pyo.inequality(upper=right, body=body)))
        return added

    def funded(self, cell: int) -> Sum:
        """Return 1 if the cell is funded, else 0."""
        if cell in self.segments:
            return Sum([1.0] * len(self.segments[cell]), list(self.segments[cell]))
        first, last = self.problem.option_start[cell : cell + 2].tolist()
        return Sum([1.0] * (last - first), list(self.take[first:last]))

    def amount(self, cells: Sequence[int], per_option: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Sum:
        """Return the amount of a measure in some cells: `per_option` (written units) times what is taken."""
        starts = self.problem.option_start
        chosen = np.asarray(cells, np.int64)
        counts = starts[chosen + 1] - starts[chosen]
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        options = np.repeat(starts[chosen], counts) + offsets
        options = options[per_option[options] != 0]
        return Sum(per_option[options].tolist(), [self.take[option] for option in options.tolist()])

    def _never(self) -> VarData:
        """Return a variable that is always zero, for rows that hold or fail whatever is chosen."""
        if self.model.component("never") is None:
            self.model.add_component("never", pyo.Var(bounds=(0, 0)))
        return self.model.component("never")
