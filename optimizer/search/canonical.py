"""Merchants in an order that no name decides, so that names decide nothing among plans as good.

A search breaks ties by the order of its arrays. So merchants are ordered by a digest of all that a problem
knows of them but their keys; those that it cannot tell apart stand in the order of a lottery: a digest of the
seed and the key, which favours no name. Whatever is then searched is mapped back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from models.certificate import Certificate, Decision, Leaf, Price
from models.instance import Int64, KeyColumn
from models.plan import Choice, Plan
from models.problem import Amounts, Cells, Limits, Merchants, Problem, Total
from models.rationals import Integers, Rationals
from models.rule import Column
from models.solution import Lottery, Solution
from optimizer.decode import evaluate

Hashes = NDArray[np.uint64]

MOST_OPTIONS = 5_000_000
"""Larger problems are searched as they stand: a copy of them is memory that they may not have."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, eq=False)
class Canonical:
    """A problem whose merchants stand in canonical order, and the way back.

    Attributes
    ----------
    given, problem
        As given, and in canonical order.
    options
        Option of `given` for each option of `problem`; shape (options,).
    sets, groups
        Per rule: set (group) of `given` for each of `problem`.
    classes
        Class of each merchant of `problem`: equal for those that the problem cannot tell apart; ascending.
    """

    given: Problem
    problem: Problem
    options: Int64
    sets: tuple[Int64, ...]
    groups: tuple[Int64, ...]
    classes: Int64
    seed: int

    def begun(self, plan: Plan | None) -> Plan | None:
        """Return a plan of the problem given as one of the problem in order."""
        if plan is None:
            return None
        place = np.empty(len(self.options), np.int64)
        place[self.options] = np.arange(len(self.options))
        return evaluate(self.problem, _sorted(place[plan.choice.options], plan.choice.fractions))

    def restored(self, found: Solution) -> Solution:
        """Return how the search of the problem given ended."""
        certificate = self._certificate(found.certificate)
        if found.plan is None:
            return replace(found, certificate=certificate)
        choice = found.plan.choice
        plan = evaluate(self.given, _sorted(self.options[choice.options], choice.fractions))
        return replace(found, plan=plan, certificate=certificate, lottery=self._lottery(choice))

    def _lottery(self, choice: Choice) -> Lottery:
        """Count the merchants that are alike, and those of them that do not all hold the same."""
        problem = self.problem
        cell = problem.cells_of(choice.options)
        merchant = problem.merchant_of_cell[cell]
        place = _mixed(choice.options - problem.option_start[cell], cell - problem.cell_start[merchant])
        held = np.zeros(problem.num_merchants, np.uint64)
        np.add.at(held, merchant, _chained(place, choice.fractions))
        size = np.bincount(self.classes)
        is_unlike = np.zeros(len(size), np.bool_)
        is_unlike[self.classes[1:][(np.diff(self.classes) == 0) & (held[1:] != held[:-1])]] = True
        return Lottery(
            self.seed, int((size > 1).sum()), int(size[size > 1].sum()), int(size[is_unlike].sum())
        )

    def _certificate(self, certificate: Certificate) -> Certificate:
        inside = sorted((at, int(self.sets[at][limit])) for at, limit in certificate.inside)
        leaves = tuple(self._leaf(leaf) for leaf in certificate.leaves)
        return replace(certificate, leaves=leaves, inside=tuple(inside))

    def _leaf(self, leaf: Leaf) -> Leaf:
        prices = sorted(map(self._price, leaf.prices), key=lambda price: (price.limits, price.limit))
        where = tuple(Decision(int(self.options[one.option]), one.is_taken) for one in leaf.where)
        return replace(leaf, prices=tuple(prices), where=where)

    def _price(self, price: Price) -> Price:
        if price.limits < 0:
            return price
        groups = self.groups[price.limits]
        weights = tuple(sorted((int(groups[group]), weight) for group, weight in price.weights))
        pairs = tuple(sorted((int(groups[high]), int(groups[low]), own) for high, low, own in price.pairs))
        return replace(price, limit=int(self.sets[price.limits][price.limit]), weights=weights, pairs=pairs)


def in_canonical_order(problem: Problem, seed: int) -> Canonical | None:
    """Return a problem with its merchants in canonical order; None where it is too large for a copy.

    Categories, slots, segments and options keep the order of their names.
    """
    if problem.num_options > MOST_OPTIONS:
        return None
    digests = _digests(problem)
    order, classes = _ordered(digests, problem.instance.options.keys["merchant"].texts, seed)
    return _Ordered(problem, order).canonical(classes, seed)


