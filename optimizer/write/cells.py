"""Columns of texts in bulk: from codes, and from integers of a smallest unit.

Arrays are made from buffers throughout: `pyarrow.array` would import pandas first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.amount import units_to_short_text, units_to_text
from models.instance import Codes, Int64
from models.rationals import Integers

_DIGITS = 18
_PLAIN_DECIMALS = 6
"""With more, Arrow writes small decimals with an exponent."""


def strings(texts: Sequence[str]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return texts as an array, shape (n,)."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return pa.LargeStringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def coded(texts: Sequence[str], codes: Codes | Int64) -> Any:  # noqa: ANN401
    """Return `texts[code]` for each code, as an array with a dictionary of these texts; shape (n,)."""
    kind = pa.from_numpy_dtype(codes.dtype)
    buffer = pa.py_buffer(np.ascontiguousarray(codes))
    indices = pa.Array.from_buffers(kind, len(codes), [None, buffer])
    return pa.DictionaryArray.from_arrays(indices, strings(texts))


def amounts(units: Integers, decimals: int, *, is_short: bool = False) -> Any:  # noqa: ANN401
    """Return integers of 10^-decimals as decimal texts, exactly; shape (n,).

    Parameters
    ----------
    is_short
        Without trailing zeros; else with exactly `decimals` decimals.
    """
    is_plain = units.dtype != object and decimals <= _PLAIN_DECIMALS
    if not is_plain or (len(units) and max(-int(units.min()), int(units.max())) >= 10**_DIGITS):
        text = units_to_short_text if is_short else units_to_text
        return strings([text(int(one), decimals) for one in units.tolist()])
    words = np.empty(2 * len(units), np.int64)
    words[::2], words[1::2] = units, units >> 63
    kind = pa.decimal128(_DIGITS, decimals)
    texts = pa.Decimal128Array.from_buffers(kind, len(units), [None, pa.py_buffer(words)]).cast(
        pa.large_string()
    )
    if is_short and decimals:
        texts = pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), ".")
    return texts


def joined(parts: Sequence[Any]) -> Any:  # noqa: ANN401
    """Return arrays of texts one after the other, as one."""
    return pa.concat_arrays([plain(part) for part in parts]) if parts else strings([])


def plain(cells: Any) -> Any:  # noqa: ANN401
    """Return texts without their dictionary, if they have one."""
    return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells
