"""Which cells a rule sees, and how they fall into groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import numpy as np

from optimizer.verify.arrays import Codes, Flags
from optimizer.verify.decimals import loose
from optimizer.verify.groups import GroupTexts, Named
from optimizer.verify.instance import Instance
from optimizer.verify.rule import Column, column_of
from optimizer.verify.table import number_of
from optimizer.verify.texts import clean, folded, moment, operator_of, split, truth, unquoted


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
    return instance.tables[column.key].words(column.attribute)


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


def grouped(instance: Instance, cells: Codes, by: tuple[Column, ...]) -> tuple[Codes, GroupTexts]:
    """Return the group of every cell given, and the groups' texts, in code-point order."""
    if not by:
        return np.broadcast_to(np.zeros(1, np.int32), len(cells)), GroupTexts(1, (), ())
    is_whole = len(cells) == len(instance.cells)
    codes: Codes | None = None
    parts: list[Codes] = []
    size = 1
    columns = [(column, *_distinct(instance, column)) for column in by]
    for column, distinct, lookup in columns:
        own = instance.cells.codes[column.key]
        part = own if is_whole else own[cells]
        part = part if lookup is None else lookup[part]
        # Renumbered after every column, so that no product overflows.
        codes = part if codes is None else codes.astype(np.int64) * len(distinct) + part
        used, codes = _renumbered(codes, size * len(distinct))
        parts = [before[used // len(distinct)] for before in parts] + [used % len(distinct)]
        size = len(used)
    assert codes is not None
    named = tuple(
        Named(column.label, distinct, part)
        for (column, distinct, _), part in zip(columns, parts, strict=True)
    )
    return codes, GroupTexts(size, named, ())


def _distinct(instance: Instance, column: Column) -> tuple[Sequence[str], Codes | None]:
    """Return a column's distinct texts, sorted, and the place of each text of its key (None: its own)."""
    texts = texts_of(instance, column)
    if not column.attribute:
        return texts, None
    distinct = sorted(dict.fromkeys(texts))
    place = {text: code for code, text in enumerate(distinct)}
    return distinct, np.array([place[text] for text in texts], np.int32)


def _renumbered(codes: Codes, size: int) -> tuple[Codes, Codes]:
    """Return the codes that occur, sorted, and every row's place among them."""
    if size > 4 * len(codes) + 1024:
        used, place = np.unique(codes, return_inverse=True)
        return used, place
    used = np.flatnonzero(np.bincount(codes, minlength=size))
    if len(used) == size:
        return used, codes
    lookup = np.zeros(size, np.int32)
    lookup[used] = np.arange(len(used), dtype=np.int32)
    return used, lookup[codes]
