"""By how little priced rows must be broken under some decisions: a linear program solved again and again."""

from __future__ import annotations

from collections.abc import Iterable

from models.certificate import Decision
from models.instance import Int64
from optimizer.solve.answer import Answer, Arrays, Ended
from optimizer.solve.highs import lp_of
from optimizer.solve.simplex import Simplex


class Elastic:
    """The linear relaxation of `Model.feasible`, with options taken or avoided, from where it stood last.

    Parameters
    ----------
    arrays
        Of `Model.feasible`.
    columns
        Variable of each option, -1 where it has none; shape (options,).
    """

    def __init__(self, arrays: Arrays, columns: Int64) -> None:
        self._highs, self._arrays, self._columns = Simplex(), arrays, columns
        self._highs.passModel(lp_of(arrays, is_relaxed=True))
        self._changed: set[int] = set()

    def solve(self, where: Iterable[Decision]) -> Answer:
        """Return the solution, and the prices of the rows, under decisions."""
        decided = {int(self._columns[one.option]): float(one.is_taken) for one in where}
        decided.pop(-1, None)
        for column in sorted(self._changed | decided.keys()):
            low, high = float(self._arrays.low[column]), float(self._arrays.high[column])
            if column in decided:
                low = high = decided[column]
            self._highs.changeColBounds(column, low, high)
        self._changed = set(decided)
        found = self._highs.optimum()
        return (
            Answer(Ended.failed)
            if found is None
            else Answer(Ended.optimal, found.values, found.value, found.duals)
        )
