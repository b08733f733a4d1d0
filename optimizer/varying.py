"""One amount varied over a range: its instance solved at every point, each begun with its neighbour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from models.amount import MAX_UNITS, VALUE_UNIT
from models.certificate import Price
from models.curve import Curve, Point, Subject
from models.finding import Finding
from models.instance import Instance
from models.language import _
from models.plan import Plan
from models.problem import Problem
from models.settings import Objective
from models.solution import SearchOptions, Solution, Watch
from models.warm import Warm
from optimizer.compile import compile_problem
from optimizer.decode import evaluate, forced
from optimizer.lagrangian.certify import Told, certify
from optimizer.memory import refuse_what_cannot_fit
from optimizer.pipeline import Checked, Overrides, check, publish
from optimizer.vary import (
    Level,
    amounts_between,
    changed,
    curve_of,
    pool_subject,
    rule_subject,
    shadow_price,
)
from optimizer.whatif import Basis, WhatIf
from optimizer.write import refuse_other_folder

_LEAST_DRAW_SHARE = 0.25
"""Largest share of the time that finding the least draw of a pool may take."""

_LEAST_DRAW_GAP = Fraction(1, 1000)
_MIXING = "mix"
"""Phase of a search by prices that begins once its bound stands: only that is wanted of the least draw."""


class UnknownError(LookupError):
    """There is no pool or rule of this name; `known` are those that there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name, self.known = name, known


@dataclass(frozen=True)
class Asked:
    """What a frontier is asked for.

    Attributes
    ----------
    pool, rule
        What is varied; both None: the first pool.
    first, last
        Where the range begins and ends; None: half of today's amount, and half as much again.
    least_return
        What a further unit has to bring to be worth it; None: it is not asked for.
    out
        A folder for one plan folder a point; None: plans are not written.
    """

    pool: str | None = None
    rule: str | None = None
    first: Level | None = None
    last: Level | None = None
    num_steps: int = 20
    least_return: Fraction | None = None
    out: Path | None = None


@dataclass(frozen=True)
class Frontier:
    """A curve, and what came of writing its plans.

    Attributes
    ----------
    folders
        Plan folder of each point; None where none was written.
    rejected
        What `verify` found wrong with plans that were to be written.
    """

    checked: Checked
    options: SearchOptions
    curve: Curve | None = None
    folders: tuple[Path | None, ...] = ()
    rejected: tuple[Finding, ...] = ()


def frontier(
    folder: Path,
    asked: Asked,
    *,
    overrides: Overrides = (),
    choose: Callable[[Instance], SearchOptions] = lambda _: SearchOptions(),
    watch: Watch | None = None,
) -> Frontier:
    """Read an instance and solve it at every point of a range.

    Raises
    ------
    UnknownError
        If there is no such pool or rule.
    OSError
        If a file cannot be read or written.
    NoRoomError
        If a search would need more memory than there is.
    """
    checked = check(folder, overrides)
    if checked.instance is None or checked.problem is None:
        return Frontier(checked, SearchOptions())
    options = choose(checked.instance)
    subject = _subject(checked.instance, asked)
    refuse_what_cannot_fit(checked.problem)
    amounts = amounts_between(subject, asked.first, asked.last, asked.num_steps)
    folders = _folders(asked.out, len(amounts))
    walk = _Walk(checked.instance, subject, options, watch or Watch())
    walk.solve(amounts)
    points = [walk.point(amount) for amount in amounts]
    curve = curve_of(subject, points, options.gap, asked.least_return)
    if asked.out is None:
        return Frontier(checked, options, curve)
    written: list[Path | None] = []
    rejected: list[Finding] = []
    for at, amount in zip(folders, amounts, strict=True):
        solution = walk.found[amount]
        wrong: Iterable[Finding] = ()
        if solution.plan is not None:
            _, wrong = publish(folder, at, (solution, options))
            rejected += wrong
        written.append(at if solution.plan is not None and not wrong else None)
    return Frontier(checked, options, curve, tuple(written), tuple(rejected))


def _folders(out: Path | None, count: int) -> list[Path]:
    """Return a plan folder for each point; one that may not be written is refused before any search."""
    if out is None:
        return []
    folders = [out / f"{number:0{len(str(count))}d}" for number in range(1, count + 1)]
    for folder in folders:
        refuse_other_folder(folder)
    return folders


def _subject(instance: Instance, asked: Asked) -> Subject:
    if asked.rule is not None:
        rules = {rule.rule: rule for rule in instance.rules}
        if asked.rule not in rules:
            raise UnknownError(asked.rule, tuple(rules))
        return rule_subject(rules[asked.rule], instance.pools)
    pools = {pool.name: pool for pool in instance.pools}
    name = asked.pool if asked.pool is not None else next(iter(pools))
    if name not in pools:
        raise UnknownError(name, tuple(pools))
    return pool_subject(pools[name])


