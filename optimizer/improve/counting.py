"""How many choices lose no more than so much: what an exact search of a part would cost at most."""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled

_STEPS = 100


@compiled
def counts(start: Int64, cells: Int64, loss: Floats, most: float) -> Floats:
    """Return about how many choices lose up to each hundredth of a loss; ascending, shape (101,)."""
    found, further = np.zeros(_STEPS + 1), np.empty(_STEPS + 1)
    found[0] = 1.0
    for cell in cells:
        further[:] = 0.0
        for item in range(start[cell], start[cell + 1]):
            if loss[item] <= most:
                shift = int(loss[item] / most * _STEPS + 0.5) if most > 0 else 0
                for step in range(shift, _STEPS + 1):
                    further[step] += found[step - shift]
        found, further = further, found
    return np.cumsum(found)


@compiled
def affordable(counted: Floats, most: float, most_choices: float) -> float:
    """Return the largest loss, up to that counted, that so many choices do not exceed."""
    steps = int(np.searchsorted(counted, most_choices))
    return most * min(1.0, max(1, steps) / _STEPS)