def _ordered(digests: Hashes, keys: tuple[str, ...], seed: int) -> tuple[Int64, Int64]:
    """Return the merchants in order, and the class of each."""
    order = np.argsort(digests, kind="stable")
    is_same = digests[order][1:] == digests[order][:-1]
    classes = np.append(0, np.cumsum(~is_same)).astype(np.int64)
    is_drawn = np.append(False, is_same) | np.append(is_same, False)
    tickets = np.zeros(len(order), np.uint64)
    for place in np.flatnonzero(is_drawn).tolist():
        ticket = blake2b(f"{seed}/{keys[order[place]]}".encode(), digest_size=8).digest()
        tickets[place] = int.from_bytes(ticket, "big")
    return order[np.lexsort((tickets, classes))], classes


def _mixed(*columns: NDArray[np.generic]) -> Hashes:
    """Return a digest of each row of some columns of integers (splitmix64, column by column)."""
    digest = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        digest = _chained(digest, column)
    return digest


def _chained(digest: Hashes, column: NDArray[np.generic]) -> Hashes:
    if column.dtype == object:
        column = np.array([hash(int(one)) for one in column], np.int64)  # of integers: the same everywhere
    mixed = (digest ^ column.astype(np.uint64)) + _ODD
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def _digests(problem: Problem) -> Hashes:
    """Return a digest of each merchant, by all that the problem knows of it but its key."""
    options, cell_of_option = problem.instance.options, problem.cell_of_option
    place = np.arange(problem.num_options) - problem.option_start[cell_of_option]
    columns = [pool.coefficients for pool in problem.pools] + list(options.values.values())
    of_options = np.add.reduceat(_mixed(place, *columns), problem.option_start[:-1])
    merchant = problem.merchant_of_cell
    number = np.arange(problem.num_cells) - problem.cell_start[merchant]
    pinned = np.where(problem.pinned >= 0, problem.pinned - problem.option_start[:-1], problem.pinned)
    keys = [
        _of_texts(column)[problem.cell_keys[:, at]]
        for at, (name, column) in enumerate(options.keys.items())
        if name != "merchant"
    ]
    of_cells = _mixed(number, of_options, pinned, problem.is_divisible, *keys)
    for limits in problem.limits:
        of_cells = _chained(of_cells, _group_of_cells(limits))
    digests = np.add.reduceat(of_cells, problem.cell_start[:-1])
    totals = [total for limits in problem.limits for total in (limits.total, limits.basis)]
    for total in (*totals, *(reward.total for reward in problem.rewards)):
        if total is not None and isinstance(total.measure, Merchants) and total.measure.thresholds:
            digests = _chained(digests, np.array(total.measure.thresholds, object))
    return digests


def _of_texts(column: KeyColumn) -> Hashes:
    digests = [blake2b(text.encode(), digest_size=8).digest() for text in column.texts]
    return np.array([int.from_bytes(digest, "big") for digest in digests], np.uint64)


def _group_of_cells(limits: Limits) -> NDArray[np.generic]:
    """Return what a rule says of each cell: its group, or of a merchant's own group the right-hand side."""
    of_cell = limits.groups.of_cell.astype(np.int64)
    if not _names_merchants(limits.groups.columns):
        return of_cell + 1
    constants = limits.constants.numerators
    each = len(limits.windows.first) if limits.windows is not None else 1
    if limits.rule.kind == "top" or not len(constants):
        return np.minimum(of_cell, 0) + 1
    own = _mixed(constants[np.maximum(of_cell, 0) * each])
    return np.where(of_cell >= 0, own, np.uint64(0))


def _names_merchants(columns: tuple[Column, ...]) -> bool:
    return any(column.key == "merchant" and not column.attribute for column in columns)


def _sorted(options: Int64, fractions: Int64) -> Choice:
    order = np.argsort(options, kind="stable")
    return Choice(options[order], fractions[order])


def _pieces(starts: Int64, order: Int64) -> Int64:
    """Return the members of pieces one after the other, the pieces in another order."""
    sizes = np.diff(starts)[order]
    ends = np.cumsum(sizes)
    return np.asarray(np.arange(ends[-1]) + np.repeat(starts[:-1][order] - (ends - sizes), sizes), np.int64)


def _inverse(order: Int64) -> Int64:
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place


