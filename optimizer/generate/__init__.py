"""`generate`: a realistic synthetic instance, the same bytes for the same arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.language import _
from optimizer.folder import whole_new
from optimizer.generate import market, policy, rows, tables
from optimizer.generate.cells import MOST_CELLS, cells_of, offers_of
from optimizer.generate.merchants import BLOCK, merchants_of, random_of
from optimizer.generate.scale import Scale, scale_of
from optimizer.generate.totals import Totals, no_totals
from optimizer.generate.witness import Block, witness_of

MOST_MERCHANTS = 20_000_000
MOST_OPTIONS = 20
MOST_CELLS_PER_MERCHANT = MOST_CELLS // 3

_APPETITE = 2.5
"""What all cells could take, against the pools."""

_SETTINGS = """\
name = "double-hundred"
currency = "CNY"
timezone = "Asia/Shanghai"

[objective]
maximise = "conversions"

[measures]
support = { cash = 1, traffic = 30 } # yuan; a thousand impressions are worth thirty
"""


@dataclass(frozen=True)
class _Request:
    num_merchants: int
    seed: int
    cells_per_merchant: float
    num_options: int | None


def generate(
    out: Path,
    *,
    merchants: int,
    seed: int = 0,
    cells_per_merchant: float = 5.0,
    options: int | None = None,
    parquet: bool = False,
) -> None:
    """Write a synthetic instance: a short-video marketplace's yearly package of cash and traffic.

    The folder appears whole or not at all. Its policy can be met: a plan that meets it is known here.

    Parameters
    ----------
    out
        The folder to make: a new name, or an empty folder.
    merchants
        How many, 1 to 20 million; each has at least one cell. The pools stay the same whatever their number.
    seed
        Zero or more; another seed is another market.
    cells_per_merchant
        On average, 1 to 24.
    options
        Options of every cell, 1 to 20; None: three to five.
    parquet
        Write `merchants` and `options` as Parquet.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    FileExistsError
        If `out` exists and is not an empty folder.
    OSError
        If the folder cannot be written.
    """
    request = _Request(merchants, seed, cells_per_merchant, options)
    _check(request)
    with whole_new(out) as folder:
        scale = scale_of(merchants, cells_per_merchant)
        totals = _write_large_tables(folder, request, scale, parquet)
        _write_small_tables(folder, totals, scale)


def _check(request: _Request) -> None:
    ranges = (
        ("merchants", request.num_merchants, 1, MOST_MERCHANTS),
        ("seed", request.seed, 0, 2**63 - 1),
        ("cells-per-merchant", request.cells_per_merchant, 1, MOST_CELLS_PER_MERCHANT),
        ("options", 1 if request.num_options is None else request.num_options, 1, MOST_OPTIONS),
    )
    for name, number, least, most in ranges:
        if not least <= number <= most:
            message = _("{name} is {number}; it must be from {least} to {most}.")
            raise ValueError(message.format(name=name, number=number, least=least, most=most))


def _write_large_tables(folder: Path, request: _Request, scale: Scale, is_parquet: bool) -> Totals:
    num_blocks = -(-request.num_merchants // BLOCK)
    size = sum(
        float(merchants_of(b, request.num_merchants, request.seed).size.sum()) for b in range(num_blocks)
    )
    totals = no_totals(request.num_merchants, scale.noticeable * 100)
    with (
        tables.Stream(folder, "merchants", is_parquet) as merchants_file,
        tables.Stream(folder, "options", is_parquet) as options_file,
    ):
        for number in range(num_blocks):
            block = _block(request, number, size, scale, totals)
            totals.add(block)
            appetite = block.merchants.size / size * _APPETITE * market.CASH_FEN
            rng = random_of(request.seed, 4, number)
            merchants_file.write(rows.merchants_table(block, appetite, request.num_merchants, rng))
            options_file.write(rows.options_table(block, request.num_merchants, scale))
    return totals


def _block(request: _Request, number: int, size: float, scale: Scale, totals: Totals) -> Block:
    merchants = merchants_of(number, request.num_merchants, request.seed)
    cells = cells_of(merchants, number, request.cells_per_merchant, request.seed)
    part = merchants.size[cells.merchant] / size * cells.share * _APPETITE
    appetite = np.maximum(part * market.CASH_FEN, 100), np.maximum(part * scale.traffic * 0.9, 1)
    offers = offers_of(cells, appetite, request.num_options, number, request.seed)
    left = {"cash": market.CASH_FEN - totals.of("cash"), "traffic": scale.traffic - totals.of("traffic")}
    block = Block(merchants, cells, offers, np.empty(0, np.int64))
    witness = witness_of(block, scale, left, random_of(request.seed, 3, number))
    return replace(block, witness=witness)


def _write_small_tables(folder: Path, totals: Totals, scale: Scale) -> None:
    small: dict[str, Sequence[Mapping[str, object]]] = {
        "pools": rows.pools_rows(scale),
        "categories": rows.categories_rows(totals),
        "slots": rows.slots_rows(totals),
        "segments": rows.segments_rows(),
        "rules": policy.rules(totals, scale),
    }
    for name, lines in small.items():
        tables.write_small(folder / f"{name}.csv", lines)
    tables.write_text(folder / "settings.toml", _SETTINGS)
