"""The limits inside and the priced counts that the compiled search knows, as meters of a stretch of cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from optimizer.verify.arrays import Codes, Flags, Ints, peak
from optimizer.verify.block_kernel import GATED, LIMIT, REWARD, Coupled
from optimizer.verify.certificate import Inside
from optimizer.verify.charges import Charge
from optimizer.verify.family import Family
from optimizer.verify.holdings import amounts_of, thresholds
from optimizer.verify.instance import Instance
from optimizer.verify.membership import Membership
from optimizer.verify.rule import Measure
from optimizer.verify.words import Width, Words

_MOST = 2**60
CELLS = Measure("cells", "", "cells", 0)


@dataclass(frozen=True, eq=False)
class Sort:
    """Meters of one kind, one for every (group, merchant) of those groups that have one.

    Attributes
    ----------
    has_meter
        Whether each group has meters.
    terms
        (measure, weight) pairs that are added up.
    bounds
        Per group, or per merchant if `is_by_merchant`.
    rewards
        Per group; empty unless `kind` is REWARD.
    """

    kind: int
    membership: Membership
    has_meter: Flags
    terms: tuple[tuple[Measure, int], ...]
    bounds: Codes
    is_by_merchant: bool
    rewards: Words


class Meters:
    """The meters of all merchants; of those with a kind unknown to the compiled search, none."""

    def __init__(self, instance: Instance, counts: list[Charge], inside: Inside) -> None:
        self.instance = instance
        self.merchant = instance.cells.merchant
        size = len(instance.cells.texts["merchant"])
        self.is_searched: Flags = np.zeros(size, np.bool_)
        self.is_strange: Flags = np.zeros(size, np.bool_)
        self._amounts: dict[str, Ints] = {}
        self._counts = counts
        self._sorts: list[Sort] = []
        for family, groups in inside.parts:
            self._add_inside(family, groups)

    def with_rewards(self, width: Width, scale: int) -> None:
        """Add the priced counts of merchants, once it is known how their rewards are written."""
        for charge in self._counts:
            self._add_count(charge, width, scale)

    def _add_inside(self, family: Family, groups: Codes) -> None:
        rule, size = family.rule, len(family.texts)
        has_meter = np.zeros(size, np.bool_)
        has_meter[groups] = True
        owners = self.merchant[family.cells[has_meter[family.group]]]
        self.is_searched[owners] = True
        is_own_basis = rule.basis_measure is None or (rule.of is None and rule.basis == "measure")
        measures = [rule.measure] + ([rule.basis_measure] if rule.basis_measure else [])
        if any(m.kind == "merchants" for m in measures) or not is_own_basis:
            self.is_strange[owners] = True
            return
        terms = [(rule.measure, Fraction(rule.sign, 10**rule.measure.digits))]
        if rule.basis_measure is not None:
            terms.append((rule.basis_measure, -rule.sign * rule.value / 10**rule.basis_measure.digits))
        scale = lcm(*(weight.denominator for _, weight in terms))
        bounds = family.bases.times(rule.sign * rule.value * scale).floors()
        whole = tuple((measure, int(weight * scale)) for measure, weight in terms)
        if not self._fits(whole, family) or peak(bounds) >= _MOST:
            self.is_strange[owners] = True
            return
        membership = Membership(family.cells, family.group, len(self.merchant))
        kind = GATED if rule.is_if_funded else LIMIT
        none: Words = np.zeros((0, 2), np.int64)
        self._sorts.append(Sort(kind, membership, has_meter, whole, bounds, False, none))

    def _add_count(self, charge: Charge, width: Width, scale: int) -> None:
        """Let every merchant of a priced group earn or pay where it counts."""
        measure, size = charge.measure, charge.num_groups
        inner = measure.reaches or CELLS
        has_meter = np.zeros(size, np.bool_)
        has_meter[list(charge.rates)] = True
        is_charged = has_meter[charge.group]
        owners = self.merchant[charge.cells[is_charged]]
        self.is_searched[owners] = True
        reached = thresholds(self.instance, measure) if measure.reaches else [1]
        terms = ((inner, 1),)
        if not self._fits(terms, None) or max(map(abs, reached)) >= _MOST:
            self.is_strange[owners] = True
            return
        rewards = np.zeros((size, 2), np.int64)
        rewards[list(charge.rates)] = width.split([-int(rate * scale) for rate in charge.rates.values()])
        is_by_merchant = measure.reaches is not None
        bounds = np.array(reached if is_by_merchant else [1] * size, np.int64)
        membership = Membership(charge.cells, charge.group, len(self.merchant))
        self._sorts.append(Sort(REWARD, membership, has_meter, terms, bounds, is_by_merchant, rewards))

    def _fits(self, terms: tuple[tuple[Measure, int], ...], family: Family | None) -> bool:
        """Whether no meter can overflow: each cell adds the weighted amount of one option at most."""
        num_cells = len(self.merchant) if family is None else len(family.cells)
        return sum(abs(weight) * peak(self._amount(m)) for m, weight in terms) * max(1, num_cells) < _MOST

    def _amount(self, measure: Measure) -> Ints:
        if measure.kind == "cells":
            return np.ones(1, np.int64)
        options = self.instance.options
        if measure.name not in self._amounts:
            columns = options.costs | options.values
            self._amounts[measure.name] = amounts_of(self.instance, measure.name, columns, len(options))
        return self._amounts[measure.name]

    def coupled(self, first: int, last: int) -> tuple[Coupled, Codes]:
        """Return the meters of the merchants of cells `first` to `last`, and those that have some."""
        merchant = self.merchant[first:last].astype(np.int64)
        is_known = self.is_searched & ~self.is_strange
        measures = list(dict.fromkeys(measure for sort in self._sorts for measure, _ in sort.terms))
        rules, owners, entries = [np.zeros((0, 4), np.int64)], [np.zeros(0, np.int64)], []
        count = 0
        for sort in self._sorts:
            cells, groups = sort.membership.part(first, last)
            keep = sort.has_meter[groups] & is_known[merchant[cells]]
            cells, groups = cells[keep], groups[keep].astype(np.int64)
            base = merchant[0]
            width = int(merchant[-1] - base) + 1
            pairs, meter = np.unique(groups * width + (merchant[cells] - base), return_inverse=True)
            group, owner = pairs // width, pairs % width + base
            bounds = sort.bounds[owner if sort.is_by_merchant else group]
            rewards = sort.rewards[group] if len(sort.rewards) else np.zeros((len(pairs), 2), np.int64)
            rules.append(np.column_stack([np.full(len(pairs), sort.kind), bounds, rewards]))
            owners.append(owner)
            for measure, weight in sort.terms:
                full = np.full(len(cells), measures.index(measure)), np.full(len(cells), weight)
                entries.append(np.column_stack([cells, meter + count, *full]))
            count += len(pairs)
        return self._arranged(first, last, (rules, owners, entries), measures)

    def _arranged(
        self,
        first: int,
        last: int,
        parts: tuple[list[Words], list[Codes], list[Words]],
        measures: Iterable[Measure],
    ) -> tuple[Coupled, Codes]:
        """Sort meters by merchant and entries by cell."""
        options = self.instance.options
        rules, owner = np.concatenate(parts[0]), np.concatenate(parts[1])
        entries = np.concatenate([*parts[2], np.zeros((0, 4), np.int64)])
        order = np.argsort(owner, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        merchants, begins = np.unique(owner[order], return_index=True)
        by_cell = np.argsort(entries[:, 0], kind="stable")
        entries = entries[by_cell]
        starts = np.searchsorted(entries[:, 0], np.arange(last - first + 1))
        merchant = self.merchant[first:last]
        cells = np.column_stack(
            [np.searchsorted(merchant, merchants), np.searchsorted(merchant, merchants, side="right")]
        )
        begin, end = int(options.starts[first]), int(options.starts[last])
        amounts = [
            self._amount(m)[begin:end] if m.kind != "cells" else np.ones(end - begin, np.int64)
            for m in measures
        ]
        held = np.array(amounts, np.int64).reshape(len(amounts), end - begin)
        entries = np.column_stack([place[entries[:, 1]], entries[:, 2:]])
        meters = np.append(begins, len(order))
        return Coupled(cells, meters, rules[order], starts, entries, held), merchants
