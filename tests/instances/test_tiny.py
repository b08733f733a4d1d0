"""tiny: the answer worked in its README is the answer."""

import csv
import re
from fractions import Fraction
from pathlib import Path

from tests.oracle import brute_force, evaluate

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"
BEST = {
    ("an_tea", "tea", "S1"): "basic",
    ("an_tea", "tea", "S2"): "basic",
    ("hu_shoes", "shoes", "S1"): "plus",
    ("hu_shoes", "shoes", "S2"): "basic",
    ("lin_phones", "phones", "S1"): "basic",
    ("lin_phones", "phones", "S2"): "basic",
}


def _edited(tmp_path, name, old, new):
    folder = tmp_path / "edited"
    folder.mkdir()
    for file in TINY.iterdir():
        folder.joinpath(file.name).write_bytes(file.read_bytes())
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new))
    return brute_force(folder).objective


def test_the_best_plan():
    """Of all 729 plans the one in the README is best, with 50 conversions."""
    best = brute_force(TINY)
    assert best.objective == 50
    assert best.plans == [BEST]


def test_what_binds():
    """The pool, the cap of Lin and the floor of An have no slack; the others are as in the README."""
    evaluation = evaluate(TINY, {cell: {option: Fraction(1)} for cell, option in BEST.items()})
    assert [(row.rule, row.group, row.limit, row.used, row.slack) for row in evaluation.rows] == [
        ("pool:cash", "", "100.00", "100.00", "0.00"),
        ("merchant-cap", "merchant=an_tea", "40.00", "20.00", "20.00"),
        ("merchant-cap", "merchant=hu_shoes", "50.00", "40.00", "10.00"),
        ("merchant-cap", "merchant=lin_phones", "40.00", "40.00", "0.00"),
        ("slot-cap", "slot=S1", "65.00", "55.00", "10.00"),
        ("slot-cap", "slot=S2", "65.00", "45.00", "20.00"),
        ("small-floor", "", "20.00", "20.00", "0.00"),
    ]
    assert [row.status for row in evaluation.rows].count("binding") == 3


def test_what_each_limit_costs(tmp_path):
    """Ten yuan more give 53, and without Lin's cap or the floor 51 could be reached."""
    for number, (name, old, new, objective) in enumerate(
        [
            ("pools.csv", "100.00", "110.00", 53),
            ("merchants.csv", "large,40", "large,100", 51),
            ("rules.csv", "at_least,20,", "at_least,0,", 51),
            ("merchants.csv", "small,40", "small,100", 50),
            ("merchants.csv", "mid,50", "mid,100", 50),
            ("rules.csv", "65%", "100%", 50),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        assert _edited(tmp_path / str(number), name, old, new) == objective


def test_the_readme_shows_the_options():
    """The table of the README holds the figures of options.csv."""
    readme = (TINY / "README.md").read_text(encoding="utf-8")
    with (TINY / "options.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    figures = {
        (row["merchant"], row["slot"], row["option"]): (row["cash"], row["conversions"]) for row in rows
    }
    for merchant, name in (("an_tea", "An"), ("hu_shoes", "Hu"), ("lin_phones", "Lin")):
        for slot in ("S1", "S2"):
            line = next(line for line in readme.splitlines() if line.startswith(f"| {name}, {slot} | "))
            numbers = [Fraction(text) for text in re.findall(r"\d+", line.partition(" | ")[2])]
            options = [figures[merchant, slot, option] for option in ("basic", "plus")]
            assert numbers == [Fraction(figure) for pair in options for figure in pair]
