"""Which cells a rule sees, and how they fall into groups."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import numpy as np

from optimizer.verify.arrays import Codes, Flags
from optimizer.verify.decimals import loose
from optimizer.verify.instance import Instance
from optimizer.verify.rule import Column, column_of
from optimizer.verify.table import number_of
from optimizer.verify.texts import clean, folded, moment, operator_of, quoted, split, truth, unquoted


def in_scope(instance: Instance, where: str) -> Flags:
    """Return which cells satisfy every condition of a scope.

    Raises
    ------
    ValueError
        If a condition cannot be read.
    """
    flags = np.ones(len(instance.cells), np.bool_)
    for part in split(where, ";"):
        if part.strip():
            flags &= _holds(instance, part)
    return flags


def texts_of(instance: Instance, column: Column) -> tuple[str, ...]:
    """Return a column's text for every text of its key; words for true and false are one."""
    if not column.attribute:
        return instance.cells.texts[column.key]
    return tuple(truth(text) for text in instance.tables[column.key].columns[column.attribute])


def _holds(instance: Instance, part: str) -> Flags:
    parts = operator_of(part)
    if parts is None:
        raise ValueError(part)
    column = column_of(instance, unquoted(parts[0])[0])
    raw_values = list(split(parts[2], "|"))
    texts = texts_of(instance, column)
    if parts[1] in ("=", "!="):
        wanted = {text for raw in raw_values for text in unquoted(raw)}
        wanted |= {truth(text) for text in wanted} if column.attribute else set()
        is_equal = [bool(text) and text in wanted for text in texts]
        holds = is_equal if parts[1] == "=" else [not equal for equal in is_equal]
    else:
        bounds = [_magnitude(instance, unquoted(raw)[-1]) for raw in raw_values]
        holds = [bool(text) and any(_lies(instance, text, parts[1], b) for b in bounds) for text in texts]
    return np.array(holds, np.bool_)[instance.cells.codes[column.key]]


def _magnitude(instance: Instance, text: str) -> Fraction | datetime:
    number = number_of(text)
    result = number if number is not None else moment(clean(folded(text)), instance.zone)
    if result is None:
        raise ValueError(text)
    return result


def _lies(instance: Instance, text: str, operator: str, bound: Fraction | datetime) -> bool:
    """Whether a text lies below or above a bound, as the operator asks."""
    if isinstance(bound, Fraction):
        number = loose(text)
        if number is None:
            raise ValueError(text)
        side = (number > bound) - (number < bound)
    else:
        time = moment(text, instance.zone)
        if time is None:
            raise ValueError(text)
        side = (time > bound) - (time < bound)
    return side == (1 if operator[0] == ">" else -1) or (side == 0 and operator.endswith("="))


def grouped(instance: Instance, cells: Codes, by: tuple[Column, ...]) -> tuple[Codes, list[tuple[str, ...]]]:
    """Return the group of every cell given, and the groups' texts, in code-point order."""
    codes: Codes = np.zeros(len(cells), np.int64)
    if not by:
        return codes, [()]
    columns = []
    for column in by:
        texts = texts_of(instance, column)
        distinct = sorted(set(texts))
        place = {text: code for code, text in enumerate(distinct)}
        lookup = np.array([place[text] for text in texts], np.int64)
        columns.append((distinct, lookup[instance.cells.codes[column.key][cells]]))
    for distinct, part in columns:  # renumbered after every column, so that no product overflows
        codes = np.unique(codes * len(distinct) + part, return_inverse=True)[1]
    num_groups = int(codes.max()) + 1 if len(codes) else 0
    first = np.full(num_groups, -1, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, [tuple(distinct[part[row]] for distinct, part in columns) for row in first]


def group_text(by: tuple[Column, ...], texts: tuple[str, ...]) -> str:
    """Write a group as `limits.csv` does."""
    return ";".join(f"{column.label}={quoted(text)}" for column, text in zip(by, texts, strict=True))
