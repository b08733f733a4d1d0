"""How conflicts name rules, groups, pins and amounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from models.amount import exact_text, fraction_to_text
from models.finding import Finding, finding
from models.instance import Pin
from models.language import ngettext
from models.problem import Limits, Problem

_MOST_NAMED = 5


def of_rule(code: str, limits: Limits, limit: int | None, /, **facts: str) -> Finding:
    """Return a finding at the value of a rule, about one of its limits or (None) all of them."""
    rule = limits.rule
    group = "" if limit is None else in_brackets(limits.label(limit))
    stated = {"rule": rule.rule, "group": group, "measure": rule.measure.text}
    return finding(code, "rules.csv", rule.row, "value", amount_text(rule.value), **{**stated, **facts})


def pins_of(problem: Problem, limits: Limits | None, limit: int = 0) -> list[Pin]:
    """Return the pins that force an option in the limit's cells (or anywhere), kept ones last."""
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
    return [pin for pin in problem.instance.all_pins if pin.option != "none" and pin.keys in cells]


def pins_text(pins: Sequence[Pin]) -> str:
    """Name the first of some pins of each file: `pins.csv rows 2, 3; plan.csv row 5`."""
    rows: dict[str, list[str]] = {}
    for pin in pins:
        rows.setdefault(pin.file, []).append(str(pin.row))
    return "; ".join(_rows_text(file, of_file) for file, of_file in rows.items())


def _rows_text(file: str, rows: list[str]) -> str:
    few = ", ".join(rows[:_MOST_NAMED]) + (", …" if len(rows) > _MOST_NAMED else "")
    return ngettext("{file} row {rows}", "{file} rows {rows}", len(rows)).format(file=file, rows=few)


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
