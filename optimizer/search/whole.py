"""The whole problem by HiGHS: a core first, then all of it.

HiGHS works in floats with a tolerance, so nothing it says is taken as it stands: what it finds is evaluated
in exact integers; a choice that breaks a row by as little as one unit is cut off by a cover that is valid for
every plan, and the search goes on; its bound is claimed, never certified; its "infeasible" is looked for
again as prices that prove it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import inf

import numpy as np

from models.certificate import Certificate
from models.codes import Severity
from models.language import _
from models.plan import Plan
from models.problem import Problem
from models.solution import Solution
from optimizer.arithmetic import conflicts
from optimizer.decode import covers, evaluate, forced, thrifty, words
from optimizer.lagrangian.certify import certify, common_divisor, printed_bound
from optimizer.search.clock import Clock
from optimizer.search.found import NOTHING, Found
from optimizer.search.impossible import search_by_leaves
from optimizer.search.written import Writer
from optimizer.solve import answer as asking
from optimizer.solve import child
from optimizer.solve.answer import Answer, Arrays, Ended, Floats, Incumbent, Request
from optimizer.solve.model import Cut, Dual, Model

_MAX_ROUNDS, _COVER_ROUNDS = 30, 5
"""A choice that breaks a row is cut off by covers in the first rounds; then the row is stated in words."""

_GIVING_UP_ROUNDS = 5
"""How often what rounding misses is done without, and the best of the rest looked for."""

_EXACT_COLUMNS = 2_000
"""Up to so many variables the solver works without presolve once last digits decide, or may do so."""

_ROUNDINGS = (1, 2, 8, 32, 256)
_TIGHTENINGS = (1e-7, 1e-5, 1e-3)
_TIE_NODES = 200
_TIE_OPTIONS = 2_000
_WHOLE_OPTIONS = 10_000
"""Problems of up to so many options go to the solver whole; larger ones as a core first."""
_CORE_SIZES = (1_000, 4_000)
_CORE_SHARE = 0.6
_WHOLE_GAP = 0.99
"""Share of the gap that the solver is given, so that the printed bound, rounded up, meets it too."""
_CORE_GAP = 0.7
"""The same for a core, whose best plan is held against the relaxation's bound, which is a little higher."""
_LP_SHARE = 0.5
"""Largest share of the time limit that the linear relaxation may take."""


