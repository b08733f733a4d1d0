"""Exact integer arrays: int64 where that provably suffices, else Python's own integers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
"""int64, or object holding Python integers."""

Codes = NDArray[np.signedinteger[Any]]
"""int64, or int32 where there are millions."""

Flags = NDArray[np.bool_]

_SAFE = 2**62


@dataclass(frozen=True, eq=False)
class Fractions:
    """Exact numbers of one denominator."""

    numerators: Ints
    denominator: int

    @classmethod
    def same(cls, number: Fraction, size: int) -> Fractions:
        """Return one number, over and over."""
        return cls(np.broadcast_to(integers([number.numerator]), size), number.denominator)

    def __len__(self) -> int:
        return len(self.numerators)

    def __getitem__(self, place: int) -> Fraction:
        return Fraction(int(self.numerators[place]), self.denominator)

    def __iter__(self) -> Iterator[Fraction]:
        return (Fraction(int(numerator), self.denominator) for numerator in self.numerators)

    def times(self, factor: Fraction) -> Fractions:
        """Multiply every number."""
        factor /= self.denominator
        return Fractions(product(self.numerators, factor.numerator), factor.denominator)

    def total(self) -> Fraction:
        """Return the exact sum."""
        return Fraction(total(self.numerators), self.denominator)

    def floors(self) -> Ints:
        """Round every number down to a whole one."""
        return quotient(self.numerators, self.denominator)


def peak(values: Ints) -> int:
    """Return the largest absolute value, 0 for an empty array."""
    return max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0


def integers(values: Sequence[int]) -> Ints:
    """Return Python integers as an array."""
    small = all(-_SAFE < value < _SAFE for value in values)
    return np.array(values, np.int64 if small else object) if len(values) else np.zeros(0, np.int64)


def product(left: Ints, right: Ints | int) -> Ints:
    """Multiply element by element."""
    if isinstance(right, int) and right == 1:
        return left
    peaks = peak(left), abs(right) if isinstance(right, int) else peak(right)
    small = max(*peaks, peaks[0] * peaks[1]) < _SAFE
    kind = np.int64 if small else object
    factor = right if isinstance(right, int) else right.astype(kind, copy=False)
    return np.asarray(left.astype(kind, copy=False) * factor)


def quotient(values: Ints, divisor: int) -> Ints:
    """Divide by a number above zero, rounded down."""
    wide = values if divisor < _SAFE else values.astype(object)
    return np.asarray(wide // divisor)


def plus(left: Ints, right: Ints) -> Ints:
    """Add element by element."""
    if peak(left) + peak(right) < _SAFE:
        return np.asarray(left.astype(np.int64, copy=False) + right.astype(np.int64, copy=False))
    return np.asarray(left.astype(object) + right.astype(object))


def combination(terms: Iterable[tuple[int, Ints]], size: int) -> Ints:
    """Return the weighted sum of arrays of one size."""
    result: Ints | None = None
    for weight, values in terms:
        more = product(values, weight)
        result = more if result is None else plus(result, more)
    return np.zeros(size, np.int64) if result is None else result


def sums(values: Ints, codes: Codes, size: int) -> Ints:
    """Add up the values of each code 0..size-1."""
    small = peak(values) * max(1, len(values)) < _SAFE
    result: Ints = np.zeros(size, np.int64 if small else object)
    np.add.at(result, codes, values.astype(result.dtype, copy=False))
    return result


def total(values: Ints) -> int:
    """Return the exact sum."""
    if peak(values) * max(1, len(values)) < _SAFE:
        return int(values.astype(np.int64, copy=False).sum())
    return sum(int(value) for value in values)


def maxima(values: Ints, starts: Codes) -> Ints:
    """Return the largest value of each stretch that begins at `starts`; every stretch holds a value."""
    return np.asarray(np.maximum.reduceat(values, starts)) if len(starts) else values[:0]


def where(flags: Flags, yes: Ints, no: Ints | int) -> Ints:
    """Return `yes` where flagged, else `no`."""
    if isinstance(no, int):
        no = integers([no])
    wide = yes.dtype == object or no.dtype == object
    return np.where(flags, yes.astype(object), no.astype(object)) if wide else np.where(flags, yes, no)
