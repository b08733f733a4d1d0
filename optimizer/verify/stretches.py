"""The bound of a leaf in two-word integers, stretch by stretch of neighbouring merchants, on all cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimizer.verify.arrays import Ints, peak
from optimizer.verify.block_kernel import NOT_KNOWN, NOTHING_LEFT, TOO_MUCH_WORK, Best, Stretch
from optimizer.verify.blocks import Block, Blocks
from optimizer.verify.certificate import Certificate
from optimizer.verify.charges import Charge
from optimizer.verify.compiled import add_priced, best_of_cells, solve_blocks
from optimizer.verify.instance import Instance
from optimizer.verify.membership import Membership
from optimizer.verify.meters import Meters
from optimizer.verify.search import OverBudgetError
from optimizer.verify.terms import Terms
from optimizer.verify.words import Width, Words, width_of

MOST_WORK = 30_000_000
"""Choices tried on partial plans of one merchant before its search is given up."""

CELLS = 50_000
"""Cells of a stretch, or a few more: all of a merchant are in one."""
_MOST_THREADS = 8


@dataclass(frozen=True, eq=False)
class _Rates:
    """Rates of cells: one for all, less those of groups."""

    start: Words
    parts: list[tuple[Membership, Words]]

    def of(self, first: int, last: int, width: Width) -> Words:
        result = np.repeat(self.start, last - first, axis=0)
        for membership, rates in self.parts:
            cells, groups = membership.part(first, last)
            if membership.most_groups == 1:
                result[cells if not membership.is_whole else slice(None)] -= rates[groups]
            else:
                np.subtract.at(result, cells, rates[groups])
        return width.carried(result)


def total_of(instance: Instance, terms: Terms, certificate: Certificate) -> tuple[bool, int | None]:
    """Return whether two words suffice, and if so the sum of all merchants' bests (None: one has none).

    Raises
    ------
    OverBudgetError
        If the search of some merchant takes more than its counted work.
    """
    leaf = _Leaf(instance, terms, certificate)
    if leaf.width is None:
        return False, None
    leaf.prepare()
    result = 0
    pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        for part in pool.map(lambda stretch: leaf.best_of(*stretch), leaf.stretches()):
            if part is None:
                return True, None
            result += part
    finally:
        pool.shutdown(cancel_futures=True)  # nothing more is needed once one stretch has none, or is given up
    assert result % (1 << leaf.width.shift) == 0
    return True, result >> leaf.width.shift


class _Leaf:
    def __init__(self, instance: Instance, terms: Terms, certificate: Certificate) -> None:
        self.instance = instance
        self.terms = terms
        self.columns: dict[str, Ints] = instance.options.costs | instance.options.values
        self.memberships: dict[tuple[int, int], Membership] = {}
        self.meters = Meters(instance, terms.counts, certificate.inside)
        self.certificate = certificate
        self.width = self._width()

    def _scaled(self, charge: Charge) -> list[int]:
        return [int(rate * self.terms.scale) for rate in charge.rates.values()]

    def _names(self) -> list[str]:
        return [name for name in self.columns if name in self.terms.objective or name in self.terms.columns]

    def _most(self, charge: Charge, factor: int = 1) -> int:
        """Return the most that a charge can be on a cell, per unit."""
        membership = self._membership(charge)
        return abs(factor) * membership.most_groups * max(map(abs, self._scaled(charge)), default=0)

    def _membership(self, charge: Charge) -> Membership:
        key = id(charge.cells), id(charge.group)
        if key not in self.memberships:
            self.memberships[key] = Membership(charge.cells, charge.group, len(self.instance.cells))
        return self.memberships[key]

    def _width(self) -> Width | None:
        names = self._names()
        if any(self.columns[name].dtype != np.int64 for name in names):
            return None
        rates = [
            abs(self.terms.objective.get(name, 0))
            + sum(self._most(charge, factor) for charge, factor in self.terms.columns.get(name, ()))
            for name in names
        ]
        fixed = sum(self._most(charge) for charge in self.terms.fixed)
        fixed += sum(sum(map(abs, self._scaled(charge))) for charge in self.terms.counts)
        sizes = np.bincount(self.instance.cells.merchant)
        peaks = [peak(self.columns[name]) for name in names]
        return width_of(rates, peaks, fixed, int(sizes.max(initial=0)))

    def prepare(self) -> None:
        """Cut all rates into words."""
        assert self.width is not None
        self.meters.with_rewards(self.width, self.terms.scale)
        self.rates = {
            name: self._rates(self.terms.objective.get(name, 0), self.terms.columns.get(name, []))
            for name in self._names()
        }
        self.fixed = self._rates(0, [(charge, 1) for charge in self.terms.fixed])
        self.searched = self.meters.is_searched

    def _rates(self, start: int, charges: list[tuple[Charge, int]]) -> _Rates:
        assert self.width is not None
        parts = []
        for charge, factor in charges:
            words = np.zeros((charge.num_groups, 2), np.int64)
            words[list(charge.rates)] = self.width.split([rate * factor for rate in self._scaled(charge)])
            parts.append((self._membership(charge), words))
        return _Rates(self.width.split([start]), parts)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield (first cell, last cell) of stretches that hold whole merchants."""
        merchant = self.instance.cells.merchant
        first, size = 0, len(merchant)
        while first < size:
            last = min(first + CELLS, size)
            last = int(np.searchsorted(merchant, merchant[last - 1], side="right"))
            yield first, last
            first = last

    def best_of(self, first: int, last: int) -> int | None:
        """Return the sum of the bests of the merchants of a stretch; None if one has none."""
        assert self.width is not None
        options, width = self.instance.options, self.width
        begin, end = int(options.starts[first]), int(options.starts[last])
        starts = options.starts[first : last + 1].astype(np.int64) - begin
        fixed = self.fixed.of(first, last, width)
        priced = np.repeat(fixed, np.diff(starts), axis=0)
        for name, rates in self.rates.items():
            add_priced(priced, starts, rates.of(first, last, width), self.columns[name][begin:end])
        allowed, must = self.terms.choices(first, last)
        mixes = self.instance.is_divisible_at(first, last) & ~must
        stretch = Stretch(starts, priced, fixed, allowed, must, mixes)
        best = Best(np.zeros((last - first, 2), np.int64), np.zeros(last - first, np.int64))
        if not best_of_cells(stretch, best, width.bits):
            return None
        merchant = self.instance.cells.merchant[first:last]
        free = width.total(best.values[~self.searched[merchant]])
        found = self._searched(first, last, stretch, best)
        return None if found is None else free + found

    def _searched(self, first: int, last: int, stretch: Stretch, best: Best) -> int | None:
        """Return the sum of the bests of the merchants whose cells interact."""
        assert self.width is not None
        coupled, merchants = self.meters.coupled(first, last)
        ends = np.zeros((len(merchants), 3), np.int64)
        solve_blocks(stretch, best, coupled, ends, np.array([MOST_WORK, self.width.bits]))
        if (ends[:, 0] == TOO_MUCH_WORK).any():
            raise OverBudgetError
        if (ends[:, 0] == NOTHING_LEFT).any():
            return None
        is_known = ends[:, 0] != NOT_KNOWN
        result = self.width.total(ends[is_known, 1:])
        own = np.unique(self.instance.cells.merchant[first:last])
        strange = [*merchants[~is_known].tolist(), *own[self.meters.is_strange[own]].tolist()]
        if not strange:
            return result
        scale = self.terms.scale << self.width.shift
        blocks = Blocks(self.instance, self.terms.counts, self.certificate.inside, scale, set(strange))
        for merchant in strange:
            found = blocks.best(self._block(merchant, first, stretch))
            if found is None:
                return None
            result += found
        return result

    def _block(self, merchant: int, first: int, stretch: Stretch) -> Block:
        """Return a merchant for the search in Python's own integers."""
        starts = self.instance.options.starts
        own = np.searchsorted(self.instance.cells.merchant, [merchant, merchant + 1]).tolist()
        net, fixed, allowed, must = {}, {}, {}, {}
        for cell in range(*own):
            must[cell] = bool(stretch.must[cell - first])
            fixed[cell] = self._number(stretch.fixed[cell - first])
            for option in range(int(starts[cell]), int(starts[cell + 1])):
                place = option - int(starts[first])
                net[option] = self._number(stretch.options[place]) - fixed[cell]
                allowed[option] = bool(stretch.allowed[place])
        return Block(self.instance, merchant, net, fixed, allowed, must)

    def _number(self, words: Words) -> int:
        assert self.width is not None
        return (int(words[0]) << self.width.bits) + int(words[1])
