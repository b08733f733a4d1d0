"""The dual: prices that make the bound small, by a quasi-Newton method (Byrd, Lu, Nocedal and Zhu 1995).

The bound is convex in the prices and has kinks; many merchants round them off, so that a quasi-Newton method
comes close. Every value it is given is exact for the prices as rounded to whole units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from models.certificate import Price
from models.instance import Int64
from models.linear import Bools, Floats
from optimizer.compiled import compiled
from optimizer.lagrangian.market import Market, Top
from optimizer.lagrangian.pricing import PARTS, Passed, Pricer
from optimizer.lagrangian.tables import Tables

_LEAST_SHARE = 1e-3
"""What a limit at its price is taken to be worth at least, in shares of the bound."""

Prices = Int64
"""Whole prices, in units of value: of priced rows, then of counts, then of the groups of each `top` rule."""


@dataclass(frozen=True, eq=False)
class Priced:
    """Prices, and what they prove.

    Attributes
    ----------
    prices
        As rounded; shape (prices,).
    top_prices
        Price of each `top` rule; the weight of a group is its price over this one.
    bound
        Units of value, right-hand sides as the rows have them; merchants whose search was not finished count
        with the best choice found, so that this is a bound only where there are none.
    gradient
        Slack of each price's limit at the merchants' choice, in row units; shape (prices,).
    passed
        The pass itself.
    """

    prices: Prices
    top_prices: tuple[int, ...]
    bound: float
    gradient: Floats
    passed: Passed


class Dual:
    """The bound as a function of prices.

    Parameters
    ----------
    every
        Look at every so manieth merchant only, right-hand sides scaled to their part of what all could use:
        the prices of such a sample are near those of the whole, and cost a fraction.
    parts
        See `Pricer`.
    """

    def __init__(self, market: Market, threads: int = 1, every: int = 1, parts: int = PARTS) -> None:
        self.market = market
        self.pricer = Pricer(market, threads, every, parts)
        self.num_rows, self.num_counts = len(market.priced), len(market.counts)
        self.right = market.rows.right[market.priced]
        self.count_right = market.count_right
        self.caps = [top.cap for top in market.tops]
        self._num_sets = len(market.tables.set_measure)
        self._share = 1.0
        if every > 1:
            self._scale_to_sample(every)

    def anchor(self, whole: Priced, budget: int) -> None:
        """Change a sample's right-hand sides so that its slopes are the whole's at the whole's prices.

        What a sample uses of a limit is its own; only what is left of it is scaled (a control variate, as
        Johnson and Zhang 2013 have it for stochastic gradients).
        """
        own = self.at(whole.prices.astype(np.float64), budget)
        wanted = self._share * whole.gradient - own.gradient
        self.right = self.right + wanted[: self.num_rows]
        self.count_right = self.count_right + wanted[self.num_rows : self.num_rows + self.num_counts]

    def _scale_to_sample(self, every: int) -> None:
        tables = self.market.tables
        is_in = np.zeros(len(tables.cell_start) - 1, bool)
        for first, last, _ in self.pricer.spans:
            is_in[first:last:every] = True
        sampled = np.repeat(is_in, np.diff(tables.cell_start))
        whole, part = self._reach(np.ones(len(sampled), bool)), self._reach(sampled)
        rows = [
            np.bincount(
                self.market.row_of_entry,
                np.abs(self.market.factor) * reach[self.market.set_of_entry],
                self.num_rows,
            )
            for reach in (whole, part)
        ]
        self.right = self.right * rows[1] / np.maximum(rows[0], 1e-300)
        self._share = float(sampled.mean())
        self.count_right = self.count_right * is_in.mean()
        self.caps = [
            top.cap * part[top.sets].sum() / max(whole[top.sets].sum(), 1e-300) for top in self.market.tops
        ]

    @property
    def num_prices(self) -> int:
        """How many prices there are."""
        return len(self.market.most)

    def at(self, wanted: Floats, budget: int) -> Priced:
        """Price the market at prices rounded to whole numbers within their range."""
        prices = np.rint(np.clip(wanted, 0.0, self.market.most)).astype(np.int64)
        for top, groups in self._groups(prices):
            groups[:] = within(groups, top)
        top_prices = tuple(price_of(groups, top.k) for top, groups in self._groups(prices))
        of_rows, of_counts = prices[: self.num_rows], prices[self.num_rows :][: self.num_counts]
        bound = float(self.right @ of_rows) + float(self.count_right @ of_counts)
        bound += sum(cap * price for cap, price in zip(self.caps, top_prices, strict=True))
        charges, rewards = self.charged(prices)
        passed = self.pricer.price(charges, rewards, budget)
        return Priced(
            prices,
            top_prices,
            bound + float(passed.values.sum()),
            self._gradient(prices, passed),
            passed,
        )

    def charged(self, prices: Prices) -> tuple[Int64, Int64]:
        """Return what whole prices charge for a unit of every coupling set, and pay for every count."""
        market = self.market
        charges = np.zeros(self._num_sets, np.int64)
        of_rows, of_counts = prices[: self.num_rows], prices[self.num_rows :][: self.num_counts]
        np.add.at(charges, market.set_of_entry, market.factor * of_rows[market.row_of_entry])
        for top, groups in self._groups(prices):
            np.add.at(charges, top.sets, groups)
            if top.basis >= 0:
                charges[top.basis] -= top.share.numerator * price_of(groups, top.k) // top.share.denominator
        return charges, (-market.count_sign).astype(np.int64) * of_counts

    def _groups(self, prices: Prices) -> Iterator[tuple[Top, Prices]]:
        """Go through `top` rules with the prices of their groups, which may be written to."""
        at = self.num_rows + self.num_counts
        for top in self.market.tops:
            yield top, prices[at : at + len(top.sets)]
            at += len(top.sets)

    def prices_of(self, known: Iterable[Price]) -> Floats:
        """Return prices as the dual has them of prices per written unit; those of no limit are left out."""
        market, rows = self.market, self.market.rows
        of_rows = zip(
            rows.row_limits[market.priced].tolist(), rows.row_limit[market.priced].tolist(), strict=True
        )
        place = {limit: at for at, limit in enumerate([*of_rows, *market.counts])}
        value = 10**market.problem.objective.digits * market.scale
        scales = np.append(rows.scale[market.priced], np.ones(self.num_counts))
        found, at = np.zeros(self.num_prices), self.num_rows + self.num_counts
        tops = {}
        for top in market.tops:
            tops[top.limits] = at, top.scale
            at += len(top.sets)
        for price in known:
            where = place.get((price.limits, price.limit))
            if where is not None:
                found[where] = float(price.price * value) / scales[where]
            elif price.limits in tops:
                first, scale = tops[price.limits]
                for group, weight in price.weights:
                    found[first + group] = float(price.price * weight * value) / scale
        return found

    def uses(self, passed: Passed) -> Floats:
        """Return by part what each price's limit is used, bases in the plan of `top` rules left out."""
        market = self.market
        terms = market.factor * passed.uses[:, market.set_of_entry].astype(np.float64)
        rows = np.zeros((len(terms), self.num_rows))
        np.add.at(rows.T, market.row_of_entry, terms.T)
        tops = [passed.uses[:, top.sets].astype(np.float64) for top in market.tops]
        return np.concatenate([rows, market.count_sign * passed.counts, *tops], axis=1)

    def _gradient(self, prices: Prices, passed: Passed) -> Floats:
        market = self.market
        used = np.bincount(
            market.row_of_entry,
            market.factor * passed.use[market.set_of_entry].astype(np.float64),
            self.num_rows,
        )
        parts = [self.right - used, self.count_right - market.count_sign * passed.count]
        at = self.num_rows + self.num_counts
        for top, cap in zip(market.tops, self.caps, strict=True):
            groups = prices[at : at + len(top.sets)]
            if top.basis >= 0:
                cap += float(top.share) * float(passed.use[top.basis])
            share = np.full(len(groups), 1.0 / top.k)
            if groups.max(initial=0) * top.k > groups.sum():
                share = (groups == groups.max()) / max((groups == groups.max()).sum(), 1)
            parts.append(cap * share - passed.use[top.sets].astype(np.float64))
            at += len(top.sets)
        return np.concatenate(parts)

    def _reach(self, of_cells: Bools) -> Floats:
        """Return the most that some cells could use of every coupling set."""
        return _reach_of_sets(self.market.tables, of_cells)

    def sizes(self) -> Floats:
        """Return a typical amount of each price's limit, in row units: what makes prices comparable."""
        market = self.market
        reach = self._reach(np.ones(len(market.tables.option_start) - 1, bool))
        rows = np.bincount(
            market.row_of_entry, np.abs(market.factor) * reach[market.set_of_entry], self.num_rows
        )
        rows = np.where(self.right != 0, np.minimum(np.abs(self.right), rows), rows)
        parts = [rows, np.maximum(np.abs(market.count_right), 1.0)]
        parts += [np.maximum(reach[top.sets], 1.0) for top in market.tops]
        return np.asarray(np.maximum(np.concatenate(parts), 1.0))


