"""The columns of rules.csv one by one: ids, fixed words, numbers, what is required."""

from __future__ import annotations

from fractions import Fraction

import pytest

from models.headers import CHINESE_WORDS
from models.rule import Basis, Column, Measure
from tests.read.rule_language import codes, one, read, rule

MERCHANT = Column(key="merchant", label="merchant")


def test_defaults():
    """A rule with four columns is a hard limit that always applies, to everything, on the number itself."""
    found = rule()
    assert (found.kind, found.applies, found.enforcement, found.sense) == (
        "limit",
        "always",
        "hard",
        "at_most",
    )
    assert (found.where, found.by, found.of, found.k, found.penalty) == ((), (), None, None, None)
    assert found.basis == Basis(kind="absolute")
    assert found.measure == Measure(kind="amount", name="cash", text="cash")
    assert (found.value, found.row, found.rule, found.label, found.owner) == (100, 2, "R", "", "")


def test_default_of_top_and_ratio():
    """A top rule is by merchant and a ratio per merchant where nothing else is written."""
    assert rule(kind="top", k="2").by == (MERCHANT,)
    assert rule(kind="ratio", by="category", value="2").basis == Basis(kind="per_merchant")


def test_free_text():
    """Label and owner are kept as written, whatever they hold."""
    found = rule(label="{x} <b>＝１", owner="财务; 王")
    assert (found.label, found.owner) == ("{x} <b>＝１", "财务; 王")


def test_order_of_rules():
    """Rules come in code-point order of their ids, wherever they stand in the file."""
    rules, findings = read(
        "rule,measure,sense,value\nb,cash,at_most,1\n规,cash,at_most,1\nB,cash,at_most,1\n"
    )
    assert ([found.rule for found in rules], findings) == (["B", "b", "规"], [])


def test_rules_with_errors_are_left_out():
    """A rule with an error is left out and the others stay; findings come for every row at once."""
    text = "rule,measure,sense,value\na,cash,at_most,1\nb,cahs,at_most,x\nc,cash,at_mots,1\n"
    rules, findings = read(text)
    assert [found.rule for found in rules] == ["a"]
    assert [(found.code, found.row, found.column) for found in findings] == [
        ("RUL-23", 3, "measure"),
        ("RUL-06", 3, "value"),
        ("RUL-05", 4, "sense"),
    ]


def test_findings_name_what_the_planner_sees():
    """A finding names the file's own header, row and text, and the word that was probably meant."""
    _, findings = read("规则,指标,方向,数值\na,cahs,不超过,1\n")
    assert str(findings[0]).startswith(
        'rules.csv row 2, column 指标: cahs is no measure (did you mean "cash"?)'
    )


@pytest.mark.parametrize(("rule_id", "code"), [("", "RUL-01"), ("pool:cash", "RUL-03")])
def test_ids(rule_id, code):
    """An id is not blank and does not begin with pool:, which stands for the pools."""
    assert codes(rule=rule_id) == [(code, "rule")]


def test_ids_are_unique():
    """Of two rules with one id the later is refused, naming the row of the first."""
    rules, findings = read("rule,measure,sense,value\na,cash,at_most,1\na,cash,at_most,2\n")
    assert [(found.code, found.row, dict(found.facts)["first"]) for found in findings] == [("RUL-02", 3, "2")]
    assert [found.value for found in rules] == [1]


@pytest.mark.parametrize("column", ["measure", "sense", "value"])
def test_required_cells(column):
    """Measure, sense and value may not be blank."""
    assert codes(**{column: ""}) == [("RUL-04", column)]


def test_missing_columns_are_reported_once():
    """A required column that the whole table lacks is the table's finding, not one of every row."""
    rules, findings = read("rule,measure,sense\na,cash,at_most\nb,cash,at_most\n")
    assert (rules, findings) == ((), [])


@pytest.mark.parametrize(
    ("column", "text", "meant"),
    [("kind", "topp", "top"), ("sense", "atmost", "at_most"), ("applies", "if-funded", "if_funded")],
)
def test_unknown_words(column, text, meant):
    """A word that is none of the fixed ones is a finding that says which was probably meant."""
    _, findings = one(**{column: text})
    assert [(found.code, found.column, found.value) for found in findings] == [("RUL-05", column, text)]
    assert f'did you mean "{meant}"?' in findings[0].what


