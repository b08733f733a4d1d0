"""Why one merchant got what it got, for programs: every figure a decimal string."""

from __future__ import annotations

from fractions import Fraction

from models.amount import FRACTION_UNIT, units_to_text
from models.problem import Problem
from models.why import Answer, CellView, Interval, Moved, OptionView, Side, Stop
from optimizer.show.cell import cell_keys, decimal, option_name

Document = dict[str, object]


def merchant_json(answer: Answer) -> Document:
    """Return everything that was found out about a merchant."""
    problem = answer.plan.problem
    return {
        "merchant": answer.key,
        "entered": answer.merchant >= 0,
        "funded": answer.is_funded,
        "cells": [_cell(problem, cell) for cell in answer.cells],
        "credit": decimal(answer.credit),
        "with": _side(answer.with_it),
        "without": _side(answer.without),
        "loss": None
        if answer.loss is None
        else {"low": decimal(answer.loss[0]), "high": decimal(answer.loss[1])},
        "open_cells": answer.num_open or None,
        "whole_loss": None
        if answer.whole_loss is None
        else {"low": decimal(answer.whole_loss[0]), "high": decimal(answer.whole_loss[1])},
        "changes": _changes(answer),
        "displaced": [_moved(problem, moved) for moved in answer.moved],
        "solved": answer.num_solved,
        "reproducible": answer.is_reproducible,
    }


def limit_json(problem: Problem, limits: int, limit: int) -> Document:
    """Return which limit is meant, as `limits.csv` names it."""
    if limits < 0:
        return {"rule": f"pool:{problem.instance.pools[limit].name}", "group": ""}
    return {"rule": problem.limits[limits].rule.rule, "group": problem.limits[limits].label(limit)}


def _cell(problem: Problem, cell: CellView) -> Document:
    return {
        **{name: text for name, text in cell_keys(problem, cell.cell).items() if name != "merchant"},
        "best": None if cell.best < 0 else option_name(problem, cell.best),
        "pin": None
        if cell.pin is None
        else {"file": cell.pin.file, "row": cell.pin.row or None, "option": cell.pin.option},
        "options": [_option(problem, view) for view in cell.options],
    }


def _option(problem: Problem, view: OptionView) -> Document:
    pools = zip(problem.instance.pools, problem.pools, strict=True)
    return {
        "option": option_name(problem, view.option),
        "costs": {
            stated.name: units_to_text(int(pool.coefficients[view.option]), pool.digits)
            for stated, pool in pools
        },
        "held": decimal(view.held),
        "value": decimal(view.value),
        "priced_cost": decimal(view.cost),
        "charges": [
            {**limit_json(problem, one.limits, one.limit), "amount": decimal(one.amount)}
            for one in view.charges
        ],
        "lacks": decimal(view.lacks),
        "gain": decimal(view.gain),
        "stops": [_stop(problem, stop) for stop in view.stops],
        "excluded": view.is_excluded,
    }


def _stop(problem: Problem, stop: Stop) -> Document:
    return {**limit_json(problem, stop.limits, stop.limit), "by": decimal(stop.by)}


def _side(side: Side | None) -> Document | None:
    if side is None:
        return None
    return {
        "objective": None if side.plan is None else decimal(side.plan.objective),
        "bound": None if side.bound is None else decimal(side.bound),
        "impossible": side.is_impossible,
    }


def _interval(change: Interval) -> Document:
    return {"low": decimal(change.low), "high": None if change.high is None else decimal(change.high)}


def _changes(answer: Answer) -> Document:
    problem = answer.plan.problem
    worthier, cheaper = answer.worthier, answer.cheaper
    return {
        "value": None
        if worthier is None
        else {
            **_place(problem, worthier.option),
            "column": worthier.column,
            **_interval(worthier.change),
            "check": worthier.check,
            "low_is_proven": worthier.is_proven,
        },
        "cost": None
        if cheaper is None
        else {
            **_place(problem, cheaper.option),
            "pool": problem.instance.pools[cheaper.pool].name,
            **_interval(cheaper.change),
            "solved": cheaper.num_solved,
        },
        "room": [
            {
                **limit_json(problem, one.limits, one.limit),
                **_interval(one.change),
                "set": f"{one.key}={one.value}" if one.key else None,
                "solved": one.num_solved,
            }
            for one in answer.roomier
        ],
    }


def _place(problem: Problem, option: int) -> Document:
    cell = problem.cell_of(option)
    keys = {name: text for name, text in cell_keys(problem, cell).items() if name != "merchant"}
    return {**keys, "option": option_name(problem, option)}


def _moved(problem: Problem, moved: Moved) -> Document:
    return {
        **cell_keys(problem, moved.cell),
        "now": _rows(problem, moved.before),
        "then": _rows(problem, moved.after),
    }


def _rows(problem: Problem, rows: tuple[tuple[int, int], ...]) -> list[Document]:
    return [
        {"option": option_name(problem, option), "fraction": decimal(Fraction(share, FRACTION_UNIT))}
        for option, share in rows
    ]
