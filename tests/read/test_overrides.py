"""`--set`: pools, rules and settings changed for one run."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.headers import RULE_COLUMNS
from optimizer.read.overrides import apply_overrides, parse_override
from tests.read.rule_language import table_of

FILES = {
    "pools.csv": "pool,amount\ncash,1000\n流量,5\n",
    "rules.csv": (
        "rule,measure,sense,value,penalty\n"
        'cap.mid,cash,at_most,5,\n"a=b ""c""",cash,at_most,6,\n规则,cash,at_most,7,1\n'
    ),
}


def tables():
    """Return the tables of the folder."""
    return {name: table_of(f"{name}.csv", FILES) for name in ("pools", "rules")}


def apply(*texts, settings=None):
    """Apply overrides as the command line gives them."""
    return apply_overrides(tuple(map(parse_override, texts)), tables(), settings or {})


def found(*texts, settings=None):
    """Return the codes of the findings."""
    return [one.code for one in apply(*texts, settings=settings)[2]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pools.cash=1e9", ("pools.cash", "1e9")),
        (" pools.cash = 1e9 ", ("pools.cash", "1e9")),
        ('rules."a=b".value=5', ('rules."a=b".value', "5")),
        ("rules.a.where=tier=small;slot!=S1", ("rules.a.where", "tier=small;slot!=S1")),
        ('settings.name="a=b"', ("settings.name", '"a=b"')),
        ("rules.a.penalty=", ("rules.a.penalty", "")),
    ],
)
def test_parse(text, expected):
    """The key ends at the first = outside quotes."""
    assert parse_override(text) == expected


@pytest.mark.parametrize("text", ["pools.cash", "", "=5", 'rules."a.value=5'])
def test_parse_what_is_none(text):
    """A text without key or = is refused, with an example of what to write."""
    with pytest.raises(ValueError, match=r"pools\.cash=1e9"):
        parse_override(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("pools.cash=1e9", "1000000000"),
        ("pools.cash=1.25E+3", "1250"),
        ("pools.cash=5e-2", "0.05"),
        ("pools.cash=12.30", "12.3"),
        ("pools.cash=12.3000", "12.3"),
        ("pools.cash=120000e-4", "12"),
    ],
)
def test_pools(text, amount):
    """An amount may have an exponent, and is exact; the other pools stay."""
    changed, _, findings = apply(text)
    assert (changed["pools"].columns["amount"], findings) == ((amount, "5"), [])


def test_pool_of_any_script():
    """A pool may be named in any script."""
    assert apply("pools.流量=7")[0]["pools"].columns["amount"] == ("1000", "7")


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("rules.cap.mid.value=1e-2", "value", ("0.01", "6", "7")),
        ('rules."cap.mid".value=15%', "value", ("15%", "6", "7")),
        ('rules."a=b ""c""".value=8', "value", ("5", "8", "7")),
        ("rules.规则.enforcement=report", "enforcement", ("", "", "report")),
        ("rules.规则.penalty=", "penalty", ("", "", "")),
        ("rules.规则.where=tier=small", "where", ("", "", "tier=small")),
        ("rules.规则.label=1e3", "label", ("", "", "1e3")),
    ],
)
def test_rules(text, column, expected):
    """Any column of a rule but its id can be set, also one that the file lacks."""
    changed, _, findings = apply(text)
    assert (changed["rules"].columns[column], findings) == (expected, [])
    assert changed["rules"].headers[column] == column


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("settings.timezone=Asia/Tokyo", {"timezone": "Asia/Tokyo"}),
        ("settings.gap=1e-5", {"gap": Decimal("0.00001")}),
        ('settings.divisible=["tea"]', {"divisible": ["tea"]}),
        ("settings.divisible=true", {"divisible": True}),
        ("settings.objective.maximise=gmv", {"objective": {"maximise": "gmv"}}),
        ("settings.objective.maximise={gmv = 0.05}", {"objective": {"maximise": {"gmv": Decimal("0.05")}}}),
        ("settings.objective.maximise.gmv=2", {"objective": {"maximise": {"gmv": 2}}}),
        ("settings.measures.s.cash=1", {"measures": {"s": {"cash": 1}}}),
        ('settings.measures."a.b".cash=1', {"measures": {"a.b": {"cash": 1}}}),
        ("settings.name=2026-11-01", {"name": "2026-11-01"}),
        ("settings.name=x\ncurrency = 1", {"name": "x\ncurrency = 1"}),
        ("settings.name=1\ncurrency = 1", {"name": "1\ncurrency = 1"}),
    ],
)
def test_settings(text, settings):
    """A setting is read as a TOML value, exactly, else as the text itself; nothing more gets in with it."""
    _, changed, findings = apply(text)
    assert (changed, findings) == (settings, [])


