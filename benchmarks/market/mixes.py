"""The rule mixes of the ladder: which groups the witness finds dearer, and the policy drawn around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from benchmarks.market.merchants import TIERS, Integers, random_of
from benchmarks.market.totals import Totals
from benchmarks.market.witness import Charges, charges_of

Row = dict[str, str]

_TIGHT = 0.0005
"""Room that a limit leaves which is meant to bind, as a share of what the witness takes."""

_WINDOW = 3
COVERED_FEN = 150_000
"""Cash from which a merchant counts as covered: 1,500 yuan."""


@dataclass(frozen=True)
class Mix:
    """One mix: charged groups by column as (share dearer, share cheaper), and how many pools there are."""

    charged: Mapping[str, tuple[float, float]]
    policy: Callable[[Draft], None]
    pools: int = 1
    is_minimum: bool = False

    def charges(self, seed: int) -> Charges:
        """Return what the witness is charged."""
        return charges_of(self.charged, self.pools, self.is_minimum, seed)


@dataclass(frozen=True, eq=False)
class Draft:
    """A policy in the making: rows of `rules.csv`, and attributes of slots and categories."""

    totals: Totals
    charges: Charges
    rng: np.random.Generator
    rules: list[Row] = field(default_factory=list)
    attributes: dict[str, dict[str, list[str]]] = field(default_factory=lambda: {"slot": {}, "category": {}})

    def rule(self, rule: str, measure: str, sense: str, value: str, **others: str) -> None:
        """Add a rule."""
        self.rules.append({"rule": rule, "measure": measure, "sense": sense, "value": value} | others)

    def cap(self, column: str, measure: str) -> None:
        """Cap every group of a column: dearer groups tightly, the others with room."""
        used = self.totals.by(measure, column)
        room = np.where(self._charge(column) > 0, _TIGHT, self.rng.uniform(0.05, 0.3, len(used)))
        self._limits(column, measure, "cap", np.ceil(used * (1 + room)).astype(np.int64))

    def floor(self, column: str, measure: str) -> None:
        """Give every group of a column a floor: cheaper groups tightly, the others with room."""
        used = self.totals.by(measure, column)
        room = np.where(self._charge(column) < 0, _TIGHT, self.rng.uniform(0.05, 0.3, len(used)))
        self._limits(column, measure, "floor", np.floor(used * (1 - room)).astype(np.int64))

    def _charge(self, column: str) -> np.ndarray:
        return {"tier": self.charges.tier, "category": self.charges.category, "slot": self.charges.slot}[
            column
        ]

    def _limits(self, column: str, measure: str, kind: str, amounts: Integers) -> None:
        """State amounts by group: as an attribute of the group's own table, tiers as one rule each."""
        digits = {"cash": 2, "conversions": 6}.get(measure, 0)
        texts = [written(amount, digits) for amount in amounts.tolist()]
        sense, name = ("at_most" if kind == "cap" else "at_least"), f"{measure}_{kind}"
        if column != "tier":
            self.attributes[column][name] = texts
            table = {"slot": "slots", "category": "categories"}[column]
            rule = f"{column}-{measure}-{kind}"
            self.rule(rule, measure, sense, "1", by=column, basis=f"{table}.{name}")
            return
        for tier, text, cells in zip(TIERS, texts, self.totals.has_cells("tier").tolist(), strict=True):
            if cells:
                self.rule(f"tier-{measure}-{kind}-{tier}", measure, sense, text, where=f"tier={tier}")


def policy_of(mix: str, totals: Totals, charges: Charges, seed: int) -> Draft:
    """Return the rules of a mix, and the attributes that they need, drawn around what the witness takes."""
    draft = Draft(totals, charges, random_of(seed, 8))
    draft.rule("merchant-cash", "cash", "at_most", "1", by="merchant", basis="merchants.cash_cap")
    MIXES[mix].policy(draft)
    return draft


