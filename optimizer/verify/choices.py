"""What pins and the decisions of a leaf allow, by stretches of neighbouring cells."""

from __future__ import annotations

import numpy as np

from optimizer.verify.arrays import Flags
from optimizer.verify.certificate import Leaf
from optimizer.verify.instance import Instance


class Choices:
    """Which options are allowed, and which cells must be funded."""

    def __init__(self, instance: Instance, leaf: Leaf) -> None:
        self._starts = instance.options.starts
        self._pins = instance.pins
        self._decisions = sorted(leaf.where, key=lambda decision: (decision.cell, decision.option))
        self._cells = [decision.cell for decision in self._decisions]

    def __call__(self, first: int, last: int) -> tuple[Flags, Flags]:
        """Return flags of the options and of the cells from `first` to `last`, one past the end."""
        starts = self._starts[first : last + 1]
        begin = int(starts[0])
        allowed = np.ones(int(starts[-1]) - begin, np.bool_)
        forced, forbidden = self._pins.forced[first:last], self._pins.is_forbidden[first:last]
        must = np.asarray(forced >= 0)
        for cell in np.flatnonzero(must | forbidden).tolist():
            allowed[starts[cell] - begin : starts[cell + 1] - begin] = False
            if must[cell] and not forbidden[cell]:
                allowed[forced[cell] - begin] = True
        begins, ends = np.searchsorted(self._cells, [first, last]) if self._cells else (0, 0)
        for decision in self._decisions[begins:ends]:
            if decision.is_taken:
                cell = decision.cell - first
                must[cell] = True
                is_left = bool(allowed[decision.option - begin])
                allowed[starts[cell] - begin : starts[cell + 1] - begin] = False
                allowed[decision.option - begin] = is_left
            else:
                allowed[decision.option - begin] = False
        return allowed, must