def test_what_was_given_is_left_alone():
    """Tables and settings that were given do not change."""
    given, stated = tables(), {"objective": {"maximise": {"gmv": 1}}}
    before = tables()
    apply_overrides((("pools.cash", "5"), ("settings.objective.maximise.gmv", "2")), given, stated)
    assert (given, stated) == (before, {"objective": {"maximise": {"gmv": 1}}})


def test_order():
    """Of two overrides of one thing the last holds."""
    assert apply("pools.cash=1", "pools.cash=2")[0]["pools"].columns["amount"][0] == "2"


@pytest.mark.parametrize(
    "text",
    [
        "cash=5",
        "pool.cash=5",
        "pools=5",
        "rules.value=5",
        "settings=1",
        "pools..cash=5",
        'rules."a"b.value=5',
    ],
)
def test_keys_of_no_form(text):
    """A key of no known form is a finding that shows the forms."""
    assert found(text) == ["OVR-01"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pools.cahs=5", "cash"),
        ("rules.cap.mdi.value=5", "cap.mid"),
        ("rules.cap.mid.valeu=5", "value"),
        ("settings.timezon=Asia/Tokyo", "timezone"),
        ("settings.objective.maximize=gmv", "maximise"),
    ],
)
def test_unknown_names(text, meant):
    """An unknown pool, rule, column or setting is a finding that says which was probably meant."""
    _, _, findings = apply(text)
    assert [(one.code, one.file) for one in findings] == [("OVR-02", "--set")]
    assert f'did you mean "{meant}"?' in findings[0].what


@pytest.mark.parametrize("column", [name for name in RULE_COLUMNS if name != "rule"])
def test_every_column_of_rules(column):
    """Every column of contract 3 but the id can be set."""
    assert found(f"rules.规则.{column}=5") == []


@pytest.mark.parametrize(
    "text",
    [
        "pools.cash=abc",
        "pools.cash=",
        "pools.cash=5%",
        "pools.cash=1,000",
        "rules.规则.value=1e999",
        "rules.规则.k=x",
    ],
)
def test_numbers_that_are_none(text):
    """A number that is none is a finding."""
    assert found(text) == ["OVR-03"]


@pytest.mark.parametrize("text", ["pools.cash=１００", "pools.cash=1０0", "pools.cash=−5"])
def test_full_width_amounts_are_refused(text):
    """A full-width amount is refused as it is in pools.csv; the finding says what to write."""
    findings = apply(text)[2]
    assert [one.code for one in findings] == ["OVR-05"]
    assert dict(findings[0].facts)["folded"].isascii()


def test_settings_below_a_plain_one():
    """Something below a setting that is no table is a finding."""
    assert found("settings.gap.x=1") == ["OVR-04"]
    assert found("settings.objective.maximise.gmv=1", settings={"objective": {"maximise": "cash"}}) == [
        "OVR-04"
    ]


def test_folder_without_rules():
    """A rule of a folder that has none is a finding."""
    findings = apply_overrides((("rules.a.value", "5"),), {"pools": tables()["pools"]}, {})[2]
    assert [one.code for one in findings] == ["OVR-02"]