@pytest.mark.parametrize("sense", ["<=", "≤", "＜＝", "不超过", "至多", "at_most"])
def test_sense_in_other_signs(sense):
    """At most may be written as a sign, full-width too, or in Chinese."""
    assert rule(sense=sense).sense == "at_most"


@pytest.mark.parametrize("sense", [">=", "≥", "＞＝", "不低于", "至少", "at_least"])
def test_at_least_in_other_signs(sense):
    """At least may be written as a sign, full-width too, or in Chinese."""
    assert rule(sense=sense).sense == "at_least"


@pytest.mark.parametrize("chinese", sorted(CHINESE_WORDS))
def test_chinese_words(chinese):
    """Every Chinese word of the rule language is read as its English one, in the column where it belongs."""
    english = CHINESE_WORDS[chinese]
    places = {
        "limit": {"kind": ""}, "top": {"k": "2"}, "ratio": {"by": "slot", "value": "2"}, "window": {"k": "2"},
        "pool": {"value": "15%"}, "total": {"value": "15%"}, "per_merchant": {}, "absolute": {},
        "eligible": {"measure": "cells", "value": "15%"},
        "if_funded": {}, "always": {}, "hard": {}, "soft": {"penalty": "1"}, "report": {},
        "at_most": {}, "at_least": {}, "cells": {}, "merchants": {}, "conversions": {}, "merchant": {},
        "category": {}, "slot": {}, "segment": {}, "cell": {}, "all": {"basis": "total", "by": "merchant"},
        "true": {}, "false": {}, "none": {},
    }  # fmt: skip
    column = {
        **dict.fromkeys(("limit", "top", "ratio", "window"), "kind"),
        **dict.fromkeys(("pool", "total", "per_merchant", "absolute", "eligible"), "basis"),
        **dict.fromkeys(("if_funded", "always"), "applies"),
        **dict.fromkeys(("hard", "soft", "report"), "enforcement"),
        **dict.fromkeys(("at_most", "at_least"), "sense"),
        **dict.fromkeys(("cells", "merchants", "conversions"), "measure"),
        **dict.fromkeys(("merchant", "category", "slot", "cell"), "by"),
        "all": "of",
    }.get(english)
    if english in ("true", "false"):
        assert rule(where=f"is_new={chinese}").where[0].values == (chinese,)
    elif (
        english == "segment"
    ):  # cells of this world have no segment: the finding shows that it was understood
        assert codes(by=chinese) == [("RUL-13", "by")]
    elif english == "none":  # a word of pins.csv
        assert codes(kind=chinese) == [("RUL-05", "kind")]
    else:
        cells = places[english] | {column: chinese}
        assert rule(**cells) == rule(**(places[english] | {column: english}))


def test_chinese_merchant_as_measure():
    """商家 is the key in by, and the funded merchants where a measure is asked for."""
    assert rule(measure="商家").measure == rule(measure="merchants").measure
    assert rule(measure="商家(cash>=5)").measure == rule(measure="merchants(cash>=5)").measure


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", 100),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("-3", -3),
        ("１２．５", Fraction(25, 2)),
        ("0.333333333333333333333333333333", Fraction(333333333333333333333333333333, 10**30)),
    ],
)
def test_values_are_exact(text, value):
    """A value is the exact number that is written, full-width digits folded."""
    assert rule(value=text).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15%", Fraction(3, 20)),
        ("１５％", Fraction(3, 20)),
        ("5 %", Fraction(1, 20)),
        ("0.1%", Fraction(1, 1000)),
    ],
)
def test_percentages_are_exact(text, value):
    """A percentage is the exact hundredth of its number."""
    assert rule(value=text, basis="pool").value == value


@pytest.mark.parametrize(
    "text",
    ["1e9", "1,000", "¥5", "5元", "+5", "1 000", "%", "15%%", "一百", "0x10", "1_000", "٣"],
)
def test_values_that_are_no_numbers(text):
    """Exponents, separators, signs of money and words are no numbers in rules.csv."""
    assert codes(value=text, basis="pool") == [("RUL-06", "value")]


