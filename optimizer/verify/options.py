"""`options.csv` -> cells and options, sorted, as exact arrays."""

from __future__ import annotations

import numpy as np

from models.headers import KEYS
from models.language import _
from optimizer.verify.arrays import Codes, Flags, Ints
from optimizer.verify.decimals import VALUE_DIGITS
from optimizer.verify.instance import Cells, Options, Pool
from optimizer.verify.large import Coded, LargeTable, OddError, read_delimited, read_parquet
from optimizer.verify.table import Table, read_table, units_of

LARGE = 1 << 20
"""Files of more bytes are read column by column, if they are plain."""

_Columns = tuple[dict[str, Coded], dict[str, Ints], dict[str, Ints]]
"""Coded keys and option names, costs, values, row by row."""


def read_options(file: str, data: bytes, pools: tuple[Pool, ...]) -> tuple[Cells, Options]:
    """Return the cells and options of the bytes of a file of this name.

    Raises
    ------
    ValueError
        If they hold no such table.
    """
    columns = _quickly(file, data, pools) if len(data) > LARGE else None
    if columns is None:
        try:
            table = read_table(file, data)
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from error
        columns = _patiently(table, pools)
    coded, costs, values = columns
    names, name_codes = coded.pop("option")
    codes = {key: own for key, (_texts, own) in coded.items()}
    texts = {key: own for key, (own, _codes) in coded.items()}
    order = _order([*codes.values(), name_codes], [len(own) for own in (*texts.values(), names)])
    if order is not None:
        codes = {key: own[order] for key, own in codes.items()}
        name_codes = name_codes[order]
        costs = {name: units[order] for name, units in costs.items()}
        values = {name: units[order] for name, units in values.items()}
    is_first = np.ones(len(name_codes), np.bool_)
    is_first[1:] = np.logical_or.reduce([own[1:] != own[:-1] for own in codes.values()])
    if bool(((name_codes[1:] == name_codes[:-1]) & ~is_first[1:]).any()):
        raise ValueError(_("options: an option stands twice"))
    firsts = np.flatnonzero(is_first)
    cells = Cells(texts, {key: own[firsts] for key, own in codes.items()})
    starts = np.append(firsts, len(name_codes))
    return cells, Options(starts, names, name_codes, costs, values)


def _order(columns: list[Codes], sizes: list[int]) -> Codes | None:
    """Return the order by several columns of codes, the first above all; None where rows rise already."""
    is_rising: Flags = np.zeros(max(0, len(columns[0]) - 1), np.bool_)
    for codes in reversed(columns):
        is_rising = (codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & is_rising)
    if bool(is_rising.all()):
        return None
    if np.prod([float(size) for size in sizes]) >= 2.0**62:
        return np.lexsort(columns[::-1])
    key = np.zeros(len(columns[0]), np.int64)
    for codes, size in zip(columns, sizes, strict=True):
        key *= size
        key += codes
    return np.argsort(key, kind="stable")


def _quickly(file: str, data: bytes, pools: tuple[Pool, ...]) -> _Columns | None:
    """Return the columns of a plain table, or None if there is anything odd about it."""
    known = [pool.name for pool in pools]
    try:
        table = _large(
            file, data, {pool.name: pool.decimals for pool in pools} | {"conversions": VALUE_DIGITS}
        )
        keys = [key for key in KEYS if key in table.names]
        others = sorted(set(table.names) - {*known, *keys, "option", "conversions"})
        needed = {*KEYS[:3], "option", "conversions", *(pool.name for pool in pools if not pool.is_unused)}
        if not needed <= set(table.names):
            return None
        coded = table.coded([*keys, "option"])
        digits = {pool.name: (pool.decimals, False) for pool in pools if pool.name in table.names}
        units = table.units(digits | {"conversions": (VALUE_DIGITS, True)})
        values = {"conversions": units["conversions"]} | table.values(others, VALUE_DIGITS)
    except OddError:
        return None
    costs = {name: units[name] if name in units else np.zeros(table.num_rows, np.int64) for name in known}
    return coded, costs, values


def _large(file: str, data: bytes, amounts: dict[str, int]) -> LargeTable:
    keys = (*KEYS, "option")
    return read_parquet(data, keys) if file.endswith(".parquet") else read_delimited(data, amounts, keys)


def _patiently(table: Table, pools: tuple[Pool, ...]) -> _Columns:
    keys = [key for key in KEYS if key in table.columns]
    if missing := {*KEYS[:3], "option", "conversions"} - set(table.columns):
        raise ValueError(f"options: {min(missing)}")
    coded = {key: table.coded(key) for key in (*keys, "option")}
    return coded, *_amounts(table, pools, keys)


def _amounts(
    table: Table, pools: tuple[Pool, ...], keys: list[str]
) -> tuple[dict[str, Ints], dict[str, Ints]]:
    costs: dict[str, Ints] = {}
    for pool in pools:
        zero = np.zeros(table.num_rows, np.int64)
        units = (
            units_of(table.columns[pool.name], pool.decimals, False) if pool.name in table.columns else None
        )
        if units is None and not (pool.is_unused and pool.name not in table.columns):
            raise ValueError(f"options: {pool.name}")
        costs[pool.name] = zero if units is None else units
    values: dict[str, Ints] = {}
    others = sorted(set(table.columns) - set(costs) - {*keys, "option", "conversions"})
    for name in ("conversions", *others):
        units = units_of(table.columns[name], VALUE_DIGITS, True)
        if units is not None:
            values[name] = units
        elif name == "conversions":
            raise ValueError("options: conversions")
    return costs, values
