"""Scopes: the grammar of where, the names of columns, what a condition may compare, and who is in."""

from __future__ import annotations

import pytest

from optimizer.read.rules import KEY_LACKING, read_rules
from optimizer.read.scope_cells import keys_in_scope
from tests.read.rule_language import FILES, codes, context, one, read, rule, table_of


def conditions(where):
    """Return (label, operator, values) of the conditions of a legal scope."""
    return [(c.column.label, c.operator, c.values) for c in rule(where=where).where]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", []),
        ("tier=small", [("tier", "=", ("small",))]),
        ("tier=small|mid", [("tier", "=", ("small", "mid"))]),
        ("tier＝small｜mid；slot！＝S1", [("tier", "=", ("small", "mid")), ("slot", "!=", ("S1",))]),
        (" tier = small | mid ; slot != S1 ;", [("tier", "=", ("small", "mid")), ("slot", "!=", ("S1",))]),
        ("tier≠mid", [("tier", "!=", ("mid",))]),
        ("followers>=1000", [("followers", ">=", ("1000",))]),
        ("followers≥１０００", [("followers", ">=", ("1000",))]),
        ("followers＜1000000", [("followers", "<", ("1000000",))]),
        ("followers<=300000;followers>-1", [("followers", "<=", ("300000",)), ("followers", ">", ("-1",))]),
        ('merchants.name="Pine;Co"', [("merchants.name", "=", ("Pine;Co",))]),
        ('"tier"="small"|mid', [("tier", "=", ("small", "mid"))]),
        ("商家=M1;类目=tea", [("merchant", "=", ("M1",)), ("category", "=", ("tea",))]),
        ("商家.tier=small", [("tier", "=", ("small",))]),
        ("merchants.merchant=M1", [("merchant", "=", ("M1",))]),
    ],
)  # fmt: skip
def test_where(where, expected):
    """Conditions are joined by ;, alternatives by |, in plain or full-width signs, blanks not counting."""
    assert conditions(where) == expected


@pytest.mark.parametrize(
    "part",
    [
        "tier",
        "=small",
        "tier==small",
        "tier=>small",
        "followers=>1000",
        "tier=a=b",
        'tier="small',
        'tier="small"er',
        "tier small",
        "!",
    ],
)
def test_conditions_that_cannot_be_read(part):
    """A condition without name or operator, with a second one, or badly quoted, is a finding."""
    assert codes(where=part) == [("RUL-15", "where")]


def test_every_condition_is_read():
    """One condition that cannot be read does not hide the findings of the others."""
    assert codes(where="tier;slot=S1;followers>x;nothing=1") == [
        ("RUL-10", "where"),
        ("RUL-15", "where"),
        ("RUL-18", "where"),
    ]


def test_quotes():
    """A quoted value holds ; | = and doubled quotes; a quote inside of a bare value is a character."""
    options = FILES["options.csv"] + '"a;b|c=d ""e""",tea,S1,a,1,1,1,1\n"5"" pipe",tea,S1,a,1,1,1,1\n'
    merchants = FILES["merchants.csv"] + '"a;b|c=d ""e"""\n"5"" pipe"\n'.replace("\n", "," * 7 + "\n")
    text = (
        'rule,measure,sense,value,where\nr,cash,at_most,1,"merchant=""a;b|c=d """"e""""""|5"" pipe;slot=S1"\n'
    )
    rules, findings = read(text, {**FILES, "options.csv": options, "merchants.csv": merchants})
    assert findings == []
    assert [c.values for c in rules[0].where] == [('a;b|c=d "e"', '5" pipe'), ("S1",)]


def test_text_as_written_goes_before_its_folded_form():
    """A key with full-width signs of its own is found as it is written; else signs are folded."""
    assert conditions("category=食品（生鲜）") == [("category", "=", ("食品（生鲜）",))]
    assert conditions("merchant=M１") == [("merchant", "=", ("M1",))]


@pytest.mark.parametrize("part", ["tier=", 'tier=""', "tier=small|", "tier!=", "followers>="])
def test_blank_values(part):
    """Nothing can be compared with a blank: a blank attribute satisfies only !=."""
    assert codes(where=part) == [("RUL-16", "where")]


def test_one_value_to_compare():
    """More or less takes one value."""
    assert codes(where="followers>=1|2") == [("RUL-17", "where")]


@pytest.mark.parametrize(
    "part", ["tier>5", "tier<small", "followers>many", "slot>S1", "joined>5", "followers<2026-01-01"]
)
def test_more_or_less_than_a_text(part):
    """< and > on a text, or a number against times, is a finding."""
    assert codes(where=part) == [("RUL-18", "where")]


