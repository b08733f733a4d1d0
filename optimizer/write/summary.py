"""`summary.json`: what a plan reaches, and what it was made from, as `docs/files.md` defines it."""

from __future__ import annotations

import platform
from collections import Counter
from fractions import Fraction
from importlib.metadata import version

import numpy as np

from models.amount import (
    FRACTION_UNIT,
    VALUE_DIGITS,
    exact_text,
    fraction_to_text,
    units_to_short_text,
    units_to_text,
)
from models.instance import Instance
from models.plan import Plan
from models.problem import Problem
from models.settings import Settings
from models.solution import SearchOptions, Solution
from optimizer.write.bounds import bounds_json
from optimizer.write.fairness import fairness_json
from optimizer.write.limits import Prices
from optimizer.write.stages import STAGE, aims_json, stages_json, weights_json

_COST_DIGITS = 6
_PART = 1 << 18
_VERSIONS = ("fairpool", "highspy", "numpy", "pyarrow", "pyomo")


def summary_json(
    solution: Solution, plan: Plan, prices: Prices, counts: Counter[str], options: SearchOptions
) -> dict[str, object]:
    """Return everything but the timings."""
    instance = plan.problem.instance
    return {
        "contract": 1,
        "instance": instance.name,
        "status": solution.status(options),
        "best_effort": solution.is_best_effort,
        **bounds_json(plan.objective, solution),
        **stages_json(solution, options),
        "reproducible": solution.is_reproducible,
        "pools": [_pool(plan, index, prices) for index in range(len(instance.pools))],
        "values": {
            name: units_to_short_text(_sum(units), VALUE_DIGITS) for name, units in plan.values.items()
        },
        "penalties": exact_text(plan.penalties),
        "counts": _counts(plan, counts),
        "fairness": fairness_json(plan),
        "method": options.method,
        "options": {
            "gap": exact_text(options.gap),
            "time_limit": exact_text(Fraction(str(options.time_limit))),
            "threads": options.threads,
            "seed": options.seed,
        },
        "settings": settings_json(instance.settings),
        "overrides": [{"key": key, "value": value} for key, value in _in_order(instance.overrides)],
        **_kept(instance),
        "lottery": _lottery(solution),
        **_campaign(instance),
        "versions": {**{name: version(name) for name in _VERSIONS}, "python": platform.python_version()},
        "inputs": dict(sorted(instance.inputs.items())),
    }


