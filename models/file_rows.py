"""Which rows of a file some records come from, without a number a record where the rows follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class FileRows:
    """The rows `first`, `first + 1`, ... of a file; it is indexed like the array of them.

    A file of a hundred million rows would else take 800 MB for numbers that only findings look at.
    """

    first: int
    count: int

    def __len__(self) -> int:
        return self.count

    @overload
    def __getitem__(self, index: int | np.integer[Any]) -> int: ...
    @overload
    def __getitem__(self, index: slice | NDArray[Any]) -> Int64: ...
    def __getitem__(self, index: int | np.integer[Any] | slice | NDArray[Any]) -> int | Int64:
        """Return the rows at some places: a number, a slice, a mask, or indices (which are not checked).

        Raises
        ------
        IndexError
            If a number is below zero or beyond the last row.
        """
        if isinstance(index, slice):
            start, stop, step = index.indices(self.count)
            return np.arange(self.first + start, self.first + stop, step, dtype=np.int64)
        if isinstance(index, np.ndarray):
            places = np.flatnonzero(index) if index.dtype == np.bool_ else index
            return places.astype(np.int64) + self.first
        if not 0 <= index < self.count:
            raise IndexError(index)
        return self.first + int(index)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.first + self.count))

    def take(self, order: NDArray[Any]) -> Int64:
        """Return the rows in another order."""
        return self[order]

    def tolist(self) -> list[int]:
        """Return the rows as a list."""
        return list(self)


Rows = Int64 | FileRows
"""Rows of a file, one per record."""