class _Ordered:
    """One problem being put in order."""

    def __init__(self, problem: Problem, merchants: Int64) -> None:
        self.problem, self.merchants = problem, merchants
        self.cells = _pieces(problem.cell_start, merchants)
        self.options = _pieces(problem.option_start, self.cells)
        self.cell_place, self.option_place = _inverse(self.cells), _inverse(self.options)
        self._columns: dict[int, Integers] = {}

    def canonical(self, classes: Int64, seed: int) -> Canonical:
        problem = self.problem
        options = problem.instance.options
        costs = {name: self._column(column) for name, column in options.costs.items()}
        values = {name: self._column(column) for name, column in options.values.items()}
        pinned = problem.pinned[self.cells]
        is_forced = pinned >= 0
        pinned[is_forced] = self.option_place[pinned[is_forced]]
        ladder = problem.ladder
        if len(ladder):
            ladder = self.option_place[ladder[self.options]]
        limits, sets, groups = [], [], []
        for stated in problem.limits:
            made, own_sets, own_groups = self._limits(stated)
            limits.append(made)
            sets.append(own_sets)
            groups.append(own_groups)
        ordered = replace(
            problem,
            instance=replace(problem.instance, options=replace(options, costs=costs, values=values)),
            option_start=np.append(0, np.cumsum(np.diff(problem.option_start)[self.cells])).astype(np.int64),
            cell_start=np.append(0, np.cumsum(np.diff(problem.cell_start)[self.merchants])).astype(np.int64),
            cell_keys=problem.cell_keys[self.cells],
            pools=tuple(self._amounts(pool) for pool in problem.pools),
            objective=self._amounts(problem.objective),
            is_divisible=problem.is_divisible[self.cells],
            pinned=pinned,
            ladder=ladder,
            limits=tuple(limits),
            rewards=tuple(replace(one, total=self._total(one.total, None)) for one in problem.rewards),
        )
        return Canonical(problem, ordered, self.options, tuple(sets), tuple(groups), classes, seed)

    def _column(self, column: Integers) -> Integers:
        if id(column) not in self._columns:
            self._columns[id(column)] = column[self.options]
        return self._columns[id(column)]

    def _amounts(self, amounts: Amounts) -> Amounts:
        return replace(amounts, coefficients=self._column(amounts.coefficients))

    def _measure(self, measure: Amounts | Cells | Merchants) -> Amounts | Cells | Merchants:
        if isinstance(measure, Amounts):
            return self._amounts(measure)
        if isinstance(measure, Cells):
            return measure
        reaches = None if measure.reaches is None else self._measure(measure.reaches)
        assert not isinstance(reaches, Merchants)
        thresholds = measure.thresholds
        if thresholds:
            thresholds = tuple(thresholds[merchant] for merchant in self.merchants.tolist())
        return Merchants(reaches, thresholds, measure.digits)

    def _total(self, total: Total, place: Int64 | None) -> Total:
        """Return a total in order; `place` is the new number of each of its sets (None: as it was)."""
        cells = self.cell_place[total.cells]
        sets = total.sets if place is None else place[total.sets]
        order = np.lexsort((cells, sets))
        return replace(
            total,
            measure=self._measure(total.measure),
            cells=cells[order].astype(total.cells.dtype),
            sets=sets[order].astype(total.sets.dtype),
        )

    def _by_first_cell(self, total: Total) -> Int64:
        """Return the sets of a total in the order of their first cells; sets without cells come last."""
        first = np.full(total.num_sets, self.problem.num_cells, np.int64)
        np.minimum.at(first, total.sets, self.cell_place[total.cells])
        return np.asarray(np.argsort(first, kind="stable"), np.int64)

    def _limits(self, stated: Limits) -> tuple[Limits, Int64, Int64]:
        """Return a rule's limits in order, and the set and group of `stated` for each of theirs."""
        groups, num_groups = stated.groups, stated.groups.count
        order = np.arange(num_groups)
        if _names_merchants(groups.columns):
            first = np.full(num_groups, self.problem.num_cells, np.int64)
            inside = np.flatnonzero(groups.of_cell >= 0)
            np.minimum.at(first, groups.of_cell[inside], self.cell_place[inside])
            order = np.argsort(first, kind="stable")
        each = len(stated.windows.first) if stated.windows is not None else 1
        sets = (order[:, None] * each + np.arange(each)).ravel() if num_groups else order
        place = _inverse(order)
        of_cell = groups.of_cell[self.cells]
        of_cell = np.where(of_cell >= 0, place[of_cell], -1) if num_groups else of_cell
        constants = stated.constants
        if stated.rule.kind != "top":
            constants = Rationals(constants.numerators[sets], constants.denominator)
        basis, basis_sets = stated.basis, stated.basis_sets
        if basis is not None:
            of_basis = np.arange(basis.num_sets)
            if _names_merchants((*groups.columns, *(stated.rule.of or ()))):
                of_basis = self._by_first_cell(basis)
            basis = self._total(basis, _inverse(of_basis))
            if basis_sets is not None:
                kept = basis_sets if stated.rule.kind == "top" else basis_sets[sets]
                basis_sets = _inverse(of_basis)[kept].astype(basis_sets.dtype)
        made = replace(
            stated,
            groups=replace(groups, of_cell=of_cell.astype(groups.of_cell.dtype), codes=groups.codes[order]),
            total=self._total(stated.total, _inverse(sets)),
            constants=constants,
            basis=basis,
            basis_sets=basis_sets,
        )
        is_single = stated.rule.kind in ("top", "ratio")
        return made, np.zeros(1, np.int64) if is_single else sets, order
