"""Conflicts by arithmetic: each proof finds its own, and is silent one step beside it."""

from pathlib import Path

import pytest

from models.finding import Finding
from optimizer.pipeline import check

OPTIONS = """merchant,category,slot,option,cash,conversions
M1,C1,S1,A,10,1
M1,C1,S1,B,40,3
M2,C1,S1,A,20,2
M2,C1,S2,A,30,2
M3,C1,S1,A,20,2
M3,C1,S2,B,30,3
M4,C1,S1,A,10,1
"""
MERCHANTS = "merchant,tier\nM1,big\nM2,big\nM3,mid\nM4,new\n"


def findings(path: Path, rules: str, **files: str) -> list[Finding]:
    """Return what arithmetic and reading find in a shop with these rules: `id,measure,... / ...` lines."""
    header = "rule,kind,measure,where,by,sense,value,basis,k"
    lines = "\n".join([header, *(line.strip() for line in rules.split("/"))])
    texts = {
        "pools": "pool,amount\ncash,1000\n",
        "options": OPTIONS,
        "merchants": MERCHANTS,
        "rules": lines + "\n",
        **files,
    }
    for name, text in texts.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    checked = check(path)
    assert checked.instance is not None, [str(one) for one in checked.findings]
    for one in checked.findings:
        assert "{" not in str(one)
    return list(checked.findings)


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


BIG, REST = "big,,cash,tier=big,,at_least,90%,total,", "rest,,cash,tier!=big,,at_least,{},total,"


def test_share_floors_of_several_rules_over_one_hundred_percent(tmp_path: Path) -> None:
    """Floors of 90 % and 40 % of the total on groups that share no cell leave an empty plan."""
    found = findings(tmp_path, BIG + "/" + REST.format("40%"))
    assert codes(found) == ["POL-03"]
    assert "big, rest" in found[0].what
    assert "130 %" in found[0].what


def test_share_floors_of_one_hundred_percent_are_silent(tmp_path: Path) -> None:
    """Floors that add up to 100 % can be met, and so can more than that in groups that share cells."""
    assert codes(findings(tmp_path, BIG + "/" + REST.format("10%"))) == []
    assert codes(findings(tmp_path, BIG + "/one,,cash,merchant=M1,,at_least,60%,total,")) == []


@pytest.mark.parametrize(
    ("floor", "code"),
    [
        ("floor,,cash,,,at_least,0.01,,", ["INF-09", "POL-03"]),
        ("floor,,conversions,slot=S1,,at_least,0.5,,", ["INF-09", "POL-03"]),
        ("floor,,merchants,,,at_least,1,,", ["INF-09", "POL-03"]),
        ("floor,,merchants(conversions>=1),,,at_least,1,,", ["INF-09", "POL-03"]),
        ("floor,,cells,,,at_least,0,,", ["POL-03"]),
        ("floor,,cash,,,at_most,100,,", ["POL-03"]),
    ],
)
def test_an_empty_plan_meets_no_floor(tmp_path: Path, floor: str, code: list[str]) -> None:
    """Where shares leave nothing of a measure, every floor that needs some of it is a conflict."""
    assert codes(findings(tmp_path, "/".join([BIG, REST.format("40%"), floor]))) == code


def test_what_costs_nothing_can_still_be_given(tmp_path: Path) -> None:
    """Options without any of the emptied measure may meet a floor of another."""
    rules = "/".join([BIG, REST.format("40%"), "floor,,conversions,,,at_least,{},,"])
    free = OPTIONS + "M4,C1,S2,F,0,7\n"
    assert "INF-09" not in codes(findings(tmp_path, rules.format(7), options=free))
    assert "INF-09" in codes(findings(tmp_path, rules.format(8), options=free))


def test_an_empty_plan_and_a_pin(tmp_path: Path) -> None:
    """Where shares leave nothing of a measure, a pin that gives some is a conflict."""
    pins = "merchant,category,slot,option\nM1,C1,S1,B\n"
    assert "INF-13" in codes(findings(tmp_path, BIG + "/" + REST.format("40%"), pins=pins))


