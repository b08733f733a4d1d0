"""Why each unfunded merchant is unfunded, from prices alone: one reason each, for a market of any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.certificate import Price
from models.instance import Int64
from models.plan import Plan
from models.problem import FREE, Problem
from models.rationals import Integers
from models.why import Unfunded, worth_of_cell
from optimizer.explain.breaking import first_stops
from optimizer.explain.cells import credit_of


class Worths(Protocol):
    """What many options are worth at some prices, value less priced cost, exactly."""

    def best(self, options: Int64, starts: Int64) -> tuple[Int64, Sequence[Fraction]]:
        """Return the best option of each stretch of `options` that begins at `starts`, and its margin."""


def unfunded(plan: Plan, prices: Sequence[Price], worths: Worths) -> list[Unfunded]:
    """Return every merchant that gets nothing with the reason, in the order of their keys.

    Merchants of the table without any cell are among them. Nothing is solved anew.
    """
    problem = plan.problem
    keys = problem.instance.options.keys["merchant"].texts
    found = [Unfunded(key, "never_entered") for key in never_entered(problem)]
    without = np.flatnonzero(~_funded(plan))
    is_allowed = _is_allowed(problem)
    merchant = problem.merchant_of_cell[problem.cell_of_option]
    is_open = is_allowed & np.isin(merchant, without)
    worth: Integers = problem.objective.coefficients
    least = -worth_of_cell(problem) * 10**problem.objective.digits  # above that the option is worth something
    is_worth = is_open & (worth > least.numerator // least.denominator)
    with_option, with_worth = np.unique(merchant[is_open]), np.unique(merchant[is_worth])
    found += [Unfunded(keys[one], "forbidden") for one in np.setdiff1d(without, with_option).tolist()]
    found += [Unfunded(keys[one], "worthless") for one in np.setdiff1d(with_option, with_worth).tolist()]
    found += _of_worth(plan, prices, worths, np.flatnonzero(is_worth), merchant[is_worth])
    return sorted(found, key=lambda one: one.key)


def never_entered(problem: Problem) -> list[str]:
    """Return the merchants of merchants.csv that have no cell."""
    table = problem.instance.tables.get("merchants")
    known = set(problem.instance.options.keys["merchant"].texts)
    return [] if table is None else [key for key in table.keys if key not in known]


def _of_worth(
    plan: Plan, prices: Sequence[Price], worths: Worths, options: Int64, merchant: Int64
) -> list[Unfunded]:
    """Return the reasons of merchants with options that are worth something; shapes (options,), ascending."""
    if not len(options):
        return []
    problem = plan.problem
    starts = np.flatnonzero(np.append(True, merchant[1:] != merchant[:-1]))
    best, margins = worths.best(options, starts)
    merchants = merchant[starts].tolist()
    keys = problem.instance.options.keys["merchant"].texts
    counted = [price for price in prices if price.limits >= 0 and _counts_merchants(problem, price)]
    has_credit = bool(problem.rewards or counted)
    found = []
    for one, option, margin in zip(merchants, best.tolist(), margins, strict=True):
        lacks = -(margin + (credit_of(problem, one, counted) if has_credit else 0))
        is_outbid = lacks > 0
        found.append(Unfunded(keys[one], "outbid" if is_outbid else "close", option, max(lacks, Fraction(0))))
    close = [place for place, one in enumerate(found) if one.reason == "close"]
    stops = first_stops(plan, np.array([found[place].option for place in close], np.int64))
    for place, stop in zip(close, stops, strict=True):
        if stop is not None:
            found[place] = replace(found[place], reason="limit", stop=stop)
    return found


def _counts_merchants(problem: Problem, price: Price) -> bool:
    return problem.limits[price.limits].rule.measure.kind == "merchants"


def _funded(plan: Plan) -> NDArray[np.bool_]:
    """Say which merchants the plan gives anything; shape (merchants,)."""
    problem = plan.problem
    is_funded = np.zeros(problem.num_merchants, np.bool_)
    is_funded[problem.merchant_of_cell[plan.cells]] = True
    return is_funded


def _is_allowed(problem: Problem) -> NDArray[np.bool_]:
    """Say which options pins allow; shape (options,)."""
    pinned = np.repeat(problem.pinned, np.diff(problem.option_start))
    return np.asarray((pinned == FREE) | (pinned == np.arange(problem.num_options)), np.bool_)
