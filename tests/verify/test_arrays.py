"""Exact arrays: int64 while that suffices, and nothing lost where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.verify.arrays import combination, integers, maxima, plus, product, sums, total, where

BIG = 2**61


@pytest.mark.parametrize("factor", [0, 1, -3, BIG, -(10**30)])
@pytest.mark.parametrize("values", [[], [0, 0], [1, -2, 3], [BIG, -BIG, 5], [10**40, 0]])
def test_arithmetic_is_exact(values: list[int], factor: int) -> None:
    """Products, sums and selections must be those of Python's own integers, however large."""
    array = integers(values)
    assert product(array, factor).tolist() == [value * factor for value in values]
    assert product(array, array).tolist() == [value * value for value in values]
    assert plus(array, product(array, factor)).tolist() == [value * (factor + 1) for value in values]
    assert combination([(factor, array), (2, array)], len(values)).tolist() == [
        v * (factor + 2) for v in values
    ]
    assert total(product(array, factor)) == sum(values) * factor
    assert where(np.asarray(array > 0), array, factor).tolist() == [v if v > 0 else factor for v in values]


def test_groups_are_exact() -> None:
    """Sums and maxima of groups must not overflow."""
    values = integers([BIG, BIG, BIG, -BIG, 7])
    codes = np.array([0, 0, 0, 1, 1])
    assert sums(values, codes, 3).tolist() == [3 * BIG, 7 - BIG, 0]
    assert maxima(values, np.array([0, 3])).tolist() == [BIG, 7]
