"""Prices and what they leave: the dual, the proof of its bound, and plans mixed from merchants' choices."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from models.certificate import Certificate
from models.instance import Int64
from models.linear import Bools, Floats, Linear
from models.problem import Problem
from optimizer.decode import evaluate, whole
from optimizer.improve import improve, repair
from optimizer.lagrangian.block import RELAXED
from optimizer.lagrangian.bundle import MOST_PRICES, Pace, tighten
from optimizer.lagrangian.certify import printed_bound
from optimizer.lagrangian.collecting import Wanted, gather
from optimizer.lagrangian.columns import mix, mixable
from optimizer.lagrangian.core import core
from optimizer.lagrangian.dual import Dual, Priced, minimise
from optimizer.lagrangian.losses import losses
from optimizer.lagrangian.market import Market, market
from optimizer.lagrangian.prove import Proof, prove
from optimizer.lagrangian.standing import standing
from optimizer.lagrangian.tables import COUNT
from optimizer.search.branching import branched
from optimizer.search.clock import Clock, Over
from optimizer.search.found import NOTHING, Found
from optimizer.search.samples import LEAST_SAMPLED, NODES, Sample, samples

_DESCENT = 15
_SMOOTH = 300_000
"""Cells from which samples find prices that are good enough for a first plan."""
_PASSES, _PATIENCE, _PATIENCE_LARGE, _LARGE = 40, 6, 4, 50_000
"""Passes that prices are made better in, and how many without much gain end it, with fewer or more cells."""
_NEAR, _FAR = 0.007, 0.05
"""By what share prices may be off once samples have found them, and before."""
_ROUNDS = 3

_CHOICES, _EACH = 1_000, 64
_SWINGING, _CELLS_A_CHOICE, _EACH_SWINGING, _MORE = (5_000, 1_000_000), 10, 6, 4
"""Choices that a mix is made from beside what prices choose, and of one merchant; and the same where these do
not do, or a market is so large that they will not."""

_MIXES = ((3_000, 100), (5_000, 200), (3_000, 400))
"""Choices and branch and bound nodes of the solver's mixes, one a round."""

_FAR_OFF, _OFF = Fraction(2, 100), Fraction(2, 1000)
"""Gaps after merchants' choices are mixed, and after the solver has mixed them, that prices do not close."""
_MOST_WHOLE = 50_000
"""Options up to which the solver does better then on the whole."""

_MIXING = 4_000_000
_IMPROVING = 20_000_000
_TRIES = 12
_MOST_PRICED = 300
"""Merchants whose own limits are priced because others of their size were not searched to the end."""
_CORE_SIZES = (1_000, 3_000)
"""Choices that a core leaves open beside the best of each cell."""


def priced(problem: Problem, clock: Clock, found: Found = NOTHING) -> Found:
    """Search by prices until the gap asked for is proven, or prices alone bring no more.

    Parameters
    ----------
    found
        A plan that is known already, if there is one.
    """
    clock.tell("prices")
    made = market(problem)
    if made is None:
        return found
    begun = _Priced(problem, made, clock, found)
    try:
        return begun.run()
    except Over:
        clock.is_reproducible = False
        return begun.found


