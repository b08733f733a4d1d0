"""A small market whose merchants are at caps of their own, priced."""

from itertools import product

import numpy as np

from optimizer.lagrangian.dual import Dual
from optimizer.lagrangian.market import market
from optimizer.pipeline import check
from tests.search.making import write

MERCHANTS, CELLS, OPTIONS = 6, 4, 3


def capped(folder, seed):
    """Write a market of a few merchants, each with a cap of its own that bites, and a pool."""
    rng = np.random.default_rng(seed)
    rows = []
    for merchant, cell, option in product(range(MERCHANTS), range(CELLS), range(OPTIONS)):
        cost, value = rng.integers(5, 60) + 30 * option, rng.integers(20, 90) + 40 * option
        rows.append(f"m{merchant},c{cell},s1,p{option},{cost},{value}")
    caps = [f"m{merchant},{rng.integers(80, 260)}" for merchant in range(MERCHANTS)]
    files = {
        "options": ["merchant,category,slot,option,cash,conversions", *rows],
        "pools": ["pool,amount,unit", "cash,600,CNY"],
        "merchants": ["merchant,cap", *caps],
        "rules": [
            "rule,measure,by,sense,value,basis",
            "own,cash,merchant,at_most,1,merchants.cap",
            "few,cells,merchant,at_most,3,",
        ],
    }
    return write(folder, **{name: "\n".join(lines) for name, lines in files.items()})


def priced_at(folder, price):
    """Return an instance's problem, its dual, and what merchants do where every price is the same."""
    problem = check(folder).problem
    dual = Dual(market(problem))
    return problem, dual, dual.at(np.full(dual.num_prices, price * dual.market.scale), 1_000_000)
