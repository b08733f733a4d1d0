"""Stages of the objective, expanded: the instance of each, and what earlier ones reached as rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from optimizer.verify.decimals import VALUE_DIGITS, exact_text
from optimizer.verify.instance import Instance
from optimizer.verify.rewards import rewards_of
from optimizer.verify.rule import Measure, Rule, digits_of, measure_of, read_rule
from optimizer.verify.settings import Stage, Weights
from optimizer.verify.texts import word

STAGE = "stage:"
"""What rules and sums of stages are called, before the stage's number."""

_BASES = ("absolute", "pool", "per_merchant", "eligible")


def check_stages(instance: Instance) -> None:
    """Make sure that every stage can be expanded.

    Raises
    ------
    ValueError
        If one cannot.
    """
    for number, stage in enumerate(instance.settings.stages, 1):
        staged = stage_of(instance, number, ())
        counts = rewards_of(staged)
        if stage.worst is None and len(counts) + bool(stage.objective) > 1:
            raise ValueError("objective.stages")
        rule = floor_of(staged, number, Fraction(1))
        is_sum = stage.num_smallest > 1
        if rule.basis not in _BASES or (is_sum and rule.basis != "absolute"):
            raise ValueError("basis")


def stage_of(instance: Instance, number: int, floors: Sequence[Rule]) -> Instance:
    """Return the instance of a stage, from 1, the last being `objective`; soft rules hold there only."""
    settings, rules = instance.settings, instance.rules
    measures = settings.measures | {
        f"{STAGE}{at}": terms
        for at, stage in enumerate(settings.stages, 1)
        if (terms := _sum(instance, stage))
    }
    settings = replace(settings, measures=measures)
    if number <= len(settings.stages):
        stage = settings.stages[number - 1]
        settings = replace(settings, objective=stage.objective, counts=stage.counts)
        rules = tuple(_reported(row) for row in rules)
    return replace(instance, settings=settings, rules=rules, floors=tuple(floors))


def _reported(row: dict[str, str]) -> dict[str, str]:
    is_soft = word(row.get("enforcement", "")) == "soft"
    return row | {"enforcement": "report", "penalty": ""} if is_soft else row


def _sum(instance: Instance, stage: Stage) -> Weights:
    """Return the terms of what a stage adds up: its objective, or below zero what its groups get."""
    settings = instance.settings
    if stage.worst is not None:
        name = measure_of(instance, stage.worst["measure"]).name if stage.num_smallest > 1 else ""
        if stage.num_smallest > 1 and not name:
            raise ValueError("measure")
        terms = settings.measures.get(name, {name: Fraction(1)}) if name else {}
        return {term: -weight for term, weight in terms.items()}
    weights = dict(stage.objective)
    doubt = weights.get("conversions", Fraction(0)) * settings.caution
    if doubt:
        weights["conversions_se"] = weights.get("conversions_se", Fraction(0)) - doubt
    return {name: weight for name, weight in weights.items() if weight}


def floor_of(instance: Instance, number: int, value: Fraction) -> Rule:
    """Return the rule that holds a stage to a value; `instance` is one that `stage_of` returned."""
    stage, name = instance.settings.stages[number - 1], f"{STAGE}{number}"
    columns = dict(stage.worst or {})
    if stage.worst is None:
        columns["measure"] = next(iter(stage.counts), "cells")  # of a sum, its own takes the place
    rule = read_rule(instance, {**columns, "rule": name, "sense": "at_least", "value": "1", "#": "0"})
    summed = Measure("amount", name, name, digits_of(instance, name)) if _is_sum(stage) else rule.measure
    if stage.num_smallest > 1:
        k, sense = Fraction(stage.num_smallest), "at_most"
        return replace(rule, kind="top", measure=summed, sense=sense, k=k, value=-value)
    if stage.worst is None and not _is_sum(stage):
        (weight,) = counts_of_stage(instance, stage)
        sense = "at_least" if weight > 0 else "at_most"
        return replace(rule, sense=sense, value=value / weight)
    return replace(rule, measure=summed, value=value)


def counts_of_stage(instance: Instance, stage: Stage) -> list[Fraction]:
    """Return the weights of the counts that a stage maximises."""
    settings = replace(instance.settings, counts=stage.counts)
    return [weight for _, weight in rewards_of(replace(instance, settings=settings))]


def _is_sum(stage: Stage) -> bool:
    return stage.num_smallest > 1 if stage.worst is not None else not stage.counts


def step_of(instance: Instance, number: int) -> Fraction:
    """Return the unit in which the worst-off is measured: smallest units, of shares a millionth."""
    rule = floor_of(instance, number, Fraction(1))
    if rule.basis != "absolute":
        return Fraction(1, 10**VALUE_DIGITS)
    return Fraction(1, 10**rule.measure.digits) if rule.measure.kind == "amount" else Fraction(1)


def aims_of(instance: Instance) -> dict[str, Any]:
    """Return the stages before the last as a summary's settings list them; nothing without stages."""
    stages = instance.settings.stages
    return {"stages": [_aim(instance, stage) for stage in stages]} if stages else {}


def _aim(instance: Instance, stage: Stage) -> dict[str, Any]:
    within = {"within": exact_text(stage.within)}
    if stage.worst is None:
        counted = rewards_of(replace(instance, settings=replace(instance.settings, counts=stage.counts)))
        every = stage.objective | {measure.text: weight for measure, weight in counted}
        return {"maximise": {name: exact_text(weight) for name, weight in every.items()}, **within}
    rule = read_rule(instance, {**stage.worst, "rule": "", "sense": "at_least", "value": "1"})
    worst = {
        "measure": rule.measure.text,
        "by": ";".join(column.label for column in rule.by),
        "where": stage.worst["where"],
        "basis": rule.basis,
        "k": stage.num_smallest,
    }
    return {"worst": worst, **within}
