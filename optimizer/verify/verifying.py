"""The order in which a plan is verified: inputs, rows, limits, certificate, summary."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.verify.campaign import check_campaign, read_campaign, with_campaign, without_pins
from optimizer.verify.certificate import FILE as CERTIFICATE
from optimizer.verify.certificate import Certificate
from optimizer.verify.decimals import exact_text
from optimizer.verify.document import compare, is_text, read_document
from optimizer.verify.family import Family, families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance
from optimizer.verify.judging import JudgedFamily, judge
from optimizer.verify.kept import check_kept, read_kept, with_kept
from optimizer.verify.limits import check_limits, prices_of
from optimizer.verify.loading import Override, hashes, in_order, load, read_inputs
from optimizer.verify.plan import read_plan
from optimizer.verify.proof import proven
from optimizer.verify.report import Report, UnverifiableError
from optimizer.verify.staged import Stages
from optimizer.verify.summary import FILE as SUMMARY
from optimizer.verify.summary import Facts, check_summary, objective_of
from optimizer.verify.verification import Verification

_INVALID = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
_CHECKSUMS = "SHA256SUMS"  # may be named among the inputs; `check` is who compares the others with it
_OF_STAGE = re.compile(r"(?:plan|certificate)-([0-9]+)\.(?:csv|parquet|json)")
_KNOWN = re.compile(
    r"(?:plan(?:-[1-9][0-9]*)?|booked|limits)\.(?:csv|parquet)|(?:summary|certificate(?:-[1-9][0-9]*)?)\.json"
)


def verify(instance_folder: Path, plan_folder: Path) -> Verification:
    """Recompute a plan from the two folders alone, in exact integers.

    Parameters
    ----------
    instance_folder
        An instance that `check` passes; where it cannot be read, that is a finding.
    plan_folder
        What any program wrote; nothing in it is trusted.

    Notes
    -----
    Not recomputed: timings, versions, the solver's claim of a bound, method, options, reproducibility (these
    are only held against what can stand there), and what `booked.csv` holds beyond the amounts already spent.
    """
    run = _Run(Report(), instance_folder, plan_folder)
    with suppress(UnverifiableError):
        run.verify()
    return run.result()


@dataclass
class _Run:
    """One verification under way; what has been reached so far."""

    report: Report
    instance_folder: Path
    plan_folder: Path
    overrides: tuple[Override, ...] = ()
    facts: Facts | None = None
    counts: dict[str, int] | None = None
    bound: str | None = None
    is_best_effort: bool = False
    num_broken: int = 0
    stages: Stages | None = None

    def verify(self) -> None:
        self._check_folder()
        summary = read_document(self.report, self.plan_folder, SUMMARY)
        self._check_stage_files(summary)
        self.overrides = self._read_overrides(summary)
        inputs = self._read_inputs()
        found = hashes(inputs)
        self._check_inputs(found, summary)
        instance, families = self._load(inputs, found)
        inputs.clear()  # a large file need not be held any longer
        kept = read_kept(self.report, instance, summary)
        if kept is not None:
            instance = with_kept(instance, kept)
        campaign = read_campaign(self.report, instance, summary)
        instance = instance if campaign is None else without_pins(instance, campaign)
        if instance.settings.stages:
            self.stages = Stages(self.report, instance, self.plan_folder, summary)
            instance = self.stages.check()
            families = families_of(instance)
        plan = read_plan(self.report, instance, self.plan_folder)
        if campaign is not None:
            check_campaign(self.report, instance, campaign, plan)
            instance = with_campaign(instance, campaign, plan)
        if kept is not None:
            check_kept(self.report, instance, kept, plan)
        holdings = Holdings(instance, plan)
        judged = [judge(instance, holdings, family) for family in families]
        before = self.report.count
        certificate, bound = proven(self.report, self.plan_folder, instance, plan, families)
        is_proven = bool(certificate and certificate.is_infeasible and self.report.count == before)
        self.is_best_effort = summary.get("best_effort") is True
        self.num_broken = self._check_hard(judged, is_proven)
        is_bound = bool(bound and bound.text and certificate and not certificate.is_infeasible)
        certified = Fraction(bound.text) if bound and is_bound else None
        facts = Facts(
            instance,
            holdings,
            judged,
            prices_of(bound.leaf) if bound and is_bound else {},
            certified,
            None if campaign is None else campaign.is_begun,
        )
        self.facts = facts
        self.counts = {
            "rows": len(plan),
            "cells": len(instance.cells),
            "options": len(instance.options),
            "limits": sum(map(len, judged)),
            "leaves": len(certificate.leaves) if certificate else 0,
        }
        if self.stages:
            self.counts["stages"] = len(self.stages.expected)
        check_limits(self.report, self.plan_folder, judged, facts.prices)
        check_summary(self.report, facts, summary, self.stages.expected if self.stages else None)
        self._check_order(facts, certificate, summary)

    def result(self) -> Verification:
        facts = self.facts
        objective = exact_text(objective_of(facts)) if facts else None
        certified = exact_text(facts.certified) if facts and facts.certified is not None else None
        return Verification(
            findings=self.report.findings,
            num_dropped=self.report.num_dropped,
            overrides=self.overrides,
            objective=objective,
            bound=self.bound,
            certified_bound=certified,
            is_best_effort=self.is_best_effort,
            num_broken=self.num_broken,
            num_checked=self.counts or {},
        )

    def _check_folder(self) -> None:
        try:
            names = sorted(path.name for path in self.plan_folder.iterdir())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise self.report.stop("PLN-01", str(self.plan_folder), reason=reason) from error
        for name in names:
            if _KNOWN.fullmatch(name) is None:
                self.report.add("PLN-03", name)

    def _check_stage_files(self, summary: dict[str, Any]) -> None:
        """Report files of stages that there are not: nobody would look into them."""
        stages = summary.get("stages")
        num_stages = len(stages) if isinstance(stages, list) else 0
        for name in sorted(path.name for path in self.plan_folder.iterdir()):
            match = _OF_STAGE.fullmatch(name)
            if match is not None and int(match[1]) > num_stages:
                self.report.add("PLN-03", name)

    def _read_overrides(self, summary: dict[str, Any]) -> tuple[Override, ...]:
        raw = summary.get("overrides")
        parts = raw if isinstance(raw, list) else []
        before = self.report.count
        compare(self.report, SUMMARY, "overrides", raw, [{"key": is_text, "value": is_text}] * len(parts))
        if self.report.count != before:
            raise UnverifiableError
        overrides = tuple((part["key"], part["value"]) for part in parts)
        for (key, _), (expected, _) in zip(overrides, in_order(overrides), strict=True):
            if key != expected:
                self.report.add("VER-15", SUMMARY, column="overrides", value=key, expected=expected)
                break
        return overrides

    def _read_inputs(self) -> dict[str, bytes]:
        try:
            return read_inputs(self.instance_folder)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise self.report.stop("PLN-01", str(self.instance_folder), reason=reason) from error

    def _load(self, inputs: dict[str, bytes], found: dict[str, str]) -> tuple[Instance, list[Family]]:
        try:
            instance = load(self.instance_folder, self.overrides, inputs, found)
            return instance, families_of(instance)
        except _INVALID as error:
            # Whatever is wrong with an instance, `check` says it better.
            raise self.report.stop("PLN-20", value=str(error)) from error

    def _check_inputs(self, found: dict[str, str], summary: dict[str, Any]) -> None:
        written = summary.get("inputs")
        if not isinstance(written, dict):
            return  # a wrong type is found with the rest of the summary
        checksums = self.instance_folder / _CHECKSUMS
        if _CHECKSUMS in written and checksums.is_file():
            found = found | hashes({_CHECKSUMS: checksums.read_bytes()})
        for name in sorted(set(written) | set(found)):
            if written.get(name) != found.get(name):
                self.report.add("VER-01", name)

    def _check_hard(self, judged: list[JudgedFamily], is_proven: bool) -> int:
        """Return how many hard limits are broken: none may be but with proof that no plan meets them."""
        hard = [limits for limits in judged if limits.family.rule.enforcement == "hard"]
        broken = [limits[place] for limits in hard for place in np.flatnonzero(limits.is_broken).tolist()]
        if self.is_best_effort and not is_proven:
            self.report.add("VER-30", CERTIFICATE, column="kind")
        code = "VER-31" if self.is_best_effort and is_proven else "VER-10"
        for limit in broken:
            used, most, rule = limit.used, limit.limit, limit.family.rule
            if limit.family.is_pool:
                self.report.add("VER-24", value=rule.measure.name, used=used, limit=most)
            else:
                self.report.add(code, value=limit.group, rule=rule.name, used=used, limit=most)
        return len(broken)

    def _check_order(self, facts: Facts, certificate: Certificate | None, summary: dict[str, Any]) -> None:
        """Check that the bound is not below what the plan reaches, nor infeasibility claimed beside it."""
        self.bound = summary.get("bound") if isinstance(summary.get("bound"), str) else None
        if certificate is None:
            return
        is_whole = (
            facts.instance.settings.divisible is False
        )  # a mix rounds amounts up, and may pass the bound
        if certificate.is_infeasible:
            if not self.num_broken:
                self.report.add("VER-28", CERTIFICATE, column="kind")
        elif is_whole and facts.certified is not None and facts.certified < objective_of(facts):
            self.report.add("VER-20", CERTIFICATE, column="bound", value=exact_text(facts.certified))
