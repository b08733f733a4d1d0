"""Prices and what they leave: the dual, the proof of its bound, and plans mixed from merchants' choices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.certificate import Certificate
from models.instance import Int64
from models.linear import Floats, Linear
from models.problem import Problem
from optimizer.decode import evaluate, whole
from optimizer.improve import improve, repair
from optimizer.lagrangian.bundle import MOST_PRICES, tighten
from optimizer.lagrangian.certify import printed_bound
from optimizer.lagrangian.columns import mix
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

_DESCENT = 15
_PASSES, _PATIENCE = 40, 6
_SAMPLES, _SAMPLE_GAP = (30_000, 200_000), 2e-5
"""Cells of the samples that prices are found on first, and how near their own least bound they need be."""
_ROUNDS = 3
_NODES = 1_000_000
"""Work that the search of one merchant may take while prices are looked for."""

_CELL_PASSES = 4_000_000
_LEAST_VARIED, _MOST_VARIED = 8, 48
_VARIATION = 0.03
"""Largest spread of the prices at which merchants are asked for choices (standard deviation of logs)."""

_MIXING = 4_000_000
_IMPROVING = 20_000_000
_TRIES = 12
_CORE_SIZES = (1_000, 3_000)
"""Choices that a core leaves open beside the best of each cell."""


def priced(problem: Problem, clock: Clock) -> Found:
    """Search by prices until the gap asked for is proven, or prices alone bring no more."""
    clock.tell("prices")
    made = market(problem)
    if made is None:
        return NOTHING
    begun = _Priced(problem, made, clock)
    try:
        return begun.run()
    except Over:
        clock.is_reproducible = False
        return begun.found


class _Priced:
    """One search by prices."""

    def __init__(self, problem: Problem, made: Market, clock: Clock) -> None:
        self.problem, self.market, self.clock = problem, made, clock
        self.dual = Dual(made, clock.options.threads)
        self.found = NOTHING
        self.outside: Int64 = np.empty(0, np.int64)
        self.uncounted: set[tuple[int, int]] = set()
        self.line_price: Floats = np.empty(0)
        self.rng = np.random.default_rng(clock.options.seed)

    def run(self) -> Found:
        best = self._first_prices()
        for round_ in range(_ROUNDS):
            best = self._tightened(self.dual, best, float(self.clock.options.gap) / 4)
            proof = self._proven(best)
            best = proof.priced
            if len(proof.impossible):
                return self.found  # a merchant has nothing that its own limits allow: there is no plan
            self._mixed(proof, _VARIATION / (1 + round_))
            if self.found.meets(self.clock.options) or self.clock.is_over():
                return self.found
        for size in _CORE_SIZES:
            self._solve_core(proof, size)
            if self.found.meets(self.clock.options) or self.clock.is_over():
                return self.found
        return branched(self.market, proof.priced.prices.astype(np.float64), self.found, self.clock)

    def _solve_core(self, proof: Proof, size: int) -> None:
        """Let the solver decide what prices nearly tie, all else as in the best plan known."""
        if self.problem.is_divisible.any() or self.found.plan is None:
            return
        from optimizer.search.part import better_in_core

        self.clock.tell("core")
        options = self.found.plan.choice.options
        taken = np.full(self.problem.num_cells, -1, np.int64)
        taken[np.searchsorted(self.problem.option_start, options, side="right") - 1] = options
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
            return self.dual.at(self.dual.prices_of(warm.prices), _NODES)
        prices: Floats | None = None
        for cells in _SAMPLES:
            every = self.problem.num_cells // cells
            if every > 1:
                sample = Dual(self.market, self.clock.options.threads, every)
                prices = self._descended(sample, prices, _SAMPLE_GAP)
        if prices is None:
            prices = self._descended(self.dual, None, 1.0)
        return self.dual.at(prices, _NODES)

    def _descended(self, dual: Dual, start: Floats | None, wanted: float) -> Floats:
        if start is None:
            nothing = np.zeros(dual.num_prices)
            best = minimise(dual, nothing, _DESCENT, _NODES, lambda priced: self._is_over(dual, priced))
        else:
            best = dual.at(start, _NODES)
        return self._tightened(dual, best, wanted).prices.astype(np.float64)

    def _tightened(self, dual: Dual, best: Priced, wanted: float) -> Priced:
        """Lower a bound until planes tell that it is near its least, or it falls no more."""
        if not 0 < dual.num_prices <= MOST_PRICES or wanted >= 1.0:
            return best
        from optimizer.solve.master import Master

        history = [best.bound]

        def is_enough(priced: Priced, least: float) -> bool:
            history.append(priced.bound)
            size = wanted * abs(priced.bound)
            is_still = len(history) > _PATIENCE and history[-1 - _PATIENCE] - priced.bound <= 0.1 * size
            return is_still or priced.bound - least <= size or self._is_over(dual, priced)

        return tighten(dual, best, Master, passes=_PASSES, budget=_NODES, is_enough=is_enough)

    def _proven(self, best: Priced) -> Proof:
        """Prove a bound; limits of merchants whose search does not end are priced from here on."""
        self.clock.tell("prove")
        proof = prove(self.dual, best.prices.astype(np.float64))
        for _ in range(_TRIES):
            if not len(proof.unfinished) or not self._price_limits_of(proof):
                break
            proof = prove(self.dual, self._carried_over(proof))
        self.line_price = proof.priced.passed.outcome.line_price.copy()
        if not len(proof.unfinished) and not len(proof.impossible):
            bound = printed_bound(self.problem, proof.leaf.bound)
            certificate = Certificate("bound", bound, (proof.leaf,), proof.inside)
            self.found = Found(self.found.plan, self.found.better(certificate))
            self.clock.bound = float(self.found.better(certificate).bound)
        return proof

    def _price_limits_of(self, proof: Proof) -> bool:
        """Make the market anew, with the own limits of some merchants priced; say whether it fits."""
        lines = self.market.tables.line_start
        kinds = self.market.tables.line_kind
        is_only_counted = [
            bool((kinds[lines[m] : lines[m + 1]] == COUNT).all()) for m in proof.unfinished.tolist()
        ]
        self.outside = np.union1d(self.outside, proof.unfinished)
        for merchant, is_counted in zip(proof.unfinished.tolist(), is_only_counted, strict=True):
            if is_counted:
                slots = self.market.tables.line_slot[lines[merchant] : lines[merchant + 1]]
                self.uncounted |= {self.market.counts[slot] for slot in slots.tolist()}
        made = market(self.problem, self.outside, frozenset(self.uncounted))
        if made is None:
            return False
        self.before, self.market = self.market, made
        self.dual = Dual(made, self.clock.options.threads)
        return True

    def _carried_over(self, proof: Proof) -> Floats:
        """Return the prices of a proof for the market made anew, its searches' prices among them."""
        old, new = self.before, self.market
        by_row = np.zeros(old.rows.num_rows)
        by_row[old.priced] = proof.priced.prices[: len(old.priced)]
        lines = old.line_row >= 0
        by_row[old.line_row[lines]] = proof.priced.passed.outcome.line_price[lines]
        slot_of = {count: slot for slot, count in enumerate(old.counts)}
        counts = [proof.priced.prices[len(old.priced) + slot_of[count]] for count in new.counts]
        groups = proof.priced.prices[len(old.priced) + len(old.counts) :]
        return np.concatenate([by_row[new.priced], np.array(counts, np.float64), groups])

    def _mixed(self, proof: Proof, variation: float) -> None:
        """Ask merchants for choices at prices nearby, and mix them into a plan."""
        self.clock.tell("mix")
        start = self._counted(proof)
        num_passes = int(np.clip(_CELL_PASSES // self.problem.num_cells, _LEAST_VARIED, _MOST_VARIED))
        takens = [start, *self._known()]
        for _ in range(num_passes):
            if self.clock.is_over():
                break
            spread = variation * 10 ** self.rng.uniform(-1.5, 0.0)
            varied = proof.priced.prices.astype(np.float64) * np.exp(
                spread * self.rng.standard_normal(self.dual.num_prices)
            )
            takens.append(self.dual.at(varied, _NODES).passed.outcome.taken.astype(np.int32))
        rows, prices = self._rows(start.astype(np.int64), proof)
        is_inside = np.zeros(rows.num_rows, bool)
        is_inside[: self.market.rows.num_rows] = True
        is_inside[self.market.priced] = False
        taken, is_kept = mix(rows, is_inside, prices, np.stack(takens), _MIXING)
        self._take(taken)
        mended = taken if is_kept else repair(rows, taken, prices, lambda: not self.clock.is_over())
        if mended is not None:
            rows, prices = self._rows(mended, proof)
            self._take(improve(rows, mended, prices, _IMPROVING, lambda: not self.clock.is_over()))

    def _known(self) -> list[NDArray[np.int32]]:
        """Return the choices that are known beforehand."""
        warm = self.clock.options.warm
        return [] if warm is None else [warm.taken(self.problem.option_start).astype(np.int32)]

    def _counted(self, proof: Proof) -> NDArray[np.int32]:
        """Return the merchants' choices at prices that are raised until floors on counts are met."""
        first, last = self.dual.num_rows, self.dual.num_rows + self.dual.num_counts
        at, priced = proof.priced.prices.astype(np.float64), proof.priced
        for attempt in range(_TRIES):
            short = first + np.flatnonzero(priced.gradient[first:last] < 0)
            if not len(short):
                break
            at[short] = at[short] * (1.0 + 0.02 * 2**attempt) + 1.0
            priced = self.dual.at(at, _NODES)
        return priced.passed.outcome.taken.astype(np.int32)

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
