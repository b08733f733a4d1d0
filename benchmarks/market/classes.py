"""Multi-dimensional multiple-choice knapsacks like those of the literature, with values that follow costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.market.merchants import Integers, random_of
from models.headers import RULE_COLUMNS
from optimizer.folder import whole_new
from optimizer.generate import tables

_MOST_COST = 1_000
_NOISE = 100
_ROOM = 0.45
"""Where between a class's cheapest and dearest items the capacity stands, resource by resource."""


@dataclass(frozen=True)
class Classes:
    """What is asked for: classes x items x resources, correlated (values follow costs) or not, and a seed."""

    num_classes: int
    num_items: int
    num_resources: int
    is_correlated: bool = True
    seed: int = 1

    @property
    def name(self) -> str:
        """A name for the folder."""
        kind = "corr" if self.is_correlated else "uncorr"
        return f"{kind}-{self.num_classes}x{self.num_items}x{self.num_resources}-{self.seed}"


def write_classes(out: Path, asked: Classes) -> Integers:
    """Write the instance folder and return a witness: items taken, one of every class, as option numbers.

    Costs are drawn from 1 to 1,000. Where correlated, a value is the mean cost over resources plus at most
    100 by chance: dear items are worth more and no item is plainly good, the hard case (Pisinger's weakly
    correlated knapsacks, carried over to several resources). The witness takes of every class an item of low
    mean cost; every capacity holds it and 45 % of the way from the cheapest choice to the dearest.

    Raises
    ------
    FileExistsError
        If `out` exists and is not an empty folder.
    """
    rng = random_of(asked.seed, 9)
    shape = (asked.num_classes, asked.num_items)
    cost = rng.integers(1, _MOST_COST + 1, (*shape, asked.num_resources))
    mean = cost.sum(axis=2) // asked.num_resources
    value = rng.integers(0, _NOISE + 1, shape) + (mean if asked.is_correlated else 0)
    if not asked.is_correlated:
        value = rng.integers(1, _MOST_COST + 1, shape)
    witness = np.argmin(mean, axis=1)
    taken = cost[np.arange(asked.num_classes), witness].sum(axis=0)
    low, high = cost.min(axis=1).sum(axis=0), cost.max(axis=1).sum(axis=0)
    capacity = np.maximum(taken, (low + (high - low) * _ROOM).astype(np.int64))
    with whole_new(out) as folder:
        _write(folder, asked, (cost, value), capacity)
    found: Integers = np.arange(asked.num_classes) * asked.num_items + witness
    return found


def _write(folder: Path, asked: Classes, drawn: tuple[Integers, Integers], capacity: Integers) -> None:
    cost, value = drawn
    rows = asked.num_classes * asked.num_items
    number, item = np.divmod(np.arange(rows), asked.num_items)
    pools = [f"r{r + 1}" for r in range(asked.num_resources)]
    columns = {
        "merchant": tables.numbered("K", number + 1, 5),
        "category": tables.named(["all"], np.zeros(rows, np.int64)),
        "slot": tables.named(["all"], np.zeros(rows, np.int64)),
        "option": tables.numbered("I", item + 1, 3),
    }
    columns |= {pool: pa.array(cost[:, :, r].ravel()) for r, pool in enumerate(pools)}
    with tables.Stream(folder, "options", is_parquet=False) as stream:
        stream.write(pa.table(columns | {"conversions": pa.array(value.ravel())}))
    amounts = zip(pools, capacity.tolist(), strict=True)
    small = [{"pool": pool, "amount": amount, "unit": "unit", "decimals": 0} for pool, amount in amounts]
    tables.write_small(folder / "pools.csv", small)
    rule = {"rule": "one-each", "measure": "cells", "by": "cell", "sense": "at_least", "value": "1"}
    tables.write_small(folder / "rules.csv", [{c: rule.get(c, "") for c in RULE_COLUMNS}])
    tables.write_text(folder / "settings.toml", f'name = "{asked.name}"\n')