def written(units: int, digits: int) -> str:
    """Write smallest units as a decimal."""
    whole, rest = divmod(units, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def _caps(draft: Draft) -> None:
    draft.cap("slot", "cash")
    for column in ("category", "tier"):
        draft.cap(column, "cash")
        draft.floor(column, "cash")


def _floors(draft: Draft) -> None:
    """Floors of cash and of conversions, and shares of the plan's own totals."""
    draft.floor("category", "cash")
    draft.floor("slot", "conversions")
    cash, all_cash = draft.totals.by("cash", "tier", "category"), draft.totals.of("cash")
    for number, tier in enumerate(TIERS):
        if not draft.totals.has_cells("tier")[number]:
            continue
        share = cash[number].sum() / all_cash
        sense, factor = ("at_least", 1 - _TIGHT) if draft.charges.tier[number] < 0 else ("at_most", 1.05)
        draft.rule(
            f"tier-share-{tier}", "cash", sense, _percent(share * factor), where=f"tier={tier}", basis="total"
        )
    by_slot = draft.totals.by("cash", "slot").max() / all_cash
    draft.rule("slot-share", "cash", "at_most", _percent(by_slot * (1 + _TIGHT)), by="slot", basis="total")
    small = {"where": "tier=small|micro", "by": "category", "basis": "total", "of": "category"}
    has_small = draft.totals.has_cells("tier", "category")[-2:].sum(axis=0) > 0
    shares = (cash[-2:].sum(axis=0) / np.maximum(cash.sum(axis=0), 1))[has_small]
    draft.rule("small-in-category", "cash", "at_least", _percent(float(shares.min()) * (1 - _TIGHT)), **small)


def _counts(draft: Draft) -> None:
    """Coverage by tier, and for every merchant enough to mean something or nothing."""
    draft.cap("slot", "cash")
    draft.cap("category", "cash")
    measure = f"merchants(cash>={COVERED_FEN // 100})"
    for tier, count in zip(TIERS, draft.totals.num_covered.tolist(), strict=True):
        if count:
            draft.rule(f"reach-{tier}", measure, "at_least", str(count), where=f"tier={tier}")
    minimum = {"by": "merchant", "basis": "merchants.min_cash", "applies": "if_funded"}
    draft.rule("enough-or-nothing", "cash", "at_least", "1", **minimum)


def _pools(draft: Draft) -> None:
    draft.cap("slot", "cash")
    draft.cap("slot", "traffic")
    draft.cap("category", "coupons")
    draft.floor("tier", "traffic")


def _windows(draft: Draft) -> None:
    """Any three slots on end, in all and by tier, and the largest merchants together."""
    draft.cap("category", "cash")
    by_tier = draft.totals.by("cash", "tier", "slot")
    for tier, by_slot in (("", by_tier.sum(axis=0)), *zip(TIERS, by_tier, strict=True)):
        widest = int(np.convolve(by_slot, np.ones(_WINDOW, np.int64), "valid").max())
        if widest:
            scope = {"where": f"tier={tier}"} if tier else {}
            value = written(int(widest * (1 + _TIGHT)) + 1, 2)
            draft.rule(
                f"window-{tier or 'all'}", "cash", "at_most", value, kind="window", k=str(_WINDOW), **scope
            )
    largest = draft.totals.largest(-(-draft.totals.num_merchants // 100))
    top = {"kind": "top", "by": "merchant", "k": "1%"}
    draft.rule("top-one-percent", "cash", "at_most", written(int(largest * (1 + _TIGHT)) + 1, 2), **top)


def _percent(share: float) -> str:
    return f"{share * 100:.6f}%"


MIXES: Mapping[str, Mix] = {
    "caps": Mix({"slot": (0.12, 0.0), "category": (0.06, 0.04), "tier": (0.2, 0.0)}, _caps),
    "tight": Mix({"slot": (0.4, 0.0), "category": (0.2, 0.2), "tier": (0.2, 0.2)}, _caps),
    "floors": Mix({"category": (0.0, 0.3), "slot": (0.0, 0.4), "tier": (0.0, 0.4)}, _floors),
    "counts": Mix({"slot": (0.4, 0.0), "category": (0.3, 0.0)}, _counts, is_minimum=True),
    "pools": Mix({"slot": (0.3, 0.0), "category": (0.3, 0.0), "tier": (0.0, 0.2)}, _pools, pools=3),
    "windows+top": Mix({"slot": (0.4, 0.0), "category": (0.3, 0.0), "tier": (0.2, 0.0)}, _windows),
}
"""Name -> mix. Every mix has cash caps by merchant besides."""
