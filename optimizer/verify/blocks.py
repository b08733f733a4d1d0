"""Merchants whose cells interact: through counts of merchants that are priced, or limits that hold inside."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from optimizer.verify.arrays import Codes, Flags, Ints
from optimizer.verify.certificate import Inside
from optimizer.verify.charges import Charge
from optimizer.verify.family import Family
from optimizer.verify.holdings import amounts_of, thresholds
from optimizer.verify.instance import Instance
from optimizer.verify.rule import Measure
from optimizer.verify.search import Choice, Meter, OverBudgetError, best_of

_NEVER_BROKEN = 10**50


@dataclass(frozen=True, eq=False)
class Block:
    """One merchant, with what its choices earn under the prices of a leaf (see `bound`).

    `net` and `allowed` are looked up by option, `fixed` and `must` by cell.
    """

    instance: Instance
    merchant: int
    net: Ints | dict[int, int]
    fixed: Ints | dict[int, int]
    allowed: Flags | dict[int, bool]
    must: Flags | dict[int, bool]


@dataclass(frozen=True, eq=False)
class _Coupling:
    """A meter of one merchant: (measure, weight, cells) terms whose weighted amounts it adds up."""

    meter: Meter
    terms: tuple[tuple[Measure, int, frozenset[int]], ...]


class Blocks:
    """The couplings of every merchant that has some."""

    def __init__(
        self,
        instance: Instance,
        counts: list[Charge],
        inside: Inside,
        scale: int,
        merchants: set[int] | None = None,
    ) -> None:
        self.instance = instance
        self._only = merchants
        self._couplings: dict[int, list[_Coupling]] = {}
        self._amounts: dict[str, Ints] = {}
        for charge in counts:
            self._add_counts(charge, scale)
        for family, groups in inside.parts:
            members = _members(family.cells, family.group, groups)
            # Cells of a whole scope are one array, however differently the basis groups them.
            is_apart = family.rule.is_in_plan and family.of_group is not family.group
            of_groups = family.of_code[groups] if family.rule.is_in_plan else groups
            others = _members(family.of_cells, family.of_group, of_groups) if is_apart else members
            for group, cells, of_cells in zip(groups.tolist(), members, others, strict=True):
                self._add_inside(family, group, cells, of_cells)

    @property
    def merchants(self) -> set[int]:
        """The merchants that have couplings."""
        return set(self._couplings)

    def _add_counts(self, charge: Charge, scale: int) -> None:
        """Let every merchant of a priced group earn or pay where it counts."""
        measure = charge.measure
        inner = measure.reaches or Measure("cells", "", "cells", 0)
        bounds = thresholds(self.instance, measure) if measure.reaches else None
        members: dict[tuple[int, int], list[int]] = {}
        merchants = self.instance.cells.merchant[charge.cells]
        for cell, group, merchant in zip(
            charge.cells.tolist(), charge.group.tolist(), merchants.tolist(), strict=True
        ):
            if group not in charge.rates or (self._only is not None and merchant not in self._only):
                continue
            members.setdefault((group, merchant), []).append(cell)
        for (group, merchant), cells in members.items():
            bound = bounds[merchant] if bounds is not None else 1
            meter = Meter(bound, reward=-int(charge.rates[group] * scale))
            self._couple(merchant, meter, ((inner, 1, frozenset(cells)),))

    def _couple(
        self, merchant: int, meter: Meter, terms: tuple[tuple[Measure, int, frozenset[int]], ...]
    ) -> None:
        self._couplings.setdefault(merchant, []).append(_Coupling(meter, terms))

    def _add_inside(
        self, family: Family, group: int, cells: frozenset[int], of_cells: frozenset[int]
    ) -> None:
        """Let a limit hold inside its merchant's search."""
        rule = family.rule
        if not cells:
            return
        merchant = int(self.instance.cells.merchant[min(cells)])
        if self._only is not None and merchant not in self._only:
            return
        if rule.measure.kind == "merchants":
            self._add_inside_count(family, group, merchant, cells)
            return
        unit = Fraction(rule.sign, 10**rule.measure.digits)
        terms = [(rule.measure, unit, cells)]
        side = rule.sign * rule.value * family.bases[group]
        if rule.basis_measure is not None:
            if rule.basis_measure.kind == "merchants" or rule.is_if_funded:
                raise OverBudgetError
            weight = -rule.sign * rule.value / 10**rule.basis_measure.digits
            terms.append((rule.basis_measure, weight, of_cells))
        scale = lcm(*(weight.denominator for _, weight, _ in terms))
        bound = (side * scale).numerator // (side * scale).denominator
        meter = Meter(bound, is_limit=True, is_gated=rule.is_if_funded)
        self._couple(merchant, meter, tuple((m, int(w * scale), c) for m, w, c in terms))

    def _add_inside_count(self, family: Family, group: int, merchant: int, cells: frozenset[int]) -> None:
        """Translate a limit on the count of one merchant, which is 0 or 1, into one on what it must reach."""
        rule = family.rule
        if rule.is_in_plan or rule.is_if_funded:
            raise OverBudgetError
        side = rule.sign * rule.value * family.bases[group]
        may_be = [rule.sign * count <= side for count in (0, 1)]
        inner = rule.measure.reaches or Measure("cells", "", "cells", 0)
        reached = thresholds(self.instance, rule.measure)[merchant] if rule.measure.reaches else 1
        if may_be[0] and may_be[1]:
            return
        if not may_be[0] and not may_be[1]:
            self._couple(merchant, Meter(-_NEVER_BROKEN, is_limit=True), ((inner, 1, cells),))
        elif may_be[0]:
            self._couple(merchant, Meter(reached - 1, is_limit=True), ((inner, 1, cells),))
        else:
            self._couple(merchant, Meter(-reached, is_limit=True), ((inner, -1, cells),))

    def best(self, block: Block) -> int | None:
        """Return the best of a merchant, or None if nothing it may choose is left.

        Raises
        ------
        OverBudgetError
            If the search takes more than its counted work, or is of a kind that it does not know.
        """
        couplings = self._couplings.get(block.merchant, [])
        first, last = np.searchsorted(self.instance.cells.merchant, [block.merchant, block.merchant + 1])
        cells = [self._choices(block, couplings, cell) for cell in range(int(first), int(last))]
        return best_of(cells, [coupling.meter for coupling in couplings])

    def _choices(self, block: Block, couplings: list[_Coupling], cell: int) -> list[Choice]:
        """Return what a cell may hold: its value, and what it adds to every meter."""
        options = self.instance.options
        own = range(int(options.starts[cell]), int(options.starts[cell + 1]))
        allowed = [option for option in own if block.allowed[option]]
        fixed = int(block.fixed[cell])
        adds = {option: self._adds(couplings, cell, option) for option in allowed}
        choices: list[Choice] = [(fixed + int(block.net[option]), adds[option]) for option in allowed]
        if block.must[cell]:
            return choices
        if allowed and self.instance.is_divisible[cell]:
            if any(term[0].kind != "cells" for c in couplings for term in c.terms if cell in term[2]):
                raise OverBudgetError  # a mix moves both amount and value
            choices.append((fixed, adds[allowed[0]]))
        nothing = tuple(None if coupling.meter.is_gated else 0 for coupling in couplings)
        return [(0, nothing), *choices]

    def _adds(self, couplings: list[_Coupling], cell: int, option: int) -> tuple[int | None, ...]:
        adds: list[int | None] = []
        for coupling in couplings:
            inside = [(measure, weight) for measure, weight, cells in coupling.terms if cell in cells]
            amount = sum(weight * self._amount(measure, option) for measure, weight in inside)
            adds.append(None if coupling.meter.is_gated and not inside else amount)
        return tuple(adds)

    def _amount(self, measure: Measure, option: int) -> int:
        if measure.kind == "cells":
            return 1
        if measure.name not in self._amounts:
            options = self.instance.options
            columns = options.costs | options.values
            self._amounts[measure.name] = amounts_of(self.instance, measure.name, columns, len(options))
        return int(self._amounts[measure.name][option])


def _members(cells: Codes, group: Codes, groups: Codes) -> list[frozenset[int]]:
    """Return the cells of each of some groups."""
    order = np.argsort(group, kind="stable")
    begins = np.searchsorted(group[order], groups)
    ends = np.searchsorted(group[order], groups, side="right")
    sorted_cells = cells[order]
    return [
        frozenset(sorted_cells[first:last].tolist())
        for first, last in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
