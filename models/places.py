"""Where cells stand in a problem, by the texts of their keys."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from models.instance import Int64
from models.problem import Problem
from models.rationals import Integers

_FITS = 2**62


def cells_at(problem: Problem, keys: Sequence[Sequence[str]]) -> Int64:
    """Return the cell of each row of keys, -1 where there is none; shape (rows,).

    Parameters
    ----------
    keys
        One sequence of texts per key, in the order of `Options.keys`.
    """
    columns = list(problem.instance.options.keys.values())
    wanted = []
    for column, texts in zip(columns, keys, strict=True):
        codes = {text: code for code, text in enumerate(column.texts)}
        wanted.append(np.array([codes.get(text, -1) for text in texts], np.int64))
    sizes = [len(column.texts) for column in columns]
    own = _numbers([problem.cell_keys[:, place].astype(np.int64) for place in range(len(columns))], sizes)
    asked = _numbers(wanted, sizes)
    found = np.minimum(np.searchsorted(own, asked), len(own) - 1)
    is_there = np.logical_and.reduce([codes >= 0 for codes in wanted]) & (own[found] == asked)
    return np.where(is_there.astype(bool), found, -1).astype(np.int64)


def _numbers(codes: Sequence[Int64], sizes: Sequence[int]) -> Integers:
    """Return one number per row that ascends as the rows of codes do; Python integers where it must."""
    total: Integers = codes[0].astype(np.int64 if prod(sizes) < _FITS else object)
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        total = total * size + code
    return total
