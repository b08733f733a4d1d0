"""Rows of a file that follow each other must read like the array of their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from models.file_rows import FileRows
from models.instance import code_type


def test_like_the_array():
    """Indices, slices, masks, lists and loops must give what the array gives."""
    rows, array = FileRows(2, 5), np.arange(2, 7)
    assert len(rows) == 5
    assert rows.tolist() == list(rows) == array.tolist()
    assert [rows[i] for i in range(5)] == array.tolist()
    for index in (slice(None), slice(1, 4), slice(-2, None), np.array([4, 0]), array > 3):
        assert rows[index].tolist() == array[index].tolist()
    assert rows.take(np.array([3, 1])).tolist() == [5, 3]


@pytest.mark.parametrize("index", [5, -1])
def test_no_row_beyond_the_file(index):
    """A number outside must be an error, for loops end by it."""
    with pytest.raises(IndexError):
        FileRows(2, 5)[index]


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "i1"), (128, "i1"), (129, "i2"), (32768, "i2"), (32769, "i4"), (2**31, "i4")]
)
def test_codes_are_as_narrow_as_they_can_be(count, expected):
    """The last code must still fit, and no narrower type may hold it."""
    assert code_type(count) == np.dtype(expected)
