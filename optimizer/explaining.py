"""Why a plan is as it is: a plan folder and its instance -> what `explain` says of the whole plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.amount import exact_text
from models.finding import Finding, ordered
from models.instance import Instance
from models.language import _
from models.plan import Plan
from models.problem import Problem
from models.rationals import Rationals
from models.rule import Column
from models.scope import decimals, is_number, number
from models.solution import Progress, SearchOptions, Watch
from models.warm import Warm
from optimizer import explain
from optimizer.compile import compile_problem
from optimizer.compile.groups import Scopes
from optimizer.decode import evaluate
from optimizer.explain.known import Rules
from optimizer.lagrangian.certify import certify
from optimizer.memory import refuse_what_cannot_fit
from optimizer.pipeline import InHand, take_in_hand
from optimizer.read import LimitPrices, named_column, read_limit_prices, read_warm
from optimizer.read.suggest import hint
from optimizer.whatif import Basis, WhatIf
from optimizer.write.fairness import fairness_json
from optimizer.write.limits import figures_of

_SALES = ("gmv_last_month", "gmv", "sales")
_TIER = "tier"
_MANY_OPTIONS = 100_000
"""From so many on pricing gains from threads; below, a second one would look for plans that no one needs."""

_MERCHANTS_TIER = Column(key="merchant", attribute=_TIER, label=_TIER)


@dataclass(frozen=True)
class Question:
    """What is asked of a plan.

    Attributes
    ----------
    by
        Columns whose groups are held against their merchants, sales and potential; none: the tier.
    sales
        Attribute of merchants that states their sales; blank: the first of gmv_last_month, gmv, sales.
    order
        Rules with which the waterfall begins.
    """

    by: tuple[str, ...] = ()
    sales: str = ""
    order: tuple[str, ...] = ()


class QuestionError(ValueError):
    """A question names what the instance does not have; `option` is where, the text is for people."""

    def __init__(self, option: str, text: str) -> None:
        super().__init__(text)
        self.option = option


@dataclass(frozen=True, eq=False)
class Explained:
    """Everything that is said of a plan.

    Attributes
    ----------
    findings
        Of instance and plan; where one is an error, the rest is empty.
    document
        What `explain --json` prints beside the findings.
    """

    findings: tuple[Finding, ...]
    plan: Plan | None = None
    document: Mapping[str, object] = field(default_factory=dict)


def explain_plan(
    folder: Path, plan: Path, question: Question, options: SearchOptions, watch: Watch
) -> Explained:
    """Read a plan and its instance, and say what limits it, what each rule costs, and how evenly it gives.

    Parameters
    ----------
    options
        `time_limit` is that of all searches together; with a `gap` below zero it is the plan's own.

    Raises
    ------
    OSError
        If a file cannot be read.
    QuestionError
        If the question names a column or rule that the instance does not have.
    """
    held = take_in_hand(folder, plan)
    if held.plan is None or held.problem is None or held.stated is None:
        return Explained(held.findings)
    prices, of_prices = read_limit_prices(plan, held.problem)
    warm, of_warm = read_warm(plan, held.problem)
    findings = tuple(ordered([*held.findings, *of_prices, *of_warm]))
    if prices is None or warm is None:
        return Explained(findings)
    meant = _Meant(question, held.problem)
    if options.gap < 0:
        options = replace(options, gap=SearchOptions.gap if held.stated.gap is None else held.stated.gap)
    figures = figures_of(held.plan, prices.prices)
    is_possible = held.plan.is_feasible and held.plan.keeps_pins
    document = {
        "instance": held.problem.instance.name,
        "overrides": [{"key": key, "value": value} for key, value in held.stated.overrides],
        "changed_inputs": list(held.changed),
        "objective": exact_text(held.plan.objective),
        "limits": explain.binding_json(held.plan, figures, prices.inside),
        "exchange": explain.exchange_json(held.problem.instance.pools, prices.prices),
        "why_no_policy": "" if is_possible else "broken",
        "policy": _policy(held, prices, _Searches(held, warm, options, watch), meant.first)
        if is_possible
        else None,
        "fairness": explain.fairness_json(held.plan, fairness_json(held.plan), meant.columns, meant.sales),
    }
    return Explained(findings, held.plan, document)


class _Meant:
    """What the names of a question mean in a problem."""

    def __init__(self, question: Question, problem: Problem) -> None:
        self._instance = problem.instance
        self._scopes = Scopes(problem.instance, problem.cell_keys)
        has_tier = _TIER in problem.instance.tables["merchants"].columns
        columns = [self._column(name) for name in question.by] or [_MERCHANTS_TIER] * has_tier
        self.columns = [self._scopes.groups((), (column,)) for column in dict.fromkeys(columns)]
        self.sales = self._sales(question.sales)
        self.first = tuple(dict.fromkeys(name for text in question.order for name in self._rules(text)))

    def _column(self, name: str) -> Column:
        try:
            return named_column(name, self._instance)
        except ValueError as error:
            raise QuestionError("--by", str(error)) from None

    def _sales(self, asked: str) -> explain.Sales | None:
        """Return merchants' sales; None where none are asked for and no column is known to be theirs."""
        known = self._instance.tables["merchants"].columns
        for name in [asked] if asked else [name for name in _SALES if name in known]:
            if name not in known:
                text = _('merchants have no attribute "{name}"{hint}')
                raise QuestionError("--sales", text.format(name=name, hint=hint(name, known)))
            coded = self._scopes.coded(Column(key="merchant", attribute=name, label=name))
            if any(map(is_number, coded.texts)):
                amounts = decimals(coded.texts)
                of_merchant = replace(amounts, numerators=amounts.numerators[coded.of_key])
                is_known = np.array([is_number(text) for text in coded.texts])[coded.of_key]
                return explain.Sales(name, of_merchant, int((~is_known).sum()))
        if asked:
            raise QuestionError("--sales", _('no merchant has a number in "{name}"').format(name=asked))
        return None

    def _rules(self, text: str) -> list[str]:
        """Return the rules that `--order` names: one, or several with commas between them."""
        rules = {rule.rule: rule for rule in self._instance.rules}
        names = [text] if text in rules else [part.strip() for part in text.split(",")]
        for name in names:
            if name not in rules:
                told = _('the instance has no rule "{name}"{hint}')
                raise QuestionError("--order", told.format(name=name, hint=hint(name, rules)))
            if rules[name].enforcement == "report":
                told = _('rule "{name}" is only reported: it costs nothing, and is no step')
                raise QuestionError("--order", told.format(name=name))
        return names


