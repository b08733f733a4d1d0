"""What `explain` is asked about one merchant, about every unfunded one, or about one rule.

Puts together what reads, prices, solves and explains; solving anew begins with the plan in hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.certificate import Price
from models.finding import Finding, finding
from models.instance import Instance, Int64
from models.linear import Floats
from models.plan import Plan
from models.problem import Merchants, Problem
from models.scope import number
from models.solution import Progress, SearchOptions, Solution, Watch
from models.warm import Warm
from models.why import Answer, RuleAnswer, Unfunded
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.explain.cells import credit_of, view_cells
from optimizer.explain.change import Case, both_sides, cheaper, loss_between, roomier, worthier
from optimizer.explain.changed import value_of
from optimizer.explain.displaced import moved_cells
from optimizer.explain.everyone import never_entered, unfunded
from optimizer.explain.moving import move_rule
from optimizer.explain.near import NUM_OPEN, can_hold, held_but_near
from optimizer.lagrangian.priced import Priced, price_options
from optimizer.memory import refuse_what_cannot_fit
from optimizer.pipeline import InHand
from optimizer.read import read_limit_prices, read_warm
from optimizer.read.suggest import hint
from optimizer.whatif import Basis, WhatIf

__all__ = ["AS_SUITS", "AskedAbout", "about_everyone", "about_merchant", "about_rule", "asked_about"]

SMALL = 2_000
"""Instances of so many options are solved anew as a whole, to a gap of zero."""

AS_SUITS = Fraction(-1)
"""Stands for the gap that suits."""

_WHOLE_GAP, _HELD_GAP = Fraction(1, 10**6), Fraction(1, 10**9)
_SHARE_OF_TIME = 3
_MOST_AT_ONCE = 50_000


@dataclass(frozen=True, eq=False)
class AskedAbout:
    """A plan in hand with the prices that go with it.

    Attributes
    ----------
    prices
        Those of the folder's `limits`; of `top` rules those of the certificate, with their weights.
    bound
        What the plan folder says that no plan exceeds; None where it says nothing, or files have changed.
    """

    plan: Plan
    prices: tuple[Price, ...]
    bound: Fraction | None = None

    @property
    def problem(self) -> Problem:
        """The problem of the plan."""
        return self.plan.problem


def asked_about(folder: Path, in_hand: InHand) -> AskedAbout:
    """Return a plan that has been read with the prices of its folder.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    assert in_hand.plan is not None
    problem = in_hand.plan.problem
    stated, _findings = read_limit_prices(folder, problem)
    warm, _of_warm = read_warm(folder, problem)
    weighed = () if warm is None else tuple(price for price in warm.prices if price.weights)
    single = () if stated is None else tuple(Price(*key, price) for key, price in stated.prices.items())
    has_weights = {(price.limits, price.limit) for price in weighed}
    prices = (*(one for one in single if _is_single(problem, one, has_weights)), *weighed)
    bound = None
    if in_hand.stated is not None and not in_hand.changed:
        bound = number(str(in_hand.stated.summary.get("bound")))
    return AskedAbout(in_hand.plan, tuple(sorted(prices, key=lambda one: (one.limits, one.limit))), bound)


def _is_single(problem: Problem, price: Price, has_weights: set[tuple[int, int]]) -> bool:
    """Say whether a price of `limits` stands for one row: those of `top` need weights, of `ratio` pairs."""
    if (price.limits, price.limit) in has_weights:
        return False
    return price.limits < 0 or problem.limits[price.limits].rule.kind in ("limit", "window")


def about_merchant(
    asked: AskedAbout, key: str, options: SearchOptions, watch: Watch, *, may_name_others: bool = True
) -> tuple[Answer | None, list[Finding]]:
    """Return why a merchant got what it got and what would change that; None, with a finding: unknown.

    Parameters
    ----------
    options
        What each search is asked for; its time limit is that of all searches together. Where cells are held,
        the gap is that of what is left.
    """
    problem = asked.problem
    keys = problem.instance.options.keys["merchant"].texts
    if key not in keys:
        absent = never_entered(problem)
        if key in absent:
            return Answer(-1, key, asked.plan, is_funded=False), []
        near = hint(key, [*keys, *absent]) if may_name_others else ""
        return None, [finding("WHY-01", value=key, hint=near)]
    merchant = keys.index(key)
    is_held = problem.num_options > SMALL and can_hold(problem)
    suits = Fraction(0) if problem.num_options <= SMALL else _HELD_GAP if is_held else _WHOLE_GAP
    if is_held and problem.num_options <= _MOST_AT_ONCE:  # with so little open HiGHS is quickest on the whole
        options = replace(options, method="monolithic")
    solve = _Solve(asked, _with_gap(options, suits), watch)
    case = Case(_held(asked, merchant) if is_held else asked.plan, merchant, key, solve)
    answer = _answer(asked, case, solve)
    if is_held:
        answer = replace(answer, num_open=NUM_OPEN, whole_loss=_whole_loss(asked, answer))
    return answer, []


def _with_gap(options: SearchOptions, suits: Fraction) -> SearchOptions:
    return replace(options, gap=suits) if options.gap == AS_SUITS else options


def _held(asked: AskedAbout, merchant: int) -> Plan:
    """Return the plan in hand as one of the instance with all but a few cells held."""
    instance = held_but_near(asked.plan, _worths(asked).rounded(), merchant)
    return evaluate(compile_problem(instance), asked.plan.choice)


