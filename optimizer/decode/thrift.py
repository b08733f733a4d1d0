"""The same for less: swaps inside single cells that keep the objective and draw less, in exact integers."""

from __future__ import annotations

import numpy as np

from models.amount import FRACTION_UNIT
from models.plan import Choice, Plan
from models.problem import FREE
from optimizer.decode.evaluate import evaluate

_MOST_EVALUATIONS = 40

Swap = tuple[int, int | None]
"""Row of the choice, and the option to take instead (None: nothing)."""


def thrifty(plan: Plan) -> Plan:
    """Return a plan that is as good and draws less (pools in file order), or the plan itself.

    Notes
    -----
    Swaps are tried all at once, then in halves, so the work is counted and does not depend on the clock.
    Swaps that pay only together, in two cells, are not found.
    """
    budget = [_MOST_EVALUATIONS]
    waiting = [_swaps(plan)]
    while waiting and budget[0] > 0:
        swaps = waiting.pop()
        if not swaps:
            continue
        budget[0] -= 1
        swapped = evaluate(plan.problem, _swapped(plan.choice, swaps))
        if swapped.is_feasible and swapped.objective >= plan.objective and swapped.used < plan.used:
            left = {swap[0] for swap in swaps}
            kept = plan.choice.options
            plan = swapped
            waiting = [_moved(group, kept, left, plan.choice) for group in waiting]
        elif len(swaps) > 1:
            half = len(swaps) // 2
            waiting += [swaps[half:], swaps[:half]]
    return plan


def _swaps(plan: Plan) -> list[Swap]:
    """Return, per row, the cheapest option of its cell that is worth as much."""
    problem = plan.problem
    worth = problem.objective.coefficients
    cells = problem.cells_of(plan.choice.options)
    swaps: list[Swap] = []
    for row, (option, cell) in enumerate(zip(plan.choice.options.tolist(), cells.tolist(), strict=True)):
        if problem.pinned[cell] != FREE or plan.choice.fractions[row] != FRACTION_UNIT:
            continue
        draw = _draw(plan, option)
        others = range(problem.option_start[cell], problem.option_start[cell + 1])
        candidates: list[tuple[tuple[int, ...], int | None]] = [
            (_draw(plan, other), other) for other in others if worth[other] == worth[option]
        ]
        if worth[option] == 0:
            candidates.append(((0,) * len(draw), None))
        cheapest = min(candidates, key=lambda candidate: candidate[0])
        if cheapest[0] < draw:
            swaps.append((row, cheapest[1]))
    return swaps


def _draw(plan: Plan, option: int) -> tuple[int, ...]:
    return tuple(int(costs.coefficients[option]) for costs in plan.problem.pools)


def _swapped(choice: Choice, swaps: list[Swap]) -> Choice:
    options: list[int | None] = choice.options.tolist()
    for row, option in swaps:
        options[row] = option
    kept = [
        (option, fraction)
        for option, fraction in zip(options, choice.fractions.tolist(), strict=True)
        if option is not None
    ]
    kept.sort()
    return Choice(np.array([o for o, _ in kept], np.int64), np.array([f for _, f in kept], np.int64))


def _moved(swaps: list[Swap], before: np.ndarray, done: set[int], after: Choice) -> list[Swap]:
    """Return swaps with their rows renumbered for the new choice."""
    row_of = {option: row for row, option in enumerate(after.options.tolist())}
    return [(row_of[int(before[row])], option) for row, option in swaps if row not in done]
