"""A problem as plain arrays of whole numbers, and how a peer's run ended. Imports numpy and nothing else.

A peer may run in an environment of its own, without the product's libraries.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

NO_BOUND = 2**62
"""Auxiliary columns without a bound of their own end here."""


@dataclass(frozen=True, eq=False)
class Stated:
    """Maximise `objective.x`: `sum value x[column] <= right` by row (CSR), `lower <= x <= upper`, x whole.

    Attributes
    ----------
    num_options
        The first columns are the options of the problem, in its order; all others are auxiliary.
    digits
        The objective is in units of `10**-digits`; shape ().
    scale
        Divides a row (and its right-hand side) to bring it to written units; shape (rows,).
    """

    objective: Integers
    digits: int
    start: Integers
    column: Integers
    value: Integers
    right: Integers
    scale: Integers
    lower: Integers
    upper: Integers
    num_options: int

    def save(self, file: Path) -> None:
        """Write as .npz."""
        arrays: dict[str, Any] = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        np.savez(file, **arrays)

    @staticmethod
    def load(file: Path) -> Stated:
        """Read what `save` wrote."""
        with np.load(file) as found:
            arrays = {name: found[name] for name in found.files}
        digits, num_options = int(arrays.pop("digits")), int(arrays.pop("num_options"))
        return Stated(**arrays, digits=digits, num_options=num_options)

    @property
    def num_columns(self) -> int:
        """How many variables there are."""
        return len(self.lower)

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return len(self.right)

    def written(self) -> Written:
        """Return the same in written units, as doubles: what solvers that work in floats are given."""
        row_of_entry = np.repeat(np.arange(self.num_rows), np.diff(self.start))
        return Written(
            objective=self.objective / 10.0**self.digits,
            value=self.value / self.scale[row_of_entry].astype(np.float64),
            right=self.right / self.scale.astype(np.float64),
            lower=self.lower.astype(np.float64),
            upper=np.where(self.upper >= NO_BOUND, np.inf, self.upper.astype(np.float64)),
        )


@dataclass(frozen=True, eq=False)
class Written:
    """The numbers of a `Stated` problem in written units; shapes as there."""

    objective: Floats
    value: Floats
    right: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Asked:
    """What a peer is asked for: relative gap, seconds, threads, and the files of the problem."""

    gap: float
    time_limit: float
    threads: int
    model: Path
    folder: Path


@dataclass(frozen=True, eq=False)
class Answer:
    """How a run ended.

    Attributes
    ----------
    status
        In the peer's own words.
    take
        Value of each option, shape (options,), or None without a solution (or for a relaxation).
    bound
        What the peer says no plan exceeds, in objective units; None: it says nothing.
    seconds
        From arrays (or the compiled problem) in memory to the answer; `build_seconds` of it until the
        peer's own model stood.
    trace
        (seconds, objective, bound) whenever there was news; nan for what is not known yet.
    """

    status: str
    take: Floats | None
    bound: float | None
    seconds: float
    build_seconds: float
    trace: tuple[tuple[float, float, float], ...] = ()
