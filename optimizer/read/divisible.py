"""Whether the costs of divisible cells rise together, as mixing their options asks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.amount import units_to_text
from models.instance import Options, Pool
from models.settings import Settings
from optimizer.read.findings import MOST_OF_A_CODE, Findings

Integers = NDArray[np.signedinteger[Any]]


def report_falling_costs(
    options: Options, pools: tuple[Pool, ...], settings: Settings, file: str, findings: Findings
) -> None:
    """Report options of divisible cells whose cost in another pool falls along the order of the first pool.

    Options of equal cost in the first pool are ordered by the next pools.
    """
    if settings.divisible is False or len(pools) < 2 or not len(options):
        return
    chosen = np.ones(len(options), np.bool_)
    if isinstance(settings.divisible, tuple):
        category = options.keys["category"]
        chosen = np.isin(np.array(category.texts), settings.divisible)[category.codes]
    costs: list[Integers] = [options.costs[pool.name] for pool in pools]
    keys: list[Integers] = [key.codes for key in options.keys.values()]
    order = np.lexsort([*reversed(costs), *reversed(keys)])
    order = order[chosen[order]]
    same = np.ones(max(0, len(order) - 1), np.bool_)
    for codes in keys:
        same &= codes[order][1:] == codes[order][:-1]
    for pool, units in zip(pools[1:], costs[1:], strict=True):
        found = np.flatnonzero(same & (units[order][1:] < units[order][:-1]))
        for low, high in zip(order[found][:MOST_OF_A_CODE], order[found + 1][:MOST_OF_A_CODE], strict=True):
            findings.add(
                "OPT-08",
                file,
                int(options.rows[high]),
                pool.name,
                units_to_text(int(units[high]), pool.decimals),
                pool=pool.name,
                option=options.option.texts[options.option.codes[high]],
                other=options.option.texts[options.option.codes[low]],
                other_row=int(options.rows[low]),
                first=pools[0].name,
            )
        findings.count("OPT-08", file, max(0, len(found) - MOST_OF_A_CODE))
