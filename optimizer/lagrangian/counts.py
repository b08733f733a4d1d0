"""The exact best of merchants whose funding is counted at a price: dynamic programming over their cells.

A priced count adds a reward (a floor's price) or a charge (a cap's) to each merchant that is funded in a set,
or whose amount there reaches a threshold. The state after some cells is how far each of the merchant's counts
has come, capped at what it needs; amounts are zero or more, so nothing is lost (Bellman 1957).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.problem import FREE, Amounts, Integers, Limits, Merchants, Problem, Total
from models.row import holds_unfunded

_MOST_STATES = 5_000
"""A merchant whose states outgrow this is not searched: its counts are left unpriced."""


@dataclass(frozen=True, eq=False)
class Count:
    """One merchant in one set.

    Attributes
    ----------
    reward
        Added to the merchant's value if it counts; negative for a cap.
    needed
        Progress at which it counts.
    progress
        Cell -> progress that each option of it makes.
    """

    reward: int
    needed: int
    progress: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Allowance:
    """What else the search of a merchant's counts keeps to.

    Attributes
    ----------
    trace
        Value of a trace of an option, however little, which is all that a divisible cell needs to be funded.
    avoided
        Options that are not to be taken.
    is_bounded
        Whether to give up where there are too many states.
    """

    trace: int = 0
    avoided: frozenset[int] = frozenset()
    is_bounded: bool = True


_NOTHING_ELSE = Allowance()


def is_priceable_count(problem: Problem, limits: Limits, limit: int) -> bool:
    """Say whether a limit counts merchants in a way that the search of single merchants takes exactly."""
    measure = limits.total.measure
    if not isinstance(measure, Merchants) or limits.rule.kind not in ("limit", "window"):
        return False
    if limits.basis is not None or problem.is_divisible.any():
        return False
    if isinstance(measure.reaches, Amounts) and int(measure.reaches.coefficients.min()) < 0:
        return False
    return limits.rule.applies == "always" or holds_unfunded(limits, limit)


def counts_of(problem: Problem, total: Total, which: int, reward: int) -> dict[int, Count]:
    """Return merchant -> its count in the cells of one set of a total."""
    measure = total.measure
    assert isinstance(measure, Merchants)
    first, last = np.searchsorted(total.sets, [which, which + 1])
    progress: dict[int, dict[int, tuple[int, ...]]] = {}
    merchant_of_cell = problem.merchant_of_cell
    for cell in total.cells[first:last].tolist():
        start, end = problem.option_start[cell : cell + 2].tolist()
        made = (1,) * (end - start)
        if isinstance(measure.reaches, Amounts):
            made = tuple(measure.reaches.coefficients[start:end].tolist())
        progress.setdefault(int(merchant_of_cell[cell]), {})[cell] = made
    needed = measure.thresholds or (1,) * problem.num_merchants
    return {merchant: Count(reward, needed[merchant], cells) for merchant, cells in progress.items()}


def best_with_counts(
    problem: Problem, values: Integers, counts: Iterable[Count], rest: Allowance = _NOTHING_ELSE
) -> tuple[int, set[int]] | None:
    """Return the best of one merchant's counted cells, rewards included, and which cells these are.

    Parameters
    ----------
    values
        Priced value of every option, Python integers.

    Returns
    -------
    None where the states outgrow the budget.
    """
    reachable = list(counts)
    cells = sorted({cell for count in reachable for cell in count.progress})
    states: dict[tuple[int, ...], int] = {(0,) * len(reachable): 0}
    for cell in cells:
        choices = _choices(problem, values, reachable, cell, rest)
        grown: dict[tuple[int, ...], int] = {}
        for state, value in states.items():
            for steps, gain in choices.items():
                reached = tuple(
                    min(done + step, count.needed) if count.needed > 0 else 0
                    for done, step, count in zip(state, steps, reachable, strict=True)
                )
                if value + gain > grown.get(reached, value + gain - 1):
                    grown[reached] = value + gain
        if rest.is_bounded and len(grown) > _MOST_STATES:
            return None
        states = grown
    return max(value + _rewards(state, reachable) for state, value in states.items()), set(cells)


def _choices(
    problem: Problem, values: Integers, counts: list[Count], cell: int, rest: Allowance
) -> dict[tuple[int, ...], int]:
    """Return the progress that each allowed choice of a cell makes -> its best value."""
    start, end = problem.option_start[cell : cell + 2].tolist()
    pin = int(problem.pinned[cell])
    choices: dict[tuple[int, ...], int] = {} if pin >= 0 else {(0,) * len(counts): 0}
    for option in range(start, end) if pin == FREE else [pin] if pin >= 0 else []:
        if option in rest.avoided:
            continue
        steps = tuple(
            count.progress[cell][option - start] if cell in count.progress else 0 for count in counts
        )
        choices[steps] = max(choices.get(steps, int(values[option])), int(values[option]))
        if pin == FREE and problem.is_divisible[cell]:
            choices[steps] = max(choices[steps], rest.trace)
    return choices


def _rewards(state: tuple[int, ...], counts: list[Count]) -> int:
    return sum(
        count.reward for done, count in zip(state, counts, strict=True) if done >= max(count.needed, 0)
    )


def right_hand_side(limits: Limits, limit: int) -> Fraction:
    """Return the limit's right-hand side as `sum a.y <= b` reads it."""
    return limits.constants[limit] if limits.rule.sense == "at_most" else -limits.constants[limit]
