"""Stages as instances: the aim of one stage, and what earlier ones reached as rules from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from models.instance import Instance
from models.language import _
from models.rule import Measure, Rule
from models.settings import Stage

_REPORTED = {"enforcement": "report", "penalty": None}
_ASKED = {
    "": {},
    "floor": {"enforcement": "soft", "penalty": Fraction(1)},
    "cap": {"enforcement": "soft", "penalty": Fraction(1), "sense": "at_most"},
}
Asked = Literal["", "floor", "cap"]
Terms = tuple[tuple[str, Fraction], ...]


def stage_of(instance: Instance, number: int, floors: Sequence[Rule]) -> Instance:
    """Return the instance of one stage (numbered from 1; the last is what `objective` itself maximises).

    Parameters
    ----------
    floors
        Rules of the stages: of the earlier ones, and of a stage that raises the worst-off its own.

    Notes
    -----
    Soft rules are weighed in the last stage only, as their penalties are in its units; before, they are
    reported.
    """
    settings, objective = instance.settings, instance.settings.objective
    rules: Sequence[Rule] = instance.rules
    if number <= len(objective.stages):
        stage = objective.stages[number - 1]
        objective = objective.model_copy(update={"weights": stage.weights, "counts": stage.counts})
        is_soft = [rule.enforcement == "soft" for rule in rules]
        rules = [
            rule.model_copy(update=_REPORTED) if soft else rule
            for rule, soft in zip(rules, is_soft, strict=True)
        ]
    measures = settings.measures | dict(
        summed for at, one in enumerate(settings.objective.stages, 1) for summed in _sums(instance, one, at)
    )
    settings = settings.model_copy(update={"objective": objective, "measures": measures})
    every = sorted([*rules, *floors], key=lambda rule: rule.rule)
    return replace(instance, rules=tuple(every), settings=settings)


def floor_of(instance: Instance, number: int, value: Fraction, asked: Asked = "") -> Rule:
    """Return the rule that holds a stage to a value of what it aims at.

    Parameters
    ----------
    asked
        How it is only asked for, at a penalty of 1: as a floor, it costs by how much it is missed; as a cap
        under which everything counts, what is above it counts for nothing.
    """
    stage = instance.settings.objective.stages[number - 1]
    rule = _of_worst(stage, number, value) if stage.worst is not None else _of_sum(stage, number, value)
    label = _("what stage {number} reached").format(number=number)
    return rule.model_copy(update={"label": label, **_ASKED[asked]})


def _of_sum(stage: Stage, number: int, value: Fraction) -> Rule:
    measure, factor = _measure(stage, number)
    sense = "at_least" if factor > 0 else "at_most"
    return Rule.model_validate(
        {"rule": f"stage:{number}", "measure": measure, "sense": sense, "value": value / factor}
    )


def _measure(stage: Stage, number: int) -> tuple[Measure, Fraction]:
    """Return the measure of a stage's aim, and what one unit of it is worth."""
    if stage.counts:
        return stage.counts[0]
    name = f"stage:{number}"
    return Measure(kind="amount", name=name, text=name), Fraction(1)


def _of_worst(stage: Stage, number: int, value: Fraction) -> Rule:
    assert stage.worst is not None
    rule = stage.worst.model_copy(update={"value": value})
    if stage.num_smallest == 1:
        return rule
    # The k smallest are at least v where the k largest of what is the same below zero are at most -v.
    name = f"stage:{number}"
    update = {
        "kind": "top",
        "measure": Measure(kind="amount", name=name, text=name),
        "sense": "at_most",
        "value": -value,
        "k": Fraction(stage.num_smallest),
    }
    return rule.model_copy(update=update)


def _sums(instance: Instance, stage: Stage, number: int) -> list[tuple[str, Terms]]:
    """Return the named sums that a stage's rules add up."""
    if stage.worst is not None and stage.num_smallest > 1:
        name = stage.worst.measure.name
        terms: Terms = instance.settings.measures.get(name, ((name, Fraction(1)),))
        return [(f"stage:{number}", tuple((term, -weight) for term, weight in terms))]
    if not stage.weights:
        return []
    caution = instance.settings.objective.caution
    weights = dict(stage.weights)
    if doubt := weights.get("conversions", Fraction(0)) * caution:
        weights["conversions_se"] = weights.get("conversions_se", Fraction(0)) - doubt
    return [(f"stage:{number}", tuple((name, weight) for name, weight in sorted(weights.items()) if weight))]
