"""Prices -> what every merchant does at them, spread over threads; the same whatever their number."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue
from typing import TypeVar

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.lagrangian.block import Scratch, scratch
from optimizer.lagrangian.cells import Span
from optimizer.lagrangian.kernel import Room, price_range
from optimizer.lagrangian.market import Market
from optimizer.lagrangian.tables import Outcome, Prices, Tables

PARTS = 96
_CELLS_A_PART = 50_000
_MOST_USES = 20_000_000
"""Parts times sets that may be held at once."""
_LOW_BITS = 30

Work = tuple[Scratch, Room]
Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Passed:
    """What a pass found.

    Attributes
    ----------
    value
        Sum over merchants of their best (or its bound), in the pass's units of value; a Python integer.
    values, uses, counts
        By part of the merchants: what their choices are worth, use of every coupling set, and how many
        are counted in every slot; shapes (parts,), (parts, sets), (parts, slots).
    outcome
        By cell and merchant, see `kernel.Outcome`; overwritten by the next pass.
    """

    value: int
    values: Floats
    uses: Int64
    counts: Int64
    outcome: Outcome

    @property
    def use(self) -> Int64:
        """Use of every coupling set; shape (sets,)."""
        return np.asarray(self.uses.sum(axis=0))

    @property
    def count(self) -> Int64:
        """Merchants counted in every slot; shape (slots,)."""
        return np.asarray(self.counts.sum(axis=0))


class Pricer:
    """Prices one market, again and again.

    Parameters
    ----------
    every
        Only every so manieth merchant of each part: a sample.
    parts
        Parts of the merchants, at least (fewer where there are fewer merchants).
    """

    def __init__(self, market: Market, threads: int = 1, every: int = 1, parts: int = PARTS) -> None:
        tables = market.tables
        self.tables = tables
        self.scale = market.scale
        self.spans = [(first, last, every) for first, last in _spans(tables, parts)]
        self._first = np.array([first for first, _, _ in self.spans])
        self._threads = max(1, min(threads, len(self.spans)))
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        self._work: SimpleQueue[Work] = SimpleQueue()
        for _ in range(self._threads):
            self._work.put(_working_space(tables))
        num_merchants, num_cells = len(tables.cell_start) - 1, len(tables.option_start) - 1
        self._outcome = Outcome(
            taken=np.empty(num_cells, np.int64),
            value=np.zeros(num_merchants, np.int64),
            status=np.zeros(num_merchants, np.int64),
            found=np.zeros(num_merchants, np.int64),
            line_price=np.zeros(tables.line_start[-1]),
        )

    def price(self, charges: Int64, rewards: Int64, budget: int) -> Passed:
        """Price every merchant.

        Parameters
        ----------
        charges, rewards
            Units of value per unit of each coupling set, and per merchant counted in each slot.
        budget
            Nodes that the search of one case of a merchant may look at; below zero, merchants' own limits are
            not looked at.
        """
        prices = Prices(charges, rewards, self.scale, budget)
        parts = self.each(lambda span, work: price_range(self.tables, prices, self._outcome, span, work))
        value = self._outcome.value
        high, low = value >> _LOW_BITS, value & ((1 << _LOW_BITS) - 1)
        return Passed(
            value=(int(high.sum()) << _LOW_BITS) + int(low.sum()),
            values=np.add.reduceat(self._outcome.found.astype(np.float64), self._first),
            uses=np.stack([use for use, _ in parts]),
            counts=np.stack([count for _, count in parts]),
            outcome=self._outcome,
        )

    def each(self, call: Callable[[Span, Work], Part]) -> list[Part]:
        """Call a kernel for every part of the merchants, on all threads; return its answers in order."""
        answers: dict[int, Part] = {}
        ahead = iter(range(len(self.spans)))

        def parts() -> None:
            work = self._work.get()
            try:
                for number in ahead:  # one iterator for all threads: each takes the next part
                    answers[number] = call(self.spans[number], work)
            finally:
                self._work.put(work)

        if self._pool is None:
            parts()
        else:
            for done in [self._pool.submit(parts) for _ in range(self._threads)]:
                done.result()
        return [answers[number] for number in range(len(self.spans))]


def _spans(tables: Tables, least: int) -> list[tuple[int, int]]:
    """Share the merchants out in stretches of about as many cells each; the same whatever the threads."""
    num_cells, num_merchants = len(tables.option_start) - 1, len(tables.cell_start) - 1
    wanted = max(least, -(-num_cells // _CELLS_A_PART))
    parts = max(min(wanted, _MOST_USES // max(len(tables.set_measure), 1)), min(least, 8))
    ends = np.searchsorted(tables.cell_start, np.linspace(0, num_cells, parts + 1)[1:-1])
    cuts = sorted({0, num_merchants, *ends.tolist()})
    return list(pairwise(cuts))


def _working_space(tables: Tables) -> Work:
    cells = np.diff(tables.cell_start)
    options = np.diff(tables.option_start[tables.cell_start])
    most_cells = int(cells.max(initial=0))
    most_choices = int((cells + options).max(initial=0))
    most_lines = int(np.diff(tables.line_start).max(initial=0))
    room = Room(
        start=np.zeros(most_cells + 1, np.int64),
        value=np.zeros(most_choices + 1, np.int64),
        option=np.zeros(most_choices + 1, np.int64),
        amount=np.zeros((most_lines + 1, most_choices + 1), np.int64),
        held=np.zeros(most_lines + 1, np.int64),
        used=np.zeros(most_lines + 1, np.int64),
        mode=np.zeros(most_lines + 1, np.int64),
        active=np.zeros(most_lines + 1, np.int64),
        best=np.zeros(most_cells + 1, np.int64),
        is_counted=np.zeros(most_lines + 1, np.int64),
        price=np.zeros(most_lines + 1),
    )
    return scratch(most_cells, most_choices, most_lines), room
