"""The stages of an objective: what each aims at, what it reached, and the files that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from models.amount import exact_text
from models.settings import Counts, Objective, Stage
from models.solution import SearchOptions, Solution
from optimizer.write.bounds import bounds_json

STAGE = "stage:"
"""What the rules and sums of stages are called."""


def weights_json(weights: Sequence[tuple[str, Fraction]], counts: Counts) -> dict[str, str]:
    """Return what is maximised, numbers as exact decimal text."""
    return {
        **{name: exact_text(weight) for name, weight in weights},
        **{measure.text: exact_text(weight) for measure, weight in counts},
    }


def aims_json(objective: Objective) -> dict[str, object]:
    """Return the stages before the last as the settings in force have them; nothing without stages."""
    return {"stages": [_aim(stage) for stage in objective.stages]} if objective.stages else {}


def _aim(stage: Stage) -> dict[str, object]:
    within = {"within": exact_text(stage.within)}
    if stage.worst is None:
        return {"maximise": weights_json(stage.weights, stage.counts), **within}
    worst = {
        "measure": stage.worst.measure.text,
        "by": ";".join(column.label for column in stage.worst.by),
        "where": stage.where,
        "basis": stage.worst.basis.kind,
        "k": stage.num_smallest,
    }
    return {"worst": worst, **within}


def stages_json(solution: Solution, options: SearchOptions) -> dict[str, object]:
    """Return how the stages before the last ended; nothing without stages."""
    return (
        {
            "stages": [
                {
                    "stage": number,
                    "status": settled.status(options),
                    **bounds_json(settled.objective, settled),
                    "step": exact_text(settled.step) if settled.step else None,
                    "floor": exact_text(settled.floor),
                }
                for number, settled in enumerate(solution.stages, 1)
            ]
        }
        if solution.plan is not None and solution.plan.problem.instance.settings.objective.stages
        else {}
    )
