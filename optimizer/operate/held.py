"""What every cell holds whose slot has begun: it can no longer change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.finding import Finding, finding
from models.incumbent import Incumbent, Promised, per_cell
from models.instance import Actual, Int64, SlotTimes
from models.places import cells_at
from models.problem import Problem

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Held:
    """What cells hold that can no longer change; all of shape (cells,), zero and -1 in cells that are open.

    Attributes
    ----------
    is_begun
        Whether the cell's slot has begun.
    is_something
        Whether the cell holds anything; a cell that has begun and does not can get nothing any more.
    option
        The option that it goes by: the incumbent's, else what actuals name; -1 where neither names one that
        is still offered, or it is a mix.
    costs, values
        Per pool smallest units, column -> integers of 1e-6.
    """

    begun: frozenset[str]
    is_begun: Flags
    is_something: Flags
    option: Int64
    costs: tuple[Int64, ...]
    values: Mapping[str, Int64]


@dataclass(frozen=True, eq=False)
class _Amounts:
    """Amounts per cell, from one source; `is_there`: whether it has a row of the cell."""

    is_there: Flags
    option: Int64
    costs: tuple[Int64, ...]
    values: Mapping[str, Int64]


def held_of(problem: Problem, incumbent: Incumbent, now: datetime) -> tuple[Held, list[Finding]]:
    """Return what is held at a moment, and what stands against saying so.

    Until a slot is settled (`settled`, else `end`, else never) a cell holds, pool by pool, the larger of what
    is booked in actuals and what the incumbent promised, and the values that the incumbent expected; without
    a promise those that are booked. From then on it holds what is booked. A settled slot without any row at
    all counts as promised.

    Parameters
    ----------
    now
        With an offset.

    Notes
    -----
    Where a finding is an error, what is returned is not to be used.
    """
    slots = problem.instance.options.keys["slot"].texts
    times = problem.instance.slot_times
    findings = _missing_starts(slots, times)
    begun = [_is_past(times.get(slot, SlotTimes()).start, now) for slot in slots]
    promised = _promised(problem, incumbent.promised)
    booked, booked_slots = _booked(problem)
    findings += [
        finding("OPR-04", "actuals.csv", column="slot", value=slot)
        for slot, is_begun in zip(slots, begun, strict=True)
        if not is_begun and slot in booked_slots and times.get(slot, SlotTimes()).start is not None
    ]
    settled = [_is_settled(times.get(slot, SlotTimes()), now) for slot in slots]
    findings += [
        finding("OPR-05", "actuals.csv", column="slot", value=slot)
        for slot, is_begun, is_settled in zip(slots, begun, settled, strict=True)
        if is_begun and is_settled and slot not in booked_slots
    ]
    findings += _gone(incumbent, list(problem.instance.options.keys), times, now)
    of_cell = problem.cell_keys[:, list(problem.instance.options.keys).index("slot")]
    is_begun = np.array(begun, bool)[of_cell]
    counts_booked = [
        is_settled and slot in booked_slots for slot, is_settled in zip(slots, settled, strict=True)
    ]
    is_final = np.array(counts_booked, bool)[of_cell]
    names = frozenset(slot for slot, is_in in zip(slots, begun, strict=True) if is_in)
    return _merged(names, is_begun, is_final, promised, booked), findings


def _missing_starts(slots: tuple[str, ...], times: Mapping[str, SlotTimes]) -> list[Finding]:
    return [
        finding("OPR-03", "slots.csv", column="start", value=slot)
        for slot in slots
        if times.get(slot, SlotTimes()).start is None
    ]


def _gone(
    incumbent: Incumbent, keys: list[str], times: Mapping[str, SlotTimes], now: datetime
) -> list[Finding]:
    """Report cells that the instance lacks: those that have begun hold money, the others are dropped."""
    place = keys.index("slot")
    return [
        finding(
            "OPR-06" if _is_past(times.get(gone[place], SlotTimes()).start, now) else "OPR-07",
            "options.csv",
            value=", ".join(gone),
        )
        for gone in incumbent.gone
    ]


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _is_settled(times: SlotTimes, now: datetime) -> bool:
    return _is_past(times.settled if times.settled is not None else times.end, now)


def _promised(problem: Problem, rows: Promised) -> _Amounts:
    """Return what the incumbent promised: the rows of a mix added up, which then goes by no option."""
    count = np.bincount(rows.cells, minlength=problem.num_cells)
    option = np.full(problem.num_cells, -1, np.int64)
    option[rows.cells] = rows.options
    option[count > 1] = -1
    return _Amounts(
        count > 0,
        option,
        tuple(per_cell(problem, rows.cells, cost) for cost in rows.costs),
        {name: per_cell(problem, rows.cells, own) for name, own in rows.values.items()},
    )


def _booked(problem: Problem) -> tuple[_Amounts, frozenset[str]]:
    """Return what actuals have booked, and the slots of which they have any row."""
    instance = problem.instance
    actuals, names = instance.actuals, tuple(instance.options.keys)
    keys = list(zip(*(actual.keys for actual in actuals), strict=True)) or [()] * len(names)
    cells = cells_at(problem, keys)
    is_there = np.zeros(problem.num_cells, bool)
    is_there[cells] = True
    option = np.full(problem.num_cells, -1, np.int64)
    for cell, actual in zip(cells.tolist(), actuals, strict=True):
        option[cell] = _named(problem, cell, actual)

    def column(texts: list[int]) -> Int64:
        return per_cell(problem, cells, np.array(texts, np.int64))

    return (
        _Amounts(
            is_there,
            option,
            tuple(column([actual.spent[pool.name] for actual in actuals]) for pool in instance.pools),
            {name: column([actual.values[name] for actual in actuals]) for name in instance.options.values},
        ),
        frozenset(actual.keys[names.index("slot")] for actual in actuals),
    )


def _named(problem: Problem, cell: int, actual: Actual) -> int:
    """Return the option that actuals name for a cell, -1 where they name none."""
    option = problem.instance.options.option
    own = range(int(problem.option_start[cell]), int(problem.option_start[cell + 1]))
    return next((at for at in own if option.texts[option.codes[at]] == actual.option), -1)


def _merged(
    begun: frozenset[str], is_begun: Flags, is_final: Flags, promised: _Amounts, booked: _Amounts
) -> Held:
    """Put both together, cell by cell."""

    def cut(amounts: Int64) -> Int64:
        return np.where(is_begun, amounts, 0).astype(np.int64)

    costs = tuple(
        cut(np.where(is_final, spent, np.maximum(spent, set_aside)))
        for spent, set_aside in zip(booked.costs, promised.costs, strict=True)
    )
    is_expected = ~is_final & promised.is_there
    values = {
        name: cut(np.where(is_expected, promised.values[name], own)) for name, own in booked.values.items()
    }
    is_drawn = np.logical_or.reduce([amounts != 0 for amounts in (*costs, *values.values())])
    is_something = is_begun & (is_expected | is_drawn)
    option = np.where(promised.option >= 0, promised.option, booked.option)
    option = np.where(is_something & ~_is_mix(promised), option, -1).astype(np.int64)
    return Held(begun, is_begun, is_something, option, costs, values)


def _is_mix(promised: _Amounts) -> Any:  # noqa: ANN401 - flags of numpy
    return promised.is_there & (promised.option < 0)
