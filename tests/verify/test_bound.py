"""Bounds worked by hand: leaves, merchants whose cells interact, lines, penalties, impossibility."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.verify.bound import Bound, bound_of, bound_text
from optimizer.verify.certificate import CertificateReader, Decision, Leaf
from optimizer.verify.family import families_of
from optimizer.verify.leaves import OverlapError, contradicts, cover
from optimizer.verify.loading import load
from optimizer.verify.plan import Plan
from optimizer.verify.report import Report, UnverifiableError
from optimizer.verify.search import Meter, OverBudgetError, best_of
from tests.verify.folders import write_instance

NOBODY = Plan(
    cell=np.zeros(0, np.int64),
    option=np.zeros(0, np.int64),
    fraction=np.zeros(0, np.int64),
    costs={},
    values={},
    is_booked=np.zeros(0, np.bool_),
)
CASH = {"rule": "pool:cash", "group": "", "price": "0.3"}


def bound(home: Path, prices: list[dict[str, Any]], **files: Any) -> Bound:
    """Return the bound that prices prove on the tiny instance, tables replaced; `inside` and `leaves` too."""
    inside, kind = files.pop("inside", []), files.pop("kind", "bound")
    leaves = files.pop("leaves", [{"where": [], "prices": prices}])
    instance = load(write_instance(home, **files), ())
    families = families_of(instance)
    document = {"contract": 1, "kind": kind, "bound": "", "inside": inside, "leaves": leaves}
    certificate = CertificateReader(Report(), instance, families).read(document)
    has_soft = any(family.rule.enforcement == "soft" for family in families)
    return bound_of(instance, NOBODY, certificate, has_soft)


def test_no_price_takes_every_best(tmp_path: Path) -> None:
    """Without prices the bound must be the sum of the best options: 26 + 12 + 15."""
    assert bound(tmp_path, []).text == "53"


def test_whole_numbers_round_down_to_the_common_divisor(tmp_path: Path) -> None:
    """Where every objective is even, 30 + (20-12) + (12-9) + (18-15) = 44 stays, and 43.88 becomes 42."""
    options = (
        "merchant,category,slot,option,cash,conversions\nM1,a,S,A,40,20\nM2,a,S,A,30,12\nM3,a,S,A,50,18\n"
    )
    assert bound(tmp_path / "1", [CASH], options=options).text == "44"
    found = bound(tmp_path / "2", [{**CASH, "price": "0.306"}], options=options)
    assert (found.value, found.text) == (Fraction("43.88"), "42")


def test_soft_rules_round_up(tmp_path: Path) -> None:
    """With a soft rule nothing need be a multiple of anything: the bound is rounded up to 1e-6."""
    rules = "rule,measure,sense,value,enforcement,penalty\ns,cash,at_most,50,soft,0.05\n"
    found = bound(tmp_path, [CASH, {"rule": "s", "group": "", "price": "0.0000001"}], rules=rules)
    # 30 + 0.000005 + (20 - 12 - 0.000004) + (12 - 9 - 0.000003) + 0 = 41.000...
    assert found.value == 30 + 5 * Fraction("1e-6") + 8 - 4 * Fraction("1e-6") + 3 - 3 * Fraction("1e-6")
    assert found.text == "40.999998"
    assert bound_text(Fraction("1.0000001"), Fraction(0)) == "1.000001"
    assert bound_text(Fraction("-1.0000009"), Fraction(0)) == "-1"
    assert bound_text(Fraction("1.9"), Fraction("0.25")) == "1.75"


def test_merchants_are_charged_once(tmp_path: Path) -> None:
    """A price on a count of merchants must be paid once by a merchant, and by none that gets nothing."""
    options = (
        "merchant,category,slot,option,cash,conversions\n"
        "M1,a,S,A,1,3\nM1,b,S,A,1,2\nM2,a,S,A,1,4\nM2,b,S,A,1,2\n"
    )
    at_most = "rule,measure,sense,value\nr,merchants,at_most,1\n"
    price = [{"rule": "r", "group": "", "price": "5.5"}]
    assert bound(tmp_path / "1", price, options=options, rules=at_most, merchants=None).value == 5.5 + 0 + 0.5
    reaching = "rule,measure,sense,value\nr,merchants(cash>=2),at_most,1\n"
    assert bound(tmp_path / "2", price, options=options, rules=reaching, merchants=None).value == 5.5 + 3 + 4
    at_least = "rule,measure,sense,value\nr,merchants(cash>=2),at_least,2\n"
    assert (
        bound(tmp_path / "3", price, options=options, rules=at_least, merchants=None).value
        == -11 + 10.5 + 11.5
    )


def test_limits_inside_hold(tmp_path: Path) -> None:
    """A merchant's own cap must hold inside its search: 3 of 3 + 2, but 4 + 2 where it is not named."""
    options = (
        "merchant,category,slot,option,cash,conversions\n"
        "M1,a,S,A,1,3\nM1,b,S,A,1,2\nM2,a,S,A,1,4\nM2,b,S,A,1,2\n"
    )
    rules = "rule,measure,by,sense,value\ncap,cash,merchant,at_most,1.99\n"
    inside = [{"rule": "cap", "group": "merchant=M1"}]
    assert bound(tmp_path, [], options=options, rules=rules, merchants=None, inside=inside).value == 3 + 6


