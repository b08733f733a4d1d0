"""The rows of a plan become a choice, and what stands against that is said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from models.amount import FRACTION_UNIT
from models.finding import Finding
from models.plan import Choice
from optimizer.compile import compile_problem
from optimizer.read import read_choice
from tests.read.reading import codes, read

HEADER = "merchant,category,slot,option,cash,conversions\n"
OPTIONS = (
    HEADER + "M1,C1,S1,A,10,1\nM1,C1,S1,B,20,1.5\nM1,C1,S1,C,30,1.6\nM2,C1,S1,A,5,0.5\n'M3,C1,=S,@A,5,0.5\n"
)
DIVISIBLE = "divisible = true\n"


def choose(path: Path, plan: str, **files: str) -> tuple[Choice | None, list[Finding]]:
    """Read an instance, and a table of rows."""
    named = {f"{name}.toml" if name == "settings" else f"{name}.csv": text for name, text in files.items()}
    instance = read(path / "instance", {"options.csv": OPTIONS, **named})
    (path / "mine.csv").write_text(plan, encoding="utf-8")
    return read_choice(path / "mine.csv", compile_problem(instance))


def test_keys_and_option_suffice(tmp_path: Path) -> None:
    """A planner's own table needs the keys and the option; rows come in any order, guards are stripped."""
    rows = "merchant,category,slot,option\nM2,C1,S1,A\n''M3,C1,'=S,'@A\nM1,C1,S1,B\n"
    choice, findings = choose(tmp_path, rows)
    assert findings == []
    assert choice is not None
    assert len(choice.options) == 3
    assert sorted(choice.options.tolist()) == choice.options.tolist()
    assert set(choice.fractions.tolist()) == {FRACTION_UNIT}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("M1,C1,S1,A,\n", [1]),
        ("M1,C1,S1,A,0.25\n", [Fraction(1, 4)]),
        ("M1,C1,S1,A,0.25\nM1,C1,S1,B,0.75\n", [Fraction(1, 4), Fraction(3, 4)]),
        ("M1,C1,S1,A,0\nM1,C1,S1,B,1\n", [1]),
    ],
)
def test_fractions(tmp_path: Path, rows: str, expected: list[Fraction]) -> None:
    """A divisible cell may hold part of its cheapest option, or a mix of two neighbours."""
    head = "merchant,category,slot,option,fraction\n"
    choice, findings = choose(tmp_path, head + rows, settings=DIVISIBLE)
    assert findings == []
    assert choice is not None
    assert [Fraction(units, FRACTION_UNIT) for units in choice.fractions.tolist()] == expected


@pytest.mark.parametrize(
    ("rows", "settings", "code", "row"),
    [
        ("M9,C1,S1,A,1\n", "", "CHO-02", 2),
        ("M2,C1,S1,A,1\nM1,C1,S1,AA,1\n", "", "CHO-03", 3),
        ("M1,C1,S1,A,1.5\n", "", "CHO-04", 2),
        ("M1,C1,S1,A,0.1234567891\n", DIVISIBLE, "CHO-04", 2),
        ("M1,C1,S1,A,-1\n", DIVISIBLE, "CHO-04", 2),
        ("M1,C1,S1,A,1\nM1,C1,S1,B,1\n", "", "CHO-05", 3),
        ("M1,C1,S1,A,0.5\n", "", "CHO-05", 2),
        ("M1,C1,S1,B,0.5\n", DIVISIBLE, "CHO-05", 2),
        ("M1,C1,S1,A,0.5\nM1,C1,S1,C,0.5\n", DIVISIBLE, "CHO-05", 3),
        ("M1,C1,S1,A,0.5\nM1,C1,S1,B,0.4\n", DIVISIBLE, "CHO-05", 3),
        ("M1,C1,S1,A,1\nM1,C1,S1,A,1\n", "", "CHO-05", 3),
    ],
)
def test_findings(tmp_path: Path, rows: str, settings: str, code: str, row: int) -> None:
    """What a cell cannot hold is a finding with its row, and there is no choice."""
    head = "merchant,category,slot,option,fraction\n"
    choice, findings = choose(tmp_path, head + rows, **({"settings": settings} if settings else {}))
    assert choice is None
    assert codes(findings) == [code]
    assert findings[0].row == row


def test_segment_of_no_instance(tmp_path: Path) -> None:
    """A plan with segments is none of an instance without."""
    choice, findings = choose(tmp_path, "merchant,category,slot,segment,option\nM1,C1,S1,X,A\n")
    assert choice is None
    assert codes(findings) == ["CHO-01"]


def test_empty_plan(tmp_path: Path) -> None:
    """A table without rows is the plan that gives nothing."""
    choice, findings = choose(tmp_path, "merchant,category,slot,option\n")
    assert codes(findings) in ([], ["TAB-06"])
    assert choice is None or len(choice.options) == 0
