"""What a merchant may be told of itself: no other merchant, no price, and nothing that a price follows from.

Of a change only what is enough is told, rounded up to two digits: together with an option's own value and
cost the exact one would be a price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from rich.console import Console
from rich.text import Text

from models.amount import units_to_text
from models.language import _
from models.problem import Problem
from models.why import Answer, CellView, OptionView
from optimizer.show.cell import cell_keys, cell_name, cost_text, decimal, option_name, short
from optimizer.show.changes import coarse, place_of
from optimizer.show.conflict import limit_name
from optimizer.show.merchant import head_line, pin_text
from optimizer.show.table import show_table

_SHORTEST_NAME = 3


def show_shareable(console: Console, answer: Answer) -> None:
    """Print what a merchant got and what would get it funded, fit to be passed on to it."""
    problem = answer.plan.problem
    console.print(Text(head_line(answer), style="bold"))
    if answer.merchant < 0:
        return
    pools = [(pool.name, True) for pool in problem.instance.pools]
    columns = [(_("cell"), False), (_("option"), False), *pools, (_("value"), True), (_("why"), False)]
    rows = [
        [
            cell_name(problem, cell.cell),
            option_name(problem, view.option),
            *_costs(problem, view, is_grouped=True),
            short(view.value),
            _why(answer, cell, view),
        ]
        for cell in answer.cells
        for view in cell.options
    ]
    show_table(console, _("Its options"), columns, rows)
    lines = list(shareable_changes(answer))
    if lines:
        console.print()
        console.print(Text(_("What would get it funded, each change by itself:")))
    for line in lines:
        console.print(Text(f"  {line}"))


def shareable_json(answer: Answer) -> dict[str, object]:
    """Return the same for programs."""
    problem = answer.plan.problem
    cells = [
        {
            **{name: text for name, text in cell_keys(problem, cell.cell).items() if name != "merchant"},
            "options": [
                {
                    "option": option_name(problem, view.option),
                    "costs": dict(
                        zip(
                            (pool.name for pool in problem.instance.pools),
                            _costs(problem, view, is_grouped=False),
                            strict=True,
                        )
                    ),
                    "value": decimal(view.value),
                    "held": decimal(view.held),
                    "why": _why(answer, cell, view),
                }
                for view in cell.options
            ],
        }
        for cell in answer.cells
    ]
    return {
        "merchant": answer.key,
        "funded": answer.is_funded,
        "entered": answer.merchant >= 0,
        "cells": cells,
        "changes": list(shareable_changes(answer)),
        "reproducible": answer.is_reproducible,
    }


def shareable_changes(answer: Answer) -> Iterator[str]:
    """Say what is enough to get the merchant funded, in round figures."""
    problem = answer.plan.problem
    one = answer.worthier
    if one is not None and one.change.high is not None:
        text = _("{column} of {option} up by about {amount}.")
        amount = short(coarse(one.change.high))
        yield text.format(column=one.column, option=place_of(answer, one.option), amount=amount)
    cut = answer.cheaper
    if cut is not None and cut.change.high is not None:
        pool = problem.pools[cut.pool]
        cost = Fraction(int(pool.coefficients[cut.option]), 10**pool.digits)
        text = _("{pool} of {option} down by about {amount}.")
        names = {"pool": problem.instance.pools[cut.pool].name, "option": place_of(answer, cut.option)}
        yield text.format(amount=short(min(coarse(cut.change.high), cost)), **names)
    for room in answer.roomier:
        if room.change.high is not None:
            text = _("More room in {limit}: about {amount} more.")
            limit = _own_limit(answer, room.limits, room.limit)
            yield text.format(limit=limit, amount=short(coarse(room.change.high)))


def _costs(problem: Problem, view: OptionView, *, is_grouped: bool) -> list[str]:
    found = []
    for at, pool in enumerate(problem.pools):
        units = int(pool.coefficients[view.option])
        found.append(cost_text(problem, at, units) if is_grouped else units_to_text(units, pool.digits))
    return found


def _why(answer: Answer, cell: CellView, view: OptionView) -> str:
    if view.held:
        return _("given")
    if view.is_excluded:
        return _("excluded") if cell.pin is None else pin_text(cell.pin)
    if view.lacks:
        return _("others add more for what they draw")
    if view.stops:
        limits = "; ".join(_own_limit(answer, stop.limits, stop.limit) for stop in view.stops)
        return _("not enough room in {limits}").format(limits=limits)
    return _("others were as good")


def _own_limit(answer: Answer, limits: int, limit: int) -> str:
    """Name a limit; one whose name holds that of another merchant is not named."""
    name = limit_name(answer.plan.problem, limits, limit)
    rest = name.replace(answer.key, "")
    words = set(re.split(r"[\s()=;.,]+", rest))
    for other in _others(answer):
        is_in = other in rest if len(other) >= _SHORTEST_NAME else other in words
        if is_in:
            return _("a rule")
    return name


def _others(answer: Answer) -> Iterator[str]:
    """Yield the keys and names of all other merchants."""
    instance = answer.plan.problem.instance
    table = instance.tables.get("merchants")
    yield from (key for key in instance.options.keys["merchant"].texts if key != answer.key)
    if table is not None:
        names = table.columns.get("name", ("",) * len(table.keys))
        for key, name in zip(table.keys, names, strict=True):
            if key != answer.key:
                yield from (text for text in (key, name) if text)
