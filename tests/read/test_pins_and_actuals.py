"""pins.csv and actuals.csv."""

from pathlib import Path

import pytest

from models.instance import Actual, Pin
from tests.read.reading import OPTIONS, codes, found, read

PINS = "merchant,category,slot,option\n"
ACTUALS = "merchant,category,slot,option,cash,conversions\n"
MORE = OPTIONS + "M2,C2,S2,A,1,1\n"


def test_pins_force_and_forbid(tmp_path: Path) -> None:
    """A pin forces an option, `none` forbids a cell, in either language, `*` forbids all that it fits."""
    pins = read(tmp_path, {"pins.csv": f"{PINS}M1,C1,S1,A\nM2,*,*,无\n"}).pins
    assert pins == (Pin(("M1", "C1", "S1"), "A", 2), Pin(("M2", "*", "*"), "none", 3))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["M1,C1,S1,A", "M1,C1,S1,A"], ["PIN-06"]),
        (["M1,C1,S1,A", "M1,C1,S1,B"], ["PIN-05"]),
        (["M1,C1,S1,A", "*,*,*,none"], ["PIN-05"]),
        (["*,C1,*,none", "M1,C1,S1,A", "M1,*,*,none"], ["PIN-05", "PIN-05"]),
        (["M1,C1,S1,none", "*,*,S1,none"], []),
        (["M1,C1,S1,A", "M2,*,*,none"], []),
        (["M1,C2,S1,A"], ["PIN-03"]),
        (["M2,C2,S1,none"], ["PIN-03"]),
        (["*,C9,*,none"], ["PIN-03"]),
        (["*,C2,S1,none"], ["PIN-03"]),
        (["M1,C1,S1,C"], ["PIN-04"]),
        (["*,C1,S1,A"], ["PIN-02"]),
        (["M1,C1,S1,*"], ["PIN-02"]),
        (["M1,,S1,"], ["PIN-01", "PIN-01"]),
        (["1.2E+17,C1,S1,A"], ["KEY-02"]),
    ],
)
def test_what_pins_may_not_be(tmp_path: Path, rows: list[str], expected: list[str]) -> None:
    """Pins on cells or options that are not there, blank, starred or contradictory ones are findings."""
    findings = found(tmp_path, {"options.csv": MORE, "pins.csv": PINS + "\n".join(rows)})
    assert codes(findings) == expected


def test_a_pin_is_told_its_nearest_key(tmp_path: Path) -> None:
    """A pin on a key that no cell has is told the nearest one."""
    finding = found(
        tmp_path,
        {
            "options.csv": "merchant,category,slot,option,cash,conversions\nshop,C,S,A,1,1\n",
            "pins.csv": f"{PINS}shpo,C,S,A\n",
        },
    )[0]
    assert (finding.column, finding.value) == ("merchant", "shpo")
    assert 'did you mean "shop"' in finding.what


def test_rows_of_a_cell_add_up(tmp_path: Path) -> None:
    """Rows of one cell are summed, corrections included, and come sorted by their keys."""
    rows = "M2,C1,S1,,1.5,0\nM1,C1,S1,A,12,3\nM1,C1,S1,,-2.25,-0.5\n"
    assert read(tmp_path, {"actuals.csv": ACTUALS + rows}).actuals == (
        Actual(("M1", "C1", "S1"), {"cash": 975}, {"conversions": 2_500_000}, "A"),
        Actual(("M2", "C1", "S1"), {"cash": 150}, {"conversions": 0}, ""),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("M1,C1,S1,A,1,1\nM1,C1,S1,B,1,1\n", ["ACT-04"]),
        ("M1,C1,S1,Z,1,1\n", ["ACT-03"]),
        ("M9,C1,S1,A,1,1\n", ["ACT-01"]),
        ("M1,C1,S1,A,1,1\nM1,C1,S1,A,-1.01,1\n", ["ACT-02"]),
        ("M1,C1,S1,A,1,-1\n", ["ACT-02"]),
        ("M1,C1,S1,A,90071992547409,1\nM1,C1,S1,A,90071992547409,1\n", ["NUM-11"]),
        ("M1,C1,S1,A,,x\n", ["NUM-01", "NUM-02"]),
        (",C1,S1,A,1,1\n", ["KEY-01"]),
    ],
)
def test_what_actuals_may_not_be(tmp_path: Path, rows: str, expected: list[str]) -> None:
    """Bookings of unknown cells or options, of two options, or below zero in all, are findings."""
    assert codes(found(tmp_path, {"actuals.csv": ACTUALS + rows})) == expected


def test_actuals_without_rows_are_nothing_yet(tmp_path: Path) -> None:
    """actuals.csv, pins.csv, rules.csv and key tables may have a header alone."""
    instance = read(
        tmp_path, {"actuals.csv": ACTUALS, "pins.csv": PINS, "rules.csv": "rule,measure,sense,value\n"}
    )
    assert (instance.actuals, instance.pins, instance.rules) == ((), (), ())
