"""`actuals.csv` -> what has happened in every cell so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.amount import MAX_UNITS, VALUE_DIGITS, units_to_text
from models.headers import CHINESE_WORDS, NO_OPTION
from models.instance import Actual, Int64, Pool
from optimizer.read.cells import Cells, Keys
from optimizer.read.columns import Columns
from optimizer.read.findings import Findings
from optimizer.read.keys import is_damaged
from optimizer.read.layout import Layout
from optimizer.read.numbers import amounts, values
from optimizer.read.suggest import hint

_STANDARD_ERROR = "conversions_se"


def layout(keys: Sequence[str], pools: Sequence[Pool], value_names: Sequence[str]) -> Layout:
    """Return the columns of `actuals.csv` for cells with these keys."""
    needed = tuple(pool.name for pool in pools if not pool.is_unused)
    known = (*keys, "option", *(pool.name for pool in pools), *value_names, "note")
    return Layout(known=known, required=(*keys, *needed, "conversions"))


@dataclass
class _Booked:
    """The rows of one cell, added up."""

    row: int
    sums: dict[str, int]
    option: str = ""
    option_row: int = 0


def read_actuals(
    columns: Columns, cells: Cells, pools: Sequence[Pool], value_names: Sequence[str], findings: Findings
) -> tuple[Actual, ...]:
    """Return one sum a cell, sorted by its keys; a value column that the table lacks counts as zero."""
    if not set(cells.names) <= columns.arrays.keys():
        return ()
    decimals = {pool.name: pool.decimals for pool in pools if not pool.is_unused}
    numbers: dict[str, Int64] = {}
    for name in (*decimals, *value_names):
        if name in columns.arrays:
            is_pool = name in decimals
            numbers[name] = (
                amounts(columns, name, decimals[name], findings)
                if is_pool
                else values(columns, name, findings)
            )
        else:
            numbers[name] = np.zeros(len(columns.rows), np.int64)
            if name not in (*decimals, "conversions", _STANDARD_ERROR):
                findings.add("ACT-05", columns.file, 1, name, name=name)
    booked = _add_up(columns, cells, numbers, findings)
    for one in booked.values():
        _report_sums(one, decimals, columns, findings)
    return tuple(
        Actual(
            keys,
            {pool.name: one.sums.get(pool.name, 0) for pool in pools},
            {name: one.sums[name] for name in value_names},
            one.option,
        )
        for keys, one in sorted(booked.items())
    )


def _add_up(
    columns: Columns, cells: Cells, numbers: dict[str, Int64], findings: Findings
) -> dict[Keys, _Booked]:
    key_texts = [columns.texts(name) for name in cells.names]
    options = columns.texts("option") if "option" in columns.arrays else ("",) * len(columns.rows)
    lists = {name: column.tolist() for name, column in numbers.items()}
    booked: dict[Keys, _Booked] = {}
    for index, keys in enumerate(zip(*key_texts, strict=True)):
        row = columns.row(index)
        if keys not in booked and not _is_cell(keys, row, columns, cells, findings):
            continue
        one = booked.setdefault(keys, _Booked(row, dict.fromkeys(numbers, 0)))
        for name, column in lists.items():
            one.sums[name] += column[index]
        option = options[index]
        if not option or CHINESE_WORDS.get(option, option) == NO_OPTION:
            continue
        if not cells.is_complete:
            continue
        code, facts = _take_option(option, row, one, cells.options_of(keys))
        if code:
            findings.add(code, columns.file, row, columns.header("option"), option, **facts)
    return booked


def _is_cell(keys: Keys, row: int, columns: Columns, cells: Cells, findings: Findings) -> bool:
    for name, text in zip(cells.names, keys, strict=True):
        code = "" if text else "KEY-01"
        if is_damaged(text):
            code = "KEY-02"
        if code:
            findings.add(code, columns.file, row, columns.header(name), text)
            return False
    if cells.options_of(keys):
        return True
    if not cells.is_complete:
        return False
    key, __, known = cells.unknown(keys) or (cells.names[0], keys[0], ())
    text = keys[cells.names.index(key)]
    findings.add("ACT-01", columns.file, row, columns.header(key), text, hint=hint(text, known))
    return False


def _take_option(option: str, row: int, one: _Booked, known: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Note the option that the cell holds, or return the code and facts of a finding on it."""
    if option not in known:
        return "ACT-03", {"hint": hint(option, known)}
    if one.option and one.option != option:
        return "ACT-04", {"other": one.option_row, "option": one.option}
    one.option, one.option_row = option, one.option_row or row
    return "", {}


def _report_sums(one: _Booked, decimals: dict[str, int], columns: Columns, findings: Findings) -> None:
    for name, total in one.sums.items():
        code = "ACT-02" if total < 0 else "NUM-11" if total > MAX_UNITS else ""
        if code:
            text = units_to_text(total, decimals.get(name, VALUE_DIGITS))
            findings.add(code, columns.file, one.row, columns.header(name), text)
