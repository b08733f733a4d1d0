"""Measures, thresholds and bases: the expressions of a rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, cast

import numpy as np

from models.amount import MAX_UNITS
from models.headers import BASES
from models.rule import Basis, Column, Condition, Measure
from models.scope import is_number, number
from optimizer.read.rules_context import TABLE_OF, RuleContext
from optimizer.read.rules_report import RuleReport
from optimizer.read.rules_text import did_you_mean, fold, header, word
from optimizer.read.scope_cells import keys_in_scope
from optimizer.read.scope_columns import column_names, find_columns, names_like, read_column, use

CELLS, MERCHANTS = "cells", "merchants"
_FEW_CHARACTERS = 16
"""A number of fewer characters is surely below 2^53."""
_COUNT = re.compile(r"(?P<word>[^()]+)\((?P<inside>.*)\)")
_INSIDE = re.compile(r"(?P<name>[^<>=!]+)>=(?P<threshold>[^<>=!]+)")
_PlainBasis = Literal["absolute", "pool", "total", "per_merchant", "eligible"]


def read_measure(text: str, cell: str, report: RuleReport, context: RuleContext) -> Measure | None:
    """Return the measure that a text names in the rule's column `cell`, or add a finding why not."""
    if measure := find_measure(text, context):
        return measure
    count = _COUNT.fullmatch(fold(text))
    if count is None or not _is_merchants(count["word"]):
        if not context.has_every_pool:
            report.is_unsure = True
            return None
        known = (*context.amounts, CELLS, MERCHANTS)
        report.add("RUL-23", cell, text, name=text, hint=did_you_mean(fold(text), known))
        return None
    inside = _INSIDE.fullmatch(count["inside"])
    if inside is None or _counts_merchants(inside["name"], context):
        report.add("RUL-24", cell, text)
        return None
    reaches = read_measure(inside["name"].strip(), cell, report, context)
    threshold = _read_threshold(inside["threshold"].strip(), cell, report, context)
    if reaches is None or threshold is None:
        return None
    written = f"{MERCHANTS}({reaches.text}>={threshold[1]})"
    return Measure(kind="merchants", reaches=reaches, threshold=threshold[0], text=written)


def is_count(text: str) -> bool:
    """Whether a text would count cells or merchants, well written or not; names of amounts come first."""
    count = _COUNT.fullmatch(fold(text))
    return word(text) == CELLS or _is_merchants(count["word"] if count else text)


def find_measure(text: str, context: RuleContext) -> Measure | None:
    """Return the measure that a text names, thresholds apart; None if it names none."""
    named = word(text)
    if named == CELLS:
        return Measure(kind="cells", text=CELLS)
    if _is_merchants(text):
        return Measure(kind="merchants", text=MERCHANTS)
    folded = {fold(name): name for name in context.amounts}
    for name in (text if text in context.amounts else None, folded.get(fold(text)), folded.get(named)):
        if name is not None:
            return Measure(kind="amount", name=name, text=name)
    return None


def read_basis(text: str, report: RuleReport, context: RuleContext) -> Basis | None:
    """Return the basis that a text names, a measure before an attribute of its name, or add a finding."""
    if word(text) in BASES:
        return Basis(kind=cast("_PlainBasis", word(text)))
    if find_measure(text, context) or _COUNT.fullmatch(fold(text)):
        measure = read_measure(text, "basis", report, context)
        return Basis(kind="measure", measure=measure) if measure else None
    found = find_columns(text, context)
    if "." in fold(text) or any(column.attribute for column in found):
        attribute = read_column(text, "basis", report, context)
        if attribute is None or attribute.attribute:
            return Basis(kind="attribute", attribute=attribute) if attribute else None
    if not context.has_every_pool or context.may_be_unread(fold(text), ""):
        report.is_unsure = True
        return None
    known = (*BASES, *context.amounts, CELLS, MERCHANTS, *_attributes(context))
    report.add("RUL-26", "basis", text, hint=did_you_mean(fold(text), known), allowed=", ".join(BASES))
    return None


def check_numbers(
    cell: str,
    column: Column,
    where: Sequence[Condition],
    report: RuleReport,
    context: RuleContext,
    *,
    is_divisor: bool = False,
) -> None:
    """Add a finding where the attribute of a key with cells in scope is no number that can be used.

    One finding a kind of mistake, at the rule's column `cell`: it names the first key and its row.
    """
    if not context.is_complete or column.key not in context.keys:
        return
    table = TABLE_OF[column.key]
    lacking, coded = frozenset(context.lacking(table)), context.coded(column)
    codes = np.array([_number_code(text, is_divisor) for text in coded.texts], object)
    is_wrong = (codes != "")[coded.codes] & keys_in_scope(where, column.key, context)
    by_code: dict[str, list[int]] = {}
    for i in np.flatnonzero(is_wrong).tolist():
        if context.keys[column.key].texts[i] not in lacking:
            by_code.setdefault(codes[coded.codes[i]], []).append(i)
    for code, found in by_code.items():
        key, text = context.keys[column.key].texts[found[0]], context.texts(column)[found[0]]
        facts = {"count": str(len(found)), "table": table, "key": key, "text": text}
        place = {"table_file": context.file(table), "table_row": str(context.row(table, key))}
        report.add(code, cell, column.label, **facts, **place)


def _number_code(text: str, is_divisor: bool) -> str:
    if not is_number(text):
        return "RUL-27"
    if len(text) < _FEW_CHARACTERS and text[0] != "-":  # most are, and there may be millions of them
        return ""
    read = number(text) or Fraction(0)
    if abs(read) > MAX_UNITS:
        return "RUL-29"
    return "RUL-28" if is_divisor and read < 0 else ""


def attributes_of(measure: Measure | None) -> list[Column]:
    """Return the attributes that a measure counts with: its threshold's, if it is one."""
    return [measure.threshold] if measure is not None and isinstance(measure.threshold, Column) else []


def _is_merchants(text: str) -> bool:
    # 商家 is the key elsewhere; where a measure is asked for, it means the merchants.
    folded = fold(text)
    return word(folded) == MERCHANTS or (header(folded) == "merchant" and folded != "merchant")


def _counts_merchants(text: str, context: RuleContext) -> bool:
    measure, count = find_measure(text, context), _COUNT.fullmatch(fold(text))
    return measure.kind == "merchants" if measure else count is not None and _is_merchants(count["word"])


def _read_threshold(
    text: str, cell: str, report: RuleReport, context: RuleContext
) -> tuple[Fraction | Column, str] | None:
    # The threshold, and its text in English words.
    read = number(text)
    if read is not None:
        if abs(read) > MAX_UNITS:
            report.add("RUL-07", cell, text)
        return read, text
    found = [
        column for column in find_columns(text, context) if column.key == "merchant" and column.attribute
    ]
    if not found and context.may_be_unread(text, "merchants"):
        report.is_unsure = True
        return None
    if not found:
        known = names_like(text, context) if "." in text else _attributes(context, "merchant")
        report.add("RUL-25", cell, text, name=text, hint=did_you_mean(text, known))
        return None
    use(found[0], report)
    return found[0], found[0].label


def _attributes(context: RuleContext, key: str | None = None) -> list[str]:
    found = (find_columns(name, context) for name in column_names(context))
    return [c.label for columns in found for c in columns if c.attribute and key in (None, c.key)]
