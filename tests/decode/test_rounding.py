"""A solver's fractions become mixes that draw whole units of the first pool."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.decode import rounded
from tests.formulation.compiled import compiled
from tests.zoo.problem import problem

_MARKET = problem(
    "coarse",
    "a pool of whole places, and one line of two options",
    None,
    pools="pool,amount,decimals / places,9,0",
    options="merchant,category,slot,option,places,conversions / M1,tea,S1,A,2,3 / M1,tea,S1,B,6,5",
    settings="divisible = true",
)
_WHOLE = 10**9


@pytest.mark.parametrize(
    ("take", "down", "up"),
    [
        ((0.0, 0.0), {}, {}),
        ((0.25, 0.0), {}, {0: _WHOLE // 4}),
        ((0.75, 0.0), {0: _WHOLE // 2}, {0: 3 * _WHOLE // 4}),
        ((0.4999999999, 0.0), {0: 499_999_999}, {0: _WHOLE // 2}),
        ((1.0, 0.0), {0: _WHOLE}, {0: _WHOLE}),
        ((0.75, 0.25), {0: _WHOLE}, {0: 3 * _WHOLE // 4, 1: _WHOLE // 4}),
        ((0.5, 0.5), {0: _WHOLE // 2, 1: _WHOLE // 2}, {0: _WHOLE // 2, 1: _WHOLE // 2}),
        ((1e-9, 1.0 - 1e-9), {1: _WHOLE}, {1: _WHOLE}),
    ],
)
def test_whole_units(take, down, up):
    """Down, a mix draws no more than it takes; up, it is what it takes; no row is of nothing."""
    stated = compiled(_MARKET.files)
    for is_up, expected in ((False, down), (True, up)):
        choice = rounded(stated, np.array(take), is_up=is_up)
        found = dict(zip(choice.options.tolist(), choice.fractions.tolist(), strict=True))
        assert found == expected
