"""What a search ends with: a plan or none, and what is proven or claimed about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from models.certificate import Certificate
from models.plan import Plan
from models.problem import Problem
from models.settings import Settings, Stage
from models.warm import Warm

Status = Literal["optimal", "within_gap", "stopped", "none"]


@dataclass(frozen=True)
class SearchOptions:
    """What a search is asked for.

    Attributes
    ----------
    gap
        Relative gap at which to stop.
    time_limit
        Seconds for the whole search.
    is_certified
        Whether `gap` is to be met by the certified bound, not only by the solver's claim.
    warm
        What to begin with; None: nothing.
    """

    gap: Fraction = Fraction(1, 10**4)
    time_limit: float = 600.0
    method: str = "auto"
    threads: int = 1
    seed: int = 0
    is_certified: bool = False
    is_best_effort: bool = False
    warm: Warm | None = None

    @classmethod
    def of(
        cls, settings: Settings, gap: Fraction | None, time_limit: Fraction | None, **others: Any
    ) -> SearchOptions:
        """Return what is asked for; what is left open (None) stands in the settings, else is the default."""
        gaps, limits = (gap, settings.gap, cls.gap), (time_limit, settings.time_limit, cls.time_limit)
        seconds = next(limit for limit in limits if limit is not None)
        return cls(gap=next(one for one in gaps if one is not None), time_limit=float(seconds), **others)


@dataclass(frozen=True)
class Progress:
    """News of a search: what it does, seconds since it began, objective and bound (None: none yet)."""

    phase: str
    seconds: float
    objective: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class Watch:
    """How a caller follows a search and cancels it; both are called from the searching thread, often."""

    progress: Callable[[Progress], Any] = lambda _: None
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Lottery:
    """Who could not be told apart.

    Attributes
    ----------
    num_classes, num_merchants
        Classes of two merchants or more that differ in nothing but their keys, and the merchants in them.
    num_unequal
        Merchants in classes whose members do not all hold the same: there the lottery decided who holds what.
    """

    seed: int
    num_classes: int
    num_merchants: int
    num_unequal: int


@dataclass(frozen=True, eq=False)
class Settled:
    """How a stage of the objective ended, of those before the last.

    Attributes
    ----------
    plan
        What reaches `objective`; later stages begin with it.
    objective
        What the stage maximises, or the worst-off's amount, rounded down to a whole number of `step`.
    step
        Where the worst-off is raised: the unit of `objective` and bounds; 0 where the stage maximises.
    certificate
        What proves `certified_bound`, of `certified`, the stage's problem: a bound, or where the worst-off is
        raised that no plan lifts it to `certified_bound` + `step`, the floor of `certified`; None: nothing.
    claimed_bound
        What the solver says that no plan exceeds; None: it says nothing.
    floor
        What every later stage has to reach.
    """

    stage: Stage
    plan: Plan
    objective: Fraction
    floor: Fraction
    certified: Problem | None = None
    certificate: Certificate | None = None
    certified_bound: Fraction | None = None
    claimed_bound: Fraction | None = None
    step: Fraction = Fraction(0)

    @property
    def bound(self) -> Fraction | None:
        """The smaller of the two bounds; None without either."""
        return min(
            (one for one in (self.certified_bound, self.claimed_bound) if one is not None), default=None
        )

    @property
    def gap(self) -> Fraction | None:
        """Relative gap against `bound`; None without one."""
        return None if self.bound is None else relative_gap(self.objective, self.bound)

    @property
    def certified_gap(self) -> Fraction | None:
        """Relative gap against the certified bound; None without one."""
        bound = self.certified_bound
        return None if bound is None else relative_gap(self.objective, bound)

    def status(self, options: SearchOptions) -> Status:
        """Say how good what is reached is against what was asked for."""
        if self.gap == 0:
            return "optimal"
        return "within_gap" if self.gap is not None and self.gap <= options.gap else "stopped"

    def meets(self, options: SearchOptions) -> bool:
        """Say whether the gap asked for is met by the bound asked for."""
        gap = self.certified_gap if options.is_certified else self.gap
        return gap is not None and gap <= options.gap


@dataclass(frozen=True, eq=False)
class Solution:
    """How a search ended.

    Attributes
    ----------
    claimed_bound
        What the solver says no plan exceeds, rounded as bounds are printed; None: it says nothing.
    certificate
        What proves `certified_bound`; with kind `infeasible`, that no plan meets the hard rules.
    is_reproducible
        False where the clock or a signal ended the search.
    is_best_effort
        Whether the plan breaks hard rules; the certificate then proves that no plan meets them all.
    is_proven_impossible
        Whether arithmetic proves that no plan meets the hard rules, where no certificate does.
    remark
        Why there is no plan, or why the search ended early, for people.
    stages
        Where the objective has stages, how those before the last ended; the rest is of the last.
    lottery
        Who could not be told apart; None where the order of names decided among plans as good.
    """

    plan: Plan | None
    certificate: Certificate
    claimed_bound: Fraction | None = None
    is_reproducible: bool = True
    is_best_effort: bool = False
    is_proven_impossible: bool = False
    remark: str = ""
    stages: tuple[Settled, ...] = ()
    lottery: Lottery | None = None

    @property
    def is_infeasible(self) -> bool:
        """Whether it is proven that no plan meets the hard rules."""
        return self.certificate.kind == "infeasible"

    @property
    def certified_bound(self) -> Fraction | None:
        """What the certificate proves that no plan exceeds; None if it proves that there is no plan."""
        return None if self.is_infeasible else self.certificate.bound

    @property
    def bound(self) -> Fraction | None:
        """The smaller of the certified and the claimed bound; None if no plan meets the hard rules."""
        certified, claimed = self.certified_bound, self.claimed_bound
        return certified if certified is None or claimed is None else min(certified, claimed)

    @property
    def gap(self) -> Fraction | None:
        """Relative gap of the plan against `bound`; None without either."""
        return self._gap(self.bound)

    @property
    def certified_gap(self) -> Fraction | None:
        """Relative gap of the plan against the certified bound; None without either."""
        return self._gap(self.certified_bound)

    def _gap(self, bound: Fraction | None) -> Fraction | None:
        return None if self.plan is None or bound is None else relative_gap(self.plan.objective, bound)

    def status(self, options: SearchOptions) -> Status:
        """Say how good the plan is against what was asked for."""
        if self.plan is None:
            return "none"
        if self.gap == 0:
            return "optimal"
        return "within_gap" if self.gap is not None and self.gap <= options.gap else "stopped"

    def meets(self, options: SearchOptions) -> bool:
        """Say whether there is a plan within the gap asked for, by the bound asked for."""
        if self.plan is None or self.gap is None or self.certified_gap is None:
            return False
        gap = self.certified_gap if options.is_certified else self.gap
        return gap <= options.gap and all(stage.meets(options) for stage in self.stages)


def relative_gap(objective: Fraction, bound: Fraction) -> Fraction:
    """Return (bound - objective) / max(|objective|, 1e-9)."""
    return (bound - objective) / max(abs(objective), Fraction(1, 10**9))