def test_single_texts_among_numbers():
    """One text among numbers is a finding in the table; blanks and merchants without cells are none."""
    _, findings = one(where="mixed>=1")
    assert [(f.code, f.file, f.row, f.column, f.value) for f in findings] == [
        ("RUL-19", "merchants.csv", 4, "mixed", "many")
    ]


@pytest.mark.parametrize(
    ("where", "merchants"),
    [
        ("followers>20000", {"M2", "M3"}),
        ("followers>20000.5", {"M3"}),
        ("followers<=20000.5", {"M1", "M2"}),
        ("joined>=2026-03-01T08:00", {"M2", "M3"}),
        ("joined>2026-03-01 08:00", {"M3"}),
        ("joined<2026-06-01T08:00:00+08:00", {"M1", "M2"}),
        ("joined<=2026-06-01T08:00:00+08:00", {"M1", "M2", "M3"}),
        ("is_new=true", {"M1"}),
        ("is_new=是", {"M1"}),
        ("is_new=FALSE", {"M2", "M3"}),
        ("is_new!=是", {"M2", "M3"}),
        ("tier!=small", {"M2", "M3"}),
        ("tier=small|mid", {"M1", "M2"}),
        ("tier!=small|mid", {"M3"}),
        ("mixed!=1", {"M2", "M3"}),
        ("slot=S1", {"M1", "M2"}),
        ("slot=S1;category=toys|tea;tier=mid", {"M2"}),
    ],
)
def test_who_is_in_scope(where, merchants):
    """A scope holds the cells that meet every condition: texts, numbers, times, true and false, blanks."""
    conditions_read = rule(where=where).where
    held = keys_in_scope(conditions_read, "merchant", context())
    assert {name for name, is_held in zip(("M1", "M2", "M3"), held, strict=True) if is_held} == merchants


@pytest.mark.parametrize(
    ("sense", "expected"), [("at_least", [("RUL-21", "where")]), ("at_most", [("RUL-22", "where")])]
)
@pytest.mark.parametrize("where", ["slot=S2;category=tea", "tier=large", "followers>1000000"])
def test_empty_scope(where, sense, expected):
    """A scope without any cell is an error for a floor and a warning for a cap, which stays."""
    assert codes(where=where, sense=sense) == expected
    assert (one(where=where, sense=sense)[0] is None) == (sense == "at_least")


def test_empty_scope_is_not_judged_without_options():
    """Where options.csv could not be read, nothing is said of scopes, values and attributes."""
    text = "rule,measure,sense,value,where,basis\nr,cash,at_least,1,tier=smal;slot=S9,merchants.mixed\n"
    table = table_of("rules.csv", {"rules.csv": text})
    rules, findings = read_rules(table, context(is_complete=False))
    assert (len(rules), findings) == (1, [])


def test_texts_that_no_row_has():
    """A value that is nowhere is a warning with what was probably meant; one without cells is known."""
    found, findings = one(where="tier=smal|mid")
    assert found is not None
    assert [(f.code, f.value, f.severity.value) for f in findings] == [("RUL-20", "smal", "warning")]
    assert 'did you mean "small"?' in findings[0].what
    assert codes(where="tier=large|mid") == []
    assert codes(where="merchant=M4|M1") == []
    assert codes(where="is_new!=yes") == [("RUL-20", "where")]


@pytest.mark.parametrize("column", ["where", "by"])
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("teir", "RUL-10"),
        ("merchants.teir", "RUL-10"),
        ("cash", "RUL-10"),
        ("name", "RUL-11"),
        ("categories.budget", "RUL-12"),
        ("segment", "RUL-13"),
        ("segments.age", "RUL-13"),
    ],
)
def test_unknown_columns(column, name, code):
    """An unknown, ambiguous or unavailable column is a finding of its own kind, in where as in by."""
    text = f"{name}=x" if column == "where" else name
    assert codes(**{column: text}) == [(code, column)]


def test_ambiguous_names_both():
    """A name that two tables share is an error that names both; either is then legal."""
    _, findings = one(by="name")
    assert "merchants.name or slots.name" in findings[0].what
    assert [c.label for c in rule(by="merchants.name;slots.name").by] == ["merchants.name", "slots.name"]
    assert [c.key for c in rule(by="merchants.name;slots.name").by] == ["merchant", "slot"]


def test_did_you_mean_a_column():
    """An unknown column says which was probably meant."""
    assert 'did you mean "tier"?' in one(by="teir")[1][0].what


