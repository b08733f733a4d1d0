"""Every conflict is smallest, and every repair, applied as it says, gives a plan."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.show.repairs import explained_json
from tests.cli.running import fairpool
from tests.explain.impossible import changed, has_plan, lines_of, makers

MAKERS = makers()
ALWAYS = (
    "between-options",
    "coverage-beyond-pool",
    "divisible-floor",
    "equal-or-nothing",
    "minimum-above-cap",
    "pin-against-cap",
    "pins-beyond-pool",
    "quoted",
    "shares-of-pool",
    "top-against-floor",
    "two-conflicts",
    "window-against-floor",
)
"""One of each kind; the others take as long again."""


def _params():
    return [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.full) for name in sorted(MAKERS)]


@pytest.fixture(scope="module", params=_params())
def case(request, tmp_path_factory):
    """An impossible instance, and what is said of it."""
    home = tmp_path_factory.mktemp("explain")
    folder = MAKERS[request.param](home / "instance")
    is_divisible = "divisible" in request.param
    assert is_divisible or not has_plan(folder)
    solved = pipeline.solve(folder, home / "plan", choose=lambda _: SearchOptions())
    assert solved.plan is None
    assert solved.explained is not None
    return folder, explained_json(solved.explained), is_divisible


def _names(members, kind):
    return [member["name"] for member in members if member["kind"] == kind]


def _rows(members):
    return [member["row"] for member in members if member["kind"] == "pin"]


def _pin_rows(folder):
    return range(2, len(lines_of(folder, "pins")) + 2)


def test_conflict_is_smallest(case, tmp_path):
    """The members alone leave no plan, and without any one of them there is one, by brute force."""
    folder, document, is_divisible = case
    if is_divisible or any("pool" in line for line in lines_of(folder, "rules")):
        return  # not to be enumerated, or shares of a pool that changes here
    members = document["conflict"]["members"]
    assert document["conflict"]["is_minimal"]
    assert members

    def is_possible(name, kept):
        rows = set(_pin_rows(folder)) - set(_rows(kept))
        rules, pools = _names(kept, "rule"), _names(kept, "pool")
        return has_plan(changed(folder, tmp_path / name, rules=rules, pools=pools, without_pins=rows))

    assert not is_possible("all", members)
    for number in range(len(members)):
        assert is_possible(str(number), members[:number] + members[number + 1 :]), members[number]


def test_repairs_give_plans(case, tmp_path):
    """Each repair, by --set (or with the row of pins.csv removed), gives a verified plan as good as said."""
    folder, document, _ = case
    assert document["repairs"]
    for number, repair in enumerate(document["repairs"]):
        rows = _rows(repair["edits"])
        applied = changed(folder, tmp_path / str(number), without_pins=rows)
        settings = [part for edit in repair["edits"] if edit["set"] for part in ("--set", edit["set"])]
        ran = fairpool("solve", applied, "--out", tmp_path / f"plan{number}", "--json", *settings)
        assert ran.code == 0, repair
        reached = Decimal(ran.json["summary"]["objective"])
        assert abs(reached - Decimal(repair["objective"])) <= Decimal("0.01") * max(abs(reached), 1)


def test_repairs_are_smallest(case, tmp_path):
    """One step of the value's decimals less than a repair called smallest leaves no plan."""
    folder, document, is_divisible = case
    for number, repair in enumerate(document["repairs"]):
        (edit, *others) = repair["edits"]
        if others or not repair["is_smallest"] or edit["kind"] != "rule":
            continue
        stricter = _one_step_back(edit)
        beside = changed(folder, tmp_path / str(number), values={edit["name"]: stricter})
        if is_divisible:
            assert fairpool("solve", beside, "--out", tmp_path / "plan").code == 4
        else:
            assert not has_plan(beside), (edit, stricter)


def _one_step_back(edit):
    """Return a value nearer by a step of its own digits to where the rule was than the repair."""
    sign = "%" if edit["to"].endswith("%") else ""
    to, by = Decimal(edit["to"].rstrip("%")), Decimal(edit["by"].rstrip("%"))
    step = Decimal("0.01") if sign else Decimal("0.000001") if "." in edit["to"] else Decimal(1)
    if abs(by) <= step:
        return edit["value"]
    return f"{to - (step if by > 0 else -step):f}{sign}"


def test_helpless(case, tmp_path):
    """What is said to be of no help alone is none: without it there is no plan either."""
    folder, document, is_divisible = case
    if is_divisible:
        return
    conflict = document["conflict"]
    assert not conflict["not_decided"]
    everything = _names_of(folder)
    for member in conflict["cannot_help"]:
        if member["kind"] == "pool":
            continue
        rules = [name for name in everything if member["kind"] != "rule" or name != member["name"]]
        rows = _rows([member])
        beside = tmp_path / f"{member['kind']}{member['row']}"
        assert not has_plan(changed(folder, beside, rules=rules, without_pins=rows))


def _names_of(folder):
    return [line[0] for line in lines_of(folder, "rules")]


def test_order_and_costs(case):
    """The repair that reaches most stands first, and costs nothing against the best of them."""
    _, document, _ = case
    alone = [Decimal(one["objective"]) for one in document["repairs"] if len(one["edits"]) == 1]
    assert alone == sorted(alone, reverse=True)
    costs = [Decimal(one["against_best"]) for one in document["repairs"]]
    assert max(costs) == 0