class Whole:
    """One search of the whole problem.

    Parameters
    ----------
    found
        What is known already: a plan and a proof of a bound, from prices.
    """

    def __init__(self, problem: Problem, clock: Clock, found: Found = NOTHING) -> None:
        self.problem, self.clock, self.found = problem, clock, found
        self.options = clock.options
        clock.tell("formulate")
        self.model = Model(problem, clock.checkpoint)
        self.cuts: list[Cut] = []
        self.writer = Writer(
            problem, self.model, lambda arrays: self._solve("solve", arrays, is_relaxed=True)
        )

    def run(self) -> Solution:
        """Find the best plan within the time and gap asked for."""
        self.clock.checkpoint()
        relaxed = self._solve("prices", self.model.arrays(), is_relaxed=True, share=_LP_SHARE)
        if relaxed.ended is Ended.infeasible:
            proof = self._prove_infeasible()
            if proof.bound < 0:
                return self._impossible(proof)
        certificate = self.found.better(certify(self.problem, self._prices(relaxed)))
        self.clock.bound = float(certificate.bound)
        plan, answer = self._found(relaxed, certificate)
        if plan is None and answer.ended is Ended.infeasible:
            plan = self._plan_despite_infeasible()
            answer = Answer(Ended.stopped if plan else Ended.infeasible)
        if plan is None and answer.ended is not Ended.failed:
            searched = search_by_leaves(self.problem, self.model, self.clock)
            if searched.proof is not None:
                return self._impossible(searched.proof)
            plan = searched.plan
        if plan is None:
            return self._no_plan(certificate, answer)
        plan = thrifty(self._with_least_draw(thrifty(plan), answer))
        is_early = answer.ended is Ended.failed or self._misses_gap(plan, certificate, answer)
        why = _why_early(answer) if is_early else ""
        return self._solution(plan, certificate, self._claimed(plan, answer.bound), why)

    def _known(self, plan: Plan, certificate: Certificate, relaxed: Answer) -> Answer:
        """Return what is known of a plan that was found elsewhere: whether it is the best."""
        is_best = plan.objective in (certificate.bound, self._claimed(plan, relaxed.bound))
        return Answer(Ended.optimal if is_best else Ended.stopped, None, relaxed.bound)

    def _found(self, relaxed: Answer, certificate: Certificate) -> tuple[Plan | None, Answer]:
        """Search cores, then the whole; with a thread to spare, look for plans beside that.

        Those count only where the clock ends the solver: what ends by proof may not depend on it.
        """
        is_wanted = self.options.method == "auto" and self.options.threads > 1
        if not is_wanted or relaxed.prices is None or self.problem.is_divisible.any():
            return self._searched(relaxed, certificate)
        from optimizer.search.beside import Beside

        with Beside(self.problem, self.clock, self._prices(relaxed), self.found.plan) as beside:
            best, answer = self._searched(relaxed, certificate)
            found = beside.stop()
        is_stopped = answer.ended is Ended.stopped and self.clock.is_over()
        return self._better(best, answer, found, answer) if is_stopped else (best, answer)

    def _prices(self, relaxed: Answer) -> list[Dual]:
        return [] if relaxed.prices is None else self.model.prices(relaxed.prices)

    def _core_plan(self, relaxed: Answer, certificate: Certificate) -> tuple[Plan | None, Answer]:
        """Look among the options that the relaxed solution nearly ties; its bound holds for every plan.

        Returns the best plan found even where its gap is above the one asked for: the search of the whole
        starts there.
        """
        best: tuple[Plan | None, Answer] = (None, Answer(Ended.failed))
        if relaxed.prices is None or self.problem.num_options <= _WHOLE_OPTIONS:
            return best
        for size in _CORE_SIZES:
            start = best[1].values
            answer = self._solve("core", self.model.core(relaxed, size), share=_CORE_SHARE, start=start)
            plan = self._polished(answer) if answer.values is not None else None
            if plan is None or not plan.is_feasible or (best[0] and plan.objective <= best[0].objective):
                continue
            best = plan, Answer(answer.ended, answer.values, relaxed.bound)
            if not self._misses_gap(plan, certificate, best[1]):
                break
        return best

    def _searched(self, relaxed: Answer, certificate: Certificate) -> tuple[Plan | None, Answer]:
        """Solve cores, and where the gap is not met so, the whole from the best plan known."""
        plan, answer = self._core_plan(relaxed, certificate)
        if self.found.plan is not None and (plan is None or plan.objective <= self.found.plan.objective):
            plan, answer = self.found.plan, self._known(self.found.plan, certificate, relaxed)
        if plan is not None and not self._misses_gap(plan, certificate, answer):
            return plan, answer
        return self._better(plan, answer, *self._best_plan(answer.values))

    def _misses_gap(self, plan: Plan, certificate: Certificate, answer: Answer) -> bool:
        found = self._solution(plan, certificate, self._claimed(plan, answer.bound))
        return not found.meets(self.options)

    @staticmethod
    def _better(
        first: Plan | None, of_first: Answer, second: Plan | None, of_second: Answer
    ) -> tuple[Plan | None, Answer]:
        """Return the better of two plans with the lower of two bounds, and how the later run ended."""
        bounds = [answer.bound for answer in (of_first, of_second) if answer.bound is not None]
        bound = min(bounds, default=None)
        if first is not None and (second is None or second.objective <= first.objective):
            return first, replace(of_second, values=of_first.values, bound=bound)
        return second, replace(of_second, bound=bound)

    def _best_plan(self, start: Floats | None) -> tuple[Plan | None, Answer]:
        """Solve until what HiGHS finds holds exactly: cut off what does not, or keep clear of limits."""
        answer = Answer(Ended.failed)
        for round_ in range(_MAX_ROUNDS):
            answer = self._solve("solve", self.model.arrays(self.cuts), start=start)
            if answer.values is None:
                return None, answer
            plan = self._polished(answer)
            if plan.is_feasible:
                return self._without_lost(plan, answer)
            found = self._covers(plan) if round_ < _COVER_ROUNDS else self._words(plan)
            if not found or self.clock.is_over():
                break
            self.cuts += found
        return self._tightened(answer)

    def _without_lost(self, plan: Plan, answer: Answer) -> tuple[Plan, Answer]:
        """Look for a better plan without what counts on paper only; the bound stays that of the whole."""
        given_up: dict[int, int] = {}
        best, seen = (plan, answer), answer
        for _round in range(_GIVING_UP_ROUNDS):
            given_up |= (lost := self.writer.lost(seen, plan))
            if not lost or self.clock.is_over():
                break
            seen = self._solve("solve", self.model.without(given_up, self.cuts))
            if seen.values is None:
                break
            plan = self._polished(seen)
            if plan.is_feasible and plan.objective > best[0].objective:
                best = plan, replace(seen, bound=answer.bound)
        return best

    def _covers(self, plan: Plan) -> list[Cut]:
        return [Cut(cover.options, cover.coefficients, cover.right) for cover in covers(plan)]

    def _words(self, plan: Plan) -> list[Cut]:
        """State the broken rows in words short enough for floats to be exact; all but the last carry."""
        cuts, carry = (
            list[Cut](),
            1 + max((number for cut in self.cuts for number, _ in cut.carries), default=-1),
        )
        for row in words(plan):
            for word in row:
                carries = [(carry - 1, 1.0)] if word.has_carry_in else []
                if word.carry_worth:
                    carries.append((carry, -word.carry_worth))
                    carry += 1
                cuts.append(Cut(word.options, word.coefficients, word.right, tuple(carries)))
        return cuts

    def _tightened(self, answer: Answer) -> tuple[Plan | None, Answer]:
        """Look for a plan a hair inside the limits; the bound stays that of the untightened model."""
        best: tuple[Plan, Answer] | None = None
        for hair in self._hairs():
            if self.clock.is_over():
                break
            inside = self._solve("solve", self.model.arrays(self.cuts, *hair))
            plan = self._polished(inside) if inside.values is not None else None
            if plan is None or not plan.is_feasible:
                continue
            if best is None or plan.objective > best[0].objective:
                best = plan, Answer(inside.ended, inside.values, answer.bound, remark=inside.remark)
            if not self.writer.is_short(inside, plan):
                break
        if best is not None:
            return best
        nothing = evaluate(self.problem, forced(self.problem))
        if nothing.is_feasible:
            return nothing, Answer(Ended.stopped, None, answer.bound)
        return None, Answer(Ended.stopped, remark=_("what the solver found breaks a limit by a hair"))

    def _hairs(self) -> list[tuple[float, int]]:
        """Return (tightening, roundings) pairs to try: with divisible cells, first what rounding can lose."""
        of_rounding = (
            [(0.0, roundings) for roundings in _ROUNDINGS] if self.problem.is_divisible.any() else []
        )
        return [*of_rounding, *((tightening, 0) for tightening in _TIGHTENINGS)]

    def _prove_infeasible(self) -> Certificate:
        """Return prices by which the priced rows cannot all hold: proof only if their bound is below 0."""
        elastic = self._solve("prove", self.model.feasible(), is_relaxed=True)
        prices = [] if elastic.prices is None else self.model.prices(elastic.prices, is_feasibility=True)
        return certify(self.problem, prices, "infeasible")

    def _plan_despite_infeasible(self) -> Plan | None:
        """Ask for the plan that breaks the rows least: HiGHS has been seen to report infeasible wrongly."""
        answer = self._solve("prove", self.model.feasible())
        plan = self._plan(answer) if answer.values is not None else None
        return plan if plan is not None and plan.is_feasible else None

    def _impossible(self, proof: Certificate) -> Solution:
        """Return the proof, with a plan that breaks hard rules least (pools always hold) if asked for one."""
        if not self.options.is_best_effort:
            return self._solution(None, proof)
        answer = Answer(Ended.stopped)
        for tightening in (0.0, *_TIGHTENINGS):
            answer = self._solve("best effort", self.model.best_effort(tightening))
            plan = self._plan(answer) if answer.values is not None else None
            if plan is not None and max(plan.overspent, default=0) <= 0:
                if plan.is_feasible:  # amounts of a mix are rounded up: that may just reach a floor
                    return self._solution(plan, certify(self.problem, []))
                return replace(self._solution(plan, proof), is_best_effort=True)
        return self._solution(None, proof, remark=why_none(answer))

    def _no_plan(self, certificate: Certificate, answer: Answer) -> Solution:
        """Say why there is no plan; hard rules are broken only where prices prove that they cannot hold."""
        remark = why_none(answer)
        if not self.options.is_best_effort:
            return self._solution(None, certificate, remark=remark)
        is_proven = any(found.severity is Severity.conflict for found in conflicts(self.problem))
        text = (
            _("arithmetic proves that the hard rules cannot all hold, a certificate does not: none is broken")
            if is_proven
            else _("{why}; that the hard rules cannot all hold is not proven, so none is broken")
        )
        found = self._solution(None, certificate, remark=text.format(why=remark))
        return replace(found, is_proven_impossible=is_proven)

    def _with_least_draw(self, plan: Plan, answer: Answer) -> Plan:
        """Among plans of equal objective, prefer those that draw less, pools in file order.

        Only where the plan is known to be the best: else there may be better ones, and looking among its
        equals has been seen to take longer than finding it.
        """
        is_best = answer.ended is Ended.optimal and self._claimed(plan, answer.bound) == plan.objective
        if not is_best or self.problem.num_options > _TIE_OPTIONS:
            return plan
        start = answer.values
        for pool in range(len(plan.used)):
            if (-1, pool) not in self.model.rows:
                continue
            arrays = self.model.cheapest(pool, float(plan.objective), plan.used[:pool], self.cuts)
            cheaper = self._solve("ties", arrays, node_limit=_TIE_NODES, start=start)
            found = self._plan(cheaper) if cheaper.values is not None else plan
            if (
                found.is_feasible
                and found.objective >= plan.objective
                and found.used[: pool + 1] < plan.used[: pool + 1]
            ):
                plan, start = found, cheaper.values
        return plan

    def _plan(self, answer: Answer) -> Plan:
        return self.writer.plan(answer)

    def _polished(self, answer: Answer) -> Plan:
        return self.writer.polished(answer, self.cuts)

    def _claimed(self, plan: Plan, bound: float | None) -> Fraction | None:
        """Return the solver's bound as it is printed: never below what a plan reaches."""
        if bound is None:
            return None
        exact = Fraction(self.model.objective(bound))
        slack = max(abs(exact), Fraction(1)) / 10**9  # HiGHS's bound is a float, exact to about this
        if exact <= plan.objective + slack:  # it says that the plan is the best
            return printed_bound(self.problem, plan.objective)
        return printed_bound(self.problem, exact + slack)

    def _solve(
        self, phase: str, arrays: Arrays, *, is_relaxed: bool = False, share: float = 1.0, **request: object
    ) -> Answer:
        self.clock.tell(phase)
        if self.clock.is_over():
            self.clock.is_reproducible = False
            return Answer(Ended.stopped)
        start = request.get("start")
        if isinstance(start, np.ndarray) and len(start) != len(arrays.c):
            request["start"] = None  # it knows nothing of carries
        divisor = float(common_divisor(self.problem))
        asked = Request(
            arrays,
            is_relaxed=is_relaxed,
            gap=0.0
            if phase == "ties"
            else float(self.options.gap) * 0.99,  # so that the printed bound, rounded up, meets it too
            absolute_gap=0.999 * divisor / self.model.objective(1.0) if phase in ("solve", "core") else 0.0,
            time_limit=max(self.clock.time_left() * share, 0.01),
            seed=self.options.seed,
            is_presolved=self.model.num_columns > _EXACT_COLUMNS or not (self.cuts or self.model.is_wide),
            **request,  # type: ignore[arg-type]
        )
        answer = child.run(asked, asking.Watch(self._news(phase), self.clock.watch.is_cancelled))
        if answer.ended is Ended.failed or (
            answer.ended is Ended.stopped and ("node_limit" not in request or self.clock.is_over())
        ):
            self.clock.is_reproducible = False
        return answer

    def _news(self, phase: str) -> Callable[[Incumbent], None]:
        """Follow a run of the solver; what bounds a core bounds no plan of the whole."""
        scale, clock = self.model.objective(1.0), self.clock

        def tell(news: Incumbent) -> None:
            if news.objective is not None:
                clock.best = max(news.objective * scale, -inf if clock.best is None else clock.best)
            if news.bound is not None and phase == "solve":
                clock.bound = min(news.bound * scale, inf if clock.bound is None else clock.bound)
            clock.tell(phase)

        return tell if phase in ("solve", "core") else lambda _: None

    def _solution(
        self, plan: Plan | None, certificate: Certificate, claimed: Fraction | None = None, remark: str = ""
    ) -> Solution:
        return Solution(plan, certificate, claimed, self.clock.is_reproducible, remark=remark)


def why_none(answer: Answer) -> str:
    """Say why a run of the solver left no plan, for people."""
    if answer.ended is Ended.infeasible:
        return _("the solver says that no plan exists, but that is not proven")
    if answer.ended is Ended.failed:
        return _("the solver failed ({remark})").format(remark=answer.remark)
    return _("stopped before a plan was found, which proves nothing")


def _why_early(answer: Answer) -> str:
    if answer.ended is Ended.failed:
        return _("the solver failed ({remark}); this is the best plan that it had found").format(
            remark=answer.remark
        )
    return _("stopped early; this is the best plan found") if answer.ended is Ended.stopped else ""
