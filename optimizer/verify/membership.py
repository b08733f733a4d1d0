"""Which cells stand in which groups, so that a stretch of neighbouring cells can be looked up."""

from __future__ import annotations

import numpy as np

from optimizer.verify.arrays import Codes


class Membership:
    """Pairs (cell, group), to be cut by stretches of cells.

    Parameters
    ----------
    cells, group
        The pairs; a cell may stand in several groups.
    num_cells
        Of the instance.
    """

    def __init__(self, cells: Codes, group: Codes, num_cells: int) -> None:
        is_rising = bool((cells[1:] > cells[:-1]).all())
        self.is_whole = is_rising and len(cells) == num_cells
        self.most_groups = 1
        if not is_rising:
            order = np.argsort(cells, kind="stable")
            cells, group = cells[order], group[order]
            self.most_groups = int(np.bincount(cells).max()) if len(cells) else 1
        self.cells, self.group = cells, group

    def part(self, first: int, last: int) -> tuple[Codes, Codes]:
        """Return the pairs of cells `first` to `last`, cells counted from `first`."""
        if self.is_whole:
            return np.arange(last - first), self.group[first:last]
        begin, end = np.searchsorted(self.cells, [first, last])
        return self.cells[begin:end].astype(np.int64) - first, self.group[begin:end]
