"""The instance in which cells keep what they have or get nothing: what is best to keep of a plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress

import numpy as np

from models.instance import Instance, Int64, KeyColumn
from models.problem import FORBIDDEN, Problem


def repaired_instance(problem: Problem, chosen: Int64) -> tuple[Instance, Int64]:
    """Return the instance that offers the chosen options and those that pins force, and where they stood.

    Parameters
    ----------
    chosen
        Options of the problem, ascending.

    Returns
    -------
    The number that each of its options has in the problem is the second; shape (options of it,).
    """
    instance, campaign = problem.instance, problem.instance.campaign
    assert campaign is not None
    forced = problem.pinned[problem.pinned >= 0]
    is_offered = np.zeros(problem.num_options, bool)
    is_offered[chosen] = True
    is_offered[forced] = True
    cells = problem.cell_of_option
    is_empty = np.bincount(cells[is_offered], minlength=problem.num_cells) == 0
    is_offered[problem.option_start[:-1][is_empty]] = True  # a cell has an option, which is then forbidden
    number = np.flatnonzero(is_offered)
    new = np.cumsum(is_offered) - 1
    pinned = np.where(is_empty, FORBIDDEN, problem.pinned)
    pinned = np.where(pinned >= 0, new[np.maximum(pinned, 0)], pinned)
    options = instance.options
    changed = replace(
        options,
        keys={name: KeyColumn(key.texts, key.codes[is_offered]) for name, key in options.keys.items()},
        option=KeyColumn(options.option.texts, options.option.codes[is_offered]),
        costs={name: units[is_offered] for name, units in options.costs.items()},
        values={name: units[is_offered] for name, units in options.values.items()},
        texts={name: tuple(compress(own, is_offered.tolist())) for name, own in options.texts.items()},
        rows=options.rows[is_offered],
    )
    fixed = replace(campaign, pinned=pinned.astype(np.int64))
    return replace(instance, options=changed, campaign=fixed, pins=(), kept=None), number
