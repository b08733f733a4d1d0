"""`where` -> conditions: names resolved, values checked against the texts that they are compared with."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from models.finding import finding
from models.rule import Column, Condition
from models.scope import canonical, is_number, time
from optimizer.read.rules_context import TABLE_OF, RuleContext
from optimizer.read.rules_report import RuleReport
from optimizer.read.rules_text import did_you_mean, fold
from optimizer.read.scope_columns import read_column
from optimizer.read.scope_grammar import Comparison, GrammarError, comparisons

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


def read_where(text: str, report: RuleReport, context: RuleContext) -> tuple[Condition, ...]:
    """Return the conditions of a scope in their order; those that cannot be read become findings."""
    conditions = []
    for written in comparisons(text):
        if isinstance(written, GrammarError):
            report.add("RUL-15", "where", text, part=written.part)
        elif condition := _read_condition(written, report, context):
            conditions.append(condition)
    return tuple(conditions)


def _read_condition(written: Comparison, report: RuleReport, context: RuleContext) -> Condition | None:
    column = read_column(written.name, "where", report, context)
    if "" in written.values:
        report.add("RUL-16", "where", written.text, part=written.text)
        return None
    if column is None:
        return None
    operator = cast("Operator", written.operator)
    if operator in ("=", "!="):
        values = tuple(_value(value, column, report, context) for value in written.values)
    else:
        values = tuple(fold(value) for value in written.values)
        _check_order(written, column, report, context)
    return Condition(column=column, operator=operator, values=values)


def _value(value: str, column: Column, report: RuleReport, context: RuleContext) -> str:
    # The tables may write 食品（生鲜） with full-width signs too: a text goes before its folded form.
    known = context.known(column)
    for form in (value, fold(value)):
        if (canonical(form) if column.attribute else form) in known:
            return form
    if context.is_complete:
        report.add("RUL-20", "where", value, name=column.label, hint=did_you_mean(fold(value), known))
    return fold(value)


def _check_order(written: Comparison, column: Column, report: RuleReport, context: RuleContext) -> None:
    if len(written.values) > 1:
        report.add("RUL-17", "where", written.text, part=written.text)
        return
    limit = fold(written.values[0])
    coded = context.coded(column)
    is_filled = np.array([text != "" for text in coded.texts], np.bool_)
    is_text = is_filled & ~_readable(limit, column, context)
    if not (is_number(limit) or time(limit, context.timezone)) or 0 < is_filled.sum() == is_text.sum():
        report.add("RUL-18", "where", written.text, part=written.text)
        return
    table = TABLE_OF[column.key]
    for i in np.flatnonzero(is_text[coded.codes]):
        key, text = context.keys[column.key].texts[i], context.texts(column)[i]
        place = (context.file(table), context.row(table, key), column.attribute)
        file, row, name = place if column.attribute else ("options.csv", None, column.key)
        report.findings.append(finding("RUL-19", file, row, name, text, limit=limit, rule=report.rule))


def _readable(limit: str, column: Column, context: RuleContext) -> NDArray[np.bool_]:
    # Which of the column's distinct texts are what the limit is: numbers, else times.
    if is_number(limit):
        return context.numeric(column)
    texts = context.coded(column).texts
    return np.array([time(text, context.timezone) is not None for text in texts], np.bool_)
