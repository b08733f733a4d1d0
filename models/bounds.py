"""What limits allow: an exact fraction each, or nothing to hold a plan to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import overload

import numpy as np
from numpy.typing import NDArray

from models.rationals import Rationals


@dataclass(frozen=True, eq=False)
class Bounds(Sequence[Fraction | None]):
    """The right-hand sides of limits; None where a limit does not apply.

    Attributes
    ----------
    amounts
        Shape (limits,); zero where a limit does not apply.
    applies
        Shape (limits,).
    """

    amounts: Rationals
    applies: NDArray[np.bool_]

    @classmethod
    def everywhere(cls, amounts: Rationals) -> Bounds:
        """Return bounds that all apply."""
        return cls(amounts, np.ones(len(amounts), np.bool_))

    def __len__(self) -> int:
        return len(self.amounts)

    @overload
    def __getitem__(self, index: int) -> Fraction | None: ...
    @overload
    def __getitem__(self, index: slice) -> Bounds: ...
    def __getitem__(self, index: int | slice) -> Fraction | Bounds | None:
        """Return one right-hand side, or a part of them."""
        if isinstance(index, slice):
            return Bounds(self.amounts[index], self.applies[index])
        return self.amounts[index] if self.applies[index] else None
