"""Measures, thresholds and bases, and the attributes that they count with."""

from __future__ import annotations

from fractions import Fraction

import pytest

from models.codes import Severity
from models.rule import Basis, Column, Measure
from tests.read import reading
from tests.read.rule_language import FILES, codes, one, read, rule

CAP = Column(key="merchant", attribute="cash_cap", label="cash_cap")


@pytest.mark.parametrize("name", ["cash", "traffic", "conversions", "gmv", "support"])
def test_amounts(name):
    """A pool, a value column and a sum of the settings are measures by their names."""
    assert rule(measure=name).measure == Measure(kind="amount", name=name, text=name)


def test_counts():
    """Funded cells and funded merchants are counted."""
    assert rule(measure="cells").measure == Measure(kind="cells", text="cells")
    assert rule(measure="merchants").measure == Measure(kind="merchants", text="merchants")


@pytest.mark.parametrize(
    "text",
    [
        "merchants(cash>=500)",
        "merchants（cash＞＝５００）",
        " merchants ( cash >= 500 ) ",
        "商家数(cash≥500)",
    ],
)
def test_threshold(text):
    """Merchants whose amount reaches a threshold are counted, however the signs are written."""
    cash = Measure(kind="amount", name="cash", text="cash")
    expected = Measure(kind="merchants", reaches=cash, threshold=Fraction(500), text="merchants(cash>=500)")
    assert rule(measure=text).measure == expected


def test_threshold_on_cells():
    """Any measure but merchants may stand inside: two funded cells, for example."""
    assert rule(measure="merchants(cells>=2)").measure.reaches == Measure(kind="cells", text="cells")
    assert rule(measure="merchants(support>=0.5)").measure.threshold == Fraction(1, 2)


@pytest.mark.parametrize("name", ["cash_cap", "merchants.cash_cap"])
def test_threshold_of_an_attribute(name):
    """The threshold may be an attribute of the merchant, with or without the table's name."""
    found = rule(measure=f"merchants(cash>={name})").measure
    assert (found.threshold, found.text) == (CAP, "merchants(cash>=cash_cap)")


@pytest.mark.parametrize(
    "text",
    [
        "merchants(merchants>=1)",
        "merchants(merchants(cash>=1)>=1)",
        "merchants(cash>5)",
        "merchants(cash<=5)",
        "merchants(cash)",
        "merchants()",
        "merchants(cash>=)",
    ],
)
def test_counts_that_cannot_be_read(text):
    """Only `measure >= threshold` may stand inside, and no count of merchants."""
    assert codes(measure=text) == [("RUL-24", "measure")]


@pytest.mark.parametrize("text", ["merchants(cahs>=1)", "cahs", "tier", "cells(cash>=1)", "merchant", "pool"])
def test_unknown_measures(text):
    """What is neither amount nor count is a finding."""
    assert codes(measure=text) == [("RUL-23", "measure")]


@pytest.mark.parametrize(
    "threshold", ["5%", "1e3", "cash", "slots.start", "slot", "merchant", "nothing", "1,000"]
)
def test_thresholds_that_are_none(threshold):
    """A threshold is a plain number, or an attribute of the merchant and of nothing else."""
    assert codes(measure=f"merchants(cash>={threshold})") == [("RUL-25", "measure")]


def test_value_columns_with_signs():
    """A value column is found by its whole name before any of it is read as an expression."""
    files = {**FILES, "options.csv": FILES["options.csv"].replace("gmv", "gmv（元）", 1)}
    written = ("gmv（元）", "gmv(元)", "merchants(gmv(元)>=2)")
    text = "rule,measure,sense,value\n" + "".join(f"{name},{name},at_most,1\n" for name in written)
    rules, findings = read(text, files)
    assert findings == []
    assert [(r.measure.reaches or r.measure).name for r in rules] == ["gmv（元）"] * 3


@pytest.mark.parametrize("basis", ["absolute", "pool", "total", "per_merchant"])
def test_plain_bases(basis):
    """The fixed words are bases."""
    assert rule(basis=basis).basis == Basis(kind=basis)


@pytest.mark.parametrize("measure", ["cells", "merchants", "merchants(cash>=5)"])
def test_eligible(measure):
    """Eligible counts cells or merchants, for the measures that count these."""
    assert rule(measure=measure, basis="eligible", value="50%").basis == Basis(kind="eligible")


def test_basis_of_another_measure():
    """Any other measure is a basis: its amount in the plan."""
    assert rule(basis="gmv", value="5%").basis.measure == Measure(kind="amount", name="gmv", text="gmv")
    assert rule(basis="cells").basis.measure.kind == "cells"
    assert rule(basis="merchants(gmv>=5)").basis.measure.threshold == 5
    assert rule(basis="gmv").basis.is_in_plan


