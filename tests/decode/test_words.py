"""A row in words holds exactly where the row does, for every choice of whole options."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

from models.row import Row
from optimizer.decode.words import Word, _split


def _row(rng: Random) -> tuple[Row, list[int]]:
    count = rng.randint(1, 7)
    size = rng.choice([10, 10**5, 10**6, 10**12, 10**15, 10**25])
    coefficients = [rng.randint(-size if rng.random() < 0.3 else 0, size) or 1 for _ in range(count)]
    subset = [c for c in coefficients if rng.random() < 0.5]
    right = sum(subset) + rng.choice([-1, 0, 1])  # as near as can be to what some choice draws
    scale = rng.choice([1, 100, 10**6])
    row = Row(np.arange(count), np.array(coefficients, object), scale, Fraction(right * 7 + 3, scale * 7))
    return row, coefficients


def _holds(words: list[Word], taken: tuple[int, ...]) -> bool:
    """Carry as little as each word allows, from the lowest to the last."""
    carry = 0
    for word in words:
        used = sum(int(c) * taken[option] for option, c in zip(word.options, word.coefficients, strict=True))
        used += carry if word.has_carry_in else 0
        if not word.carry_worth:
            return used <= word.right
        carry = max(-((word.right - used) // word.carry_worth), 0)
    raise AssertionError("the last word does not end")


@pytest.mark.parametrize("number", range(40))
def test_words_are_the_row(number):
    """For every choice the words can carry if, and only if, the row holds; no number in them is long."""
    row, coefficients = _row(Random(number))
    words = list(_split(row))
    assert [word.has_carry_in for word in words] == [place > 0 for place in range(len(words))]
    assert all(abs(c) < 10**5 + 1 for word in words for c in word.coefficients)
    for taken in product((0, 1), repeat=len(coefficients)):
        used = sum(c * t for c, t in zip(coefficients, taken, strict=True))
        assert _holds(words, taken) == (used <= row.right * row.scale), taken
