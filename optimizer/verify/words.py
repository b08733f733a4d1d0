"""Two-word integers: high x 2^bits + low, and the proof that sums of products fit into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.verify.arrays import Ints

Words = NDArray[np.int64]
"""Numbers x (high, low)."""

_MOST_BITS = 31
_WORD = 61
_MOST_SHIFT = 40


@dataclass(frozen=True)
class Width:
    """How numbers are cut, and by which power of two they are blown up so that prices can be fine.

    Attributes
    ----------
    bits
        Of the low word, 1 to 31.
    shift
        All numbers are multiplied by 2^shift.
    """

    bits: int
    shift: int

    def split(self, numbers: Sequence[int]) -> Words:
        """Return Python integers, blown up, as words."""
        mask = (1 << self.bits) - 1
        blown = [number << self.shift for number in numbers]
        pairs = [(number >> self.bits, number & mask) for number in blown]
        return np.array(pairs, np.int64).reshape(-1, 2)

    def carried(self, words: Words) -> Words:
        """Bring every low word into 0 .. 2^bits - 1, in place."""
        words[:, 0] += words[:, 1] >> self.bits
        words[:, 1] &= (1 << self.bits) - 1
        return words

    def total(self, words: Words) -> int:
        """Return the exact sum, blown up as the words are."""
        high, low = words[:, 0], words[:, 1]
        upper, lower = int((high >> 32).sum()), int((high & 0xFFFFFFFF).sum())
        return (((upper << 32) + lower) << self.bits) + int(low.sum())


def width_of(rates: Sequence[int], peaks: Sequence[int], fixed: int, num_cells: int) -> Width | None:
    """Return a width in which sums of rate x amount over the cells of a merchant fit, or None.

    Parameters
    ----------
    rates, peaks
        Column by column: the largest absolute rate, and the largest absolute amount.
    fixed
        The largest absolute sum of all else: what is earned by being funded, and rewards.
    num_cells
        The most cells of one merchant.
    """
    # Low words of rates are below 2^bits, so their products add up to less than 2^bits x (sum of peaks).
    bits = min(_MOST_BITS, _WORD - (sum(peaks) + 2).bit_length())
    if bits < 1:
        return None
    # High words: a rate's is at most |rate| / 2^bits + 1 and is multiplied by the amount; then come the
    # carries of the low words, below 2^(62 - bits). The search adds and subtracts a few sums of a merchant.
    largest = sum(rate * peak for rate, peak in zip(rates, peaks, strict=True)) + fixed
    room = (1 << (_WORD - 4)) // (num_cells + 2) - 2 * (sum(peaks) + 2) - (1 << (_WORD + 2 - bits))
    if room < 1 or (largest >> bits) + 1 > room:
        return None
    shift = max(0, (room << bits).bit_length() - 2 - largest.bit_length())
    return Width(bits, min(shift, _MOST_SHIFT))


def is_small(values: Ints) -> bool:
    """Whether an array is one of int64."""
    return values.dtype != object
