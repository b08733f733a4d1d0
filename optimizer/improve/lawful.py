"""A choice that takes only what its cells may take."""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.pricing import set_prices, worth_of
from optimizer.improve.sheet import Sheet


def lawful(rows: Sheet, taken: Int64) -> Int64 | None:
    """Return the choice with the best priced item where a cell takes what it may not; None: it has none."""
    changed = taken.copy()
    return changed if _replace(rows, changed, set_prices(rows)) else None


@compiled
def _replace(rows: Sheet, taken: Int64, rate: Floats) -> bool:
    """Replace in place; say whether every cell may take something."""
    worth = np.empty(np.diff(rows.option_start).max())
    for cell in range(len(taken)):
        own = taken[cell]
        if rows.is_allowed[own] if own >= 0 else not rows.must_fund[cell]:
            continue
        best = worth_of(rows, cell, rate, worth)
        if best == -np.inf:
            return False
        taken[cell] = -1
        for option in range(rows.option_start[cell], rows.option_start[cell + 1]):
            if worth[option - rows.option_start[cell]] == best:
                taken[cell] = option
    return True
