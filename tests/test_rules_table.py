"""Every worked example of docs/rules.md, through whatever computes limits."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest

from tests import oracle
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
