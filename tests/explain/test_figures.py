"""What limits a plan and how evenly it gives, against figures added up again from its files."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.explaining import QuestionError
from tests.cli.running import TINY
from tests.explain.asking import explained, market, solve

EXACT = Fraction(1, 10**11)


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small market, `market`, and its best plan, `plan`."""
    made = tmp_path_factory.mktemp("shop")
    solve(market(made / "market", 5), made / "plan")
    return made


@pytest.fixture(scope="module")
def told(shop: Path) -> dict[str, Any]:
    """What is said of it without any search."""
    return explained(shop / "market", shop / "plan", seconds=0, by=("tier", "slot", "merchant"))


def test_limits_are_those_of_the_file(shop: Path, told: dict[str, Any]) -> None:
    """Limits of limits.csv that are not merely met are listed as they stand there, reported ones apart."""
    stated = [row for row in rows(shop / "plan" / "limits.csv") if row["status"] != "met"]
    stated = [row for row in stated if row["rule"] != "shown"]
    key = ("rule", "group", "measure", "sense", "limit", "used", "slack", "status")
    listed = [{name: limit[name] for name in key} for limit in told["limits"]]
    assert len(listed) == len(stated) > 1
    assert all({name: row[name] for name in key} in listed for row in stated)
    for limit in told["limits"]:
        assert limit["per"] == ("10000" if limit["measure"] == "cash" else "1")
        if limit["price"] is not None:
            price = Fraction(limit["price"])
            assert Fraction(limit["price_per"]) == price * int(limit["per"])
            assert abs(Fraction(limit["one_percent"]) - price * Fraction(limit["limit"]) / 100) < EXACT


def test_parquet_says_the_same(shop: Path, tmp_path: Path, told: dict[str, Any]) -> None:
    """A plan whose tables are Parquet is explained like one of CSV."""
    options = SearchOptions(gap=Fraction(0))
    folder = shop / "market"
    solved = pipeline.solve(folder, tmp_path / "plan", choose=lambda _: options, is_parquet=True)
    assert solved.plan is not None
    assert explained(folder, tmp_path / "plan", seconds=0)["limits"] == told["limits"]


def test_prices_bound_what_more_brings(tmp_path: Path) -> None:
    """With a rule relaxed, the best gains at most the marginal price of what it was relaxed by."""
    plan = solve(TINY, tmp_path / "plan")
    policy = explained(TINY, plan, seconds=0)["policy"]
    marginal = {rule["rule"]: Fraction(rule["marginal_price"]) for rule in policy["rules"]}
    assert marginal == {"merchant-cap": 8, "slot-cap": 0, "small-floor": Fraction(2, 10)}
    for rule, value, step in (("merchant-cap", "1.5", "0.5"), ("small-floor", "10", "10")):
        given = pipeline.Given(((f'rules."{rule}".value', value),))
        solved = pipeline.solve(TINY, tmp_path / rule, given=given)
        assert solved.plan is not None
        assert 50 < solved.plan.objective <= 50 + marginal[rule] * Fraction(step)


def test_price_of_a_limit_of_zero(tmp_path: Path) -> None:
    """A rule whose value is 0 has a marginal price too: its basis is counted, not divided out."""
    table = "rule,measure,where,by,sense,value,basis / none,cash,tier=big,,at_most,0,pool"
    folder = market(tmp_path / "market", 4, table)
    plan = solve(folder, tmp_path / "plan")
    document = explained(folder, plan, seconds=0)
    limit = next(one for one in document["limits"] if one["rule"] == "none")
    rule = document["policy"]["rules"][0]
    assert Fraction(limit["price"]) > 0
    assert Fraction(rule["marginal_price"]) == 100 * Fraction(limit["price"])
    assert (rule["per"], Fraction(rule["marginal_price_per"])) == ("0.01", Fraction(limit["price"]))


def test_exchange(tmp_path: Path) -> None:
    """What pools are worth in one another is the ratio of their prices, both ways."""
    folder = market(tmp_path / "market", 9, "rule,measure,sense,value / some,conversions,at_least,0")
    plan = solve(folder, tmp_path / "plan")
    prices = {row["measure"]: Fraction(row["price"]) for row in rows(plan / "limits.csv")[:2]}
    document = explained(folder, plan, seconds=0)
    rates = {(rate["pool"], rate["in"]): Fraction(rate["worth"]) for rate in document["exchange"]}
    assert all(prices.values())
    assert abs(rates["traffic", "cash"] - prices["traffic"] / prices["cash"]) < EXACT
    assert abs(rates["traffic", "cash"] * rates["cash", "traffic"] - 1) < Fraction(1, 10**9)


