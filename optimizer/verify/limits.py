"""`limits.csv` against the limits as they are recomputed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa

from models.headers import LIMIT_COLUMNS
from optimizer.verify.certificate import Leaf
from optimizer.verify.decimals import exact_text
from optimizer.verify.judging import STATUSES, JudgedFamily
from optimizer.verify.report import Report
from optimizer.verify.sheet import Sheet, read_sheet

MOST_LISTED = 1_000_000
_TEXTS = ("rule", "group", "measure", "sense", "status")
_NAMES = len(("rule", "group"))

Prices = dict[str, dict[int, Fraction]]
"""Rule (or `pool:NAME`) -> place of the limit -> its price in the leaf with the largest bound."""

Row = tuple[str, ...]


def prices_of(leaf: Leaf | None) -> Prices:
    """Return the prices of a leaf, by limit; `report` rules are never among them."""
    prices: Prices = {}
    for priced in leaf.prices if leaf else ():
        prices.setdefault(priced.family.name, {})[priced.group] = priced.price
    return prices


def check_limits(report: Report, folder: Path, judged: Sequence[JudgedFamily], prices: Prices) -> None:
    """Compare the file with the rows that it must hold."""
    sheet = read_sheet(report, folder, "limits", LIMIT_COLUMNS, _TEXTS)
    if sheet is None:
        raise report.stop("PLN-02", "limits.csv")
    expected = expected_limits(judged, prices)
    is_same = len(sheet) == len(expected[0])
    for column in range(_NAMES):
        is_same = is_same and not _differing(sheet, column, expected[column])
    if is_same:
        _check_columns(report, sheet, expected)
        return
    wanted = list(zip(*(column.to_pylist() for column in expected), strict=True))
    actual = list(zip(*(sheet.texts(c).to_pylist() for c in range(len(LIMIT_COLUMNS))), strict=True))
    _check_rows(report, sheet, actual, wanted)
    _check_figures(report, sheet, actual, wanted)


def _differing(sheet: Sheet, column: int, expected: pa.Array) -> bool:
    """Whether a column of names differs anywhere, to the letter."""
    return not sheet.texts(column).combine_chunks().equals(expected)


def expected_limits(judged: Sequence[JudgedFamily], prices: Prices) -> list[pa.Array]:
    """Return the columns that the file must hold: over a million limits, without those that are met."""
    is_long = sum(map(len, judged)) > MOST_LISTED
    parts = [_columns(family, prices.get(family.family.name, {}), is_long) for family in judged]
    return [pa.concat_arrays(columns) for columns in zip(*parts, strict=True)]


def _columns(judged: JudgedFamily, prices: dict[int, Fraction], is_long: bool) -> list[pa.Array]:
    rule = judged.family.rule
    statuses = judged.statuses(prices)
    places = np.flatnonzero(statuses) if is_long else np.arange(len(judged))
    price_texts, price_codes = ["0"], np.zeros(len(judged), np.int64)
    for place, price in prices.items():
        price_codes[place] = len(price_texts)
        price_texts.append(exact_text(price))
    return [
        _same(judged.family.name, len(places)),
        judged.family.limit_texts.written(places),
        _same(rule.measure.text, len(places)),
        _same(rule.sense, len(places)),
        judged.written(judged.limit, places, False),
        judged.written(judged.used, places, True),
        judged.written(judged.slack, places, False),
        pa.array(STATUSES, pa.string()).take(pa.array(statuses[places])),
        pa.array(price_texts, pa.string()).take(pa.array(price_codes[places])),
    ]


def _same(text: str, size: int) -> pa.Array:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(size, np.int64)))


def _check_columns(report: Report, sheet: Sheet, expected: list[pa.Array]) -> None:
    """Compare figures where all rows stand for the limits that they must."""
    wrong = [
        (row, column)
        for column in range(_NAMES, len(LIMIT_COLUMNS))
        for row in sheet.differing(column, expected[column])
    ]
    for row, column in sorted(wrong):
        text, figure = sheet.text(row, column), str(expected[column][row].as_py())
        report.add("VER-14", sheet.file, row + 2, LIMIT_COLUMNS[column], text, expected=figure)


def _check_rows(report: Report, sheet: Sheet, actual: list[Row], expected: list[Row]) -> None:
    """Say which rows are missing, which are too many, and if neither, where the order goes wrong."""
    wanted, seen = Counter(row[:2] for row in expected), Counter(row[:2] for row in actual)
    for rule, group in wanted - seen:
        report.add("VER-11", sheet.file, value=group, rule=rule)
    left = wanted.copy()
    for number, row in enumerate(actual, 2):
        left[row[:2]] -= 1
        if left[row[:2]] < 0:
            report.add("VER-12", sheet.file, number, value=row[1], rule=row[0])
    if wanted == seen:
        number = next(n for n, (a, e) in enumerate(zip(actual, expected, strict=True), 2) if a[:2] != e[:2])
        report.add("VER-13", sheet.file, number, value=actual[number - 2][1], rule=actual[number - 2][0])


def _check_figures(report: Report, sheet: Sheet, actual: list[Row], expected: list[Row]) -> None:
    rows = {row[:2]: row for row in expected}
    for number, row in enumerate(actual, 2):
        wanted = rows.get(row[:2])
        if wanted is None or row == wanted:
            continue
        for column, text, figure in zip(LIMIT_COLUMNS, row, wanted, strict=True):
            if not sheet.is_same(text, figure):
                report.add("VER-14", sheet.file, number, column, text, expected=figure)