def _whole_loss(asked: AskedAbout, answer: Answer) -> tuple[Fraction, Fraction] | None:
    """Return between what forcing the merchant in costs over all plans, by the bound of the plan in hand."""
    with_it, without = answer.with_it, answer.without
    if asked.bound is None or with_it is None or without is None:
        return None
    if with_it.plan is None or without.plan is None:
        return None
    return without.plan.objective - asked.bound, asked.bound - with_it.plan.objective


def _answer(asked: AskedAbout, case: Case, solve: _Solve) -> Answer:
    plan, merchant = asked.plan, case.merchant
    cells = view_cells(plan, merchant, asked.prices, evaluate)
    is_funded = case.funds(plan)
    answer = Answer(
        merchant, case.key, plan, is_funded, cells, credit_of(plan.problem, merchant, asked.prices)
    )
    if not (plan.is_feasible and plan.keeps_pins):  # a best effort, or files have changed since
        return answer
    with_it, without = both_sides(case)
    loss = loss_between(with_it, without)
    other = without.plan if is_funded else with_it.plan
    answer = replace(
        answer,
        with_it=with_it,
        without=without,
        loss=loss,
        moved=() if other is None else moved_cells(plan, other, merchant),
    )
    is_tie = loss is not None and loss[1] <= 0  # then nothing has to change
    if not is_funded and not is_tie:
        if loss is not None and with_it.plan is not None:
            views = {view.option: view for cell in cells for view in cell.options}
            raised = worthier(case, with_it, loss)
            held = views[case.held(with_it.plan)[0] if raised is None else raised.option]
            cut = cheaper(case, (with_it, without), held, loss)
            answer = replace(answer, worthier=raised, cheaper=cut)
        answer = replace(answer, roomier=roomier(case, cells))
    return replace(answer, num_solved=solve.num_solved, is_reproducible=solve.is_reproducible)


def about_everyone(asked: AskedAbout) -> list[Unfunded]:
    """Return why each unfunded merchant is unfunded, from the plan's prices alone."""
    return unfunded(asked.plan, asked.prices, _worths(asked))


def about_rule(
    asked: AskedAbout, rule: str, share: Fraction, options: SearchOptions, watch: Watch
) -> tuple[RuleAnswer | None, list[Finding]]:
    """Return who gains and loses if a rule is moved by a share of it; None, with a finding: unknown."""
    instance = asked.problem.instance
    if value_of(instance, rule) is None:
        names = [*(one.rule for one in instance.rules), *(f"pool:{pool.name}" for pool in instance.pools)]
        return None, [finding("WHY-02", value=rule, hint=hint(rule, names))]
    suits = Fraction(0) if asked.problem.num_options <= SMALL else _WHOLE_GAP
    solve = _Solve(asked, _with_gap(options, suits), watch)
    return move_rule(asked.plan, rule, share, solve), []


class _Solve:
    """Solves changed instances, each beginning with a plan and the prices in hand, in the time for all."""

    def __init__(self, asked: AskedAbout, options: SearchOptions, watch: Watch) -> None:
        self._asked, self._watch = asked, watch
        self._what_if = WhatIf(options, Watch(self._tell, watch.is_cancelled))
        self.is_reproducible = True

    def _tell(self, news: Progress) -> None:
        """Tell of many searches as of one phase, in which a signal only ends the questions."""
        self._watch.progress(Progress("ask", news.seconds, news.objective, news.bound))

    @property
    def num_solved(self) -> int:
        """How many searches there were."""
        return self._what_if.num_solved

    def __call__(self, instance: Instance, plan: Plan | None) -> Solution | None:
        """Solve; None where no time is left.

        Raises
        ------
        NoRoomError
            If the search would need more memory than there is.
        """
        refuse_what_cannot_fit(self._asked.problem)
        left = self._what_if.seconds_left()
        if left <= 0 or self._watch.is_cancelled():
            self.is_reproducible = False
            return None
        if plan is not None:
            warm = Warm(self._asked.prices, plan.choice.options)
            self._what_if.basis = Basis(self._asked.problem, warm)
        solution = self._what_if(instance, seconds=left / _SHARE_OF_TIME)
        self.is_reproducible &= solution.is_reproducible
        return solution


@dataclass(frozen=True, eq=False)
class _Worths:
    """What options are worth at the prices: see `optimizer.explain.everyone.Worths`."""

    priced: Priced

    def rounded(self) -> Floats:
        """Return what every option is worth, rounded; shape (options,)."""
        return np.array([one / self.priced.scale for one in self.priced.values.whole().tolist()])

    def best(self, options: Int64, starts: Int64) -> tuple[Int64, Sequence[Fraction]]:
        """Return the best option of each stretch of `options` that begins at `starts`, and its margin."""
        values = self.priced.values.take(options)
        largest = values.largest(starts)
        lengths = np.diff(np.append(starts, len(options)))
        is_best = np.ones(len(options), np.bool_)
        for word, best in zip(values.words, largest.words, strict=True):
            is_best &= word == np.repeat(best, lengths)
        places = np.flatnonzero(is_best)
        stretch = np.searchsorted(starts, places, side="right")
        first = places[np.append(True, stretch[1:] != stretch[:-1])]
        return options[first], [Fraction(one, self.priced.scale) for one in largest.whole().tolist()]


def _worths(asked: AskedAbout) -> _Worths:
    problem = asked.problem
    rows = [
        price
        for price in asked.prices
        if price.limits < 0 or not isinstance(problem.limits[price.limits].total.measure, Merchants)
    ]
    return _Worths(price_options(problem, rows, is_bound=True))
