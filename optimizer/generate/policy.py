"""The policy of a generated instance: drawn around the witness, so that it can be met."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from models.headers import RULE_COLUMNS
from optimizer.generate import market
from optimizer.generate.merchants import Integers
from optimizer.generate.scale import Scale
from optimizer.generate.totals import Totals

_MARGIN = 5
"""Percent by which every cap stays above, and every floor below, what the witness takes."""

_NOWHERE = "nowhere"
"""Stands for a scope without a cell: such a rule is left out."""

_TIERS = [tier.tier for tier in market.TIERS]
_SEGMENTS = [segment.segment for segment in market.SEGMENTS]

Row = dict[str, str]


def budgets(wanted: Integers, taken: Integers, percent: int) -> list[int]:
    """Return each group's cap in yuan: `percent` of what it could take (fen), or more if the witness does."""
    nominal = wanted.astype(object) * percent // 100
    least = taken.astype(object) * (100 + _MARGIN) // 100
    return [
        _round_up(max(int(one), int(other)) // 100 + 1) for one, other in zip(nominal, least, strict=True)
    ]


def rules(totals: Totals, scale: Scale) -> list[Row]:
    """Return the rows of `rules.csv`. A market too small for a floor or a scope goes without the rule."""
    rows = [*_floors(totals, scale), *_fairness_caps(totals, scale)]
    rows += [*_budget_caps(totals, scale), *_terms(totals, scale)]
    rows = [row for row in rows if row.get("where") != _NOWHERE]
    return [{column: row.get(column, "") for column in RULE_COLUMNS} for row in rows]


def _among(totals: Totals, column: str, names: Sequence[str], wanted: Collection[str]) -> str:
    """Return the scope of those of `wanted` that have cells; `names` are the column's groups in order."""
    found = [name for number, name in enumerate(names) if name in wanted and totals.has_cells(column, number)]
    return f"{column}={'|'.join(found)}" if found else _NOWHERE


def _but_last(totals: Totals, column: str, last: str) -> str:
    """Return the scope of all groups of a column but its last one, which is called `last`."""
    count = len(totals.wanted[column]) - 1
    is_any = any(totals.has_cells(column, number) for number in range(count))
    return f"{column}!={last}" if is_any else _NOWHERE


def _floors(totals: Totals, scale: Scale) -> list[Row]:
    is_middle = np.array([tier.tier in market.MIDDLE_TIERS for tier in market.TIERS])
    middle = _lower(400, int(totals.taken["cash", "tier"][is_middle].sum()), market.CASH_FEN)
    num_new = min(totals.num_new * 70, totals.num_new_reached * (100 - _MARGIN)) // 100
    funded = zip(totals.funded_in_belt, totals.merchants_in_belt, strict=True)
    belt = min((_lower(700, int(got), int(count)) for got, count in list(funded)[:-1] if count), default=0)
    measure = f"merchants(cash>={scale.noticeable})"
    floors = [
        (
            middle,
            _rule("middle-tiers", "Middle tiers get their part of the cash", "growth", "cash", "at_least")
            | {
                "where": _among(totals, "tier", _TIERS, market.MIDDLE_TIERS),
                "value": _percent(middle),
                "basis": "pool",
            },
        ),
        (
            num_new,
            _rule("new-merchants", "New merchants are reached", "incubation", measure, "at_least")
            | {"where": "is_new=true", "value": str(num_new)},
        ),
        (
            belt,
            _rule("belt-reach", "Every industrial belt is reached", "regions", "merchants", "at_least")
            | {
                "where": _but_last(totals, "belt", market.NO_BELT),
                "by": "belt",
                "value": _percent(belt),
                "basis": "eligible",
            },
        ),
    ]
    return [row for amount, row in floors if amount > 0]


def _fairness_caps(totals: Totals, scale: Scale) -> list[Row]:
    num_top = -(-totals.merchant_cash.size // 100)
    top = _upper(350, int(np.sort(totals.merchant_cash)[-num_top:].sum()), market.CASH_FEN)
    provider = _upper(90, int(totals.taken["cash", "provider"][:-1].max()), market.CASH_FEN)
    return [
        _rule("top-one-percent", "The largest one percent of merchants", "fairness", "cash", "at_most")
        | {"kind": "top", "by": "merchant", "k": "1%", "value": _percent(top), "basis": "pool"},
        _rule("merchant-cash", "No merchant over its own cap", "risk", "cash", "at_most")
        | {"by": "merchant", "value": "1", "basis": "merchants.cash_cap"},
        _rule("merchant-cells", "No merchant everywhere", "risk", "cells", "at_most")
        | {"by": "merchant", "value": str(scale.most_cells)},
        _rule("provider-cash", "No service provider over its part", "partners", "cash", "at_most")
        | {
            "where": _but_last(totals, "provider", market.SELF_SERVED),
            "by": "provider",
            "value": _percent(provider),
            "basis": "pool",
        },
    ]


def _budget_caps(totals: Totals, scale: Scale) -> list[Row]:
    slot_cash = totals.taken["cash", "slot"]
    month = _upper(210, int((slot_cash[1:] + slot_cash[:-1]).max()), market.CASH_FEN)
    room = _upper(120, int(totals.taken["traffic", "slot"].max()), scale.traffic)
    return [
        _rule("category-cash", "Category budgets", "categories", "cash", "at_most")
        | {"by": "category", "value": "1", "basis": "categories.budget"},
        _rule("slot-cash", "Slot budgets", "live", "cash", "at_most")
        | {"by": "slot", "value": "1", "basis": "slots.budget"},
        _rule("slot-traffic", "Room in the stream of a slot", "live", "traffic", "at_most")
        | {"by": "slot", "value": _percent(room), "basis": "pool"},
        _rule("peak-window", "Any two slots on end", "finance", "cash", "at_most")
        | {"kind": "window", "k": "2", "value": _percent(month), "basis": "pool"},
    ]


def _terms(totals: Totals, scale: Scale) -> list[Row]:
    by_category = zip(totals.taken["cash", "category"], totals.taken["gmv", "category"], strict=True)
    # Cash is in fen and gmv in yuan.
    back = max((_upper(80, int(cash), int(gmv) * 100) for cash, gmv in by_category if gmv), default=300)
    belts = {"where": _but_last(totals, "belt", market.NO_BELT), "by": "belt"}
    return [
        _rule("category-return", "Cash for each yuan sold", "finance", "cash", "at_most")
        | {"by": "category", "value": _percent(back), "basis": "gmv"},
        _rule("worth-a-contract", "The largest merchants get enough or nothing", "sales", "cash", "at_least")
        | {
            "where": _among(totals, "tier", _TIERS, _TIERS[-1:]),
            "by": "merchant",
            "value": str(scale.meaningful),
        }
        | {"applies": "if_funded"},
        _rule("passers-by", "Traffic that meets passers-by", "growth", "traffic", "at_least")
        | {
            "where": _among(totals, "segment", _SEGMENTS, ["passer_by"]),
            "value": "25%",
            "basis": "pool",
            "enforcement": "soft",
            "penalty": "12",
        },
        _rule("belt-balance", "Cash per merchant, best belt against worst", "regions", "cash", "at_most")
        | belts
        | {"kind": "ratio", "value": "3", "basis": "per_merchant", "enforcement": "report"},
    ]


def _rule(rule: str, label: str, owner: str, measure: str, sense: str) -> Row:
    texts = {"rule": rule, "label": label, "owner": owner, "measure": measure, "sense": sense}
    return texts | {"kind": "limit", "basis": "absolute", "applies": "always", "enforcement": "hard"}


def _lower(nominal: int, taken: int, whole: int) -> int:
    """Return a floor in tenths of a percent of `whole`: `nominal`, or less if the witness reaches less."""
    return min(nominal, taken * (100 - _MARGIN) * 10 // whole)


def _upper(nominal: int, taken: int, whole: int) -> int:
    """Return a cap in tenths of a percent of `whole`: `nominal`, or more if the witness takes more."""
    return max(nominal, -(-taken * (100 + _MARGIN) * 10 // whole))


def _percent(tenths: int) -> str:
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"


def _round_up(number: int) -> int:
    """Return `number` rounded up to three significant digits."""
    step = int(10 ** max(len(str(number)) - 3, 0))
    return -(-number // step) * step