@dataclass
class _Walk:
    """Points solved from today's amount outward, looser ones first.

    Attributes
    ----------
    found
        Amount -> how its search ended.
    proofs
        Prices that have proven a point impossible: for others they are tried before any search.
    carried
        Amounts whose plan is a tighter one's.
    """

    instance: Instance
    subject: Subject
    options: SearchOptions
    watch: Watch
    found: dict[Fraction, Solution] = field(default_factory=dict)
    proofs: list[tuple[Told, ...]] = field(default_factory=list)
    carried: set[Fraction] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._ask = WhatIf(self.options, self.watch)

    def solve(self, amounts: tuple[Fraction, ...]) -> None:
        """Solve every point, then give each the best plan known that holds there."""
        loosening = amounts[::-1] if self.subject.is_tighter_up else amounts
        start = min(
            range(len(loosening)), key=lambda at: (abs(loosening[at] - self.subject.today), loosening[at])
        )
        tightening = loosening[:start][::-1]
        self._along(loosening[start:])
        if tightening:
            self._know_least_draw(tightening[-1])
            self._ask.basis = self._basis_at(loosening[start])
            self._along(tightening)
        self._carry(loosening)

    def _along(self, amounts: Iterable[Fraction]) -> None:
        for amount in amounts:
            self.found[amount] = solution = self._solved(amount)
            if solution.is_infeasible:
                self.proofs.append(tuple(Told.of(price) for price in solution.certificate.leaves[0].prices))
            if solution.plan is not None:
                self._ask.basis = self._basis_at(amount)

    def _solved(self, amount: Fraction) -> Solution:
        at = changed(self.instance, self.subject, amount)
        problem = compile_problem(at)
        for prices in self.proofs:
            proof = certify(problem, prices, "infeasible")
            if proof.bound < 0:
                return Solution(None, proof)
        if self._ask.seconds_left() <= 0 or self.watch.is_cancelled():
            remark = _("stopped before this point was solved")
            return Solution(None, certify(problem, []), is_reproducible=False, remark=remark)
        return self._ask(at)

    def _basis_at(self, amount: Fraction) -> Basis | None:
        """Return what a neighbour may begin with."""
        solution = self.found[amount]
        if solution.plan is None:
            return None
        return Basis(solution.plan.problem, Warm.of(solution.plan, solution.certificate))

    def _know_least_draw(self, tightest: Fraction) -> None:
        """Prove how little of a pool the rules can do with, where the range may begin with less.

        A search that ends without a plan takes many times one that finds some, and this spares all of them
        but those next to the edge: prices of a bound on the least draw prove any smaller amount impossible.
        """
        instance, name = self.instance, self.subject.name
        problem = compile_problem(changed(instance, self.subject, tightest))
        is_relative = any(rule.basis.kind == "pool" and rule.measure.name == name for rule in instance.rules)
        if self.subject.kind != "pool" or is_relative or evaluate(problem, forced(problem)).is_feasible:
            return
        settings = instance.settings.model_copy(
            update={"objective": Objective(weights=((name, Fraction(-1)),))}
        )
        pools = tuple(
            replace(pool, amount=MAX_UNITS) if pool.name == name else pool for pool in instance.pools
        )
        known = next((one.plan for one in self.found.values() if one.plan is not None), None)
        if known is None:
            return
        seen: list[str] = []
        watch = Watch(
            lambda news: seen.append(news.phase), lambda: _MIXING in seen or self.watch.is_cancelled()
        )
        basis = Basis(
            known.problem, Warm((), known.choice.options)
        )  # prices of another objective are no start
        roughly = replace(self.options, gap=max(_LEAST_DRAW_GAP, self.options.gap), is_best_effort=False)
        seconds = self._ask.seconds_left() * _LEAST_DRAW_SHARE
        cheapest = WhatIf(roughly, watch, basis)(
            replace(instance, settings=settings, pools=pools), seconds=seconds
        )
        if cheapest.is_infeasible or not cheapest.certificate.leaves:
            return
        leaf = max(cheapest.certificate.leaves, key=lambda one: one.bound)
        place = next(at for at, pool in enumerate(instance.pools) if pool.name == name)
        hard = (price for price in leaf.prices if price.limits < 0 or _is_hard(problem, price))
        others = (Told.of(price) for price in hard if (price.limits, price.limit) != (-1, place))
        self.proofs.append((Told(-1, place, 1.0), *others))

    def _carry(self, loosening: Iterable[Fraction]) -> None:
        """Give each point the plan of a tighter one where that holds there, and is better than its own."""
        best: Plan | None = None
        for amount in loosening:
            solution = self.found[amount]
            if best is not None:
                problem = compile_problem(changed(self.instance, self.subject, amount))
                known = evaluate(problem, best.choice)
                own = solution.plan
                if known.is_feasible and (own is None or known.objective > own.objective):
                    self.found[amount] = solution = replace(solution, plan=known, remark="")
                    self.carried.add(amount)
            best = solution.plan or best

    def point(self, amount: Fraction) -> Point:
        """Return what was found at an amount, in figures."""
        solution = self.found[amount]
        plan = solution.plan
        is_impossible = solution.is_infeasible or solution.is_proven_impossible
        if plan is None:
            bound = None if is_impossible else solution.bound
            return Point(amount, bound=bound, is_impossible=is_impossible, remark=solution.remark)
        return Point(
            amount,
            plan.objective,
            Fraction(sum(plan.values["conversions"].tolist()), VALUE_UNIT),
            solution.bound,
            solution.gap,
            shadow_price(self.subject, plan, solution.certificate),
            plan.used,
            meets=solution.meets(self.options),
            is_carried=amount in self.carried,
            remark=solution.remark,
        )


def _is_hard(problem: Problem, price: Price) -> bool:
    return problem.limits[price.limits].rule.enforcement == "hard"
