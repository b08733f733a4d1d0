"""The tables of a generated instance, as they are written."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from optimizer.generate import market, policy
from optimizer.generate.merchants import Floats, Integers
from optimizer.generate.scale import Scale
from optimizer.generate.tables import decimals, named, numbered
from optimizer.generate.totals import Totals
from optimizer.generate.witness import Block

_CAP_SHARE = 0.6
"""What a merchant may get, against what its cells could take."""


def options_table(block: Block, num_merchants: int, scale: Scale) -> pa.Table:
    """Return the rows of `options.csv` of a block."""
    cells, offers = block.cells, block.offers
    cell = offers.cell
    merchant = numbered("m", block.merchants.first + 1 + cells.merchant, len(str(num_merchants)))
    return pa.table(
        {
            "merchant": merchant.take(pa.array(cell)),
            "category": named((category.category for category in market.CATEGORIES), cells.category[cell]),
            "slot": named((slot.slot for slot in market.SLOTS), cells.slot[cell]),
            "segment": named((segment.segment for segment in market.SEGMENTS), cells.segment[cell]),
            "option": numbered("P", offers.level, len(str(offers.level.max()))),
            "cash": decimals(offers.cash, 2),
            "traffic": decimals(offers.traffic, scale.traffic_decimals),
            "conversions": decimals(offers.conversions, 2),
            "conversions_se": decimals(offers.conversions_se, 2),
            "gmv": decimals(offers.gmv, 0),
            "new_buyers": decimals(offers.new_buyers, 1),
        }
    )


def merchants_table(block: Block, appetite: Floats, num_merchants: int, rng: np.random.Generator) -> pa.Table:
    """Return the rows of `merchants.csv` of a block; `appetite` is the cash that each could take, in fen."""
    merchants, offers = block.merchants, block.offers
    owner = block.cells.merchant[offers.cell]
    taken = np.bincount(owner[block.witness], weights=offers.cash[block.witness], minlength=appetite.size)
    largest = np.zeros(appetite.size, np.int64)
    np.maximum.at(largest, owner, offers.cash)
    cap = np.maximum(np.maximum(_CAP_SHARE * appetite, 1.05 * taken), largest)
    month = (
        appetite
        * np.exp(0.5 * rng.standard_normal(appetite.size))
        / 100
        * np.where(merchants.is_new, 0.8, 4.0)
    )
    return pa.table(
        {
            "merchant": numbered(
                "m", merchants.first + 1 + np.arange(appetite.size), len(str(num_merchants))
            ),
            "tier": named((tier.tier for tier in market.TIERS), merchants.tier),
            "followers": merchants.followers,
            "is_new": named(("false", "true"), merchants.is_new.astype(np.int64)),
            "belt": named([*(belt for belt, *_known in market.BELTS), market.NO_BELT], merchants.belt),
            "provider": named(
                [*(name for name, _share in market.PROVIDERS), market.SELF_SERVED], merchants.provider
            ),
            "gmv_last_month": np.floor(month).astype(np.int64),
            "cash_cap": _rounded_up(cap / 100),
        }
    )


def pools_rows(scale: Scale) -> list[dict[str, object]]:
    """Return the rows of `pools.csv`: a hundred of cash, a hundred of traffic."""
    traffic = market.TRAFFIC_IMPRESSIONS // 1000
    zeros = "." + "0" * scale.traffic_decimals if scale.traffic_decimals else ""
    return [
        {"pool": "cash", "amount": f"{market.CASH_FEN // 100}.00", "unit": "CNY", "decimals": 2},
        {
            "pool": "traffic",
            "amount": f"{traffic}{zeros}",
            "unit": "thousand impressions",
            "decimals": scale.traffic_decimals,
        },
    ]


def categories_rows(totals: Totals) -> list[dict[str, object]]:
    """Return the rows of `categories.csv`."""
    caps = policy.budgets(totals.wanted["category"], totals.taken["cash", "category"], 50)
    return [
        {
            "category": category.category,
            "name": category.name,
            "sector": category.sector,
            "basket": f"{category.basket:g}" if category.basket < 1e5 else str(int(category.basket)),
            "margin": category.margin,
            "budget": cap,
        }
        for category, cap in zip(market.CATEGORIES, caps, strict=True)
    ]


def slots_rows(totals: Totals) -> list[dict[str, object]]:
    """Return the rows of `slots.csv`."""
    caps = policy.budgets(totals.wanted["slot"], totals.taken["cash", "slot"], 45)
    return [
        {"slot": slot.slot, "start": slot.start, "end": slot.end, "season": slot.season, "budget": cap}
        for slot, cap in zip(market.SLOTS, caps, strict=True)
    ]


def segments_rows() -> list[dict[str, object]]:
    """Return the rows of `segments.csv`."""
    return [{"segment": segment.segment, "name": segment.name} for segment in market.SEGMENTS]


def _rounded_up(yuan: Floats) -> Integers:
    # To three significant digits: caps are round numbers.
    step = 10 ** np.maximum(np.floor(np.log10(np.maximum(yuan, 1))) - 2, 0)
    return np.asarray(np.ceil(yuan / step) * step).astype(np.int64)
