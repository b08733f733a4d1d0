"""A broken row in words of five digits: what floats lose in a long sum, whole numbers keep in short ones.

`sum a.y <= b` with whole a, b and y holds exactly if, with a = W h + l and b = W g + m (0 <= l, m < W), there
is a whole carry k >= 0 with `sum l.y - W k <= m` and `sum h.y + k <= g`; and so on while h is long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.amount import FRACTION_UNIT
from models.plan import Plan
from models.problem import Integers
from models.row import Row
from optimizer.decode.cover import broken_rows

_WORD = 10**5


@dataclass(frozen=True)
class Word:
    """One word of a row: `sum coefficients x take[options] + carry in - carry_worth x carry out <= right`.

    Attributes
    ----------
    has_carry_in
        Whether the word before hands on a carry (all but the first do).
    carry_worth
        What one carry to the next word stands for here; 0 for the last word.
    """

    options: tuple[int, ...]
    coefficients: tuple[float, ...]
    right: float
    has_carry_in: bool
    carry_worth: float


def words(plan: Plan) -> list[list[Word]]:
    """Return each broken row in words, the lowest first; none where a mix of options is involved."""
    if (plan.choice.fractions != FRACTION_UNIT).any():
        return []
    return [list(_split(row)) for row in broken_rows(plan)]


def _split(row: Row) -> Iterator[Word]:
    options, rest = tuple(row.options.tolist()), row.coefficients
    right, is_first = row.right.numerator * row.scale // row.right.denominator, True
    while abs(rest).max() >= _WORD or abs(right) >= _WORD**2:
        rest, low = rest // _WORD, rest % _WORD
        right, right_low = divmod(right, _WORD)
        yield Word(options, _floats(low), float(right_low), not is_first, float(_WORD))
        is_first = False
    yield Word(options, _floats(rest), float(right), not is_first, 0.0)


def _floats(numbers: Integers) -> tuple[float, ...]:
    return tuple(map(float, numbers.tolist()))