def test_key_before_attribute():
    """A bare name that is a key's means the key; the attribute of that name needs its table."""
    merchants = FILES["merchants.csv"].replace("tier", "category", 1)
    text = "rule,measure,sense,value,by\na,cash,at_most,1,category;merchants.category\n"
    rules, findings = read(text, {**FILES, "merchants.csv": merchants})
    assert findings == []
    assert [(c.key, c.attribute, c.label) for c in rules[0].by] == [
        ("category", "", "category"),
        ("merchant", "category", "merchants.category"),
    ]


def test_chinese_headers_of_attributes():
    """A rule may name a column by the Chinese header that the table has."""
    merchants = FILES["merchants.csv"].replace("name", "名称", 1).replace("tier", "档位级别", 1)
    files = {**FILES, "merchants.csv": merchants}
    rules, findings = read("rule,measure,sense,value,by\na,cash,at_most,1,商家.名称;档位级别\n", files)
    assert ([c.label for c in rules[0].by], findings) == (["merchants.name", "档位级别"], [])


@pytest.mark.parametrize(
    ("by", "labels"),
    [
        ("", []),
        ("tier", ["tier"]),
        ("slot;merchant", ["slot", "merchant"]),
        ("merchant；slot", ["merchant", "slot"]),
        ("cell", ["merchant", "category", "slot"]),
        ("单元格", ["merchant", "category", "slot"]),
        ("tier;cell", ["tier", "merchant", "category", "slot"]),
        ("商家; 时段 ;", ["merchant", "slot"]),
    ],
)
def test_by(by, labels):
    """By keeps its order; cell is written out as all keys."""
    assert [column.label for column in rule(by=by).by] == labels


def test_cell_has_the_segment_too():
    """Where cells have segments, cell stands for four keys."""
    options = "merchant,category,slot,segment,option,cash,traffic,conversions\nM1,tea,S1,heavy,a,1,1,1\n"
    rules, findings = read(
        "rule,measure,sense,value,by\na,cash,at_most,1,cell\n", {**FILES, "options.csv": options}
    )
    assert ([c.label for c in rules[0].by], findings) == (["merchant", "category", "slot", "segment"], [])


@pytest.mark.parametrize("by", ["tier;tier", "tier;merchants.tier", "merchant;cell", "商家;merchant"])
def test_columns_named_twice(by):
    """A column that is named twice is a finding."""
    assert codes(by=by) == [("RUL-14", "by")]


def test_quotes_in_by():
    """A column of by that is quoted badly is a finding."""
    assert codes(by='"tier') == [("RUL-15", "by")]


@pytest.mark.parametrize(
    ("of", "labels"),
    [("category", ["category"]), ("category;merchant", ["category", "merchant"]), ("all", []), ("全部", [])],
)
def test_of(of, labels):
    """Of names columns of by, or all: every cell."""
    found = rule(by="merchant;category", basis="total", of=of, value="15%")
    assert [column.label for column in found.of] == labels


@pytest.mark.parametrize(
    ("of", "code"), [("slot", "RUL-34"), ("nothing", "RUL-10"), ("category;category", "RUL-14")]
)
def test_of_outside_by(of, code):
    """Of may name no column that by does not name, and none twice."""
    assert codes(by="merchant;category", basis="total", of=of, value="15%") == [(code, "of")]


@pytest.mark.parametrize(
    "cells",
    [
        {"where": "tier=small"},
        {"by": "tier"},
        {"basis": "merchants.followers"},
        {"measure": "merchants(cash>=followers)"},
        {"basis": "merchants(cash>=followers)"},
    ],
)
def test_keys_that_their_table_lacks(cells):
    """A key that its own table lacks is an error if a rule uses the table, and names that rule."""
    files = {**FILES, "options.csv": FILES["options.csv"] + "M9,tea,S9,a,1,1,1,1\n"}
    row = {"measure": "cash", **cells}
    text = f"rule,sense,value,{','.join(row)}\na,at_most,1,{','.join(row.values())}\n"
    _, findings = read(text, files)
    assert [(f.code, f.file, f.column, f.value, dict(f.facts)["rule"]) for f in findings] == [
        (KEY_LACKING, "options.csv", "merchant", "M9", "a")
    ]


def test_keys_of_tables_that_no_rule_uses():
    """A table that rules name only by its key is not used by them."""
    files = {**FILES, "options.csv": FILES["options.csv"] + "M9,tea,S9,a,1,1,1,1\n"}
    assert read("rule,measure,sense,value,by\na,cash,at_most,1,merchant;slot\n", files)[1] == []
