"""A curve: every point is as good as a solve of its own, and more is never less."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from models.curve import Curve, Point, Subject
from models.instance import Instance
from models.solution import SearchOptions, Watch
from optimizer.compile import compile_problem
from optimizer.pipeline import check
from optimizer.search import search
from optimizer.vary import Level, amounts_between, changed, curve_of, pool_subject, rule_subject
from optimizer.varying import Asked, UnknownError, frontier

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"
EXACT = SearchOptions(gap=Fraction(0), time_limit=120)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market whose floor needs some of the pool, so that the smallest amounts allow no plan."""
    folder, rng = tmp_path_factory.mktemp("market") / "i", Random(3)
    folder.mkdir()
    rows = ["merchant,category,slot,option,cash,conversions\n"]
    for cell in range(200):
        for name, cost in (("A", rng.randint(5, 20)), ("B", rng.randint(21, 50))):
            rows.append(
                f"M{cell // 4:02},C{cell % 5},S{cell % 4},{name},{cost},{rng.randint(cost, 3 * cost)}\n"
            )
    (folder / "options.csv").write_text("".join(rows), encoding="utf-8")
    (folder / "pools.csv").write_text("pool,amount,decimals\ncash,1500,2\n", encoding="utf-8")
    rules = (
        "rule,measure,where,by,sense,value,basis\n"
        "floor,cash,category=C1,,at_least,900,\n"
        "share,cash,,merchant,at_most,10%,pool\n"
    )
    (folder / "rules.csv").write_text(rules, encoding="utf-8")
    return folder


def curve(folder: Path, asked: Asked) -> tuple[Instance, Curve, Subject]:
    answer = frontier(folder, asked, choose=lambda _: EXACT)
    assert answer.curve is not None
    assert answer.checked.instance is not None
    return answer.checked.instance, answer.curve, answer.curve.subject


@pytest.mark.parametrize(
    "asked",
    [
        Asked(num_steps=6),
        Asked(rule="slot-cap", num_steps=4),
        Asked(rule="small-floor", num_steps=4, last=Level(Fraction(60))),
        Asked(rule="merchant-cap", num_steps=4),
    ],
    ids=lambda asked: asked.rule or "cash",
)
def test_points_equal_cold_solves(asked: Asked) -> None:
    """Every point has the optimum of a solve from scratch, or is impossible where that proves it."""
    instance, found, subject = curve(TINY, asked)
    assert len(found.points) >= 4
    for point in found.points:
        cold = search(compile_problem(changed(instance, subject, point.amount)), EXACT, Watch())
        assert (cold.plan is None) == point.is_impossible
        if cold.plan is not None:
            assert point.objective == cold.plan.objective == point.bound


def test_a_market_with_an_edge(market: Path) -> None:
    """Where amounts allow no plan that is proven, and beyond the edge points agree with cold solves."""
    options = SearchOptions(gap=Fraction(1, 1000), time_limit=120)
    answer = frontier(market, Asked(num_steps=8, last=Level(Fraction(4000))), choose=lambda _: options)
    assert answer.curve is not None
    points = answer.curve.points
    assert [point.is_impossible for point in points] == sorted(
        (p.is_impossible for p in points), reverse=True
    )
    assert points[0].is_impossible
    solved = [point for point in points if not point.is_impossible]
    assert len(solved) >= 5
    assert all(point.meets for point in solved)
    assert answer.checked.instance is not None
    for point in (solved[0], solved[-1]):
        at = changed(answer.checked.instance, answer.curve.subject, point.amount)
        cold = search(compile_problem(at), options, Watch())
        assert cold.plan is not None
        assert cold.bound is not None
        assert point.objective is not None
        assert point.bound is not None
        assert cold.plan.objective <= point.bound
        assert point.objective <= cold.bound


