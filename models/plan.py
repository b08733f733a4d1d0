"""What comes out: the chosen options, and everything that follows from them by exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.amount import FRACTION_UNIT
from models.bounds import Bounds
from models.instance import Int64
from models.problem import FORBIDDEN, FREE, Limits, Problem
from models.rationals import Integers, Rationals


@dataclass(frozen=True, eq=False)
class Choice:
    """The options taken: indices, ascending, and their fractions in 1e-9 (1e9 is whole); shapes (rows,)."""

    options: Int64
    fractions: Int64


@dataclass(frozen=True, eq=False)
class LimitUse:
    """How far a plan uses the limits of one rule (or, with `limits` None, of the pools).

    Attributes
    ----------
    limit, used
        Exact right-hand side and amount of each limit, in written units; None where an `if_funded` limit does
        not apply or a ratio has nothing to compare.
    """

    limits: Limits
    limit: Bounds
    used: Rationals

    @cached_property
    def excesses(self) -> Rationals:
        """By how much each limit is broken, in written units; zero or less if it holds."""
        bounds, used = self.limit.amounts, self.used
        is_cap = self.limits.rule.sense == "at_most"
        over = used.over(bounds) if is_cap else bounds.over(used)
        return replace(over, numerators=np.where(self.limit.applies, over.numerators, 0))

    @cached_property
    def is_broken(self) -> NDArray[np.bool_]:
        """Which limits are broken; shape (limits,)."""
        return np.asarray(self.excesses.numerators > 0, np.bool_)

    def excess(self, limit: int) -> Fraction:
        """Return by how much a limit is broken, in written units; zero or less if it holds."""
        return self.excesses[limit]

    @cached_property
    def penalty(self) -> Fraction:
        """What breaking a soft rule costs, in objective units; zero for any other rule."""
        rule, excesses = self.limits.rule, self.excesses
        if rule.enforcement != "soft" or rule.penalty is None:
            return Fraction(0)
        return rule.penalty * replace(excesses, numerators=np.maximum(excesses.numerators, 0)).total()


@dataclass(frozen=True, eq=False)
class Plan:
    """A choice with its exact amounts.

    Attributes
    ----------
    costs
        Per pool, amount of each row in smallest units.
    values
        Value column -> amount of each row in 1e-6.
    used
        Amount drawn from each pool, in smallest units.
    objective
        Exact value of the rows less `penalties`, in objective units.
    uses
        One per rule of the problem, in order.
    """

    problem: Problem
    choice: Choice
    costs: tuple[Integers, ...]
    values: dict[str, Integers]
    used: tuple[int, ...]
    objective: Fraction
    penalties: Fraction
    uses: tuple[LimitUse, ...]

    @cached_property
    def cells(self) -> Int64:
        """Cell of each row; shape (rows,)."""
        return self.problem.cells_of(self.choice.options)

    @property
    def overspent(self) -> tuple[int, ...]:
        """By how much each pool is overspent, in smallest units (zero or less if it is not)."""
        pools = self.problem.instance.pools
        return tuple(used - pool.amount for used, pool in zip(self.used, pools, strict=True))

    @property
    def keeps_pins(self) -> bool:
        """Whether forced options are held whole, and forbidden cells hold nothing."""
        pinned, held = self.problem.pinned, np.full(self.problem.num_cells, -1)
        is_whole = self.choice.fractions == FRACTION_UNIT
        held[self.cells] = np.where(is_whole, self.choice.options, self.problem.num_options)
        is_kept = np.where(pinned == FORBIDDEN, held < 0, (pinned == FREE) | (held == pinned))
        return bool(is_kept.all())

    @property
    def is_feasible(self) -> bool:
        """Whether no pool is overspent and no hard limit is broken; pins are not looked at."""
        return max(self.overspent, default=0) <= 0 and not any(
            use.is_broken.any() for use in self.uses if use.limits.rule.enforcement == "hard"
        )
