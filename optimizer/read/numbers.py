"""A column of numbers, however it was read -> exact integers, with a finding for every cell that is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.amount import MAX_UNITS, VALUE_DIGITS
from models.instance import Int64
from optimizer.read import number_text
from optimizer.read.columns import Columns, written
from optimizer.read.findings import MOST_OF_A_CODE, Findings
from optimizer.read.number_findings import report_text

_PLAIN_CELL = r"^-?(?:[0-9]{1,%d}\.?[0-9]{0,%d}|\.[0-9]{1,%d})$"


def amounts(columns: Columns, name: str, decimals: int, findings: Findings) -> Int64:
    """Return a column of money or the like in smallest units; cells with a finding are 0."""
    return _read(columns, name, decimals, findings, is_amount=True)


def values(columns: Columns, name: str, findings: Findings) -> Int64:
    """Return a column of values as integers of 1e-6; cells with a finding are 0."""
    return _read(columns, name, VALUE_DIGITS, findings, is_amount=False)


def report_negative(columns: Columns, name: str, units: Int64, code: str, findings: Findings) -> None:
    """Make a finding `code` of every number below zero."""
    found = np.flatnonzero(units < 0)
    for index in found[:MOST_OF_A_CODE]:
        findings.add(code, columns.file, columns.row(index), columns.header(name), columns.text(name, index))
    findings.count(code, columns.file, max(0, len(found) - MOST_OF_A_CODE))


def _read(columns: Columns, name: str, digits: int, findings: Findings, *, is_amount: bool) -> Int64:
    array = columns.arrays[name]
    units, is_read = _quick(array, digits)
    read_one = number_text.amount if is_amount else lambda text, __: number_text.value(text)
    for index in np.flatnonzero(~is_read):
        text = written_exactly(array[int(index)].as_py())
        units[index], code = read_one(text, digits)
        if code:
            report_text(code, columns.file, columns.row(index), columns.header(name), text, digits, findings)
    return units


def written_exactly(cell: object) -> str:
    """Return a cell's text: NaN by its name, a float by its shortest text."""
    if isinstance(cell, float):
        return repr(cell) if not cell.is_integer() else str(int(cell))
    return written(cell)


def _quick(array: Any, digits: int) -> tuple[Int64, Any]:  # noqa: ANN401 - pyarrow has no types
    """Return the integers of the cells that are plain, and which those are; nothing is judged here."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.decimal128(38, array.type.scale)) if array.type.bit_width != 128 else array
        return _of_decimals(array, digits)
    if pa.types.is_integer(array.type):
        return _of_integers(array, digits)
    if pa.types.is_floating(array.type):
        return _of_floats(np.asarray(array.cast(pa.float64())), digits)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return _of_texts(array, digits)
    return np.zeros(len(array), np.int64), np.zeros(len(array), np.bool_)


def _of_texts(array: Any, digits: int) -> tuple[Int64, Any]:  # noqa: ANN401
    trimmed = pc.ascii_trim_whitespace(array)
    plain = pc.match_substring_regex(trimmed, _PLAIN_CELL % (15, digits, digits or 1))
    is_plain = np.asarray(pc.fill_null(plain, False)).copy()  # noqa: FBT003
    kept = trimmed if is_plain.all() else pc.if_else(plain, trimmed, "0")
    units, is_read = _of_decimals(kept.cast(pa.decimal128(max(16, 15 + digits), digits)), digits)
    return units, is_read & is_plain


def _of_integers(array: Any, digits: int) -> tuple[Int64, Any]:  # noqa: ANN401
    present = np.asarray(array.is_valid())
    filled = np.asarray(pc.fill_null(array, 0))
    is_read = present & (filled <= MAX_UNITS // 10**digits) & (filled >= -(MAX_UNITS // 10**digits))
    return np.where(is_read, filled, 0).astype(np.int64) * 10**digits, is_read


def _of_floats(array: Any, digits: int) -> tuple[Int64, Any]:  # noqa: ANN401
    """Take the floats that are the ones nearest to a number of at most `digits` decimals."""
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(array * 10.0**digits)
        is_read = (np.abs(units) <= MAX_UNITS) & (units / 10.0**digits == array)
    return np.where(is_read, units, 0).astype(np.int64), is_read


def _of_decimals(array: Any, digits: int) -> tuple[Int64, Any]:  # noqa: ANN401
    scale = array.type.scale
    if not 0 <= scale <= digits:  # one by one: a Parquet file may hold more decimals than its numbers need
        return np.zeros(len(array), np.int64), np.zeros(len(array), np.bool_)
    parts = [_low_words(chunk) for chunk in array.chunks] or [np.empty((0, 2), np.int64)]
    words = np.concatenate(parts)
    low, high = words[:, 0], words[:, 1]
    factor = 10 ** (digits - scale)
    most = MAX_UNITS // factor
    is_read = (high == low >> 63) & (low <= most) & (low >= -most) & np.asarray(array.is_valid())
    return np.where(is_read, low, 0) * factor, is_read


def _low_words(chunk: Any) -> Int64:  # noqa: ANN401
    """Return the (low, high) 64-bit words of a decimal128 array, shape (n, 2)."""
    if not len(chunk):
        return np.empty((0, 2), np.int64)
    words = np.frombuffer(chunk.buffers()[1], np.int64)
    return words[2 * chunk.offset : 2 * (chunk.offset + len(chunk))].reshape(-1, 2)
