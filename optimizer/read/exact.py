"""Columns of plain numbers -> exact integers by way of floats, wherever a float cannot be wrong.

The float next to a number v differs from it by at most 2^-53 of v. Its whole part is an integer; its other
part, times 10^d, is off by v x 10^d x 2^-53 and a trifle. Where that is too little to reach the middle
between two integers, the next integer is the exact (or the correctly rounded) one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.instance import Int64

_MOST_UNITS = 2.0**51
_ERROR = 2.0**-53
_DASH, _POINT, _NINE = b"-.9"


def exact_units(array: Any, digits: int) -> Int64 | None:  # noqa: ANN401 - pyarrow has no types
    """Return a column as integers of 10^-digits, shape (n,), or None where anything asks for a closer look.

    Parameters
    ----------
    array
        Texts of at most `digits` decimals; or floats as a CSV file states them, zero or more (of others a
        finding will show the text), which are rounded half to even.
    """
    units = np.empty(len(array), np.int64)
    begin = 0
    for chunk in array.chunks:  # one after the other, so that each stays in the processor's cache
        numbers = _floats(chunk, digits)
        is_text = not pa.types.is_floating(chunk.type)
        if numbers is None or not _round(numbers, digits, units[begin : begin + len(chunk)], is_text=is_text):
            return None
        begin += len(chunk)
    return units


def _floats(chunk: Any, digits: int) -> NDArray[np.float64] | None:  # noqa: ANN401
    if not pa.types.is_floating(chunk.type):
        if not _are_plain(chunk, digits):
            return None
        try:
            chunk = chunk.cast(pa.float64())
        except pa.ArrowInvalid:
            return None
    numbers: NDArray[np.float64] = np.frombuffer(chunk.buffers()[1], np.float64)
    return numbers[chunk.offset : chunk.offset + len(chunk)]


def _are_plain(chunk: Any, digits: int) -> bool:  # noqa: ANN401
    """Whether no text has a letter or plus sign, or more than `digits` characters behind a point."""
    _, offsets, data = chunk.buffers()
    ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    if data is None or ends[0] == ends[-1]:
        return not len(chunk)
    characters = np.frombuffer(data, np.uint8)[: ends[-1]]
    if characters[ends[0] :].max() > _NINE or characters[ends[0] :].min() < _DASH:
        return False
    is_point = characters == _POINT
    num_points = np.count_nonzero(is_point[ends[0] :])
    for behind in range(digits, -1, -1):  # money mostly has all of its decimals: one look will do
        if not num_points:
            return True
        at = ends[1:] - (1 + behind)
        num_points -= np.count_nonzero(is_point[np.maximum(at, 0)] & (at >= ends[:-1]))
    return not num_points


def _round(numbers: NDArray[np.float64], digits: int, units: Int64, *, is_text: bool) -> bool:
    """Fill `units` with the integers next to numbers x 10^digits; return whether they are certain."""
    if not len(numbers):
        return True
    factor = 10.0**digits
    least, most = float(numbers.min()), float(numbers.max())
    if not (least >= (-_MOST_UNITS / factor if is_text else 0.0) and most < _MOST_UNITS / factor):  # or NaN
        return False
    whole = np.floor(numbers)
    part = (numbers - whole) * factor
    rounded = np.rint(part)
    units[:] = whole
    units *= 10**digits
    units += rounded.astype(np.int64)
    if is_text:  # an integer to begin with, and no float is off by half
        return True
    error = (most * _ERROR + 2 * _ERROR) * factor
    part -= rounded
    return bool(np.abs(part, out=part).max() < 0.5 - error)