def test_caps_of_a_partition_under_one_hundred_percent(tmp_path: Path) -> None:
    """Caps of the total on groups that hold every cell and add up to under 100 % leave an empty plan."""
    caps = "big,,cash,tier=big,,at_most,{},total,/rest,,cash,tier!=big,,at_most,{},total,"
    assert codes(findings(tmp_path, caps.format("50%", "40%"))) == ["POL-04"]
    assert codes(findings(tmp_path, caps.format("50%", "50%"))) == []
    assert codes(findings(tmp_path, "by,,cash,,tier,at_most,30%,total,")) == ["POL-01"]
    floor = "/floor,,cash,,,at_least,1,,"
    found = findings(tmp_path, caps.format("50%", "40%") + floor)
    assert codes(found) == ["INF-09", "POL-04"]
    assert (found[0].file, found[0].row, found[0].column, found[0].value) == ("rules.csv", 4, "value", "1")


def test_a_largest_share_below_the_even_one(tmp_path: Path) -> None:
    """The 2 largest of 4 merchants have half of the total at least: a smaller cap leaves an empty plan."""
    top = "top,top,cash,,merchant,at_most,{},total,2"
    assert codes(findings(tmp_path, top.format("49%"))) == ["POL-05"]
    assert codes(findings(tmp_path, top.format("50%"))) == []
    assert codes(findings(tmp_path, top.format("49%") + "/floor,,cash,,,at_least,1,,")) == [
        "INF-09",
        "POL-05",
    ]


def test_a_share_floor_that_its_cells_cannot_absorb(tmp_path: Path) -> None:
    """90 % for a merchant that can take 10 leaves 10/9 for the rest: a floor above that is a conflict."""
    rules = "new,,cash,tier=new,,at_least,90%,total,/floor,,cash,tier!=new,,at_least,{},,"
    found = findings(tmp_path, rules.format("1.12"))
    assert codes(found) == ["INF-10"]
    assert "(1.111111" not in found[0].what
    assert "11.111111" in found[0].what
    assert codes(findings(tmp_path, rules.format("1.11"))) == []


def test_a_cap_bounds_what_a_group_can_absorb(tmp_path: Path) -> None:
    """What a group can take is bounded by caps on its parts, too."""
    rules = (
        "big,,cash,tier=big,,at_least,50%,total,/cap,,cash,,merchant,at_most,{},,"
        "/floor,,cash,tier=mid,,at_least,31,,"
    )
    assert codes(findings(tmp_path, rules.format("31"))) == []
    assert "INF-10" in codes(findings(tmp_path, rules.replace("tier=big", "merchant=M1").format("30")))


def test_pins_give_the_rest_too_much(tmp_path: Path) -> None:
    """What pins give the rest counts as floors do."""
    pins = "merchant,category,slot,option\nM2,C1,S1,A\n"
    rules = "new,,cash,tier=new,,at_least,{},total,"
    assert codes(findings(tmp_path, rules.format("90%"), pins=pins))[:1] in (["INF-07"], ["INF-11"])
    assert codes(findings(tmp_path, rules.format("30%"), pins=pins)) == []


def test_floors_over_a_cap_on_the_largest(tmp_path: Path) -> None:
    """Floors of 20 and 20 on merchants break a cap of 39 on the two largest, not one of 40."""
    rules = (
        "top,top,cash,,merchant,at_most,{},,2/a,,cash,merchant=M2;slot=S1,,at_least,20,,"
        "/b,,cash,tier=mid,,at_least,20,,/c,,cash,tier=new,,at_least,5,,"
    )
    found = findings(tmp_path, rules.format("39"))
    assert codes(found) == ["INF-12"]
    assert "a, b" in found[0].what
    assert codes(findings(tmp_path, rules.format("40"))) == []


def test_a_cap_below_nothing_does_not_blame_pins(tmp_path: Path) -> None:
    """A cap below zero without any pin speaks of no pins; one below what pins draw names them."""
    found = findings(tmp_path, "cap,,cash,,,at_most,-1,,")
    assert codes(found) == ["INF-08"]
    assert "pin" not in str(found[0])
    pins = "merchant,category,slot,option\nM1,C1,S1,B\n"
    found = findings(tmp_path, "cap,,cash,,,at_most,39,,", pins=pins)
    assert codes(found) == ["INF-02"]
    assert "pins.csv row 2" in found[0].fix
    assert found[0].value == "39"


def test_pins_that_overspend_are_placed(tmp_path: Path) -> None:
    """Pins that draw more than a pool are found at the first of them."""
    pins = "merchant,category,slot,option\nM4,C1,S1,none\nM1,C1,S1,B\n"
    found = findings(tmp_path, "r,,cash,,,at_most,100,,", pins=pins, pools="pool,amount\ncash,39\n")
    assert [(one.code, one.file, one.row) for one in found] == [("INF-06", "pins.csv", 3)]