def test_groups_are_added_up_again(shop: Path, told: dict[str, Any]) -> None:
    """Every share is that of the plan's rows, of merchants.csv and of the best option of each cell."""
    plan, options = rows(shop / "plan" / "plan.csv"), rows(shop / "market" / "options.csv")
    table = {row["merchant"]: row for row in rows(shop / "market" / "merchants.csv")}
    best: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in options:
        cell = (row["merchant"], row["slot"])
        best[cell] = max(best[cell], Fraction(row["conversions"]))
    names = {
        "tier": lambda merchant, _slot: table[merchant]["tier"],
        "slot": lambda _merchant, slot: slot,
        "merchant": lambda merchant, _slot: merchant,
    }
    assert [divided["column"] for divided in told["fairness"]["by"]] == list(names)
    for divided in told["fairness"]["by"]:
        group_of = names[divided["column"]]
        groups = sorted({group_of(*cell) for cell in best})
        assert [group["group"] for group in divided["groups"]] == groups
        for group in divided["groups"]:
            own = [row for row in plan if group_of(row["merchant"], row["slot"]) == group["group"]]
            cells = [cell for cell in best if group_of(*cell) == group["group"]]
            merchants = {merchant for merchant, _slot in cells}
            used = sum(Fraction(row["cash"]) for row in own)
            assert Fraction(group["used"]) == used
            assert group["merchants"] == len(merchants)
            assert group["funded_merchants"] == len({row["merchant"] for row in own})
            expected = {
                "share": used / sum(Fraction(row["cash"]) for row in plan),
                "share_of_merchants": Fraction(len(merchants), 4),
                "share_of_potential": sum(best[cell] for cell in cells) / sum(best.values()),
            }
            if divided["column"] == "slot":
                assert group["share_of_sales"] is None
            else:
                sales = {merchant: Fraction(table[merchant]["gmv"] or 0) for merchant in table}
                own_sales = sum(sales[merchant] for merchant in merchants)
                expected["share_of_sales"] = own_sales / sum(sales.values())
            for name, share in expected.items():
                assert abs(Fraction(group[name]) - share) < EXACT, (divided["column"], group["group"], name)
    assert told["fairness"]["sales"] == {"column": "gmv", "unknown": 1}


def test_distribution_is_added_up_again(shop: Path, told: dict[str, Any]) -> None:
    """Lorenz points lie on the line through what the poorest get; Gini is twice the area above it."""
    got = dict.fromkeys(("M1", "M2", "M3", "M4"), Fraction(0))
    for row in rows(shop / "plan" / "plan.csv"):
        got[row["merchant"]] += Fraction(row["cash"])
    ascending, total = sorted(got.values()), sum(got.values())
    corners = [sum(ascending[:count], Fraction(0)) / total for count in range(5)]
    points = {Fraction(point["merchants"]): Fraction(point["share"]) for point in told["fairness"]["lorenz"]}
    assert list(points) == [Fraction(tenth, 10) for tenth in range(11)]
    for place, share in points.items():
        corner = min(int(place * 4), 3)
        straight = corners[corner] + (place * 4 - corner) * (corners[corner + 1] - corners[corner])
        assert abs(share - straight) < EXACT
    area = sum((low + high) / 8 for low, high in pairwise(corners))
    assert abs(Fraction(told["fairness"]["gini"]) - (1 - 2 * area)) < EXACT
    assert Fraction(told["fairness"]["top_shares"]["10"]) - ascending[-1] / total < EXACT


@pytest.mark.parametrize(
    ("question", "option", "words"),
    [
        ({"by": ("teir",)}, "--by", 'did you mean "tier"'),
        ({"by": ("belt",)}, "--by", "it has merchant"),
        ({"sales": "gvm"}, "--sales", 'did you mean "gmv"'),
        ({"sales": "tier"}, "--sales", "no merchant has a number"),
        ({"order": ("own-cap,nothing",)}, "--order", 'no rule "nothing"'),
        ({"order": ("shown",)}, "--order", "only reported"),
    ],
)
def test_names_that_mean_nothing(shop: Path, question: dict[str, Any], option: str, words: str) -> None:
    """A name that the instance does not have is refused with what it has, before anything is solved."""
    with pytest.raises(QuestionError) as caught:
        explained(shop / "market", shop / "plan", **question)
    assert caught.value.option == option
    assert words in str(caught.value)
