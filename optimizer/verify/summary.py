"""`summary.json` against the figures as they are recomputed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from optimizer.verify.arrays import Flags, Ints, maxima
from optimizer.verify.decimals import (
    VALUE_DIGITS,
    canonical,
    exact_text,
    loose,
    num_decimals,
    rounded_text,
    short_text,
    units_text,
)
from optimizer.verify.document import Test, compare, is_flag, is_text
from optimizer.verify.fairness import fairness
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance, Pool
from optimizer.verify.judging import STATUSES, JudgedFamily
from optimizer.verify.limits import MOST_LISTED, Prices
from optimizer.verify.objective import objective_weights, objectives
from optimizer.verify.plan import WHOLE
from optimizer.verify.report import Report
from optimizer.verify.rewards import rewards_of
from optimizer.verify.settings import Weights
from optimizer.verify.stages import STAGE, aims_of

FILE = "summary.json"
_COST_DIGITS = 6
_GAP_DIGITS = 12
_PIECE = 1 << 18
_BOUNDS = ("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap")
_LEAST_OBJECTIVE = Fraction(1, 10**9)


@dataclass(frozen=True, eq=False)
class Facts:
    """What the figures of a summary are recomputed from.

    Attributes
    ----------
    prices
        Of the certificate; none where it proves that no plan exists.
    certified
        The bound of the certificate as recomputed; None if it could not be, or bounds nothing.
    has_begun
        Cells of a running campaign that can no longer change; shape (cells,). None: there is no campaign.
    """

    instance: Instance
    holdings: Holdings
    judged: list[JudgedFamily]
    prices: Prices
    certified: Fraction | None
    has_begun: Flags | None = None

    @property
    def is_closed(self) -> Flags:
        """Cells that can no longer change; shape (cells,)."""
        return np.zeros(len(self.instance.cells), np.bool_) if self.has_begun is None else self.has_begun

    @property
    def is_best_effort(self) -> bool:
        """Whether a hard limit is broken."""
        hard = (limits for limits in self.judged if limits.family.rule.enforcement == "hard")
        return any(bool(limits.is_broken.any()) for limits in hard)


def penalties(judged: Iterable[JudgedFamily]) -> Fraction:
    """Return what the broken soft limits cost."""
    soft = (limits for limits in judged if limits.family.rule.enforcement == "soft")
    return sum((limits.excess.total() * limits.family.rule.penalty for limits in soft), Fraction(0))


def objective_of(facts: Facts) -> Fraction:
    """Return the objective of the plan, penalties taken off."""
    held = facts.holdings
    value = sum((w * held.total(name) for name, w in objective_weights(facts.instance).items()), Fraction(0))
    return value + _counted(facts) - penalties(facts.judged)


def _counted(facts: Facts) -> Fraction:
    """Return what the objective pays for cells and merchants that count."""
    every = np.arange(len(facts.instance.cells))
    counts = (
        weight * facts.holdings.of_groups(measure, every, np.zeros_like(every), 1)[0]
        for measure, weight in rewards_of(facts.instance)
    )
    return sum(counts, Fraction(0))


def check_summary(
    report: Report, facts: Facts, document: dict[str, Any], stages: list[dict[str, Any]] | None = None
) -> None:
    """Compare every figure that is not exempt; of the others, the kind.

    Parameters
    ----------
    stages
        What `stages` must say; None where the objective has none.
    """
    expected = expected_summary(facts, document)
    compare(report, FILE, "", document, expected if stages is None else {**expected, "stages": stages})


def expected_summary(facts: Facts, document: dict[str, Any]) -> dict[str, Any]:
    """Return what a summary must say: figures, and tests of what cannot be recomputed.

    Parameters
    ----------
    document
        The summary itself, for what only it can say: the solver's claim, and what the command asked for.
    """
    instance = facts.instance
    return {
        "contract": 1,
        "instance": instance.name,
        "best_effort": facts.is_best_effort,
        "reproducible": is_flag,
        "pools": _pools(facts),
        "values": {name: _value_text(facts, name) for name in instance.options.values},
        "penalties": exact_text(penalties(facts.judged)),
        "counts": _counts(facts),
        "fairness": fairness(instance, facts.holdings),
        "method": _is_method,
        "options": {"gap": _is_amount, "time_limit": _is_amount, "threads": _is_from(1), "seed": _is_from(0)},
        "settings": _settings(instance, document.get("settings")),
        "overrides": lambda value: isinstance(value, list),  # read, and applied, before
        "versions": _are_texts,
        "inputs": lambda value: isinstance(value, dict),  # compared before
        "timings": _are_timings,
        **_bounds(facts, document),
        **({"lottery": _is_lottery} if "lottery" in document else {}),  # plans of before have none
        # read, and held against the plan, before
        **{key: lambda _: True for key in ("kept", "campaign") if key in document},
    }


def _are_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_lottery(value: object) -> bool:
    """Whether counts of merchants that cannot be told apart fit each other; None: there was none."""
    if value is None:
        return True
    names = ("seed", "classes", "merchants", "unequal")
    if not isinstance(value, dict) or set(value) != set(names):
        return False
    if any(type(value[name]) is not int or value[name] < 0 for name in names):
        return False
    return bool(value["unequal"] <= value["merchants"] and 2 * value["classes"] <= value["merchants"])


def _are_timings(value: object) -> bool:
    texts = value.values() if isinstance(value, dict) else [None]
    return all(isinstance(text, str) and loose(text) is not None for text in texts)


def _is_method(value: object) -> bool:
    return value in ("auto", "monolithic", "lagrangian")


def _is_amount(value: object) -> bool:
    number = canonical(value) if isinstance(value, str) else None
    return number is not None and number >= 0


def _is_from(least: int) -> Test:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _value_text(facts: Facts, name: str) -> str:
    return short_text(facts.holdings.total(name), VALUE_DIGITS)


def _bounds(facts: Facts, document: dict[str, Any]) -> dict[str, Any]:
    """Return the objective, and how bounds, gaps and status must tie."""
    objective = objective_of(facts)
    result: dict[str, Any] = {"objective": exact_text(objective)}
    if facts.is_best_effort:  # nothing bounds a plan that breaks rules
        return result | {"status": "stopped", **dict.fromkeys(_BOUNDS)}
    if facts.certified is None:
        return result | dict.fromkeys(("status", *_BOUNDS), is_text) | {"claimed_bound": lambda _: True}
    is_whole = facts.instance.settings.divisible is False  # a mix rounds amounts up, and may pass the bound
    return bounds_of(objective, facts.certified, document, document.get("options"), is_whole=is_whole)


def bounds_of(
    objective: Fraction, certified: Fraction | None, document: object, options: object, *, is_whole: bool
) -> dict[str, Any]:
    """Return the objective, bounds, gaps and status of a plan or a stage.

    Parameters
    ----------
    document
        What says them: the solver's claim is taken from there, if it can stand there.
    """
    raw = document.get("claimed_bound") if isinstance(document, dict) else None
    claimed = canonical(raw) if isinstance(raw, str) else None
    is_lower = claimed is not None and (certified is None or claimed < certified)
    is_by_solver = is_lower and claimed is not None and (claimed >= objective or not is_whole)
    bound = claimed if is_by_solver else certified
    gap = None if bound is None else _gap(bound, objective)
    return {
        "objective": exact_text(objective),
        "claimed_bound": exact_text(bound) if is_by_solver and bound is not None else None,
        "bound": None if bound is None else exact_text(bound),
        "bound_by": None if bound is None else "solver" if is_by_solver else "certificate",
        "gap": None if gap is None else rounded_text(gap, _GAP_DIGITS),
        "certified_bound": None if certified is None else exact_text(certified),
        "certified_gap": None if certified is None else rounded_text(_gap(certified, objective), _GAP_DIGITS),
        "status": "stopped" if gap is None else _status(gap, options),
    }


def _gap(bound: Fraction, objective: Fraction) -> Fraction:
    return (bound - objective) / max(abs(objective), _LEAST_OBJECTIVE)


def _status(gap: Fraction, options: object) -> str:
    text = options.get("gap") if isinstance(options, dict) else None
    asked = canonical(text) if isinstance(text, str) else None
    if gap == 0:
        return "optimal"
    return "within_gap" if gap <= (asked or 0) else "stopped"


def _pools(facts: Facts) -> list[dict[str, Any]]:
    is_saturated = _is_saturated(facts)
    return [_pool(facts, pool, is_saturated) for pool in facts.instance.pools]


def _pool(facts: Facts, pool: Pool, is_saturated: bool) -> dict[str, Any]:
    used = facts.holdings.total(pool.name)
    left = pool.amount - used
    price = facts.prices.get(f"pool:{pool.name}", {}).get(0, Fraction(0))
    conversions = facts.holdings.total("conversions")
    cost = (
        Fraction(used, 10**pool.decimals) / Fraction(conversions, 10**VALUE_DIGITS)
        if conversions > 0
        else None
    )
    settings = facts.instance.settings
    is_plain = settings.objective == {"conversions": Fraction(1)} and not rewards_of(facts.instance)
    is_alone = is_plain and settings.caution == 0
    if left == 0:
        why = "used_up"
    elif pool.is_unused:
        why = "unused"
    elif is_saturated:
        why = "saturated"
    else:
        why = "indivisible" if _smallest_step(facts, pool) > left else "rules"
    return {
        "pool": pool.name,
        "unit": pool.unit,
        "decimals": pool.decimals,
        "amount": units_text(pool.amount, pool.decimals),
        "used": units_text(used, pool.decimals),
        "left": units_text(left, pool.decimals),
        "why_left": why,
        "price": exact_text(price),
        "cost_per_conversion": rounded_text(cost, _COST_DIGITS) if cost is not None else None,
        "marginal_cost_per_conversion": rounded_text(1 / price, _COST_DIGITS)
        if is_alone and price > 0
        else None,
    }


def _is_saturated(facts: Facts) -> bool:
    """Whether every cell holds its best: the largest objective, or nothing where none is above zero."""
    options, plan = facts.instance.options, facts.holdings.plan
    if not len(options):
        return True
    value, _ = objectives(facts.instance)
    best: Ints = maxima(value, options.starts[:-1])
    holds_best: Flags = np.asarray((best <= 0) & ~facts.holdings.is_funded, np.bool_)
    is_whole = (plan.option >= 0) & (plan.fraction == WHOLE)
    rows, chosen = plan.cell[is_whole], plan.option[is_whole]
    holds_best[rows] |= np.asarray((value[chosen] == best[rows]) & (best[rows] >= 0), np.bool_)
    return bool((holds_best | facts.is_closed).all())


def _smallest_step(facts: Facts, pool: Pool) -> int:
    """Return the least further draw by which a change of one cell raises the objective; 0 with a mix."""
    options, plan = facts.instance.options, facts.holdings.plan
    can_change = ~facts.is_closed
    own = can_change[plan.cell]
    rows, chosen = plan.cell[own], plan.option[own]
    if ((chosen < 0) | (plan.fraction[own] != WHOLE)).any():
        return 0
    value, _ = objectives(facts.instance)
    costs = options.costs[pool.name]
    num_cells = len(facts.instance.cells)
    reached, drawn = np.zeros(num_cells, value.dtype), np.zeros(num_cells, costs.dtype)
    reached[rows], drawn[rows] = value[chosen], costs[chosen]
    least = [-int(drawn[reached < 0].max())] if bool((reached < 0).any()) else []
    for first in range(0, num_cells, _PIECE):  # whole columns of large instances are not copied
        starts = options.starts[first : first + _PIECE + 1]
        begin, end, counts = int(starts[0]), int(starts[-1]), np.diff(starts)
        is_rising = value[begin:end] > np.repeat(reached[first : first + _PIECE], counts)
        steps = costs[begin:end] - np.repeat(drawn[first : first + _PIECE], counts)
        is_rising &= np.repeat(can_change[first : first + _PIECE], counts)
        if bool(is_rising.any()):
            least.append(int(steps[np.asarray(is_rising, np.bool_)].min()))
    return min(least, default=0)


def _counts(facts: Facts) -> dict[str, int]:
    instance = facts.instance
    parts = [limits.statuses(facts.prices.get(limits.family.name, ())) for limits in facts.judged]
    met, binding, broken = np.bincount(np.concatenate(parts), minlength=len(STATUSES)).tolist()
    num_limits = sum(map(len, facts.judged))
    return {
        "merchants": len(instance.cells.texts["merchant"]),
        "funded_merchants": len(np.unique(instance.cells.merchant[facts.holdings.is_funded])),
        "cells": len(instance.cells),
        "funded_cells": int(facts.holdings.is_funded.sum()),
        "options": len(instance.options),
        "rules": len(instance.rules) + len(instance.floors),
        "limits": num_limits,
        "met": met,
        "binding": binding,
        "broken": broken,
        "limits_not_listed": met if num_limits > MOST_LISTED else 0,
    }


def _settings(instance: Instance, actual: object) -> dict[str, Any]:
    """Return the settings in force; the defaults of commands stand only where the instance states them."""
    settings, name = instance.settings, instance.name
    counts = {measure.text: weight for measure, weight in rewards_of(instance)}
    written = actual if isinstance(actual, dict) else {}
    divisible = settings.divisible
    result: dict[str, Any] = {
        "name": settings.name if written.get("name") == settings.name else name,
        "currency": settings.currency,
        "timezone": settings.timezone,
        "objective": {
            "maximise": _weights(settings.objective | counts),
            "caution": exact_text(settings.caution),
            **aims_of(instance),
        },
        "measures": {
            measure: _weights(terms)
            for measure, terms in settings.measures.items()
            if not measure.startswith(STAGE)
        },
        "divisible": divisible if isinstance(divisible, bool) else list(divisible),
    }
    for key, value in (("gap", settings.gap), ("time_limit", settings.time_limit)):
        if key in written:
            result[key] = exact_text(value) if value is not None else None
    return result


def _weights(weights: Weights) -> dict[str, str]:
    return {name: exact_text(weight) for name, weight in weights.items() if num_decimals(weight) >= 0}
