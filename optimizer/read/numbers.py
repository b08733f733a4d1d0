"""A column of numbers, however it was read -> exact integers, with a finding for every cell that is none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.amount import MAX_UNITS, VALUE_DIGITS, VALUE_UNIT
from models.instance import Int64
from optimizer.read import number_text
from optimizer.read.columns import Columns, dense, whole_numbers, written
from optimizer.read.findings import MOST_OF_A_CODE, Findings
from optimizer.read.number_findings import facts

_PLAIN_DIGITS = 15
_WORD_DIGITS = 18
_WORDS = 128
_LONG_DIGITS = 20
_LONG_CELL = rf"^-?[0-9]{{1,9}}\.[0-9]{{{VALUE_DIGITS + 1},{_LONG_DIGITS}}}$"
_CLEAR_UNITS = 2.0**40
_CLEAR_OF_HALF = 2.0**-8
_PLAIN_CELL = r"^-?(?:[0-9]{1,%d}(?:\.[0-9]{0,%d})?|\.[0-9]{1,%d})$"
_WHOLE_CELL = r"^-?[0-9]{1,%d}\.?$"


def amounts(columns: Columns, name: str, decimals: int, findings: Findings) -> Int64:
    """Return a column of money or the like in smallest units; cells with a finding are 0."""
    return _read(columns, name, decimals, findings, is_amount=True)


def values(columns: Columns, name: str, findings: Findings) -> Int64:
    """Return a column of values as integers of 1e-6; cells with a finding are 0."""
    return _read(columns, name, VALUE_DIGITS, findings, is_amount=False)


def report_negative(columns: Columns, name: str, units: Int64, code: str, findings: Findings) -> bool:
    """Make a finding `code` of every number below zero; return whether there is any."""
    if not len(units) or units.min() >= 0:
        return False
    found = np.flatnonzero(units < 0)
    for index in found[:MOST_OF_A_CODE]:
        findings.add(code, columns.file, columns.row(index), columns.header(name), columns.text(name, index))
    findings.count(code, columns.file, max(0, len(found) - MOST_OF_A_CODE))
    return True


def plain_units(array: Any, digits: int, *, is_amount: bool) -> Int64 | None:  # noqa: ANN401
    """Return numbers as integers of 10^-digits, or None where any of them has to be looked at by itself."""
    units, rest = _quick(array, digits)
    if not is_amount:
        rest = _round(array, units, rest)
    return None if len(rest) else units


def unread(columns: Columns, name: str) -> Int64:
    """Return the indices of the cells that are not, at first glance, plain numbers."""
    array = dense(columns.arrays[name])
    units, rest = _quick(array, VALUE_DIGITS)
    return _round(array, units, rest)


def _read(columns: Columns, name: str, digits: int, findings: Findings, *, is_amount: bool) -> Int64:
    if name in columns.units:
        return columns.units[name]
    array = dense(columns.arrays[name])
    units, rest = _quick(array, digits)
    if not is_amount:
        rest = _round(array, units, rest)
    for index in rest.tolist():
        cell = array[index].as_py()
        text = written_exactly(cell)
        units[index], code = _amount(cell, digits) if is_amount else number_text.value(text)
        if code and findings.is_full(code, columns.file):
            findings.count(code, columns.file, 1)
        elif code:
            findings.add(
                code,
                columns.file,
                columns.row(index),
                columns.header(name),
                text,
                **facts(code, text, digits),
            )
    return units


def _amount(cell: object, digits: int) -> tuple[int, str]:
    """Read an amount: texts to the letter, a stored decimal by its value, for its column has one scale."""
    text = written_exactly(cell)
    return number_text.amount(text.rstrip("0") if isinstance(cell, Decimal) and "." in text else text, digits)


def _round(array: Any, units: Int64, rest: Int64) -> Int64:  # noqa: ANN401
    """Round, in place, those of the cells `rest` that only have too many digits; return the others."""
    if not len(rest):
        return rest
    cells = array.take(pa.array(rest))
    if pa.types.is_floating(array.type):
        scaled = np.asarray(cells.cast(pa.float64())) * float(VALUE_UNIT)
        with np.errstate(
            invalid="ignore"
        ):  # far from half of a unit, the float and its shortest text round alike
            is_read = (np.abs(scaled) < _CLEAR_UNITS) & (
                np.abs(scaled - np.floor(scaled) - 0.5) > _CLEAR_OF_HALF
            )
        units[rest[is_read]] = np.rint(scaled[is_read]).astype(np.int64)
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        is_read = np.asarray(pc.match_substring_regex(cells, _LONG_CELL).fill_null(False))
        exact = cells.filter(pa.array(is_read)).cast(pa.decimal128(38, _LONG_DIGITS))
        rounded = pc.round(exact, VALUE_DIGITS, "half_to_even").cast(
            pa.decimal128(_WORD_DIGITS, VALUE_DIGITS)
        )
        units[rest[is_read]], __ = _of_decimals(rounded, VALUE_DIGITS)
    else:
        return rest
    return rest[~is_read]


def written_exactly(cell: object) -> str:
    """Return a cell's text: NaN by its name, a float by its shortest text."""
    if isinstance(cell, float):
        return repr(cell) if not cell.is_integer() else str(int(cell))
    return written(cell)


