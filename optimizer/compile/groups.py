"""Scopes and groups: which cells a rule sees, and how `by` divides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.instance import Instance, Int32, Int64
from models.problem import Groups
from models.rule import Column, Condition
from models.scope import canonical, matches

Bools = NDArray[np.bool_]

_TABLES = {"merchant": "merchants", "category": "categories", "slot": "slots", "segment": "segments"}


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of the rule language, its distinct texts apart: what holds for a text is asked once.

    Attributes
    ----------
    texts
        Distinct texts as they are compared, sorted by code point.
    of_key
        Index into `texts` for each of `instance.options.keys[column.key].texts`.
    """

    texts: tuple[str, ...]
    of_key: Int32


class Scopes:
    """The cells of one instance as rules see them; every column is coded once."""

    def __init__(self, instance: Instance, cell_keys: Int32) -> None:
        self._instance = instance
        self._keys: dict[str, Int32] = dict(zip(instance.options.keys, cell_keys.T, strict=True))
        self._timezone = ZoneInfo(instance.settings.timezone)
        self._coded: dict[Column, Coded] = {}
        self._groups: dict[tuple[tuple[Condition, ...], tuple[Column, ...]], Groups] = {}
        self._members: dict[int, tuple[Int32, Int32]] = {}
        self.num_cells = len(cell_keys)

    def key_of_cell(self, key: str) -> Int32:
        """Return the index of each cell's text of a key; shape (cells,)."""
        return self._keys[key]

    def coded(self, column: Column) -> Coded:
        """Return the texts of a column, and which of them each key has."""
        if column not in self._coded:
            self._coded[column] = self._code(column)
        return self._coded[column]

    def in_scope(self, where: Sequence[Condition]) -> Bools:
        """Return which cells satisfy every condition; shape (cells,)."""
        found = np.ones(self.num_cells, bool)
        for condition in where:
            coded = self.coded(condition.column)
            satisfied = np.asarray(matches(condition, coded.texts, self._timezone), bool)
            found &= satisfied[coded.of_key][self._keys[condition.column.key]]
        return found

    def groups(self, where: Sequence[Condition], columns: Sequence[Column]) -> Groups:
        """Divide the cells in scope by the texts of `columns`; no columns: one group, even of no cells.

        Rules that divide the same cells alike share their groups, and the arrays of them.
        """
        asked = tuple(where), tuple(columns)
        if asked not in self._groups:
            self._groups[asked] = self._divide(columns, self.in_scope(where))
        return self._groups[asked]

    def members(self, groups: Groups) -> tuple[Int32, Int32]:
        """Return the cells in scope and their groups, sorted by group, then cell; shapes (members,)."""
        if id(groups) not in self._members:  # groups are kept, so the number is theirs
            self._members[id(groups)] = _members(groups)
        return self._members[id(groups)]

    def _divide(self, columns: Sequence[Column], in_scope: Bools) -> Groups:
        cells = np.flatnonzero(in_scope)
        of_cell = np.full(self.num_cells, -1, np.int32)
        if not columns:
            of_cell[cells] = 0
            return Groups((), of_cell, np.empty((1, 0), np.int32), ())
        coded = [self.coded(column) for column in columns]
        group, num_groups = np.zeros(len(cells), np.int64), 1
        codes = []
        for column, one in zip(columns, coded, strict=True):
            codes.append(one.of_key[self._keys[column.key][cells]])
            # Ranks are compressed after each column, so the product of two counts cannot overflow.
            group, num_groups = _ranked(group * len(one.texts) + codes[-1], num_groups * len(one.texts))
        member = np.empty(num_groups, np.int64)
        member[group] = np.arange(len(cells))  # any one will do
        of_cell[cells] = group
        of_group = np.stack([code[member] for code in codes], axis=1)
        return Groups(tuple(columns), of_cell, of_group, tuple(one.texts for one in coded))

    def _code(self, column: Column) -> Coded:
        keys = self._instance.options.keys[column.key].texts
        if not column.attribute:
            return Coded(keys, np.arange(len(keys), dtype=np.int32))
        table = self._instance.tables[_TABLES[column.key]]
        texts: Sequence[str] = table.columns[column.attribute]
        if table.keys != keys:
            known = dict(zip(table.keys, texts, strict=True))
            texts = [known.get(key, "") for key in keys]
        compared = {text: canonical(text) for text in set(texts)}
        distinct = tuple(sorted(set(compared.values())))
        rank = {text: code for code, text in enumerate(distinct)}
        code_of = {text: rank[own] for text, own in compared.items()}
        return Coded(distinct, np.fromiter(map(code_of.__getitem__, texts), np.int32, len(texts)))


def _members(groups: Groups) -> tuple[Int32, Int32]:
    is_everything = not len(groups.of_cell) or int(groups.of_cell.min()) >= 0
    cells = np.arange(len(groups.of_cell), dtype=np.int32)
    sets = groups.of_cell
    if not is_everything:
        cells = cells[sets >= 0]
        sets = sets[cells]
    order = in_order(sets, groups.count)
    if order is None:
        return cells, sets
    counts = np.bincount(sets, minlength=groups.count)
    return cells[order], np.repeat(np.arange(groups.count, dtype=np.int32), counts)


def in_order(sets: NDArray[np.integer], count: int) -> Int64 | None:
    """Return the stable order that sorts numbers below `count`; None where they are sorted already."""
    if bool((sets[1:] >= sets[:-1]).all()):
        return None
    # Sorting 16 bits is a matter of counting.
    return np.argsort(sets.astype(np.uint16) if count <= 1 << 16 else sets, kind="stable")


def _ranked(codes: Int64, count: int) -> tuple[Int64, int]:
    """Rank the numbers below `count` that occur; return the ranks, and how many differ."""
    if count > 4 * len(codes) + 1024:
        distinct, ranks = np.unique(codes, return_inverse=True)
        return ranks, len(distinct)
    occurs = np.zeros(count, np.bool_)
    occurs[codes] = True
    rank = np.cumsum(occurs) - 1
    return rank[codes], int(occurs.sum())
