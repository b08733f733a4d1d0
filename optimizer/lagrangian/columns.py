"""Near-optimal choices of whole merchants, and the mixing of them into a plan.

At prices near the best ones a merchant has a few choices that are nearly worth the same, all of them within
its own limits. A plan takes one of each merchant's, so that the limits that couple merchants hold: a
multiple-choice problem over far fewer and better candidates than single options (the restricted master of
Dantzig and Wolfe 1960, solved by local search in counted work).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.instance import Int64
from models.linear import Bools, Floats, Linear
from optimizer.lagrangian.annealing import Chosen, anneal, descend, priced_worth, spread_of
from optimizer.lagrangian.collecting import collect, use
from optimizer.lagrangian.exchanging import exchange

_STEEP = 3.0
_COLD = 1e-3
_STEPS_A_SLOT = 20_000
_ROUNDS, _HARDER = 80, 1.3


def mix(
    rows: Linear, is_inside: Bools, prices: Floats, takens: NDArray[np.int32], effort: int
) -> tuple[Int64, bool]:
    """Mix passes into one choice that keeps to the rows.

    Parameters
    ----------
    is_inside
        Rows that every pass keeps to already; shape (rows,).
    prices
        Per row unit, in units of the objective; shape (rows,).
    takens
        Choices of all cells (option or -1), one a pass; the first is where the mix begins; shape (passes,
        cells).
    effort
        Looks at a column that may be taken.

    Returns
    -------
    The choice, and whether it keeps to all rows.
    """
    columns = collect(rows, is_inside, takens)
    left = rows.right - use(rows, takens[0].astype(np.int64))
    left[is_inside] = np.inf
    tolerance = 1e-9 * np.maximum(np.abs(rows.right), 1.0)
    chosen = Chosen(columns.start[:-1].copy(), left)
    usual = np.median(prices[prices > 0]) if (prices > 0).any() else 1.0
    floor = np.where(np.isinf(rows.penalty), np.maximum(prices, 1e-3 * usual), 0.0)
    work = np.zeros(1, np.int64)
    penalties = np.where(np.isinf(rows.penalty), _STEEP * floor, rows.penalty)
    worth = priced_worth(columns, prices)
    spread = spread_of(columns, worth)
    steps = min(effort, _STEPS_A_SLOT * len(columns.merchant))
    anneal(columns, chosen, penalties, (spread, spread * _COLD, steps))
    for _ in range(_ROUNDS):
        descend(columns, chosen, penalties, effort, work)
        is_broken = np.isinf(rows.penalty) & (chosen.left < -tolerance)
        if not is_broken.any() or work[0] > effort:
            break
        penalties[is_broken] *= _HARDER
    hard = np.isinf(rows.penalty)
    is_kept = bool((chosen.left[hard] >= -tolerance[hard]).all())
    if is_kept:
        exchange(columns, chosen, rows.penalty, prices, effort, work)
    taken = takens[0].astype(np.int64)
    for slot in range(len(columns.merchant)):
        cells = slice(*rows.cell_start[columns.merchant[slot] : columns.merchant[slot] + 2].tolist())
        taken[cells] = takens[columns.passed[chosen.column[slot]], cells]
    return taken, is_kept
