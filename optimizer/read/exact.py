"""Columns of plain numbers -> exact integers by way of floats, wherever a float cannot be wrong.

The float next to a number v, times 10^d, differs from v x 10^d by less than 2^-52 of it. Where that error
is too small to reach the middle between two integers, the next integer is the exact (or the correctly
rounded) one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.amount import VALUE_DIGITS
from models.instance import Int64

_MOST_UNITS = 2.0**49
_ERROR = 2.0**-51
_DASH, _POINT, _NINE = b"-.9"


def exact_units(array: Any, decimals: int | None) -> Int64 | None:  # noqa: ANN401 - pyarrow has no types
    """Return a column as integers, shape (n,), or None where anything asks for a closer look.

    Parameters
    ----------
    array
        Floats as a CSV file states them, or texts.
    decimals
        Of an amount, whose texts may have no more; None: a value, which is rounded, half to even, to 1e-6.
    """
    units = np.empty(len(array), np.int64)
    begin = 0
    for chunk in array.chunks:  # one after the other, so that each stays in the processor's cache
        numbers = _floats(chunk, decimals)
        if numbers is None or not _round(numbers, decimals, units[begin : begin + len(chunk)]):
            return None
        begin += len(chunk)
    return units


def _floats(chunk: Any, decimals: int | None) -> NDArray[np.float64] | None:  # noqa: ANN401
    if not pa.types.is_floating(chunk.type):
        if not _are_plain(chunk, decimals or 0):
            return None
        try:
            chunk = chunk.cast(pa.float64())
        except pa.ArrowInvalid:
            return None
    numbers: NDArray[np.float64] = np.frombuffer(chunk.buffers()[1], np.float64)
    return numbers[chunk.offset : chunk.offset + len(chunk)]


def _are_plain(chunk: Any, decimals: int) -> bool:  # noqa: ANN401
    """Whether no text has a letter or plus sign, or more than `decimals` characters behind a point."""
    _, offsets, data = chunk.buffers()
    ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    if data is None or ends[0] == ends[-1]:
        return not len(chunk)
    characters = np.frombuffer(data, np.uint8)[: ends[-1]]
    if characters[ends[0] :].max() > _NINE or characters[ends[0] :].min() < _DASH:
        return False
    is_point = characters == _POINT
    num_points = np.count_nonzero(is_point[ends[0] :])
    for behind in range(decimals, -1, -1):  # money mostly has all of its decimals: one look will do
        if not num_points:
            return True
        at = ends[1:] - (1 + behind)
        num_points -= np.count_nonzero(is_point[np.maximum(at, 0)] & (at >= ends[:-1]))
    return not num_points


def _round(numbers: NDArray[np.float64], decimals: int | None, units: Int64) -> bool:
    """Fill `units` with the integers next to numbers of zero or more; return whether they are certain."""
    if not len(numbers):
        return True
    factor = 10.0 ** (VALUE_DIGITS if decimals is None else decimals)
    largest = float(numbers.max())
    if not (numbers.min() >= 0 and largest * factor < _MOST_UNITS):  # NaN is neither
        return False
    scaled = numbers * factor
    rounded = np.rint(scaled)
    units[:] = rounded
    scaled -= rounded
    return bool(np.abs(scaled, out=scaled).max() < 0.5 - largest * factor * _ERROR)
