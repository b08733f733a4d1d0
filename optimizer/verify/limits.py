"""`limits.csv` against the limits as they are recomputed."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

from models.headers import LIMIT_COLUMNS
from optimizer.verify.decimals import exact_text
from optimizer.verify.judging import Judged
from optimizer.verify.report import Report
from optimizer.verify.sheet import Sheet, read_sheet

MOST_LISTED = 1_000_000
_FREE = Fraction(0)
_TEXTS = ("rule", "group", "measure", "sense", "status")

Prices = dict[tuple[str, str], Fraction]
"""(rule, group) -> price in the leaf with the largest bound."""

Row = tuple[str, ...]


def check_limits(report: Report, folder: Path, judged: list[Judged], prices: Prices) -> int:
    """Compare the file with the recomputed rows; return how many limits it must leave out."""
    sheet = read_sheet(report, folder, "limits", LIMIT_COLUMNS, _TEXTS)
    if sheet is None:
        raise report.stop("PLN-02", "limits.csv")
    expected = [_row(limit, prices) for limit in judged]
    if len(expected) > MOST_LISTED:
        place = LIMIT_COLUMNS.index("status")
        expected = [row for row in expected if row[place] != "met"]
    actual = [tuple(row) for row in sheet.rows]
    if [row[:2] for row in actual] != [row[:2] for row in expected]:
        _check_rows(report, sheet, actual, expected)
    _check_figures(report, sheet, actual, expected)
    return len(judged) - len(expected)


def _row(limit: Judged, prices: Prices) -> Row:
    rule = limit.family.rule
    price = prices.get((limit.family.name, limit.group), _FREE)
    figures = (limit.limit, limit.used, limit.slack, limit.status(price), exact_text(price) if price else "0")
    return (limit.family.name, limit.group, rule.measure.text, rule.sense, *figures)


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