def _in_order(overrides: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Sort overrides by key, unless two of them touch the same thing, so that their order matters."""
    things = ["".join(key.replace('"', "").split()) for key, _ in overrides]
    is_nested = any(inner.startswith(f"{outer}.") for outer in things for inner in things)
    return overrides if is_nested or len(set(things)) < len(things) else tuple(sorted(overrides))


def _lottery(solution: Solution) -> dict[str, int] | None:
    """Return whom a lottery had to tell apart; nothing where names decided."""
    drawn = solution.lottery
    if drawn is None:
        return None
    return {
        "seed": drawn.seed,
        "classes": drawn.num_classes,
        "merchants": drawn.num_merchants,
        "unequal": drawn.num_unequal,
    }


def _kept(instance: Instance) -> dict[str, object]:
    """Return what was kept of an earlier plan, so that `verify` can hold the plan and its bound to it."""
    kept = instance.kept
    if kept is None:
        return {}
    names = (*instance.options.keys, "option")
    cells = [dict(zip(names, (*pin.keys, pin.option), strict=True)) for pin in kept.pins]
    return {"kept": {"file": kept.file, "sha256": kept.sha256, "cells": cells}}


def _campaign(instance: Instance) -> dict[str, object]:
    """Return when the campaign was split, and what was left as it was beyond that."""
    campaign = instance.campaign
    if campaign is None:
        return {}
    return {
        "campaign": {
            "now": campaign.now,
            "frozen": list(campaign.frozen),
            "incumbent": campaign.incumbent or None,
            "max_change": campaign.max_change or None,
        }
    }


def settings_json(settings: Settings) -> dict[str, object]:
    """Return the settings in force, numbers as exact decimal text."""
    objective = settings.objective
    divisible = settings.divisible
    return {
        "name": settings.name,
        "currency": settings.currency,
        "timezone": settings.timezone,
        "objective": {
            "maximise": weights_json(objective.weights, objective.counts),
            "caution": exact_text(objective.caution),
            **aims_json(objective),
        },
        "measures": {
            name: {column: exact_text(weight) for column, weight in terms}
            for name, terms in settings.measures.items()
            if not name.startswith(STAGE)
        },
        "divisible": divisible if isinstance(divisible, bool) else list(divisible),
    }


def _pool(plan: Plan, index: int, prices: Prices) -> dict[str, object]:
    instance, used = plan.problem.instance, plan.used[index]
    pool = instance.pools[index]
    price = prices.get((-1, index), Fraction(0))
    conversions = _sum(plan.values["conversions"])
    cost = (
        Fraction(used, 10**pool.decimals) / Fraction(conversions, 10**VALUE_DIGITS)
        if conversions > 0
        else None
    )
    return {
        "pool": pool.name,
        "unit": pool.unit,
        "decimals": pool.decimals,
        "amount": units_to_text(pool.amount, pool.decimals),
        "used": units_to_text(used, pool.decimals),
        "left": units_to_text(pool.amount - used, pool.decimals),
        "why_left": _why_left(plan, index),
        "price": exact_text(price),
        "cost_per_conversion": None if cost is None else fraction_to_text(cost, _COST_DIGITS),
        "marginal_cost_per_conversion": _marginal_cost(instance, price),
    }


def _marginal_cost(instance: Instance, price: Fraction) -> str | None:
    objective = instance.settings.objective
    is_alone = objective.is_conversions and not objective.caution
    return fraction_to_text(1 / price, _COST_DIGITS) if is_alone and price > 0 else None


def _why_left(plan: Plan, index: int) -> str:
    pool = plan.problem.instance.pools[index]
    left = pool.amount - plan.used[index]
    if left == 0:
        return "used_up"
    if pool.is_unused:
        return "unused"
    if _is_saturated(plan):
        return "saturated"
    return "indivisible" if _smallest_step(plan, index) > left else "rules"


def _smallest_step(plan: Plan, index: int) -> int:
    """Return the least further draw by which a change of one cell raises the objective; 0 with a mix."""
    problem, chosen = plan.problem, plan.choice.options
    if (plan.choice.fractions != FRACTION_UNIT).any():
        return 0
    cell = problem.cells_of(chosen)
    worth, costs = problem.objective.coefficients, problem.pools[index].coefficients
    held_worth, held = np.zeros(problem.num_cells, worth.dtype), np.zeros(problem.num_cells, costs.dtype)
    held_worth[cell], held[cell] = worth[chosen], costs[chosen]
    can_change = ~has_begun(problem)
    steps = [-held[(held_worth < 0) & can_change]]
    for begin in range(0, problem.num_cells, _PART):  # whole, this would take 30 bytes an option
        end = min(begin + _PART, problem.num_cells)
        options = slice(int(problem.option_start[begin]), int(problem.option_start[end]))
        counts = np.diff(problem.option_start[begin : end + 1])
        is_better = worth[options] > np.repeat(held_worth[begin:end], counts)
        is_better &= np.repeat(can_change[begin:end], counts)
        steps.append((costs[options] - np.repeat(held[begin:end], counts))[is_better])
    return min((int(step.min()) for step in steps if len(step)), default=0)


def _is_saturated(plan: Plan) -> bool:
    """Say whether every cell holds its best, pins and limits ignored."""
    problem = plan.problem
    coefficients = problem.objective.coefficients
    best = np.maximum(np.maximum.reduceat(coefficients, problem.option_start[:-1]), 0)
    held = np.zeros(problem.num_cells, coefficients.dtype)
    cell = problem.cells_of(plan.choice.options)
    is_whole = plan.choice.fractions == FRACTION_UNIT
    held[cell] = np.where(is_whole, coefficients[plan.choice.options], best[cell] - 1)
    return bool(((held == best) | has_begun(problem)).all())


def has_begun(problem: Problem) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which cells can no longer change; shape (cells,)."""
    campaign, slot = problem.instance.campaign, problem.instance.options.keys["slot"]
    begun = frozenset() if campaign is None else campaign.begun
    return np.array([text in begun for text in slot.texts], bool)[slot.codes[problem.option_start[:-1]]]


def _counts(plan: Plan, counts: Counter[str]) -> dict[str, int]:
    problem = plan.problem
    campaign = problem.instance.campaign
    cell = problem.cells_of(plan.choice.options)
    is_funded = np.zeros(problem.num_cells, np.bool_)
    is_funded[cell] = True
    return {
        "merchants": problem.num_merchants,
        "funded_merchants": int(np.logical_or.reduceat(is_funded, problem.cell_start[:-1]).sum()),
        "cells": problem.num_cells,
        "funded_cells": int(is_funded.sum()),
        "options": campaign.num_options if campaign is not None else problem.num_options,
        "rules": len(problem.limits),
        "limits": counts["met"] + counts["binding"] + counts["broken"],
        "met": counts["met"],
        "binding": counts["binding"],
        "broken": counts["broken"],
        "limits_not_listed": counts["not_listed"],
    }


def _sum(units: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return int(units.sum()) if len(units) else 0
