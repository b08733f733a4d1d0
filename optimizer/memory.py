"""What a solve will take of memory, told before it begins: better a line now than a killed process later."""

from __future__ import annotations

from dataclasses import dataclass

from models.language import _
from models.problem import Problem
from optimizer.available import available_bytes

_GIGABYTE = 1 << 30
_BASE = 520 << 20
_PER_NUMBER = 8
_PER_OPTION = 8 + 44
_PER_CELL = 30 + 100
_PER_ENTRY = 12
_PER_LIMIT = 300 + 300
"""Bytes, measured at 0.3 and 1 million cells of five options (0.70 and 1.11 GB, from Parquet, by prices):
the program itself; a number of an option; an option's names, a cell, a limit or merchant with its texts, each
with what searching and verifying add at their peak; a cell in a limit."""


class NoRoomError(MemoryError):
    """A solve would need more memory than there is; the message is for people."""


@dataclass(frozen=True)
class Counts:
    """What the size of a problem is made of.

    Attributes
    ----------
    columns
        Numbers of each option: pools, values, and sums that are columns of their own.
    entries
        Cells in limits, each as often as it is in one.
    limits
        Limits of all rules; for `top` and `ratio` their groups.
    """

    options: int
    columns: int
    cells: int
    entries: int
    limits: int


def counts_of(problem: Problem) -> Counts:
    """Count a problem; rules that divide the same cells alike share their entries."""
    options = problem.instance.options
    columns = len(options.costs) + len(options.values)
    is_sum = not any(problem.objective.coefficients is column for column in options.values.values())
    totals = [limits.total for limits in problem.limits]
    totals += [limits.basis for limits in problem.limits if limits.basis is not None]
    entries = {id(total.cells): len(total.cells) for total in totals}
    return Counts(
        options=problem.num_options,
        columns=columns + is_sum,
        cells=problem.num_cells,
        entries=sum(entries.values()),
        limits=problem.num_merchants + sum(total.num_sets for total in totals),
    )


def peak_bytes(counts: Counts) -> int:
    """Estimate the largest memory of the whole process, from reading to the published plan, in bytes."""
    return (
        _BASE
        + counts.options * (_PER_OPTION + _PER_NUMBER * counts.columns)
        + counts.cells * _PER_CELL
        + counts.entries * _PER_ENTRY
        + counts.limits * _PER_LIMIT
    )


def refuse_what_cannot_fit(problem: Problem) -> None:
    """Make sure that there is memory for a solve.

    Raises
    ------
    NoRoomError
        If the estimate is above what is available.
    """
    needed, available = peak_bytes(counts_of(problem)), available_bytes()
    if available is not None and needed > available:
        text = _(
            "this instance needs about {needed} GB of memory, and {available} GB are to be had; nothing was"
            " searched and nothing written, which proves nothing about its plans. Free memory, or solve on a"
            " larger machine."
        )
        raise NoRoomError(text.format(needed=_gigabytes(needed), available=_gigabytes(available)))


def _gigabytes(amount: int) -> str:
    return f"{amount / _GIGABYTE:.1f}"
