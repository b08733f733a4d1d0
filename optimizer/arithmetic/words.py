"""How conflicts name rules, groups, pins and amounts."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from models.amount import exact_text, fraction_to_text
from models.finding import Finding, finding
from models.language import ngettext
from models.problem import Limits, Problem

_MOST_NAMED = 5


def of_rule(code: str, limits: Limits, limit: int | None, /, **facts: str) -> Finding:
    """Return a finding at the value of a rule, about one of its limits or (None) all of them."""
    rule = limits.rule
    group = "" if limit is None else in_brackets(limits.label(limit))
    stated = {"rule": rule.rule, "group": group, "measure": rule.measure.text}
    return finding(code, "rules.csv", rule.row, "value", amount_text(rule.value), **{**stated, **facts})


def pin_rows(problem: Problem, limits: Limits | None, limit: int = 0) -> list[int]:
    """Return the rows of the pins that force an option in the limit's cells (or anywhere)."""
    forced = problem.pinned >= 0
    if limits is not None:
        inside = np.zeros(problem.num_cells, bool)
        inside[limits.total.cells[limits.total.sets == limit]] = True
        forced &= inside
    columns = list(problem.instance.options.keys.values())
    cells = {
        tuple(
            column.texts[code] for column, code in zip(columns, problem.cell_keys[cell].tolist(), strict=True)
        )
        for cell in np.flatnonzero(forced).tolist()
    }
    return [pin.row for pin in problem.instance.pins if pin.option != "none" and pin.keys in cells]


def pins_text(rows: list[int]) -> str:
    """Name the first of some rows of pins.csv."""
    few = ", ".join(map(str, rows[:_MOST_NAMED])) + (", …" if len(rows) > _MOST_NAMED else "")
    return ngettext("pins.csv row {rows}", "pins.csv rows {rows}", len(rows)).format(rows=few)


def named(rules: Iterable[str]) -> str:
    """Name rules once each, in the order given."""
    return ", ".join(dict.fromkeys(rules))


def in_brackets(label: str) -> str:
    """Write a group behind its rule: ` (tier=mid)`."""
    return f" ({label})" if label else ""


def amount_text(value: Fraction) -> str:
    """Write an amount exactly, or with six decimals where its digits do not end."""
    try:
        return exact_text(value)
    except ValueError:
        return fraction_to_text(value, 6)


def share_text(share: Fraction) -> str:
    """Write a share as a percentage."""
    return f"{fraction_to_text(share * 100, 6)} %"
