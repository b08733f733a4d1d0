"""What `settings.toml` states, resolved: every default filled in, every number exact."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from models.frozen import Frozen
from models.rule import Measure

Counts = tuple[tuple[Measure, Fraction], ...]


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
    """

    weights: tuple[tuple[str, Fraction], ...] = (("conversions", Fraction(1)),)
    counts: Counts = ()
    caution: Fraction = Fraction(0)

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
