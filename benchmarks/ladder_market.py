"""Write the instance of the scale ladder: a market of any size whose limits bind, around a known plan.

`python -m benchmarks.ladder_market --cells 10000 --out FOLDER [--mix caps] [--seed 1] [--parquet] [--quick]`.
Every cell has five options; merchants are heavy-tailed (ten cells on average, the largest 3 % of all, at
most 1,200), each with a cash cap that bites on whole options for many; the pools bind, and of the slots,
categories and tiers about a third (`caps`: a tenth). Mixes of rules: see `benchmarks/market/mixes.py`. The
same arguments give the same bytes. With `--quick` every mix is written at 1,000 and 20,000 cells, and
thrown away.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.market.merchants import (
    NUM_CATEGORIES,
    NUM_SLOTS,
    TIERS,
    Integers,
    Merchants,
    blocks_of,
    merchants_of,
)
from benchmarks.market.mixes import COVERED_FEN, MIXES, Draft, policy_of
from benchmarks.market.offers import NUM_OPTIONS, Offers, offers_of
from benchmarks.market.totals import Totals
from benchmarks.market.witness import Charges, Taken, witness_of
from models.headers import RULE_COLUMNS
from optimizer.folder import whole_new
from optimizer.generate import tables

_LEAST_CELLS, _MOST_CELLS = 100, 50_000_000
_POOL_DIGITS = {"cash": 2, "traffic": 0, "coupons": 0}
_POOL_UNITS = {"cash": "CNY", "traffic": "impressions", "coupons": "coupons"}
_POOL_ROOM = 1.0002


@dataclass(frozen=True)
class LadderMarket:
    """What is asked for: a number of cells, a mix of rules, a seed."""

    num_cells: int
    mix: str = "caps"
    seed: int = 1

    @property
    def name(self) -> str:
        """A name for the folder."""
        return f"ladder-{self.num_cells}-{self.mix}-{self.seed}"


def write_market(out: Path, asked: LadderMarket, *, is_parquet: bool = False) -> Integers:
    """Write the instance folder and return the witness: options taken, by row of their table, ascending.

    Options come cell by cell in the order of keys, so that rows of the table are options of the compiled
    problem. Memory holds one block of about 200,000 cells, the merchants, and the witness.

    Raises
    ------
    ValueError
        If the number of cells is out of range or the mix unknown.
    FileExistsError
        If `out` exists and is not an empty folder.
    """
    if not _LEAST_CELLS <= asked.num_cells <= _MOST_CELLS or asked.mix not in MIXES:
        raise ValueError(
            f"{_LEAST_CELLS} to {_MOST_CELLS} cells and a mix of {', '.join(MIXES)}: not {asked}"
        )
    charges = MIXES[asked.mix].charges(asked.seed)
    with whole_new(out) as folder:
        totals, witness = _write_large(folder, asked, charges, is_parquet)
        draft = policy_of(asked.mix, totals, charges, asked.seed)
        _write_small(folder, asked, draft)
    return witness


def _write_large(
    folder: Path, asked: LadderMarket, charges: Charges, is_parquet: bool
) -> tuple[Totals, Integers]:
    merchants = merchants_of(asked.num_cells, asked.seed)
    totals, witness, first = Totals(COVERED_FEN), list[Integers](), 0
    widths = len(str(len(merchants.num_cells)))
    with (
        tables.Stream(folder, "merchants", is_parquet) as merchants_file,
        tables.Stream(folder, "options", is_parquet) as options_file,
    ):
        for block in blocks_of(merchants):
            offers = offers_of(merchants, block, asked.seed)
            done = witness_of(offers, charges, COVERED_FEN, asked.seed)
            totals.add(offers, done)
            cells = np.flatnonzero(done.choice >= 0)
            witness.append((first + cells) * NUM_OPTIONS + done.choice[cells])
            first += offers.num_cells
            merchants_file.write(_merchants_table(merchants, block, done, widths))
            options_file.write(_options_table(offers, charges.pools, widths))
    return totals, np.concatenate(witness)


def _merchants_table(merchants: Merchants, block: tuple[int, int], done: Taken, width: int) -> pa.Table:
    numbers = np.arange(*block)
    columns = {
        "merchant": tables.numbered("M", numbers + 1, width),
        "tier": tables.named(TIERS, merchants.tier[slice(*block)]),
        "cash_cap": tables.decimals(done.cap, 2),
        "min_cash": tables.decimals(done.minimum, 2),
    }
    return pa.table(columns)


def _options_table(offers: Offers, pools: tuple[str, ...], width: int) -> pa.Table:
    rows = np.repeat(np.arange(offers.num_cells), NUM_OPTIONS)
    level = np.tile(np.arange(NUM_OPTIONS), offers.num_cells)
    merchant = offers.first_merchant + offers.merchant[rows] + 1
    columns = {
        "merchant": tables.numbered("M", merchant, width),
        "category": tables.named(_categories(), offers.category[rows]),
        "slot": tables.named(_slots(), offers.slot[rows]),
        "option": tables.named([f"P{n + 1}" for n in range(NUM_OPTIONS)], level),
    }
    columns |= {pool: tables.decimals(offers.draws[pool].ravel(), _POOL_DIGITS[pool]) for pool in pools}
    return pa.table(columns | {"conversions": tables.decimals(offers.conversions.ravel(), 6)})


def _write_small(folder: Path, asked: LadderMarket, draft: Draft) -> None:
    pools = [
        {
            "pool": pool,
            "amount": tables.decimals(_one(draft.totals.of(pool) * _POOL_ROOM), _POOL_DIGITS[pool])[0],
            "unit": _POOL_UNITS[pool],
            "decimals": _POOL_DIGITS[pool],
        }
        for pool in draft.charges.pools
    ]
    tables.write_small(folder / "pools.csv", pools)
    for column, file, names in (("category", "categories", _categories()), ("slot", "slots", _slots())):
        found = draft.attributes[column]
        rows = [{column: name} | {a: texts[n] for a, texts in found.items()} for n, name in enumerate(names)]
        tables.write_small(folder / f"{file}.csv", rows)
    rules = [{column: row.get(column, "") for column in RULE_COLUMNS} for row in draft.rules]
    tables.write_small(folder / "rules.csv", rules)
    tables.write_text(folder / "settings.toml", f'name = "{asked.name}"\ncurrency = "CNY"\n')


def _one(amount: float) -> Integers:
    return np.array([int(amount)])


def _categories() -> list[str]:
    return [f"C{number:02}" for number in range(1, NUM_CATEGORIES + 1)]


def _slots() -> list[str]:
    return [f"S{number:02}" for number in range(1, NUM_SLOTS + 1)]


def main() -> None:
    """Write one folder, or with `--quick` small ones of every mix."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--mix", choices=list(MIXES), default="caps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parquet", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true", help="every mix at 1,000 and 20,000 cells")
    asked = parser.parse_args()
    if not asked.quick:
        if asked.out is None:
            parser.error("--out FOLDER, or --quick")
        write_market(asked.out, LadderMarket(asked.cells, asked.mix, asked.seed), is_parquet=asked.parquet)
        return
    print("| cells | mix | seconds | MB |\n|--:|---|--:|--:|")
    for num_cells in (1_000, 20_000):
        for mix in MIXES:
            with tempfile.TemporaryDirectory() as home:
                began, folder = time.perf_counter(), Path(home) / "market"
                write_market(folder, LadderMarket(num_cells, mix, asked.seed), is_parquet=asked.parquet)
                size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
                print(f"| {num_cells} | {mix} | {time.perf_counter() - began:.2f} | {size:.1f} |")


if __name__ == "__main__":
    main()
