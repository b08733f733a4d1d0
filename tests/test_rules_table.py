"""Every worked example of docs/rules.md, through whatever computes limits."""

from __future__ import annotations

import re
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest

from tests import oracle
from tests.oracle.rule import measure as oracle_measure
from tests.oracle.rule import rule as oracle_rule
from tests.product import product_limits, verify_limits
from tests.rules_table import RuleCase, rule_cases

CASES = [pytest.param(case, id=case.name) for case in rule_cases()]
COLUMNS = ("rule", "group", "measure", "sense", "limit", "used", "slack", "status")


def shown(case: RuleCase, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows that the example shows: those of pools only if it has any."""
    return [
        {c: row[c] for c in COLUMNS}
        for row in rows
        if case.shows_pools or not row["rule"].startswith("pool:")
    ]


@pytest.mark.parametrize("case", CASES)
def test_oracle(case: RuleCase, tmp_path: Path) -> None:
    """The oracle must find every limit, use, slack and status as the page shows them."""
    found = oracle.evaluate(case.write(tmp_path), case.chosen)
    assert found.problems == ()
    assert shown(case, [asdict(row) for row in found.rows]) == list(case.limits)
    assert found.is_feasible == case.is_feasible


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].summary])
def test_oracle_summary(case: RuleCase, tmp_path: Path) -> None:
    """The oracle must find the objective and the penalties that the page shows."""
    found = oracle.evaluate(case.write(tmp_path), case.chosen)
    assert found.objective == Fraction(case.summary["objective"])
    assert found.penalties == Fraction(case.summary["penalties"])


@pytest.mark.parametrize("case", CASES)
def test_compile_and_decode(case: RuleCase, tmp_path: Path) -> None:
    """The product must compile and decode every example to the limits that the page shows."""
    rows, plan = product_limits(case.write(tmp_path / "instance"), case.chosen)
    assert shown(case, rows) == list(case.limits)
    assert plan.is_feasible == case.is_feasible
    if case.summary:
        assert plan.objective == Fraction(case.summary["objective"])
        assert plan.penalties == Fraction(case.summary["penalties"])


@pytest.mark.parametrize("case", CASES)
def test_verify(case: RuleCase, tmp_path: Path) -> None:
    """The verifier must compute the limits that the page shows."""
    assert shown(case, verify_limits(case.write(tmp_path / "instance"), case.chosen)) == list(case.limits)


KINDS = ("limit", "top", "ratio", "window")
MEASURES = ("amount", "cells", "merchants", "merchants(..>=..)")
BASES = {
    "limit": ("absolute", "pool", "total", "measure", "attribute", "per_merchant", "eligible"),
    "top": ("absolute", "pool", "total"),
    "ratio": ("per_merchant", "attribute"),
    "window": ("absolute", "pool"),
}
FORMS: dict[str, set[object]] = {
    "kind and basis": {(kind, basis) for kind in KINDS for basis in BASES[kind]},
    "kind and measure": {(kind, measure) for kind in KINDS for measure in MEASURES},
    "kind and applies": {
        *((kind, "always") for kind in KINDS),
        ("limit", "if_funded"),
        ("ratio", "if_funded"),
    },
    "kind and enforcement": {(kind, how) for kind in KINDS for how in ("hard", "soft", "report")}
    - {("ratio", "soft")},
    "of": {("total", "columns"), ("total", "all"), ("measure", "columns"), ("measure", "all")},
    "k": {("top", "number"), ("top", "percentage"), ("window", "number")},
    "operator": {"=", "!=", "<", "<=", ">", ">=", "|", ";"},
}


def test_every_form_is_shown() -> None:
    """The page must show every form of the rule language that the contract names."""
    seen: dict[str, set[object]] = {form: set() for form in FORMS}
    for case in rule_cases():
        folder = oracle.parse(case.files)
        for row in folder.rules:
            rule = oracle_rule(folder, row)
            basis = _class_of(folder, rule.basis)
            measure = "merchants(..>=..)" if rule.measure.reaches else rule.measure.kind
            seen["kind and basis"].add((rule.kind, basis))
            seen["kind and measure"].add((rule.kind, measure))
            seen["kind and applies"].add((rule.kind, "if_funded" if rule.is_if_funded else "always"))
            seen["kind and enforcement"].add((rule.kind, rule.enforcement))
            if rule.of:
                seen["of"].add((basis, "all" if rule.of in ("all", "全部") else "columns"))
            if rule.k:
                seen["k"].add((rule.kind, "percentage" if rule.k.endswith("%") else "number"))
            seen["operator"] |= set(re.findall(r"!=|<=|>=|[=<>|;]", row.get("where", "")))
    assert {form: FORMS[form] - seen[form] for form in FORMS} == {form: set() for form in FORMS}


def _class_of(folder: oracle.Folder, basis: str) -> str:
    if basis in ("absolute", "pool", "total", "per_merchant", "eligible"):
        return basis
    try:
        oracle_measure(folder, basis)
    except ValueError:
        return "attribute"
    return "measure"
