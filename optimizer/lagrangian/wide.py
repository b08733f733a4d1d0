"""Exact integers of any size, many at a time: words of 24 bits in int64 arrays.

A number is `sum words[i] x 2^(24 i)`; carried, all words but the last are in [0, 2^24), and the last has the
sign. Products of two words have 48 bits, so 2^15 of them add up before a word has to carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.instance import Int32, Int64
from models.problem import Integers

_BITS = 24
_MASK = (1 << _BITS) - 1

Words = list[Int64]


@dataclass(frozen=True, eq=False)
class Wide:
    """Exact integers, carried; `numbers[index]` is a Python integer."""

    words: Words

    def __getitem__(self, index: int) -> int:
        """Return one of them."""
        return sum(int(word[index]) << (_BITS * place) for place, word in enumerate(self.words))

    def whole(self) -> Integers:
        """Return them as Python integers, dtype object."""
        total: Integers = np.zeros(len(self), object)
        for word in reversed(self.words):
            total = (total << _BITS) + word.astype(object)
        return total

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.words[0])

    def sum(self) -> int:
        """Add them all up; fewer than 2^31 of them do not overflow a word."""
        return sum(int(word.sum()) << (_BITS * place) for place, word in enumerate(self.words))

    def take(self, indices: Int64) -> Wide:
        """Return those at some indices."""
        return Wide([word[indices] for word in self.words])

    def where(self, condition: NDArray[np.bool_]) -> Wide:
        """Return them where a condition holds, else 0."""
        return Wide([np.where(condition, word, 0) for word in self.words])

    def largest(self, starts: Int64) -> Wide:
        """Return the largest of each stretch that begins at `starts`; none is empty."""
        lengths = np.diff(np.append(starts, len(self)))
        is_largest = np.ones(len(self), np.bool_)
        found: Words = []
        for word in reversed(self.words):
            left = np.where(is_largest, word, np.iinfo(np.int64).min)
            found.append(np.maximum.reduceat(left, starts))
            is_largest &= word == np.repeat(found[-1], lengths)
        return Wide(found[::-1])

    def at_least_zero(self) -> Wide:
        """Return them with 0 in place of negative ones."""
        return self.where(self.words[-1] >= 0)


def split(numbers: Sequence[int] | Integers) -> Words:
    """Return the words of some integers."""
    array: Integers = np.asarray(numbers) if isinstance(numbers, np.ndarray) else np.array(numbers, object)
    if not len(array):
        return [np.empty(0, np.int64)]
    peak = max(abs(int(array.max())), abs(int(array.min())))
    last = peak.bit_length() // _BITS
    words = [((array >> (_BITS * place)) & _MASK).astype(np.int64) for place in range(last)]
    return [*words, (array >> (_BITS * last)).astype(np.int64)]


def carried(words: Words) -> Wide:
    """Carry what words have beyond 24 bits to the next."""
    done: Words = []
    carry: Int64 = np.zeros(len(words[0]), np.int64)
    for word in words:
        total = word + carry
        done.append(total & _MASK)
        carry = total >> _BITS
    return Wide([*done, carry])


class Accumulator:
    """A sum of products in the making, one per index."""

    def __init__(self, count: int) -> None:
        self.words: Words = [np.zeros(count, np.int64)]

    def add(self, words: Words, place: int = 0) -> None:
        """Add numbers, shifted by some words."""
        self._make_room(place + len(words))
        for further, word in enumerate(words):
            self.words[place + further] += word

    def add_at(self, indices: Int64 | Int32, words: Words) -> None:
        """Add numbers at indices that may repeat, each less than 2^38 times."""
        self._make_room(len(words))
        for mine, word in zip(self.words, words, strict=False):
            np.add.at(mine, indices, word)

    def subtract_product(self, coefficients: Words, factors: Words) -> None:
        """Subtract coefficient x factor, both carried."""
        for place, coefficient in enumerate(coefficients):
            self.add([-(coefficient * factor) for factor in factors], place)

    def _make_room(self, num_words: int) -> None:
        while len(self.words) < num_words:
            self.words.append(np.zeros(len(self.words[0]), np.int64))
