"""Leaves that close what one price vector cannot: branch and bound over options taken and avoided.

Every node assumes decisions, and is bounded by prices of its own. Prices come from a linear program with one
plane for every choice of a merchant that was ever seen (branch and price; Barnhart, Johnson, Nemhauser,
Savelsbergh and Vance 1998); planes of choices that a node's decisions forbid are switched off there. What the
prices prove is exact (`prove`), so that the nodes without children are the leaves of a certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import heappop, heappush
from typing import Protocol

import numpy as np

from models.certificate import Certificate, Decision, Leaf
from models.instance import Int64
from models.linear import Bools, Floats
from optimizer.lagrangian.bundle import Minimum
from optimizer.lagrangian.certify import printed_bound
from optimizer.lagrangian.dual import Dual, Priced
from optimizer.lagrangian.market import Market
from optimizer.lagrangian.prove import Proof, prove

MOST_CELLS, MOST_PRICES = 4_000, 400
"""Larger problems are not branched: a node would take too long."""

_SEARCH_NODES = 200_000
_PASSES = 30
_WIDER, _LEAST = 4.0, 0.02
"""How far prices may go in one pass: so many times what they are, or this share of all value a limit."""

_COARSER = 10**4
_CLOSE = 1e-9
_WHOLE = 1e-6


class SwitchedProgram(Protocol):
    """A linear program that grows, whose rows can be switched off; see `optimizer.solve.master.Master`."""

    def add_rows(self, rows: Floats, right: Floats) -> None:
        """Add rows `rows x >= right`."""

    def minimum(self, low: Floats, high: Floats) -> Minimum | None:
        """Return the minimum within bounds."""

    def set_right(self, rows: Int64, right: Floats) -> None:
        """Give rows new right-hand sides; -inf switches one off."""


@dataclass(frozen=True, eq=False)
class Node:
    """Decisions, what prices prove under them, and the option to split on (-1: none is left)."""

    where: tuple[Decision, ...]
    proof: Proof
    split: int


def can_branch(market: Market) -> bool:
    """Say whether a market is small enough, and of linear rows and whole options alone."""
    is_small = market.rows.num_cells <= MOST_CELLS and 0 < len(market.most) <= MOST_PRICES
    is_linear = not (market.counts or market.tops)
    return is_small and is_linear and not bool(market.problem.is_divisible.any())


def _coarser(market: Market) -> Market:
    """Return a market whose prices may be higher: only high prices close nodes without a plan."""
    scale = max(market.scale // _COARSER, 1)
    is_soft = np.isfinite(market.rows.penalty[market.priced])
    most = np.where(is_soft, np.floor(market.most * (scale / market.scale)), market.most)
    return replace(market, scale=scale, most=most)


class Branching:
    """A tree of decisions; its leaves make a certificate at any time.

    Parameters
    ----------
    market
        One that `can_branch`.
    prices
        Of the root; shape (prices,).
    program
        Makes a linear program from its costs.
    worth
        What the size of prices is judged by, in objective units, where the root's bound is zero.

    Attributes
    ----------
    is_proven
        False once the search of some merchant did not end: then there is no certificate.
    """

    def __init__(
        self,
        market: Market,
        prices: Floats,
        program: Callable[[Floats], SwitchedProgram],
        worth: float = 0.0,
    ) -> None:
        tables = market.tables
        self._usual = tables.is_allowed, tables.must_fund
        coarser = _coarser(market)
        tables = tables._replace(is_allowed=tables.is_allowed.copy(), must_fund=tables.must_fund.copy())
        self.market = replace(coarser, tables=tables)
        self.problem = market.problem
        self.dual = Dual(self.market, parts=1)
        self.is_proven = True
        self._root = prices * (coarser.scale / market.scale)
        value = abs(self.dual.at(self._root, _SEARCH_NODES).bound)
        if value < 1.0:
            value = max(worth * 10**self.problem.objective.digits * self.market.scale, 1.0)
        self.planes = _Planes(self.dual, program, value)
        self._open: list[tuple[Fraction, int, Node]] = []
        self._closed: list[Node] = []
        self._num_nodes = 0
        self._is_enough: Callable[[Fraction], bool] = lambda _: False
        self._take: Callable[[Int64], None] = lambda _: None

    def run(
        self,
        most_nodes: int,
        is_enough: Callable[[Fraction], bool],
        take: Callable[[Int64], None],
        is_over: Callable[[], bool],
    ) -> Certificate | None:
        """Branch until every leaf is low enough, or the work allowed is done; return the leaves' certificate.

        Parameters
        ----------
        is_enough
            Says whether a bound, not rounded, needs no more work.
        take
            Is given choices that may be plans: option of every cell, or -1; shape (cells,).
        """
        self._is_enough, self._take = is_enough, take
        self._keep(self._bounded((), self._root))
        while self._open and self._num_nodes < most_nodes and self.is_proven and not is_over():
            node = heappop(self._open)[2]
            if is_enough(node.proof.leaf.bound):  # a better plan may have been found meanwhile
                self._closed.append(node)
                continue
            for is_taken in (True, False):
                where = (*node.where, Decision(node.split, is_taken))
                self._keep(self._bounded(where, node.proof.priced.prices.astype(np.float64)))
        return self._certificate() if self.is_proven else None

    @property
    def bound(self) -> Fraction:
        """The largest bound of a leaf."""
        return max(node.proof.leaf.bound for node in self._leaves())

    def _leaves(self) -> list[Node]:
        return [*self._closed, *(node for _, _, node in self._open)]

    def _certificate(self) -> Certificate:
        nodes = sorted(self._leaves(), key=lambda node: [(d.option, not d.is_taken) for d in node.where])
        leaves = tuple(
            Leaf(node.proof.leaf.prices, node.proof.leaf.bound, self._needed(node.where)) for node in nodes
        )
        inside = sorted({limit for node in nodes for limit in node.proof.inside})
        return Certificate("bound", printed_bound(self.problem, self.bound), leaves, tuple(inside))

    def _keep(self, node: Node) -> None:
        self._num_nodes += 1
        self.is_proven &= not len(node.proof.unfinished)
        if node.split < 0:
            self._closed.append(node)
        else:
            heappush(self._open, (-node.proof.leaf.bound, self._num_nodes, node))

    def _needed(self, where: tuple[Decision, ...]) -> tuple[Decision, ...]:
        """Return decisions without those that are implied: options avoided in a cell with one taken."""
        starts = self.market.problem.option_start
        cells = np.searchsorted(starts, [decision.option for decision in where], side="right").tolist()
        decided = {cell for cell, decision in zip(cells, where, strict=True) if decision.is_taken}
        return tuple(
            decision
            for cell, decision in zip(cells, where, strict=True)
            if decision.is_taken or cell not in decided
        )

    def _bounded(self, where: tuple[Decision, ...], prices: Floats) -> Node:
        """Bound what a node can reach, from its parent's prices on."""
        self._restrict(where)
        self.planes.restrict(where)
        best, minimum = self._lowered(prices)
        proof = prove(self.dual, best.prices.astype(np.float64), _SEARCH_NODES)
        taken = proof.priced.passed.outcome.taken.copy()
        self._take(taken)
        split = -1
        if not self._is_enough(proof.leaf.bound):
            shares = self.planes.shares(minimum)
            self._take(self._rounded(shares))
            if not self._is_enough(proof.leaf.bound):  # the choice just taken may have been a better plan
                split = self._split(shares, taken)
        return Node(where, proof, split)

    def _lowered(self, prices: Floats) -> tuple[Priced, Minimum | None]:
        best, minimum = self.dual.at(prices, _SEARCH_NODES), None
        self.planes.add(best)
        value = 10**self.problem.objective.digits * self.market.scale
        for _ in range(_PASSES):
            if self._is_enough(Fraction(best.bound * (1 + 1e-12)) / value):
                break
            found, proposed, is_inside = self.planes.minimum(best.prices)
            if found is None:
                break
            minimum = found
            priced = self.dual.at(proposed, _SEARCH_NODES)
            is_new = self.planes.add(priced)
            gap = best.bound - found.value * self.planes.value
            if priced.bound < best.bound:
                best = priced
            if is_inside and (not is_new or gap <= _CLOSE * self.planes.value):
                break
        return best, minimum

    def _restrict(self, where: tuple[Decision, ...]) -> None:
        """Let the pass know which options a node allows, and which cells it funds."""
        tables, starts = self.market.tables, self.problem.option_start
        tables.is_allowed[:], tables.must_fund[:] = self._usual
        for decision in where:
            if not decision.is_taken:
                tables.is_allowed[decision.option] = False
                continue
            cell = int(np.searchsorted(starts, decision.option, side="right")) - 1
            others = np.arange(starts[cell], starts[cell + 1])
            tables.is_allowed[others[others != decision.option]] = False
            tables.must_fund[cell] = True

    def _rounded(self, shares: Floats) -> Int64:
        """Return the choice of what is taken to more than half."""
        return self.problem.taken(np.flatnonzero(shares > 0.5))

    def _split(self, shares: Floats, taken: Int64) -> int:
        """Return the option to split on: the one nearest to one half, else one where a choice is left."""
        is_open = self._is_open()
        distance = np.where(is_open, np.abs(shares - 0.5), 1.0)
        option = int(distance.argmin())
        if distance[option] < 0.5 - _WHOLE:
            return option
        chosen = taken[taken >= 0]
        left = chosen[is_open[chosen]]
        if len(left):
            return int(left[0])
        others = np.flatnonzero(is_open)
        return int(others[0]) if len(others) else -1

    def _is_open(self) -> Bools:
        """Say which options are allowed where their cell has another choice."""
        tables = self.market.tables
        num_choices = np.add.reduceat(tables.is_allowed.astype(np.int64), tables.option_start[:-1])
        num_choices += ~tables.must_fund
        counts = np.diff(tables.option_start)
        is_open: Bools = tables.is_allowed & np.repeat(num_choices > 1, counts)
        return is_open


