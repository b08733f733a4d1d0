"""What `settings.toml` states, resolved: every default filled in, every number exact."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from models.frozen import Frozen
from models.rule import Measure, Rule

Counts = tuple[tuple[Measure, Fraction], ...]


class Stage(Frozen):
    """What is settled before the objective is looked at.

    Attributes
    ----------
    weights, counts
        What the stage maximises, as in `Objective`; both empty where it raises the worst-off.
    worst
        The floor that the stage raises as far as it goes: a hard `limit` rule whose `value` stands for it;
        None where it maximises.
    where
        The scope of `worst` as the settings write it.
    num_smallest
        How many of the smallest groups are added up (1: the smallest alone is raised).
    within
        Share of what the stage reaches that later stages may give up, in [0, 1].
    """

    weights: tuple[tuple[str, Fraction], ...] = ()
    counts: Counts = ()
    worst: Rule | None = None
    where: str = ""
    num_smallest: int = 1
    within: Fraction = Fraction(0)


class Objective(Frozen):
    """What a plan maximises.

    Attributes
    ----------
    weights
        (pool or value column, weight of any sign) pairs, sorted by name: a named measure of the settings is
        already replaced by its terms. The objective is their sum, in written units, and that of `counts`.
    counts
        (measure, weight of any sign) pairs, sorted by the measure's text: `cells`, `merchants`, or those that
        reach a threshold, over every cell.
    caution
        Standard errors (`conversions_se`) taken off every option's conversions where the objective counts
        them.
    stages
        What comes before it, in order of rank; `weights` and `counts` are then the last stage's.
    """

    weights: tuple[tuple[str, Fraction], ...] = (("conversions", Fraction(1)),)
    counts: Counts = ()
    caution: Fraction = Fraction(0)
    stages: tuple[Stage, ...] = ()

    @property
    def is_conversions(self) -> bool:
        """Whether it is conversions and nothing else (caution apart)."""
        return self.weights == (("conversions", Fraction(1)),) and not self.counts


class Settings(Frozen):
    """The settings of an instance.

    Attributes
    ----------
    measures
        Named weighted sums: name -> ((pool or value column, weight), ...), weights exact with a finite
        decimal text.
    divisible
        True: every cell; False: none; or the categories whose cells are divisible.
    gap, time_limit
        Defaults of the commands: relative gap, seconds.
    """

    name: str = ""
    currency: str = ""
    timezone: str = "Asia/Shanghai"
    objective: Objective = Objective()
    measures: dict[str, tuple[tuple[str, Fraction], ...]] = Field(default_factory=dict)
    divisible: bool | tuple[str, ...] = False
    gap: Fraction | None = None
    time_limit: Fraction | None = None
