"""Scopes and groups: which cells a rule sees, and how `by` divides them."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.instance import Instance, Int32
from models.problem import Groups
from models.rule import Column, Condition
from models.scope import canonical, matches

Bools = NDArray[np.bool_]


def attribute_texts(instance: Instance, column: Column) -> tuple[str, ...]:
    """Return the column's text for each key of its dimension (`instance.options.keys[column.key].texts`)."""
    keys = instance.options.keys[column.key].texts
    if not column.attribute:
        return keys
    table = instance.tables[_TABLES[column.key]]
    texts = dict(zip(table.keys, table.columns[column.attribute], strict=True))
    return tuple(canonical(texts.get(key, "")) for key in keys)


def cells_in_scope(instance: Instance, cell_keys: Int32, where: Sequence[Condition]) -> Bools:
    """Return which cells satisfy every condition; shape (cells,)."""
    timezone = ZoneInfo(instance.settings.timezone)
    in_scope = np.ones(len(cell_keys), bool)
    for condition in where:
        texts = attribute_texts(instance, condition.column)
        satisfied = np.asarray(matches(condition, texts, timezone), bool)
        in_scope &= satisfied[cell_keys[:, _position(instance, condition.column)]]
    return in_scope


def group_cells(instance: Instance, cell_keys: Int32, columns: Sequence[Column], in_scope: Bools) -> Groups:
    """Divide the cells in scope by the texts of `columns`; no columns: one group, even of no cells."""
    cells = np.flatnonzero(in_scope)
    texts: list[tuple[str, ...]] = []
    codes = np.empty((len(cells), len(columns)), np.int32)
    for position, column in enumerate(columns):
        of_key = attribute_texts(instance, column)
        distinct = tuple(sorted(set(of_key)))
        code_of = {text: code for code, text in enumerate(distinct)}
        code_of_key = np.array([code_of[text] for text in of_key], np.int32)
        codes[:, position] = code_of_key[cell_keys[cells, _position(instance, column)]]
        texts.append(distinct)
    first, group = _distinct_rows(codes)
    of_cell = np.full(len(cell_keys), -1, np.int32)
    of_cell[cells] = group
    of_group = codes[first] if columns else np.empty((1, 0), np.int32)
    return Groups(tuple(columns), of_cell, of_group, tuple(texts))


def _distinct_rows(codes: Int32) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of each distinct combination, in their order, and each row's combination."""
    group = np.zeros(len(codes), np.int64)
    for position in range(codes.shape[1]):
        # Ranks are compressed after each column, so the product of two counts cannot overflow.
        _, group = np.unique(
            group * (int(codes[:, position].max(initial=0)) + 1) + codes[:, position], return_inverse=True
        )
    _, first, group = np.unique(group, return_index=True, return_inverse=True)
    return first, group


def _position(instance: Instance, column: Column) -> int:
    return list(instance.options.keys).index(column.key)


_TABLES = {"merchant": "merchants", "category": "categories", "slot": "slots", "segment": "segments"}