def _quick(array: Any, digits: int) -> tuple[Int64, Int64]:  # noqa: ANN401 - pyarrow has no types
    """Return the integers of the plain cells, and the indices of the others; nothing is judged here."""
    if not len(array):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if pa.types.is_decimal(array.type) and 0 <= array.type.scale <= digits and array.type.bit_width <= _WORDS:
        return _of_decimals(array, digits)
    if pa.types.is_decimal(array.type) and array.type.scale > digits:
        return _of_longer_decimals(array, digits)
    if pa.types.is_integer(array.type):
        return _of_integers(array, digits)
    if pa.types.is_floating(array.type):
        return _of_floats(np.asarray(array.cast(pa.float64())), digits)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return _of_texts(array, digits)
    return np.zeros(len(array), np.int64), np.arange(len(array))


def _of_texts(array: Any, digits: int) -> tuple[Int64, Int64]:  # noqa: ANN401
    trimmed = pc.ascii_trim_whitespace(array)
    cell = _PLAIN_CELL % (_PLAIN_DIGITS, digits, digits) if digits else _WHOLE_CELL % _PLAIN_DIGITS
    plain = pc.match_substring_regex(trimmed, cell).fill_null(False)
    rest = np.flatnonzero(~np.asarray(plain))
    kept = pc.if_else(plain, trimmed, "0") if len(rest) else trimmed
    units, too_large = _of_decimals(kept.cast(pa.decimal128(_PLAIN_DIGITS + digits, digits)), digits)
    return units, np.union1d(rest, too_large)


def _of_integers(array: Any, digits: int) -> tuple[Int64, Int64]:  # noqa: ANN401
    most = MAX_UNITS // 10**digits
    if array.type == pa.int64() and not array.null_count:
        filled = whole_numbers(array)
        if filled.min() >= -most and filled.max() <= most:
            return filled * 10**digits if digits else filled, np.empty(0, np.int64)
    filled = np.asarray(array.fill_null(0))
    is_read = np.asarray(array.is_valid()) & (filled <= most)
    if filled.dtype.kind == "i":
        is_read &= filled >= -most
    return np.where(is_read, filled, 0).astype(np.int64) * 10**digits, np.flatnonzero(~is_read)


def _of_floats(array: Any, digits: int) -> tuple[Int64, Int64]:  # noqa: ANN401
    """Take the floats that are the ones nearest to a number of at most `digits` decimals."""
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(array * 10.0**digits)
        is_read = (np.abs(units) <= MAX_UNITS) & (units / 10.0**digits == array)
    return np.where(is_read, units, 0).astype(np.int64), np.flatnonzero(~is_read)


def _of_longer_decimals(array: Any, digits: int) -> tuple[Int64, Int64]:  # noqa: ANN401
    """Take decimals of more than `digits` decimals that are zero there; all of them or none."""
    try:
        shorter = array.cast(pa.decimal128(_WORD_DIGITS, digits))
    except pa.ArrowInvalid:
        return np.zeros(len(array), np.int64), np.arange(len(array))
    return _of_decimals(shorter, digits)


def _of_decimals(array: Any, digits: int) -> tuple[Int64, Int64]:  # noqa: ANN401
    """Take the low words of 128-bit decimals, where they are all there is."""
    if array.type.bit_width != 128 or array.type.precision > _WORD_DIGITS:
        array = array.cast(pa.decimal128(38, array.type.scale))
    factor = 10 ** (digits - array.type.scale)
    words = [
        np.frombuffer(chunk.buffers()[1], np.int64)[2 * chunk.offset :]
        for chunk in array.chunks
        if len(chunk)
    ]
    lengths = [len(chunk) for chunk in array.chunks if len(chunk)]
    low = np.concatenate(
        [part[: 2 * n : 2] for part, n in zip(words, lengths, strict=True)] or [np.empty(0, np.int64)]
    )
    most = MAX_UNITS // factor
    is_small = array.type.precision <= _WORD_DIGITS and not array.null_count
    if is_small and (not len(low) or (low.min() >= -most and low.max() <= most)):
        return low * factor if factor > 1 else low, np.empty(0, np.int64)
    high = np.concatenate([part[1 : 2 * n : 2] for part, n in zip(words, lengths, strict=True)])
    is_read = (high == low >> 63) & (low <= most) & (low >= -most) & np.asarray(array.is_valid())
    return np.where(is_read, low, 0) * factor, np.flatnonzero(~is_read)
