"""Many exact fractions as one array: integers over a common denominator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[Any]
"""An array of exact integers: int64 where every sum is proven to fit, else Python integers (dtype object)."""

_FITS = 2**62


@dataclass(frozen=True, eq=False)
class Rationals(Sequence[Fraction]):
    """A sequence of fractions, `numerators[i] / denominator`.

    Two million fractions of Python take 300 MB and seconds; their numerators take 16 MB.

    Attributes
    ----------
    numerators
        Shape (n,), int64 (magnitudes below 2^62) or Python integers.
    denominator
        One or more.
    """

    numerators: Integers
    denominator: int = 1

    @classmethod
    def of(cls, fractions: Iterable[Fraction | int]) -> Rationals:
        """Put fractions over their least common denominator."""
        given = list(fractions)
        denominator = lcm(*{one.denominator for one in given})
        numerators = [one.numerator * (denominator // one.denominator) for one in given]
        return cls(narrowed(np.array(numerators, object)), denominator)

    @classmethod
    def equal(cls, fraction: Fraction, count: int) -> Rationals:
        """Return one fraction `count` times."""
        fits = abs(fraction.numerator) < _FITS
        return cls(np.full(count, fraction.numerator, np.int64 if fits else object), fraction.denominator)

    def __len__(self) -> int:
        return len(self.numerators)

    @overload
    def __getitem__(self, index: int) -> Fraction: ...
    @overload
    def __getitem__(self, index: slice) -> Rationals: ...
    def __getitem__(self, index: int | slice) -> Fraction | Rationals:
        """Return one fraction, or a part of them."""
        if isinstance(index, slice):
            return Rationals(self.numerators[index], self.denominator)
        return Fraction(int(self.numerators[index]), self.denominator)

    def __iter__(self) -> Iterator[Fraction]:
        return (Fraction(numerator, self.denominator) for numerator in self.numerators.tolist())

    def times(self, factor: Fraction) -> Rationals:
        """Return each fraction times a factor."""
        return Rationals(product(self.numerators, factor.numerator), self.denominator * factor.denominator)

    def over(self, other: Rationals) -> Rationals:
        """Return self - other, one by one."""
        denominator = lcm(self.denominator, other.denominator)
        left = product(self.numerators, denominator // self.denominator)
        right = product(other.numerators, denominator // other.denominator)
        return Rationals(narrowed(left - right), denominator)

    def total(self) -> Fraction:
        """Add up all fractions."""
        return Fraction(exact_sum(self.numerators), self.denominator)


def peak(integers: Integers) -> int:
    """Return the largest magnitude, 0 of nothing."""
    return max(abs(int(integers.max())), abs(int(integers.min()))) if len(integers) else 0


def narrowed(integers: Integers) -> Integers:
    """Return integers as int64 where their magnitudes are below 2^62, else as Python integers."""
    if integers.dtype == object and peak(integers) < _FITS:
        return integers.astype(np.int64)
    return integers if peak(integers) < _FITS else integers.astype(object)


def product(integers: Integers, factor: int) -> Integers:
    """Multiply exactly."""
    if factor == 1:
        return integers
    fits = integers.dtype != object and abs(factor) < _FITS and peak(integers) * abs(factor) < _FITS
    return integers * factor if fits else narrowed(integers.astype(object) * factor)


def exact_sum(integers: Integers) -> int:
    """Add up exactly, whatever the sum comes to."""
    if integers.dtype == object or peak(integers) * max(len(integers), 1) < _FITS:
        return int(integers.sum()) if len(integers) else 0
    high, low = np.divmod(integers, 2**31)  # sums of each fit for any number of integers that memory holds
    return int(high.sum()) * 2**31 + int(low.sum())
