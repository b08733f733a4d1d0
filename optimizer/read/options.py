"""`options.csv` -> options: keys, costs, values, in the order in which everything later works."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.headers import CHINESE_WORDS, EVERY_KEY, KEYS, NO_OPTION
from models.instance import Int64, KeyColumn, Options, Pool
from optimizer.read import number_text
from optimizer.read.columns import Columns
from optimizer.read.findings import MOST_OF_A_CODE, Findings
from optimizer.read.keys import key_column, report_keys
from optimizer.read.layout import Layout
from optimizer.read.numbers import amounts, report_negative, unread, values
from optimizer.read.suggest import hint

_THREADS = 2
_OWN = ("merchant", "category", "slot", "option", "conversions")
_NO_NUMBER = "NUM-02"
_NOTHING = ("NUM-01", "NUM-05")
_OPTIONAL = ("segment", "conversions_se")
_RESERVED = frozenset(
    (
        "cell",
        "cells",
        "merchants",
        "all",
        "none",
        "total",
        "pool",
        "absolute",
        "per_merchant",
        "eligible",
        "fraction",
    )
)


def layout(pools: Sequence[Pool]) -> Layout:
    """Return the columns that `options.csv` has with these pools."""
    names = tuple(pool.name for pool in pools)
    words = (*_OWN, *_OPTIONAL, *names)
    return Layout(
        known=(*words, "note"),
        required=_OWN,
        is_open=True,
        similar=words,
        reserved=_RESERVED,
        decimals={pool.name: pool.decimals for pool in pools},
        texts=(*KEYS, "option", "note"),
    )


def read_options(columns: Columns, pools: Sequence[Pool], findings: Findings) -> Options | None:
    """Return the options, sorted; None if a key column is missing (then nothing can be said of cells).

    Where a cell has a finding its number is 0. Not checked: what rules, pins and settings ask of options.
    """
    if not len(columns.rows):
        findings.add_if_sound("TAB-01", columns.file)
    costs = _costs(columns, pools, findings)
    value_columns = _values(columns, pools, findings)
    keys = {name: key_column(columns, name) for name in (*KEYS, "option") if name in columns.arrays}
    for name, key in keys.items():
        report_keys(columns, name, key, findings)
    if not {*_OWN[:4]} <= keys.keys():
        return None
    _report_words(columns, keys["option"], findings)
    if all(pool.is_unused or pool.name in columns.arrays for pool in pools):
        _report_free(
            columns, keys["option"], costs, findings
        )  # else all would cost nothing, for want of a column
    taken = {*keys, *costs, *value_columns, "conversions"}
    texts = {name: columns.texts(name) for name in columns.arrays if name not in taken}
    order, is_repeated = _order(list(keys.values()))
    options = _sorted(Options(keys, keys["option"], costs, value_columns, texts, columns.rows), order)
    _report_twice(columns, options, is_repeated, findings)
    return options


def _costs(columns: Columns, pools: Sequence[Pool], findings: Findings) -> dict[str, Int64]:
    costs: dict[str, Int64] = {}
    spare = [name for name in columns.arrays if name not in (*_OWN, *_OPTIONAL)]
    for pool in pools:
        is_there = pool.name in columns.arrays
        if is_there and pool.is_unused:
            findings.add("POO-08", columns.file, 1, columns.header(pool.name), pool=pool.name)
        if not is_there and not pool.is_unused:
            findings.add("OPT-02", columns.file, 1, pool.name, pool=pool.name, hint=hint(pool.name, spare))
        if is_there and not pool.is_unused:
            units = amounts(columns, pool.name, pool.decimals, findings)
            if report_negative(columns, pool.name, units, "OPT-03", findings):
                units = np.maximum(units, 0)
            costs[pool.name] = units
        else:
            costs[pool.name] = np.zeros(len(columns.rows), np.int64)
    return costs


def _values(columns: Columns, pools: Sequence[Pool], findings: Findings) -> dict[str, Int64]:
    taken = {*KEYS, "option", "note", "conversions", *(pool.name for pool in pools)}
    further = sorted(name for name in columns.arrays if name not in taken)
    names = [
        name
        for name in ("conversions", *further)
        if name in columns.arrays and _is_value(columns, name, findings)
    ]
    read = {name: values(columns, name, findings) for name in names}
    for name, units in read.items():
        report_negative(columns, name, units, "OPT-04", findings)
    return read


def _is_value(columns: Columns, name: str, findings: Findings) -> bool:
    """Whether a column holds numbers: in all cells, or (others are findings then) in most of those not blank.

    Numbers written wrongly count as numbers; `x_...` is text as soon as one cell is no number.
    """
    if name in ("conversions", "conversions_se") or name in columns.units:
        return True
    kind = columns.arrays[name].type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)):
        return True
    rest = unread(columns, name).tolist()
    codes = [number_text.value(columns.text(name, index))[1] for index in rest]
    if name.startswith("x_"):
        return not any(codes)
    texts = [index for index, code in zip(rest, codes, strict=True) if code == _NO_NUMBER]
    numbers = len(columns.rows) - len(texts) - sum(code in _NOTHING for code in codes)
    if numbers and numbers <= len(texts):
        index = texts[0]
        text = columns.text(name, index)
        findings.add("OPT-07", columns.file, columns.row(index), columns.header(name), text, numbers=numbers)
    return numbers > len(texts)


def _report_words(columns: Columns, option: KeyColumn, findings: Findings) -> None:
    for code, text in enumerate(option.texts):
        if text != EVERY_KEY and CHINESE_WORDS.get(text, text) == NO_OPTION:
            index = int(np.flatnonzero(option.codes == code)[0])
            findings.add("OPT-06", columns.file, columns.row(index), columns.header("option"), text)


def _report_free(columns: Columns, option: KeyColumn, costs: dict[str, Int64], findings: Findings) -> None:
    if not costs:
        return
    found = np.flatnonzero(~np.logical_or.reduce([units != 0 for units in costs.values()]))
    if len(found):  # a cell with a finding is zero for want of a number
        found = found[~np.isin(columns.rows[found], findings.rows_with_error(columns.file))]
    if findings.has_more_errors(columns.file):
        return
    for index in found[:MOST_OF_A_CODE]:
        text = option.texts[option.codes[index]]
        findings.add("OPT-05", columns.file, columns.row(index), columns.header("option"), text)
    findings.count("OPT-05", columns.file, max(0, len(found) - MOST_OF_A_CODE))


def _order(keys: Sequence[KeyColumn]) -> tuple[Int64 | None, NDArray[np.bool_]]:
    """Return the order that sorts rows by their keys (None if they are), and which then equal the next."""
    if math.prod(max(1, len(key.texts)) for key in keys) > np.iinfo(np.int64).max:
        order = np.lexsort([key.codes for key in reversed(keys)])
        same = [key.codes[order][1:] == key.codes[order][:-1] for key in keys]
        return order, np.logical_and.reduce(same)
    codes = np.zeros(len(keys[0].codes), np.int64)
    for key in keys:
        codes *= max(1, len(key.texts))
        codes += key.codes
    steps = codes[1:] > codes[:-1]
    if steps.all():
        return None, ~steps
    order = np.argsort(codes, kind="stable")
    codes = codes[order]
    return order, codes[1:] == codes[:-1]


def _sorted(options: Options, order: Int64 | None) -> Options:
    keys = {name: key for name, key in options.keys.items() if name != "option"}
    if order is None:
        return Options(keys, options.option, options.costs, options.values, options.texts, options.rows)
    with ThreadPoolExecutor(_THREADS) as threads:
        codes = [key.codes for key in (*keys.values(), options.option)]
        arrays = [*codes, *options.costs.values(), *options.values.values()]
        moved = threads.map(lambda array: array.take(order), arrays)
        return Options(
            keys={name: KeyColumn(key.texts, next(moved)) for name, key in keys.items()},
            option=KeyColumn(options.option.texts, next(moved)),
            costs={name: next(moved) for name in options.costs},
            values={name: next(moved) for name in options.values},
            texts={name: tuple([texts[i] for i in order.tolist()]) for name, texts in options.texts.items()},
            rows=options.rows.take(order),
        )


def _report_twice(
    columns: Columns, options: Options, is_repeated: NDArray[np.bool_], findings: Findings
) -> None:
    found = np.flatnonzero(is_repeated)
    for index in found[:MOST_OF_A_CODE]:
        text = options.option.texts[options.option.codes[index]]
        rows = sorted(options.rows[index : index + 2].tolist())
        findings.add("OPT-01", columns.file, rows[1], columns.header("option"), text, other=rows[0])
    findings.count("OPT-01", columns.file, max(0, len(found) - MOST_OF_A_CODE))