class _Planes:
    """What every merchant adds at least, one plane for each of its choices that was seen.

    Variables are the prices (scaled), and what each merchant adds.
    """

    def __init__(self, dual: Dual, program: Callable[[Floats], SwitchedProgram], value: float) -> None:
        self.dual, self.value = dual, value
        self.sizes = dual.sizes()
        tables = dual.market.tables
        self.first = tables.cell_start[:-1]
        self.num_merchants = len(self.first)
        self.merchant_of_cell = np.repeat(np.arange(self.num_merchants), np.diff(tables.cell_start))
        self.program = program(np.concatenate([dual.right / self.sizes, np.ones(self.num_merchants)]))
        self._seen: set[tuple[int, bytes]] = set()
        self._choices: list[list[Int64]] = [[] for _ in range(self.num_merchants)]
        self._numbers: list[list[int]] = [[] for _ in range(self.num_merchants)]
        self._right = np.empty(0)
        self._is_on = np.empty(0, bool)

    def add(self, priced: Priced) -> bool:
        """Add the planes of a pass's choices; say whether any is new."""
        taken = priced.passed.outcome.taken
        new: list[int] = []
        for merchant, choice in enumerate(np.split(taken, self.first[1:])):
            key = (merchant, choice.tobytes())
            if key not in self._seen:
                self._seen.add(key)
                self._choices[merchant].append(choice.copy())
                self._numbers[merchant].append(len(self._right) + len(new))
                new.append(merchant)
        if not new:
            return False
        values, uses = self._of_merchants(priced)
        rows = np.zeros((len(new), self.dual.num_prices + self.num_merchants))
        rows[:, : self.dual.num_prices] = uses[new] / self.sizes
        rows[np.arange(len(new)), self.dual.num_prices + np.array(new)] = 1.0
        right = values[new] / self.value
        self.program.add_rows(rows, right)
        self._right = np.append(self._right, right)
        self._is_on = np.append(self._is_on, np.ones(len(new), bool))
        return True

    def _of_merchants(self, priced: Priced) -> tuple[Floats, Floats]:
        """Return what every merchant's choice is worth, and its use of every priced row."""
        tables, taken = self.dual.market.tables, priced.passed.outcome.taken
        funded = np.flatnonzero(taken >= 0)
        values = np.bincount(
            self.merchant_of_cell[funded],
            tables.values[taken[funded]].astype(np.float64) * self.dual.market.scale,
            self.num_merchants,
        ).astype(np.float64)
        uses = np.zeros((self.num_merchants, len(tables.set_measure)), np.int64)
        cell = np.repeat(np.arange(len(taken)), np.diff(tables.entry_start))
        is_funded = taken[cell] >= 0
        which, option = tables.entry_set[is_funded], taken[cell[is_funded]]
        amounts = tables.amounts[tables.set_measure[which], option]
        np.add.at(uses, (self.merchant_of_cell[cell[is_funded]], which), amounts)
        for one in tables.everywhere.tolist():
            own = tables.amounts[tables.set_measure[one], taken[funded]]
            np.add.at(uses[:, one], self.merchant_of_cell[funded], own)
        counts = np.zeros((self.num_merchants, 0), np.int64)
        return values, self.dual.uses(replace(priced.passed, uses=uses, counts=counts))

    def restrict(self, where: tuple[Decision, ...]) -> None:
        """Switch off the planes of choices that decisions forbid, and on all others."""
        is_on = np.ones(len(self._right), bool)
        starts = self.dual.market.tables.option_start
        for decision in where:
            cell = int(np.searchsorted(starts, decision.option, side="right")) - 1
            merchant = int(self.merchant_of_cell[cell])
            place = cell - int(self.first[merchant])
            held = np.array([choice[place] for choice in self._choices[merchant]], np.int64)
            is_on[self._numbers[merchant]] &= (held == decision.option) == decision.is_taken
        changed = np.flatnonzero(is_on != self._is_on)
        self.program.set_right(changed, np.where(is_on, self._right, -np.inf)[changed])
        self._is_on = is_on

    def minimum(self, prices: Int64) -> tuple[Minimum | None, Floats, bool]:
        """Return the minimum over the planes near some prices, where it is, and if no border holds it."""
        center = prices * self.sizes / self.value
        most = self.dual.market.most * self.sizes / self.value
        high = np.minimum(_WIDER * center + _LEAST, most)
        free = np.full(self.num_merchants, np.inf)
        found = self.program.minimum(
            np.concatenate([np.zeros(len(high)), -free]), np.concatenate([high, free])
        )
        if found is None:
            return None, np.empty(0), False
        at = found.values[: len(high)]
        return found, at / self.sizes * self.value, bool((at < high * (1 - 1e-9)).all())

    def shares(self, minimum: Minimum | None) -> Floats:
        """Return to what share the program takes each option; shape (options,)."""
        shares = np.zeros(len(self.dual.market.tables.values))
        if minimum is None:
            return shares
        weights = minimum.multipliers
        for numbers, choices in zip(self._numbers, self._choices, strict=True):
            for number, choice in zip(numbers, choices, strict=True):
                if number < len(weights) and weights[number] > 0:
                    shares[choice[choice >= 0]] += weights[number]
        return shares
