"""What a rule is said to cost is what solving without it gives."""

from __future__ import annotations

import csv
import json
import shutil
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.explaining import Question, explain_plan
from tests import oracle
from tests.cli.running import TINY
from tests.explain.asking import explained, market, rules_of, solve, without

ROOT = Path(__file__).resolve().parents[2]
CUT = ROOT / "instances" / "complete-journey-cut"
BINDING = ("evening", "own-cap", "small-floor", "top-one")


@pytest.fixture(scope="module")
def tiny_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of tiny."""
    return solve(TINY, tmp_path_factory.mktemp("tiny") / "plan")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small market, `market`, and its best plan, `plan`."""
    made = tmp_path_factory.mktemp("shop")
    solve(market(made / "market", 5), made / "plan")
    return made


@pytest.fixture(scope="module")
def told(shop: Path) -> dict[str, Any]:
    """What explains the plan of the shop."""
    return explained(shop / "market", shop / "plan")


def _copied(shop: Path, made: Path) -> tuple[Path, Path]:
    """Copy the shop; return instance and plan."""
    shutil.copytree(shop, made, dirs_exist_ok=True)
    return made / "market", made / "plan"


def _best(folder: Path) -> Fraction:
    best = oracle.brute_force_folder(oracle.read(folder)).objective
    assert best is not None
    return best


def test_effects_are_those_of_enumeration(shop: Path, told: dict[str, Any], tmp_path: Path) -> None:
    """With no gap every effect and step is exactly what enumerating the folder without the rules gives."""
    folder, policy = shop / "market", told["policy"]
    whole = _best(folder)
    assert policy["gap_met"]
    assert Fraction(policy["with_rules"]["objective"]) == whole
    for rule in policy["rules"]:
        if rule["enforcement"] == "report":
            assert (rule["change"], rule["low"], rule["high"], rule["without"]) == ("0", "0", "0", None)
            continue
        free = _best(without(folder, tmp_path / f"no-{rule['rule']}", rule["rule"]))
        assert Fraction(rule["without"]["objective"]) == free
        assert Fraction(rule["change"]) == Fraction(rule["low"]) == Fraction(rule["high"]) == free - whole
    dropped = list(BINDING)
    for place, step in enumerate(policy["waterfall"]):
        assert Fraction(step["before"]) == _best(without(folder, tmp_path / f"before-{place}", *dropped))
        dropped.remove(step["rule"])
    assert dropped == []
    total = Fraction(policy["without_rules"]["objective"]) - whole
    assert total > max(Fraction(rule["change"]) for rule in policy["rules"]) > 0
    assert sum(Fraction(step["change"]) for step in policy["waterfall"]) == total
    assert abs(sum(Fraction(one["change"]) for one in policy["shapley"]) - total) < Fraction(1, 10**9)


def test_tiny(tiny_plan: Path) -> None:
    """The rules of tiny cost 6 of 56, as paper shows; the cap costs 1 alone, and 5 as the first."""
    policy = explained(TINY, tiny_plan)["policy"]
    assert policy["without_rules"]["objective"] == "56"
    assert {rule["rule"]: rule["change"] for rule in policy["rules"]} == {
        "merchant-cap": "1",
        "slot-cap": "0",
        "small-floor": "1",
    }
    assert [(step["rule"], step["change"]) for step in policy["waterfall"]] == [
        ("merchant-cap", "5"),
        ("small-floor", "1"),
        ("slot-cap", "0"),
    ]
    assert {one["rule"]: one["change"] for one in policy["shapley"]} == {
        "merchant-cap": "3",
        "slot-cap": "0",
        "small-floor": "3",
    }
    price = {name: Fraction(text) for name, text in policy["price_of_fairness"].items()}
    assert all(abs(share - Fraction(6, 56)) < Fraction(1, 10**11) for share in price.values())


def test_order(tiny_plan: Path) -> None:
    """`order` names the first steps; the others follow by their effect."""
    steps = explained(TINY, tiny_plan, order=("slot-cap,small-floor",))["policy"]["waterfall"]
    assert [step["rule"] for step in steps] == ["slot-cap", "small-floor", "merchant-cap"]
    assert sum(Fraction(step["change"]) for step in steps) == 6