def test_more_is_never_less(market: Path) -> None:
    """Objectives never fall along the loosening of a pool or a rule, however coarse the gap."""
    coarse = SearchOptions(gap=Fraction(1, 20), time_limit=60)
    for asked in (Asked(num_steps=12), Asked(rule="floor", num_steps=12)):
        answer = frontier(market, asked, choose=lambda _: coarse)
        assert answer.curve is not None
        found = answer.curve.points[:: -1 if answer.curve.subject.is_tighter_up else 1]
        reached = [point.objective for point in found if point.objective is not None]
        assert len(reached) > 3
        assert reached == sorted(reached)


def test_the_same_again(market: Path) -> None:
    """The same inputs give the same curve."""
    options = SearchOptions(gap=Fraction(1, 1000), time_limit=120)
    one, other = (frontier(market, Asked(num_steps=5), choose=lambda _: options).curve for _ in range(2))
    assert one is not None
    assert one == other


def test_amounts() -> None:
    """Amounts are evenly spaced, as they can be written, and today's is one of them."""
    instance = check(TINY).instance
    assert instance is not None
    cash = pool_subject(instance.pools[0])
    found = amounts_between(cash, None, None, 3)
    assert [cash.written(amount) for amount in found] == ["50.00", "83.33", "100.00", "116.66", "150.00"]
    found = amounts_between(cash, Level(Fraction(1, 5), is_share=True), Level(Fraction(40)), 2)
    assert [cash.written(amount) for amount in found] == ["20.00", "30.00", "40.00"]
    cap = rule_subject(next(rule for rule in instance.rules if rule.rule == "slot-cap"), instance.pools)
    found = amounts_between(
        cap, Level(Fraction(1, 2), is_share=True), Level(Fraction(4, 5), is_share=True), 2
    )
    assert [cap.written(amount) for amount in found] == ["50%", "65%", "80%"]
    assert cap.key == 'rules."slot-cap".value'


def test_where_more_stops_paying() -> None:
    """The first amount that no looser one improves on, proven by bounds; a floor loosens downwards."""
    cash = Subject("pool", "cash", Fraction(2), 2)
    points = [
        Point(Fraction(at), Fraction(o), bound=Fraction(b)) for at, o, b in ((1, 5, 5), (2, 8, 8), (3, 8, 8))
    ]
    found = curve_of(cash, points, Fraction(0), Fraction(4))
    assert (found.stops, found.stops_proven, found.falls) == (2, True, 1)
    assert [step and step.marginal for step in found.steps] == [None, 3, 0]
    loose = [*points[:2], Point(Fraction(3), Fraction(8), bound=Fraction(9))]
    found = curve_of(cash, loose, Fraction(0), None)
    assert (found.stops, found.stops_proven, found.falls) == (2, False, None)
    assert found.steps[2] is not None
    assert (found.steps[2].least, found.steps[2].most) == (0, 1)
    floor = Subject("rule", "floor", Fraction(2), 0, is_tighter_up=True)
    falling = [Point(-point.amount, point.objective, bound=point.bound) for point in points]
    found = curve_of(floor, falling, Fraction(0), Fraction(4))
    assert (found.stops, found.stops_proven, found.falls) == (-2, True, -1)


def test_shadow_price_is_the_slope_of_the_bound() -> None:
    """Where one more unit is worth its price, the price of the pool says so; a floor's is below zero."""
    _, found, _ = curve(TINY, Asked(num_steps=2))
    assert all(point.shadow_price is not None and point.shadow_price >= 0 for point in found.points)
    _, found, _ = curve(TINY, Asked(rule="small-floor", num_steps=2))
    assert all(point.shadow_price is not None and point.shadow_price <= 0 for point in found.points)


def test_unknown_names() -> None:
    """A pool or rule that is not there is said with those that are."""
    with pytest.raises(UnknownError) as caught:
        frontier(TINY, Asked(pool="cahs"))
    assert caught.value.known == ("cash",)
    with pytest.raises(UnknownError):
        frontier(TINY, Asked(rule="nothing"))
