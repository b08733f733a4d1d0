"""Names of cells, options and amounts as people read them."""

from __future__ import annotations

from fractions import Fraction

from models.amount import exact_text, fraction_to_text, units_to_text
from models.language import _
from models.problem import Problem
from optimizer.show.numbers import grouped

_DECIMALS = 4
_EXACT_DECIMALS = 12


def cell_keys(problem: Problem, cell: int) -> dict[str, str]:
    """Return the keys of a cell by name."""
    keys = zip(problem.instance.options.keys.items(), problem.cell_keys[cell].tolist(), strict=True)
    return {name: column.texts[code] for (name, column), code in keys}


def cell_name(problem: Problem, cell: int) -> str:
    """Name a cell of a merchant that is known: `tea, S1`."""
    return ", ".join(text for name, text in cell_keys(problem, cell).items() if name != "merchant")


def option_name(problem: Problem, option: int) -> str:
    """Return the name of an option."""
    column = problem.instance.options.option
    return column.texts[int(column.codes[option])]


def cost_text(problem: Problem, pool: int, units: int) -> str:
    """Write an amount of a pool for people."""
    return grouped(units_to_text(units, problem.instance.pools[pool].decimals))


def short(amount: Fraction) -> str:
    """Write an amount for people, rounded to a few decimals; one that is not zero never reads as zero."""
    text = fraction_to_text(amount, _DECIMALS)
    return grouped(fraction_to_text(amount, _EXACT_DECIMALS) if text in ("0", "-0") and amount else text)


def between(low: Fraction, high: Fraction) -> str:
    """Write an interval; where both ends are the same, one number."""
    if low == high:
        return short(low)
    return _("between {low} and {high}").format(low=short(low), high=short(high))


def decimal(amount: Fraction) -> str:
    """Write an amount for programs: exactly where its decimals end, else rounded at 12 of them."""
    try:
        return exact_text(amount)
    except ValueError:
        return fraction_to_text(amount, _EXACT_DECIMALS)