def test_without_time(tiny_plan: Path) -> None:
    """With no time at all nothing is solved: the bars hold the true figures all the same, and say so."""
    policy = explained(TINY, tiny_plan, seconds=0)["policy"]
    assert policy["solved"] == 0
    assert not policy["gap_met"]
    assert not policy["reproducible"]
    assert (policy["shapley"], policy["why_no_shapley"]) == (None, "time")
    for rule in policy["rules"]:
        true = {"merchant-cap": 1, "slot-cap": 0, "small-floor": 1}[rule["rule"]]
        assert Fraction(rule["low"]) <= true <= Fraction(rule["high"])
        assert rule["about_zero"]
    first, low, high = (Fraction(policy["price_of_fairness"][name]) for name in ("share", "low", "high"))
    assert low <= first <= high
    assert low - Fraction(1, 10**11) <= Fraction(6, 56) <= high


def test_a_signal(tiny_plan: Path) -> None:
    """Once a signal has ended the questions nothing more is solved, and what is known is told."""
    watch = Watch(is_cancelled=lambda: True)
    options = SearchOptions(gap=Fraction(0))
    policy: Any = explain_plan(TINY, tiny_plan, Question(), options, watch).document["policy"]
    assert (policy["solved"], policy["reproducible"], policy["gap_met"]) == (0, False, False)
    assert policy["with_rules"]["objective"] == "50"


def test_a_wide_gap_has_honest_bars(tmp_path: Path) -> None:
    """Stopped at a gap of 30 %, every bar holds what enumeration finds."""
    folder = market(tmp_path / "market", 26)
    policy = explained(folder, solve(folder, tmp_path / "plan", gap="0.3"), gap="0.3")["policy"]
    whole = _best(folder)
    for rule in policy["rules"]:
        if rule["enforcement"] != "report":
            free = _best(without(folder, tmp_path / f"no-{rule['rule']}", rule["rule"]))
            assert Fraction(rule["low"]) <= free - whole <= Fraction(rule["high"])


def test_rows_in_any_order(shop: Path, told: dict[str, Any], tmp_path: Path) -> None:
    """The order of rows changes nothing, and the same question gives the same answer to the byte."""
    mixed, _plan = _copied(shop, tmp_path)
    for name in ("rules.csv", "options.csv", "merchants.csv"):
        head, *rows = (mixed / name).read_text(encoding="utf-8").splitlines()
        Random(5).shuffle(rows)
        (mixed / name).write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    assert json.dumps(explained(shop / "market", shop / "plan")) == json.dumps(told)
    other = explained(mixed, solve(mixed, tmp_path / "mixed-plan"))
    assert json.dumps({**other, "instance": ""}) == json.dumps({**told, "instance": ""})


def test_many_rules_have_no_averages(tmp_path: Path) -> None:
    """More than eight rules are not averaged over all orders, and it is said why."""
    caps = "".join(f"c{n},,limit,cash,,,at_most,{90 - n},absolute,,hard,\n" for n in range(9))
    head = "rule,label,kind,measure,where,by,sense,value,basis,k,enforcement,penalty\n"
    folder = market(tmp_path / "market", 1, head + caps)
    policy = explained(folder, solve(folder, tmp_path / "plan"))["policy"]
    assert (policy["shapley"], policy["why_no_shapley"]) == (None, "many")
    assert policy["gap_met"]