def test_basis_of_its_own_measure():
    """A measure is no basis of itself over the same group; over the columns of `of` it is."""
    assert codes(basis="cash") == [("RUL-31", "basis")]
    assert rule(basis="cash", by="merchant;category", of="category", value="15%").basis.measure.name == "cash"


@pytest.mark.parametrize("text", ["merchants.cash_cap", "cash_cap", "商家.cash_cap"])
def test_basis_of_an_attribute(text):
    """A numeric attribute is a basis, with or without its table."""
    assert rule(basis=text).basis == Basis(kind="attribute", attribute=CAP)


def test_measure_before_attribute():
    """Of a value column and an attribute of one name, the bare name is the measure."""
    merchants = FILES["merchants.csv"].replace("cash_cap", "gmv", 1)
    text = "rule,measure,sense,value,basis\na,cash,at_most,1,gmv\nb,cash,at_most,1,merchants.gmv\n"
    rules, findings = read(text, {**FILES, "merchants.csv": merchants})
    assert ([found.basis.kind for found in rules], findings) == (["measure", "attribute"], [])


@pytest.mark.parametrize(
    ("basis", "code"),
    [
        ("tatol", "RUL-26"),
        ("merchant", "RUL-26"),
        ("merchants(cash>5)", "RUL-24"),
        ("merchants.cap", "RUL-10"),
        ("categories.budget", "RUL-12"),
        ("name", "RUL-11"),
    ],
)
def test_unknown_bases(basis, code):
    """What is no basis is a finding that tells a misspelt word, attribute and table apart."""
    assert codes(basis=basis) == [(code, "basis")]


@pytest.mark.parametrize("cells", [{"basis": "merchants.mixed"}, {"measure": "merchants(cash>=mixed)"}])
def test_attributes_that_count(cells):
    """Every merchant with cells in scope needs a plain number; the rule names the first without."""
    rule_read, findings = one(**cells)
    assert rule_read is None
    (cell,) = [name for name, text in cells.items() if "mixed" in text]
    facts = {"count": "2", "table": "merchants", "text": "", "table_file": "merchants.csv", "table_row": "3"}
    assert [(f.code, f.file, f.row, f.column) for f in findings] == [("RUL-27", "rules.csv", 2, cell)]
    assert facts.items() <= dict(findings[0].facts).items()
    assert codes(where="merchant=M1", **cells) == []
    assert codes(where="tier=small;slot=S1", **cells) == []
    assert len(codes(where="category=tea", **cells)) == 1


def test_thresholds_inside_a_basis():
    """The attributes that a basis counts with are checked too."""
    assert codes(basis="merchants(gmv>=mixed)") == [("RUL-27", "basis")]


def test_merchants_without_cells_do_not_count():
    """An attribute of a merchant that has no cell is never read: M4's followers are text."""
    assert rule(basis="followers").basis.attribute.attribute == "followers"


def test_negative_divisors():
    """A ratio divides by its basis: below zero it is a finding, elsewhere it is a number like any other."""
    assert rule(basis="cash_cap").basis.kind == "attribute"
    _, findings = one(kind="ratio", by="merchant", value="2", basis="cash_cap")
    assert [(f.code, f.column, f.value) for f in findings] == [("RUL-28", "basis", "cash_cap")]
    assert {"text": "-120", "table_row": "3"}.items() <= dict(findings[0].facts).items()


def test_attributes_that_are_too_large(tmp_path):
    """An attribute that a rule counts with is at most 2^53; one that none counts with is free."""
    merchants = "merchant,big\nM1,9007199254740992\nM2,{}\n"
    options = "merchant,category,slot,option,cash,conversions\nM1,C,S,A,1,1\nM2,C,S,A,1,1\n"
    header = "rule,measure,sense,value,basis\n"
    for line in ("r,cash,at_most,1,merchants.big", "r,merchants(cash>=big),at_most,1,"):
        files = {"options.csv": options, "rules.csv": header + line + "\n"}
        large = {**files, "merchants.csv": merchants.format(9007199254740993)}
        assert [one.code for one in reading.found(tmp_path, large)] == ["RUL-29"]
        fits = {**files, "merchants.csv": merchants.format(9007199254740992)}
        assert [one for one in reading.found(tmp_path, fits) if one.severity is Severity.error] == []
    unused = {"options.csv": options, "merchants.csv": merchants.format(2**60), "rules.csv": header}
    assert reading.found(tmp_path, unused) == []
