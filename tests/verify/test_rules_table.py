"""Every worked example of docs/rules.md, through the rule expansion of verify."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from optimizer.verify.decimals import exact_text
from optimizer.verify.family import families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.judging import judge
from optimizer.verify.loading import load
from optimizer.verify.plan import columns_of, read_plan
from optimizer.verify.report import Report
from tests.rules_table import RuleCase, rule_cases
from tests.verify.folders import text_of

CASES = [pytest.param(case, id=case.name) for case in rule_cases()]


@pytest.mark.parametrize("case", CASES)
def test_worked_example(case: RuleCase, tmp_path: Path) -> None:
    """Limit, use, slack and status must be those that the page works out."""
    instance = load(case.write(tmp_path / "instance"), ())
    header = columns_of(instance)
    rows = [list(header)]
    num_keys = len(instance.cells.keys)
    for cell, mix in sorted(case.chosen.items()):
        for option, fraction in sorted(mix.items()):
            last = [exact_text(fraction)] if header[-1] == "fraction" else []
            blank = [""] * (len(header) - num_keys - 1 - len(last))
            rows.append([*cell, option, *blank, *last])
    (tmp_path / "plan.csv").write_text("\ufeff" + text_of(rows), encoding="utf-8")
    plan = read_plan(Report(), instance, tmp_path)  # blank amounts are findings; those of the options count
    holdings = Holdings(instance, plan)
    found = [
        {
            "rule": limit.family.name,
            "group": limit.group,
            "measure": limit.family.rule.measure.text,
            "sense": limit.family.rule.sense,
            "limit": limit.limit,
            "used": limit.used,
            "slack": limit.slack,
            "status": limit.status(Fraction(0)),
        }
        for family in families_of(instance)
        if case.shows_pools or not family.is_pool
        for limit in judge(instance, holdings, family)
    ]
    assert found == list(case.limits)
