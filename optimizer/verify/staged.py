"""The stages of a plan's objective: each one's plan, proof and figures recomputed, one after the other."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.verify.decimals import canonical, exact_text
from optimizer.verify.family import Family, families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance
from optimizer.verify.judging import judge
from optimizer.verify.plan import Plan, read_plan
from optimizer.verify.proof import proven
from optimizer.verify.report import Report
from optimizer.verify.rule import Rule
from optimizer.verify.stages import STAGE, floor_of, stage_of, step_of
from optimizer.verify.summary import Facts, bounds_of, objective_of


class Stages:
    """The stages before the last.

    Attributes
    ----------
    expected
        What `stages` of the summary must say, once `check` has been through.
    """

    def __init__(self, report: Report, instance: Instance, folder: Path, summary: dict[str, Any]) -> None:
        self.report, self.instance, self.folder, self.summary = report, instance, folder, summary
        self.expected: list[dict[str, Any]] = []
        self._floors: tuple[Rule, ...] = ()

    def check(self) -> Instance:
        """Verify every stage; return the instance of the last one, in which what they reached are rules.

        A plan that breaks hard rules has no stages: none can be reached.
        """
        stages = self.instance.settings.stages
        if self.summary.get("best_effort") is not True:
            for number in range(1, len(stages) + 1):
                self._check(number)
        return stage_of(self.instance, len(stages) + 1, self._floors)

    def _check(self, number: int) -> None:
        stage = self.instance.settings.stages[number - 1]
        instance = stage_of(self.instance, number, self._floors)
        file = f"plan-{number}.csv"
        plan = read_plan(self.report.under({"plan.csv": file}), instance, self.folder, f"plan-{number}")
        families, holdings = families_of(instance), Holdings(instance, plan)
        self._check_hard(file, families, instance, holdings)
        written = self._written(number)
        if stage.worst is None:
            judged = [judge(instance, holdings, family) for family in families]
            objective = objective_of(Facts(instance, holdings, judged, {}, None))
            certified, step = self._bound(number, instance, plan, families), None
        else:
            unit = stage_of(self.instance, number, (*self._floors, floor_of(instance, number, Fraction(1))))
            step = step_of(instance, number)
            objective = _of_worst(unit, holdings, number, step)
            certified = self._refuted(number, plan, written, step)
        reached = objective - stage.within * abs(objective)
        is_whole = instance.settings.divisible is False
        options = self.summary.get("options")
        self.expected.append(
            {
                "stage": number,
                **bounds_of(objective, certified, written, options, is_whole=is_whole),
                "step": exact_text(step) if step is not None else None,
                "floor": exact_text(reached),
            }
        )
        if certified is not None and certified < objective and is_whole:
            self.report.add("VER-20", f"certificate-{number}.json", value=exact_text(certified))
        self._floors += (floor_of(instance, number, reached),)

    def _written(self, number: int) -> dict[str, Any]:
        stages = self.summary.get("stages")
        one = stages[number - 1] if isinstance(stages, list) and len(stages) >= number else None
        return one if isinstance(one, dict) else {}

    def _check_hard(self, file: str, families: list[Family], instance: Instance, holdings: Holdings) -> None:
        for family in families:
            judged = judge(instance, holdings, family)
            if family.rule.enforcement != "hard":
                continue
            for place in np.flatnonzero(judged.is_broken).tolist():
                one = judged[place]
                self.report.add(
                    "VER-10", file, value=one.group, rule=family.name, used=one.used, limit=one.limit
                )

    def _bound(self, number: int, instance: Instance, plan: Plan, families: list[Family]) -> Fraction | None:
        """Return what the certificate of a stage that maximises proves."""
        file = f"certificate-{number}.json"
        certificate, bound = proven(self.report, self.folder, instance, plan, families, file)
        if certificate is None or bound is None or not bound.text:
            return None
        if certificate.is_infeasible:
            self.report.add("VER-28", file, column="kind")
            return None
        return Fraction(bound.text)

    def _refuted(self, number: int, plan: Plan, written: dict[str, Any], step: Fraction) -> Fraction | None:
        """Return how far the worst-off may be raised, by the proof that one step more is too far."""
        file, text = f"certificate-{number}.json", written.get("certified_bound")
        if not isinstance(text, str):
            if (self.folder / file).exists():
                self.report.add("PLN-03", file)
            return None
        bound = canonical(text)
        if bound is None or (bound / step).denominator != 1:
            self.report.add(
                "VER-15",
                "summary.json",
                column=f"stages[{number - 1}].certified_bound",
                value=text,
                expected=exact_text(step),
            )
            return None
        instance = stage_of(self.instance, number, self._floors)
        instance = stage_of(self.instance, number, (*self._floors, floor_of(instance, number, bound + step)))
        certificate, _ = proven(self.report, self.folder, instance, plan, families_of(instance), file)
        if certificate is not None and not certificate.is_infeasible:
            self.report.add("VER-30", file, column="kind")
        return bound


def _of_worst(instance: Instance, holdings: Holdings, number: int, step: Fraction) -> Fraction:
    """Return what the worst-off get, rounded down to whole steps."""
    family = next(one for one in families_of(instance) if one.name == f"{STAGE}{number}")
    size, rule = len(family.texts), family.rule
    amounts = holdings.of_groups(rule.measure, family.cells, family.group, size).tolist()
    units = 10**rule.measure.digits
    if rule.kind == "top":  # amounts below zero, of which the largest are the smallest
        return floor(-Fraction(sum(sorted(amounts)[-family.num_largest :]), units) / step) * step
    pairs = [(amount, family.bases[place]) for place, amount in enumerate(amounts)]
    least = min(
        (Fraction(amount, units) / base if base else Fraction(0) for amount, base in pairs),
        default=Fraction(0),
    )
    return floor(least / step) * step