@pytest.mark.parametrize(
    ("text", "code"),
    [("nan", "RUL-38"), ("-Inf", "RUL-38"), ("9" * 300, "RUL-37"), ("0." + "1" * 6000 + "%", "RUL-37")],
)
def test_numbers_that_are_too_long_or_not_finite(text, code):
    """A number of hundreds of digits, and one that is not finite, say so."""
    assert codes(value=text, basis="pool") == [(code, "value")]


def test_percentage_without_basis():
    """A percentage of nothing is a finding: the basis must say of what."""
    assert codes(value="15%") == [("RUL-30", "value")]
    assert codes(value="15%", basis="absolute") == [("RUL-30", "value")]
    assert codes(value="15%", kind="top", k="3") == [("RUL-30", "value")]


@pytest.mark.parametrize(
    ("measure", "text", "is_legal"),
    [
        ("cash", "90071992547409.92", True),
        ("cash", "90071992547409.93", False),
        ("traffic", "9007199254740992", True),
        ("traffic", "9007199254740993", False),
        ("gmv", "9007199254740992", True),
        ("gmv", "9" * 199, False),
    ],
)
def test_largest_number(measure, text, is_legal):
    """No amount of a pool is over 2^53 of its smallest units, and no other number over 2^53."""
    assert codes(measure=measure, value=text) == ([] if is_legal else [("RUL-07", "value")])


def test_soft():
    """A soft rule needs a penalty of zero or more; other rules may not have one."""
    assert rule(enforcement="soft", penalty="0.5").penalty == Fraction(1, 2)
    assert rule(enforcement="soft", penalty="0").penalty == 0
    assert codes(enforcement="soft") == [("RUL-33", "penalty")]
    assert codes(enforcement="soft", penalty="-1") == [("RUL-08", "penalty")]
    assert codes(enforcement="soft", penalty="5%") == [("RUL-06", "penalty")]
    assert codes(enforcement="soft", penalty="much") == [("RUL-06", "penalty")]
    assert codes(penalty="1") == [("RUL-32", "penalty")]
    assert codes(enforcement="report", penalty="1") == [("RUL-32", "penalty")]


@pytest.mark.parametrize(
    ("kind", "k", "expected"),
    [
        ("top", "3", (3, False)),
        ("top", "10%", (Fraction(1, 10), True)),
        ("top", "１００％", (1, True)),
        ("top", "0.5%", (Fraction(1, 200), True)),
        ("window", "1", (1, False)),
        ("window", "3.0", (3, False)),
    ],
)
def test_k(kind, k, expected):
    """The k of top is a number or a share of groups, that of window a number of slots."""
    found = rule(kind=kind, k=k)
    assert (found.k, found.k_is_share) == expected


@pytest.mark.parametrize(
    ("kind", "k", "code"),
    [
        ("top", "0", "RUL-36"),
        ("top", "1.5", "RUL-36"),
        ("top", "0%", "RUL-36"),
        ("top", "101%", "RUL-36"),
        ("top", "ten", "RUL-06"),
        ("top", "", "RUL-33"),
        ("window", "0", "RUL-36"),
        ("window", "-1", "RUL-36"),
        ("window", "2.5", "RUL-36"),
        ("window", "50%", "RUL-36"),
        ("window", "", "RUL-33"),
        ("limit", "3", "RUL-32"),
        ("ratio", "3", "RUL-32"),
    ],
)
def test_k_that_is_none(kind, k, code):
    """A k that counts nothing, or that the kind does not take or lacks, is a finding."""
    assert codes(kind=kind, k=k, by="merchant") == [(code, "k")]


def test_ratio():
    """A ratio needs by, and a value of 1 or more, which may be a percentage."""
    assert rule(kind="ratio", by="tier", value="150%").value == Fraction(3, 2)
    assert codes(kind="ratio", value="2") == [("RUL-33", "by")]
    assert codes(kind="ratio", by="tier", value="0.99") == [("RUL-35", "value")]