def test_a_plan_by_hand(shop: Path, told: dict[str, Any], tmp_path: Path) -> None:
    """What a plan leaves on the table by itself is no cost of the rules: it stands apart at the end."""
    folder, plan = _copied(shop, tmp_path)
    head, *rows = (plan / "plan.csv").read_text(encoding="utf-8-sig").splitlines()
    after: dict[str, Any] = {"policy": None}
    while after["policy"] is None and rows:  # without its last rows it may break a floor
        rows.pop(0)
        (plan / "plan.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        after = explained(folder, plan)
    assert after["policy"] is not None
    lost = Fraction(told["objective"]) - Fraction(after["objective"])
    assert Fraction(after["policy"]["left_by_the_plan"]) == lost > 0
    assert told["policy"]["left_by_the_plan"] == "0"
    assert after["policy"]["with_rules"] == told["policy"]["with_rules"]
    assert after["policy"]["waterfall"] == told["policy"]["waterfall"]


def test_a_broken_plan(shop: Path, tmp_path: Path) -> None:
    """A plan that breaks a hard rule has no price list; what limits it and how even it is are told."""
    folder, plan = _copied(shop, tmp_path)
    head, *_rows = (plan / "plan.csv").read_text(encoding="utf-8-sig").splitlines()
    (plan / "plan.csv").write_text(head + "\n", encoding="utf-8")
    document = explained(folder, plan)
    assert (document["policy"], document["why_no_policy"]) == (None, "broken")
    assert any(limit["status"] == "broken" for limit in document["limits"])
    assert document["fairness"]["coverage"] == "0"


@pytest.mark.parametrize("pinned", ["none", "B"])
def test_a_broken_pin(shop: Path, pinned: str, tmp_path: Path) -> None:
    """A plan that does not hold what is forced, or holds what is forbidden, has no price list either."""
    folder, plan = _copied(shop, tmp_path)
    with (plan / "plan.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["option"] == "A")
    (folder / "pins.csv").write_text(
        f"merchant,category,slot,option\n{row['merchant']},tea,{row['slot']},{pinned}\n", encoding="utf-8"
    )
    document = explained(folder, plan, seconds=0)
    assert (document["policy"], document["why_no_policy"]) == (None, "broken")
    (folder / "pins.csv").write_text(
        f"merchant,category,slot,option\n{row['merchant']},tea,{row['slot']},A\n", encoding="utf-8"
    )
    assert explained(folder, plan, seconds=0)["policy"] is not None


def test_changed_inputs(shop: Path, told: dict[str, Any], tmp_path: Path) -> None:
    """Of files that have changed since, the figures are those of today, and the old bound is not believed."""
    folder, plan = _copied(shop, tmp_path)
    rules = (folder / "rules.csv").read_text(encoding="utf-8").replace("at_most,40,", "at_most,80,")
    (folder / "rules.csv").write_text(rules, encoding="utf-8")
    document = explained(folder, plan)
    assert document["changed_inputs"] == ["rules.csv"]
    assert Fraction(document["policy"]["with_rules"]["objective"]) == _best(folder)
    assert _best(folder) > Fraction(told["objective"])


def test_overrides_hold(shop: Path, tmp_path: Path) -> None:
    """A plan made with `--set` is explained with it."""
    key, folder = 'rules."own-cap".value', shop / "market"
    options = SearchOptions(gap=Fraction(0))
    given = pipeline.Given(((key, "25"),))
    assert pipeline.solve(folder, tmp_path / "plan", given=given, choose=lambda _: options).plan is not None
    document = explained(folder, tmp_path / "plan")
    assert document["overrides"] == [{"key": key, "value": "25"}]
    rule = next(one for one in document["policy"]["rules"] if one["rule"] == "own-cap")
    assert rule["value"] == "25"
    free = _best(without(folder, tmp_path / "free", "own-cap"))
    assert Fraction(rule["without"]["objective"]) == free


def test_the_real_market(tmp_path: Path) -> None:
    """On real data the bars and those of a solve from the folder without the rule have values in common."""
    plan = solve(CUT, tmp_path / "plan", gap="0.02", seconds=200)
    policy = explained(CUT, plan, gap="0.02", seconds=200)["policy"]
    rows = {rule["rule"]: rule for rule in policy["rules"]}
    assert rows.keys() == {row["rule"] for row in rules_of(CUT)}
    options = SearchOptions(gap=Fraction(2, 100), time_limit=200)
    for name in ("R05", "R08", "R13"):
        folder = without(CUT, tmp_path / name, name)
        solved = pipeline.solve(folder, tmp_path / f"{name}-plan", choose=lambda _: options)
        assert solved.plan is not None
        assert solved.solution is not None
        assert solved.solution.bound is not None
        assert solved.plan.objective <= Fraction(rows[name]["without"]["bound"])
        assert Fraction(rows[name]["without"]["objective"]) <= solved.solution.bound
    changes = [Fraction(step["change"]) for step in policy["waterfall"]]
    total = Fraction(policy["without_rules"]["objective"]) - Fraction(policy["with_rules"]["objective"])
    assert sum(changes) == total
