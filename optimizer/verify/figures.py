"""Columns of exact figures as texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from optimizer.verify.arrays import Ints
from optimizer.verify.decimals import short_text, units_text

_MOST_DIGITS = 6  # beyond, arrow writes small decimals with an exponent


def units_texts(units: Ints, digits: int, is_short: bool) -> pa.Array:
    """Write integers of 10^-digits with exactly `digits` decimals, or without trailing zeros if short."""
    if units.dtype != np.int64 or digits > _MOST_DIGITS:
        write = short_text if is_short else units_text
        return pa.array([write(unit, digits) for unit in units.tolist()], pa.string())
    if not digits:
        return pa.array(units).cast(pa.string())
    words = np.empty((len(units), 2), np.int64)
    words[:, 0], words[:, 1] = units, units >> 63
    decimals = pa.Array.from_buffers(pa.decimal128(38, digits), len(units), [None, pa.py_buffer(words)])
    texts = decimals.cast(pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), ".") if is_short else texts