class _Priced:
    """One search by prices."""

    def __init__(self, problem: Problem, made: Market, clock: Clock, found: Found) -> None:
        self.problem, self.market, self.clock = problem, made, clock
        self.dual = Dual(made, clock.options.threads)
        self.found = found
        self.outside: Int64 = np.empty(0, np.int64)
        self.uncounted: set[tuple[int, int]] = set()
        self.line_price: Floats = np.empty(0)

    def run(self) -> Found:
        best = self._without_unfinished(self._first_prices())
        if self._is_known_to_do(best):
            return self.found
        for round_, (num_choices, nodes) in enumerate(_MIXES):
            if round_ or self.problem.num_cells < _SMOOTH:
                best = self._tightened(self.dual, best, float(self.clock.options.gap) / 4)
            proof = self._proven(best)
            best = proof.priced
            if len(proof.impossible):
                return self.found  # a merchant has nothing that its own limits allow: there is no plan
            self._mixed(proof)
            if self.found.meets(self.clock.options) or self.clock.is_over() or self._is_hopeless(_FAR_OFF):
                return self.found
            self._mixed_by_solver(proof, num_choices, nodes)
            if self.found.meets(self.clock.options) or self.clock.is_over() or self._is_hopeless(_OFF):
                return self.found
        for size in _CORE_SIZES:
            self._solve_core(proof, size)
            if self.found.meets(self.clock.options) or self.clock.is_over():
                return self.found
        return branched(self.market, proof.priced.prices.astype(np.float64), self.found, self.clock)

    def _is_hopeless(self, gap: Fraction) -> bool:
        """Say whether a gap is so large that on so small a problem the solver does better on the whole."""
        if self.problem.num_options > _MOST_WHOLE or self.clock.options.method != "auto":
            return False
        return self.found.gap is None or self.found.gap > gap

    def _is_known_to_do(self, best: Priced) -> bool:
        """Take the plan to begin with, if it is one; say whether the prices with it prove it good enough."""
        if (warm := self.clock.options.warm) is not None:
            self._take(self.problem.taken(warm.options))
            if self.found.plan is not None and warm.prices:
                self._proven(best)
        return self.found.meets(self.clock.options)

    def _solve_core(self, proof: Proof, size: int) -> None:
        """Let the solver decide what prices nearly tie, all else as in the best plan known."""
        if self.problem.is_divisible.any() or self.found.plan is None:
            return
        from optimizer.search.part import better_in_core

        self.clock.tell("core")
        taken = self.problem.taken(self.found.plan.choice.options)
        _, prices = self._rows(taken, proof)
        lost = losses(self.market.rows, prices[: self.market.rows.num_rows])
        plan = better_in_core(self.clock, self.found, core(self.problem, taken, lost, _nth(lost, size)))
        if plan is not None:
            self.found = Found(plan, self.found.certificate)
            self.clock.best = float(plan.objective)

    def _is_over(self, dual: Dual, priced: Priced) -> bool:
        if dual is self.dual:
            self.clock.bound = priced.bound / self._value
        self.clock.tell("prices")
        if self.clock.is_over():
            self.clock.is_reproducible = False
            return True
        return False

    @property
    def _value(self) -> float:
        return float(10**self.problem.objective.digits * self.market.scale)

    def _first_prices(self) -> Priced:
        """Begin with prices known, else find some on ever larger samples of merchants."""
        warm = self.clock.options.warm
        if warm is not None and warm.prices:
            return self.dual.at(self.dual.prices_of(warm.prices), NODES)
        prices = np.zeros(self.dual.num_prices)
        for number, sample in enumerate(samples(self.problem.num_cells)):
            prices = self._sampled(prices, sample, is_first=not number)
            if self.clock.is_over():
                break
        return self.dual.at(prices, NODES)

    def _sampled(self, start: Floats, sample: Sample, *, is_first: bool) -> Floats:
        """Find better prices by what a sample of merchants does; the first time from far away."""
        dual, every = self.dual, self.problem.num_cells // sample.cells
        if every > 1:
            dual = Dual(self.market, self.clock.options.threads, every)
            dual.anchor(self.dual.at(start, sample.anchored), sample.anchored)
        if is_first:
            found = minimise(dual, start, _DESCENT, sample.nodes, lambda priced: self._is_over(dual, priced))
            start = found.prices.astype(np.float64)
        found = self._tightened(dual, dual.at(start, sample.nodes), sample.gap, sample.nodes)
        return found.prices.astype(np.float64)

    def _tightened(self, dual: Dual, best: Priced, wanted: float, nodes: int = NODES) -> Priced:
        """Lower a bound until planes tell that it is near its least, or it falls no more."""
        if not 0 < dual.num_prices <= MOST_PRICES or wanted >= 1.0:
            return best
        from optimizer.solve.master import Master

        history = [best.bound]
        patience = _PATIENCE if self.problem.num_cells < _LARGE else _PATIENCE_LARGE

        def is_enough(priced: Priced, least: float) -> bool:
            history.append(priced.bound)
            size = wanted * abs(priced.bound)
            is_still = len(history) > patience and history[-1 - patience] - priced.bound <= 0.1 * size
            return is_still or priced.bound - least <= size or self._is_over(dual, priced)

        width = _NEAR if dual is self.dual and self.problem.num_cells >= LEAST_SAMPLED else _FAR
        return tighten(
            dual,
            best,
            Master,
            pace=Pace(_PASSES, width),
            budget=nodes,
            is_enough=is_enough,
        )

    def _proven(self, best: Priced) -> Proof:
        """Prove a bound; limits of merchants whose search does not end are priced from here on."""
        self.clock.tell("prove")
        proof = prove(self.dual, best.prices.astype(np.float64))
        for _ in range(_TRIES):
            if not len(proof.unfinished) or not self._price_limits_of(proof.unfinished):
                break
            proof = prove(self.dual, self._carried_over(proof.priced))
        self.line_price = proof.priced.passed.outcome.line_price.copy()
        if not len(proof.unfinished) and not len(proof.impossible):
            bound = printed_bound(self.problem, proof.leaf.bound)
            certificate = Certificate("bound", bound, (proof.leaf,), proof.inside)
            self.found = Found(self.found.plan, self.found.better(certificate))
            self.clock.bound = float(self.found.better(certificate).bound)
        return proof

    def _without_unfinished(self, best: Priced) -> Priced:
        """Price the limits of merchants whose search did not end, before prices are made better."""
        unfinished = np.flatnonzero(best.passed.outcome.status == RELAXED)
        if not len(unfinished) or not self._price_limits_of(unfinished):
            return best
        return self.dual.at(self._carried_over(best), NODES)

    def _price_limits_of(self, unfinished: Int64) -> bool:
        """Make the market anew, with the own limits of some merchants priced; say whether it fits."""
        lines = self.market.tables.line_start
        kinds = self.market.tables.line_kind
        if self.problem.num_cells >= _LARGE:
            # Others of their size may not end at other prices, and lose next to nothing.
            size = np.diff(self.problem.cell_start)
            large = np.flatnonzero((size >= size[unfinished].min()) & (np.diff(lines) > 0))
            unfinished = large if len(large) <= _MOST_PRICED else unfinished
        self.outside = np.union1d(self.outside, unfinished)
        for merchant in unfinished.tolist():
            own = slice(lines[merchant], lines[merchant + 1])
            if (kinds[own] == COUNT).all():
                slots = self.market.tables.line_slot[own].tolist()
                self.uncounted |= {self.market.counts[slot] for slot in slots}
        made = market(self.problem, self.outside, frozenset(self.uncounted))
        if made is None:
            return False
        self.before, self.market = self.market, made
        self.dual = Dual(made, self.clock.options.threads)
        return True

    def _carried_over(self, priced: Priced) -> Floats:
        """Return prices for the market made anew, those of merchants' searches among them."""
        old, new = self.before, self.market
        del self.before
        by_row = np.zeros(old.rows.num_rows)
        by_row[old.priced] = priced.prices[: len(old.priced)]
        lines = old.line_row >= 0
        by_row[old.line_row[lines]] = priced.passed.outcome.line_price[lines]
        slot_of = {count: slot for slot, count in enumerate(old.counts)}
        counts = [priced.prices[len(old.priced) + slot_of[count]] for count in new.counts]
        groups = priced.prices[len(old.priced) + len(old.counts) :]
        return np.concatenate([by_row[new.priced], np.array(counts, np.float64), groups])

    def _mixed(self, proof: Proof) -> None:
        """Mix the choices of merchants that lose least into a plan."""
        self.clock.tell("mix")
        priced = self._counted(proof)
        taken = priced.passed.outcome.taken.copy()
        rows, prices = self._rows(taken, proof)
        mixed, is_kept, aim = taken, False, (self._goal(), _MIXING)
        for wanted in self._wanted():
            near = gather(self.dual, priced, self._known(), wanted)
            mixed, is_kept = mix(mixable(rows, self._is_inside(rows), near, taken), prices, taken, aim)
            self._take(mixed)
            if is_kept or self.clock.is_over():
                break
        if self.found.meets(self.clock.options):
            return
        mended = mixed if is_kept else repair(rows, mixed, prices, lambda: not self.clock.is_over())
        if mended is not None:
            rows, prices = self._rows(mended, proof)
            self._take(improve(rows, mended, prices, _IMPROVING, lambda: not self.clock.is_over()))

    def _wanted(self) -> Iterator[Wanted]:
        """Go through how many choices are worth a try."""
        num_cells = self.problem.num_cells
        if num_cells < _LARGE:
            yield Wanted(_CHOICES, _EACH)
        num_choices = int(np.clip(num_cells // _CELLS_A_CHOICE, *_SWINGING))
        yield Wanted(num_choices, _EACH_SWINGING, is_swinging=True)
        yield Wanted(_MORE * num_choices, _EACH_SWINGING, is_swinging=True)

    def _mixed_by_solver(self, proof: Proof, num_choices: int, nodes: int) -> None:
        """Let the solver mix, beginning with the best plan known."""
        if self.found.plan is None or self.clock.is_over() or self.problem.num_cells >= _SMOOTH:
            return
        from optimizer.search.mixing import mixed_by_solver

        self.clock.tell("mix")
        known = self.problem.taken(self.found.plan.choice.options)
        priced = self._counted(proof)
        taken = priced.passed.outcome.taken.copy()
        rows, prices = self._rows(taken, proof)
        open_ = mixable(
            rows, self._is_inside(rows), gather(self.dual, priced, known, Wanted(num_choices, _EACH)), taken
        )
        mixed = mixed_by_solver(self.clock, open_, prices, known, (self._goal(), nodes))
        if mixed is not None:
            self._take(mixed)

    def _goal(self) -> float:
        """Return the units of the objective from which a plan meets the gap asked for (infinite: unknown)."""
        certificate = self.found.certificate
        if certificate is None or certificate.bound is None or certificate.bound <= 0:
            return float("inf")
        return float(certificate.bound / (1 + self.clock.options.gap)) * 10.0**self.problem.objective.digits

    def _known(self) -> Int64 | None:
        """Return the option of every cell, or -1, in the best plan known, or in the plan to begin with."""
        warm, plan = self.clock.options.warm, self.found.plan
        if plan is None:
            return None if warm is None else self.problem.taken(warm.options)
        return self.problem.taken(plan.choice.options)

    def _is_inside(self, rows: Linear) -> Bools:
        """Say which rows merchants keep to by themselves; shape (rows,)."""
        is_inside = np.zeros(rows.num_rows, bool)
        is_inside[: self.market.rows.num_rows] = True
        is_inside[self.market.priced] = False
        return is_inside

    def _counted(self, proof: Proof) -> Priced:
        """Return merchants' choices at the best prices, raised until floors on counts are met."""
        first, last = self.dual.num_rows, self.dual.num_rows + self.dual.num_counts
        at, priced = proof.priced.prices.astype(np.float64), proof.priced
        for attempt in range(_TRIES):
            short = first + np.flatnonzero(priced.gradient[first:last] < 0)
            if not len(short):
                break
            at[short] = at[short] * (1.0 + 0.02 * 2**attempt) + 1.0
            priced = self.dual.at(at, NODES)
        return priced

    def _rows(self, taken: Int64, proof: Proof) -> tuple[Linear, Floats]:
        """Return the rows that keep the state of a choice, and their prices in units of the objective."""
        rows = standing(self.market, taken)
        prices = np.zeros(rows.num_rows)
        prices[self.market.priced] = proof.priced.prices[: self.dual.num_rows]
        lines = self.market.line_row >= 0
        prices[self.market.line_row[lines]] = self.line_price[lines]
        return rows, prices / self.market.scale

    def _take(self, taken: Int64) -> None:
        """Keep a choice if it is a plan, and better than what is known."""
        plan = evaluate(self.problem, whole(taken[taken >= 0]))
        best = self.found.plan
        if plan.is_feasible and (best is None or plan.objective > best.objective):
            self.found = Found(plan, self.found.certificate)
            self.clock.best = float(plan.objective)


def _nth(lost: Floats, size: int) -> float:
    """Return the loss up to which so many choices lose something."""
    losing = lost[(lost > 0) & np.isfinite(lost)]
    return float(np.partition(losing, size)[size]) if len(losing) > size else float(np.inf)