class _Searches:
    """Answers what the best is under some of the rules, and remembers all that it learns on the way."""

    def __init__(self, held: InHand, warm: Warm, options: SearchOptions, watch: Watch) -> None:
        assert held.problem is not None
        assert held.plan is not None
        assert held.stated is not None
        self._problem = held.problem
        if held.problem.num_options < _MANY_OPTIONS:
            options = replace(options, threads=1)
        self._ask = WhatIf(options, _as_one(watch), Basis(held.problem, warm))
        self._watch = watch
        self.is_claimed, self.is_reproducible = False, True
        free = compile_problem(self._under(frozenset()))
        known = explain.Known(explain.Shown.of(held.plan), certify(free, []).bound)
        self.means = explain.Means(known, self.solve, self.seconds_left, options.gap)
        stated = number(str(held.stated.summary.get("bound")))
        if stated is not None and not held.changed:
            self._learn(frozenset(rule.rule for rule in held.problem.instance.rules), stated)
            self.is_claimed = held.stated.summary.get("bound_by") == "solver"

    @property
    def num_solved(self) -> int:
        """How many searches were made."""
        return self._ask.num_solved

    def seconds_left(self) -> float:
        """Return what is left for all questions; nothing once a signal has ended them."""
        return 0.0 if self._watch.is_cancelled() else self._ask.seconds_left()

    def solve(self, rules: Rules, seconds: float) -> None:
        """Solve under some rules, and add the plan and the bound to what is known.

        Raises
        ------
        NoRoomError
            If the search would need more memory than there is.
        """
        refuse_what_cannot_fit(self._problem)
        solution = self._ask(self._under(rules), seconds=seconds)
        self.is_reproducible &= solution.is_reproducible
        if solution.plan is not None:
            self.means.known.add_plan(explain.Shown.of(evaluate(self._problem, solution.plan.choice)))
        if solution.bound is not None:
            self.is_claimed |= solution.bound != solution.certified_bound
            self._learn(rules, solution.bound)

    def _learn(self, rules: Rules, bound: Fraction) -> None:
        self.means.known.add_bound(rules & self._names, bound)

    def _under(self, rules: Rules) -> Instance:
        instance = self._problem.instance
        return replace(instance, rules=tuple(rule for rule in instance.rules if rule.rule in rules))

    @property
    def _names(self) -> Rules:
        rules = self._problem.instance.rules
        return frozenset(rule.rule for rule in rules if rule.enforcement != "report")


def _as_one(watch: Watch) -> Watch:
    """Tell of many searches as of one phase, in which a signal only ends the questions."""
    return Watch(
        lambda news: watch.progress(Progress("explain", news.seconds, news.objective, news.bound)),
        watch.is_cancelled,
    )


def _policy(
    held: InHand, prices: LimitPrices, searches: _Searches, first: tuple[str, ...]
) -> dict[str, object]:
    assert held.plan is not None
    rules = held.plan.problem.instance.rules
    policy = explain.price_policy(searches.means, rules, held.plan.objective, first)
    bases = _bases(held.plan, {rule for rule, _limit in prices.prices if rule >= 0})
    marginal = explain.marginal_prices(held.plan, prices.prices, prices.inside, bases)
    is_whole = policy.is_settled and policy.why_no_averages != "time"
    asked = explain.Asked(searches.num_solved, searches.is_claimed, searches.is_reproducible and is_whole)
    return explain.policy_json(policy, held.plan.problem.instance, marginal, asked)


def _bases(plan: Plan, rules: set[int]) -> dict[int, Rationals]:
    """Return what the values of some rules (indices) multiply, one amount per limit."""
    stated = {index: plan.uses[index].limits.rule.value for index in rules}
    bases = {
        index: plan.uses[index].limit.amounts.times(1 / value) for index, value in stated.items() if value
    }
    if len(bases) < len(stated):  # a limit of zero does not say zero of what: at a value of 1 it is the basis
        instance = plan.problem.instance
        ones = tuple(rule.model_copy(update={"value": Fraction(1)}) for rule in instance.rules)
        at_one = evaluate(compile_problem(replace(instance, rules=ones)), plan.choice)
        bases |= {index: at_one.uses[index].limit.amounts for index in stated.keys() - bases.keys()}
    return bases
