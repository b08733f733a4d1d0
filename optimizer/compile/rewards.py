"""What the objective weighs beside amounts: counts of funded cells and of merchants."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from models.instance import Instance
from models.problem import Cells, Reward, Total
from optimizer.compile.measures import Measures


def compile_rewards(instance: Instance, num_cells: int, measures: Measures) -> tuple[Reward, ...]:
    """Return what the objective counts over every cell; `cells` only where some are divisible.

    Where none is, a funded cell is worth the same as one more of each of its options: see `worth_of_cell`.
    """
    every, one_set = np.arange(num_cells, dtype=np.int32), np.zeros(num_cells, np.int32)
    counted = [(measures.measure(stated), weight) for stated, weight in instance.settings.objective.counts]
    return tuple(
        Reward(Total(measure, every, one_set, 1), weight)
        for measure, weight in counted
        if not isinstance(measure, Cells) or instance.settings.divisible is not False
    )


def worth_of_cell(instance: Instance) -> Fraction:
    """Return what every option is worth for funding its cell; 0 where a cell may be divisible."""
    if instance.settings.divisible is not False:
        return Fraction(0)
    counts = instance.settings.objective.counts
    return sum((weight for measure, weight in counts if measure.kind == "cells"), Fraction(0))
