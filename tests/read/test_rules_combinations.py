"""Which columns of a rule go together: contract 3 as a table, and every combination tried against it."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest

from models.headers import RULE_COLUMNS
from optimizer.read.rules import read_rules
from optimizer.read.table import Table
from tests.read.rule_language import context

COUNTS = ("cells", "merchants", "merchants(cash>=5)")
MEASURES = ("cash", "conversions", "support", *COUNTS)
IN_PLAN = ("total", "gmv")
ATTRIBUTE = "merchants.followers"
ENFORCEMENTS = ("hard", "soft", "report")
APPLIES = ("always", "if_funded")

AXES = {
    "kind": ("limit", "top", "ratio", "window"),
    "measure": MEASURES,
    "basis": ("", "absolute", "pool", *IN_PLAN, ATTRIBUTE, "per_merchant", "eligible"),
    "of": ("", "all", "merchant", "category"),
    "k": ("", "2"),
    "sense": ("at_most", "at_least"),
    "applies": APPLIES,
    "enforcement": ENFORCEMENTS,
}

BOTH, CAP, ALWAYS, NONE = ("at_most", "at_least"), ("at_most",), ("always",), ("",)
LEGAL = (
    # kind, measure, basis, of, k, sense, applies, enforcement; `by` is merchant throughout
    ("limit", MEASURES, ("", "absolute", ATTRIBUTE, "per_merchant"), NONE, NONE, BOTH, APPLIES, ENFORCEMENTS),
    ("limit", ("cash",), ("pool",), NONE, NONE, BOTH, APPLIES, ENFORCEMENTS),
    ("limit", COUNTS, ("eligible",), NONE, NONE, BOTH, APPLIES, ENFORCEMENTS),
    ("limit", MEASURES, IN_PLAN, ("", "all", "merchant"), NONE, BOTH, APPLIES, ENFORCEMENTS),
    ("top", MEASURES, ("", "absolute"), NONE, ("2",), CAP, ALWAYS, ENFORCEMENTS),
    ("top", ("cash",), ("pool",), NONE, ("2",), CAP, ALWAYS, ENFORCEMENTS),
    ("top", MEASURES, ("total",), ("", "all"), ("2",), CAP, ALWAYS, ENFORCEMENTS),
    ("ratio", MEASURES, ("", "per_merchant", ATTRIBUTE), NONE, NONE, CAP, APPLIES, ("hard", "report")),
    ("window", MEASURES, ("", "absolute"), NONE, ("2",), CAP, ALWAYS, ENFORCEMENTS),
    ("window", ("cash",), ("pool",), NONE, ("2",), CAP, ALWAYS, ENFORCEMENTS),
)
COMBINATIONS = tuple(itertools.product(*AXES.values()))
COMBINATION_CODES = {"RUL-31", "RUL-32", "RUL-33", "RUL-34"}


@pytest.fixture(scope="module")
def legal():
    """Every combination that the contract names."""
    rows = ([(part,) if isinstance(part, str) else part for part in row] for row in LEGAL)
    return frozenset(combination for row in rows for combination in itertools.product(*row))


@pytest.fixture(scope="module")
def findings():
    """The findings about every combination, by its index; those that were accepted have none."""
    rows = [dict(zip(AXES, combination, strict=True)) for combination in COMBINATIONS]
    for i, row in enumerate(rows):
        row |= {"rule": str(i), "value": "2", "by": "merchant"}
        row["penalty"] = "3" if row["enforcement"] == "soft" else ""
    columns = {name: tuple(row.get(name, "") for row in rows) for name in RULE_COLUMNS}
    headers = {name: name for name in RULE_COLUMNS}
    rules, found = read_rules(Table("rules.csv", headers, columns, tuple(range(len(rows)))), context())
    by_row = defaultdict(list)
    for one in found:
        by_row[one.row].append(one)
    assert {int(rule.rule) for rule in rules} == set(range(len(rows))) - set(by_row)
    return by_row


def test_legal_combinations_are_accepted(legal, findings):
    """Every combination that the contract names is accepted, without a word."""
    assert [c for i, c in enumerate(COMBINATIONS) if c in legal and findings.get(i)] == []
    assert len(legal) == len(legal & set(COMBINATIONS))


def test_other_combinations_are_refused(legal, findings):
    """Every combination that the contract does not name is refused, for what does not go together."""
    refused = {i: c for i, c in enumerate(COMBINATIONS) if c not in legal}
    assert len(refused) > len(COMBINATIONS) / 2
    for i, combination in refused.items():
        assert findings.get(i), combination
        assert {one.code for one in findings[i]} <= COMBINATION_CODES, combination


def test_one_slip_gives_one_finding(legal, findings):
    """Where changing one column but the kind would mend a rule, it has one finding, about such a column."""
    num_slips = 0
    for i, combination in enumerate(COMBINATIONS):
        if combination in legal:
            continue
        mending = {
            name
            for at, name in enumerate(AXES)
            if name != "kind"
            if any((*combination[:at], other, *combination[at + 1 :]) in legal for other in AXES[name])
        }
        if mending:
            num_slips += 1
            assert len(findings[i]) == 1, combination
            assert findings[i][0].column in mending, combination
    assert num_slips > 1000


def test_findings_say_what_may_stand_there(findings):
    """A finding about a combination names both columns, and what is legal there."""
    wanted = ("top", "cash", "per_merchant", "", "2", "at_most", "always", "hard")
    (one,) = findings[COMBINATIONS.index(wanted)]
    assert str(one).endswith(
        "column basis: basis per_merchant does not go with kind top (RUL-31). "
        "There, it may be: absolute, pool, total."
    )