def test_lines_are_funded_by_the_smallest_part(tmp_path: Path) -> None:
    """A divisible cell must earn a price on funded cells with as little as it likes."""
    options = "merchant,category,slot,option,cash,conversions\nM1,a,S,A,10,1\nM2,b,S,A,10,1\n"
    rules = "rule,measure,sense,value\nr,cells,at_least,2\n"
    prices = [{"rule": "pool:cash", "group": "", "price": "1"}, {"rule": "r", "group": "", "price": "5"}]
    files = {"options": options, "rules": rules, "merchants": None}
    # 100 - 10, and a whole cell loses 1 - 10 + 5 < 0 while a line gains 5.
    assert bound(tmp_path / "1", prices, **files).value == 90
    assert bound(tmp_path / "2", prices, settings='divisible = ["a"]\n', **files).value == 95
    assert bound(tmp_path / "3", prices, settings="divisible = true\n", **files).value == 100


def test_leaves_are_bounded_apart(tmp_path: Path) -> None:
    """Each leaf must be bounded under its decisions, and the largest one counts, with its prices."""
    cell = {"merchant": "M1", "category": "food", "slot": "S1", "option": "A"}
    leaves = [
        {"where": [{**cell, "taken": True}], "prices": []},
        {"where": [{**cell, "taken": False}], "prices": [CASH]},
    ]
    found = bound(tmp_path, [], leaves=leaves)
    # A taken: 20 + 12 + 15 = 47. A avoided: 30 + (26 - 18) + (12 - 9) + 0 = 41.
    assert found.text == "47"
    assert found.leaf is not None
    assert found.leaf.prices == ()


def test_no_plan_exists(tmp_path: Path) -> None:
    """A floor above what all options can draw must be proven impossible by its own price."""
    rules = "rule,measure,sense,value\nfloor,cash,at_least,140.000001\n"
    rules = rules.replace("140.000001", "140.01")
    price = [{"rule": "floor", "group": "", "price": "1"}]
    found = bound(tmp_path / "1", price, rules=rules, kind="infeasible")
    assert (found.value, found.text) == (Fraction("-0.01"), "-0.01")
    soft = "rule,measure,sense,value,enforcement,penalty\nfloor,cash,at_least,200,soft,1\n"
    with pytest.raises(UnverifiableError):
        bound(tmp_path / "2", price, rules=soft, kind="infeasible")


def test_short_weights_prove_nothing_about_negative_amounts(tmp_path: Path) -> None:
    """Weights below k must be refused where an amount can be negative, and taken where none can."""
    options = "merchant,category,slot,option,cash,conversions\nM1,a,S,A,10,{}\nM2,b,S,A,10,1\n"
    rules = "rule,kind,measure,sense,value,k\ntop,top,conversions,at_most,1,1\n"
    price = {"rule": "top", "group": "", "price": "1", "weights": [{"group": "merchant=M1", "weight": "0.5"}]}
    files = {"rules": rules, "merchants": None}
    assert bound(tmp_path / "1", [price], options=options.format("4"), **files).value == 1 + 2 + 1
    with pytest.raises(UnverifiableError):
        bound(tmp_path / "2", [price], options=options.format("-4"), **files)


def test_pins_and_decisions_may_leave_nothing(tmp_path: Path) -> None:
    """A leaf whose decision a pin excludes must hold no plan, and not count."""
    pins = "merchant,category,slot,option\nM1,food,S1,B\n"
    cell = {"merchant": "M1", "category": "food", "slot": "S1", "option": "B"}
    leaves = [
        {"where": [{**cell, "taken": False}], "prices": []},
        {"where": [{**cell, "taken": True}], "prices": [CASH]},
    ]
    assert bound(tmp_path / "1", [], leaves=leaves, pins=pins).text == "41"
    assert bound(tmp_path / "2", [], leaves=leaves[:1], pins=pins).value is None


def test_search_gives_up_when_its_counted_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A merchant beyond the counted work must be said to be unchecked, never be guessed."""
    monkeypatch.setattr("optimizer.verify.search.MOST_STATES", 50_000)
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 10**9, (40, 3)).tolist()
    cells = [
        [(0, (0, 0)), *((int(s), (int(s), int(t))) for s, t in zip(row, row[::-1], strict=True))]
        for row in sizes
    ]
    meters = [Meter(10**10, is_limit=True), Meter(10**10, reward=-3)]
    with pytest.raises(OverBudgetError):
        best_of(cells, meters)


def leaf(*decisions: tuple[int, int, bool]) -> Leaf:
    """Return a leaf of (cell, option, taken) decisions."""
    return Leaf(tuple(Decision(*decision) for decision in decisions), ())


def test_cover() -> None:
    """A tree of decisions must be found to cover all choices, whatever the order; less than one must not."""
    tree = [
        leaf((0, 1, True), (5, 7, True)),
        leaf((0, 1, True), (5, 7, False), (5, 8, True)),
        leaf((0, 1, True), (5, 7, False), (5, 8, False)),
        leaf((0, 1, False), (0, 2, True)),
        leaf((0, 1, False), (0, 2, False)),
    ]
    assert cover(tuple(tree))
    assert cover(tuple(reversed(tree)))
    assert not any(cover(tuple(tree[:n] + tree[n + 1 :])) for n in range(len(tree)))
    assert cover((leaf((0, 1, True)), leaf((0, 2, True)), leaf((0, 1, False), (0, 2, False))))
    assert cover((leaf(),))
    assert not cover(())
    with pytest.raises(OverlapError):
        cover((leaf((0, 1, True)), leaf((0, 1, False)), leaf((0, 2, True))))


def test_contradictions() -> None:
    """Two options taken in one cell must contradict each other, and so must one taken and avoided."""
    assert contradicts(leaf((0, 1, True), (0, 2, True)).where)
    assert contradicts(leaf((0, 1, True), (0, 1, False)).where)
    assert not contradicts(leaf((0, 1, True), (0, 2, False), (3, 4, True)).where)
