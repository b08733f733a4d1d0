"""The smallest change that gets a merchant funded is the smallest: every plan, and every change, is tried."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from models.plan import Plan
from models.problem import Problem
from models.why import Interval
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.explain.cells import view_cells
from optimizer.explain.change import Case, both_sides, cheaper, loss_between, roomier, worthier
from optimizer.explain.changed import forced_in, left_out, value_of, with_cost, with_rule, with_value
from optimizer.explain.displaced import changes_by_merchant, moved_cells
from optimizer.explain.smallest import smallest
from tests.explain.enumerating import best, enumerated, funds, random_market

SEEDS = range(12)


def unfunded_case(folder: Path, seed: int) -> Case | None:
    """Return a market's first merchant that its best plan leaves out, if there is one."""
    problem = compile_problem(random_market(folder, seed))
    plan = best(problem)
    if plan is None:
        return None
    keys = problem.instance.options.keys["merchant"].texts
    left = [key for key in keys if not funds(plan, key)]
    return Case(plan, keys.index(left[0]), left[0], enumerated) if left else None


def known(objective: Plan | None) -> Fraction:
    """Return the objective of a plan that must be there."""
    assert objective is not None
    return objective.objective


def test_there_are_cases(tmp_path: Path) -> None:
    """The markets drawn here leave a merchant out often enough for the tests to mean anything."""
    assert sum(unfunded_case(tmp_path / str(seed), seed) is not None for seed in SEEDS) >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_sides(tmp_path: Path, seed: int) -> None:
    """Forced in and left out are the best plans that fund the merchant, and that do not."""
    case = unfunded_case(tmp_path, seed)
    if case is None:
        return
    with_it, without = both_sides(case)
    ours = best(case.plan.problem, case.key)
    assert (with_it.plan is None) == (ours is None)
    assert known(without.plan) == known(best(case.plan.problem, case.key, is_funded=False))
    if ours is None:
        assert with_it.is_impossible
        assert loss_between(with_it, without) is None
        return
    assert with_it.plan is not None
    assert funds(with_it.plan, case.key)
    lost = known(without.plan) - ours.objective
    assert loss_between(with_it, without) == (lost, lost)


def _is_enough(problem: Problem, key: str) -> bool:
    """Say whether the best plan that funds a merchant is as good as any that does not."""
    with_it, without = best(problem, key), best(problem, key, is_funded=False)
    return with_it is not None and (without is None or with_it.objective >= without.objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_smallest_changes(tmp_path: Path, seed: int) -> None:
    """A rise is exact to 1e-6; the smallest cut that is enough lies within; room that is told is enough."""
    case = unfunded_case(tmp_path, seed)
    if case is None:
        return
    sides, instance = both_sides(case), case.instance
    loss = loss_between(*sides)
    cells = view_cells(case.plan, case.merchant, (), evaluate)
    if loss is not None and loss[1] > 0:
        raised = worthier(case, sides[0], loss)
        assert raised is not None
        assert raised.change.high is not None
        units = int(raised.change.high * 10**6)
        assert raised.change.low == raised.change.high == loss[0]
        assert raised.check in ("funded", "ties")
        more = compile_problem(with_value(instance, raised.option, "conversions", units))
        assert _is_enough(more, case.key)
        less = compile_problem(with_value(instance, raised.option, "conversions", units - 1))
        assert not _is_enough(less, case.key)
        view = next(one for cell in cells for one in cell.options if one.option == raised.option)
        cut = cheaper(case, sides, view, loss)
        assert cut is not None
        cost = int(case.plan.problem.pools[0].coefficients[cut.option])
        enough = [
            by
            for by in range(cost + 1)
            if _is_enough(compile_problem(with_cost(instance, cut.option, "cash", -by)), case.key)
        ]
        _holds(cut.change, min(enough, default=None), cost)
    for room in roomier(case, cells):
        if room.change.high is not None:
            rule = "pool:cash" if room.limits < 0 else case.plan.problem.limits[room.limits].rule.rule
            moved = compile_problem(with_rule(instance, rule, Fraction(room.value)))
            assert _is_enough(moved, case.key)
            stands = value_of(instance, rule)
            assert stands is not None
            assert Fraction(room.value) > stands


def _holds(change: Interval, smallest_enough: int | None, most: int) -> None:
    """Assert that an interval holds the smallest number that is enough."""
    if smallest_enough is None:
        assert change == Interval(Fraction(most), None)
    else:
        assert change.high is not None
        assert change.low < smallest_enough <= change.high
        assert change.high - change.low <= 2 or smallest_enough == change.high


@pytest.mark.parametrize("most", [1, 2, 7, 40])
@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("guess", [0, 1, 6, 39])
def test_narrowing(most: int, step: int, guess: int) -> None:
    """The answer lies above what is known not to be enough, up to what is; enough trials make it exact."""
    for answer in range(1, most + 2):
        tried: list[int] = []

        def is_enough(number: int, answer: int = answer, tried: list[int] = tried) -> bool:
            tried.append(number)
            return number >= answer

        low, high = smallest(is_enough, most, 60, guess=guess, step=step)
        if answer > most:
            assert (low, high) == (most, None)
        else:
            assert (low, high) == (answer - 1, answer)
        assert len(tried) == len(set(tried))
        assert all(1 <= number <= most for number in tried)
        few = smallest(is_enough, most, 3, guess=guess, step=step)
        assert few[0] < answer
        assert few[1] is None or answer <= few[1]


def test_what_cannot_be_told() -> None:
    """A trial without an answer narrows nothing, and ends the search where it is the last number."""
    assert smallest(lambda _: None, 9, 6) == (0, None)
    assert smallest(lambda number: True if number == 9 else None, 9, 6) == (0, 9)


def test_pins_and_forcing(tmp_path: Path) -> None:
    """Forcing in adds one rule of an unused name; leaving out forbids every cell of that merchant alone."""
    instance = random_market(tmp_path, 3)
    twice = forced_in(forced_in(instance, "M1"), "M2")
    assert len({rule.rule for rule in twice.rules}) == len(twice.rules)
    plan = best(compile_problem(left_out(instance, "M2")))
    assert plan is None or not funds(plan, "M2")
    for free in (best(compile_problem(instance)), plan):
        assert free is None or free.is_feasible


def test_displaced(tmp_path: Path) -> None:
    """What moved is every cell of others that differs; merchants' sums differ by what their cells do."""
    case = next(one for seed in SEEDS if (one := unfunded_case(tmp_path / str(seed), seed)) is not None)
    other = both_sides(case)[0].plan
    assert other is not None
    moved = moved_cells(case.plan, other, case.merchant)
    before = set(case.plan.choice.options.tolist())
    after = set(other.choice.options.tolist())
    assert {option for one in moved for option, _ in one.before} == before - after
    own = set(case.held(other))
    assert {option for one in moved for option, _ in one.after} == after - before - own
    changes = changes_by_merchant(case.plan, other)
    assert sum(change[1][0] for change in changes.values()) == other.used[0] - case.plan.used[0]
    gained = sum(change[2] for change in changes.values())
    assert Fraction(gained, 10**6) == other.objective - case.plan.objective
    assert case.merchant in changes