@compiled
def _reach_of_sets(tables: Tables, of_cells: Bools) -> Floats:
    """Return the most that some cells could use of every coupling set; shape (sets,)."""
    reach = np.zeros(len(tables.set_measure))
    for cell in range(len(of_cells)):
        if of_cells[cell]:
            for entry in range(
                tables.entry_start[cell] - len(tables.everywhere), tables.entry_start[cell + 1]
            ):
                place = entry - tables.entry_start[cell]
                which = tables.everywhere[place] if place < 0 else tables.entry_set[entry]
                largest = 0.0
                for option in range(tables.option_start[cell], tables.option_start[cell + 1]):
                    largest = max(largest, abs(float(tables.amounts[tables.set_measure[which], option])))
                reach[which] += largest
    return reach


def price_of(groups: Prices, k: int) -> int:
    """Return the least price of a `top` rule at which weights are at most 1 and sum to at most k."""
    return max(int(groups.max(initial=0)), -(-int(groups.sum()) // k))


def within(groups: Prices, top: Top) -> Prices:
    """Return prices of groups, made smaller where they ask for more than the rule's largest price."""
    price = price_of(groups, top.k)
    if price <= top.most:
        return groups
    return np.asarray(np.floor(groups * (top.most / price * (1.0 - 2.0**-40))), np.int64)


def minimise(
    dual: Dual, start: Floats, iterations: int, budget: int, is_over: Callable[[Priced], bool]
) -> Priced:
    """Lower the bound from some prices on; return the best that was seen.

    Parameters
    ----------
    iterations
        Most passes.
    is_over
        Asked after every pass; stops the descent.
    """
    best = [dual.at(start, budget)]
    value = max(abs(best[0].bound), 1.0)
    # What a limit is used falls about in proportion as its price rises: so scaled, all prices curve alike.
    usual = dual.sizes()
    sizes = np.sqrt(usual * value / np.maximum(start, _LEAST_SHARE * value / usual))
    num_left = [iterations]

    def at(scaled: Floats) -> tuple[float, Floats]:
        priced = dual.at(scaled / sizes * value, budget)
        if priced.bound < best[0].bound:
            best[0] = priced
        num_left[0] -= 1
        if num_left[0] <= 0 or is_over(best[0]):
            raise _Enough
        return priced.bound / value, priced.gradient / sizes

    bounds = [(0.0, most) for most in (dual.market.most * sizes / value).tolist()]
    options = {
        "maxcor": 20,
        "maxfun": iterations,
        "maxiter": iterations,
        "ftol": 1e-13,
        "gtol": 1e-12,
        "maxls": 30,
    }
    with suppress(_Enough):
        minimize(at, start * sizes / value, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return best[0]


class _Enough(Exception):  # noqa: N818 - no error: how a descent ends early
    """The descent has done what it may."""
