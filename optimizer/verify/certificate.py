"""`certificate.json`, read against the limits that it prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from optimizer.verify.arrays import Codes, Flags
from optimizer.verify.decimals import canonical, significant_digits
from optimizer.verify.document import below, compare, is_text, shortened
from optimizer.verify.family import Family
from optimizer.verify.holdings import amounts_of, thresholds
from optimizer.verify.instance import Instance
from optimizer.verify.plan import find_cells
from optimizer.verify.report import Report, UnverifiableError
from optimizer.verify.rule import Measure

FILE = "certificate.json"
_MOST_DIGITS = {False: 12, True: 24}
"""Digits of a price in a bound, and in a proof that no plan exists: there it may be what is left of 1."""


@dataclass(frozen=True)
class Decision:
    """An option that a leaf assumes to be taken, or avoided."""

    cell: int
    option: int
    is_taken: bool


@dataclass(frozen=True, eq=False)
class Priced:
    """The price of one limit of a family.

    Attributes
    ----------
    group
        Place of the limit's group; 0 for `top` and `ratio`.
    weights
        For `top`: group -> weight.
    pairs
        For `ratio`: (high, low) -> price; `price` is their sum.
    """

    family: Family
    group: int
    price: Fraction
    weights: dict[int, Fraction]
    pairs: dict[tuple[int, int], Fraction]


@dataclass(frozen=True, eq=False)
class Leaf:
    """Decisions that are assumed, and the prices under which they are bounded."""

    where: tuple[Decision, ...]
    prices: tuple[Priced, ...]


@dataclass(frozen=True, eq=False)
class Inside:
    """The limits that hold inside the search of their merchant: (family, its groups) pairs."""

    parts: tuple[tuple[Family, Codes], ...]

    def __iter__(self) -> Iterator[tuple[Family, int]]:
        for family, groups in self.parts:
            yield from ((family, group) for group in groups.tolist())

    def __len__(self) -> int:
        return sum(len(groups) for _, groups in self.parts)


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate whose every part names what exists and may be used; its bound is as it claims."""

    is_infeasible: bool
    bound: str
    inside: Inside
    leaves: tuple[Leaf, ...]


class CertificateReader:
    """Reads one certificate; what is wrong with it becomes findings."""

    def __init__(self, report: Report, instance: Instance, families: list[Family]) -> None:
        self.report = report
        self.instance = instance
        self.families = {family.name: (place, family) for place, family in enumerate(families)}
        self._places: dict[str, dict[str, int]] = {}
        self._own: dict[str, Flags] = {}
        self._most_digits = _MOST_DIGITS[False]

    def read(self, document: dict[str, Any]) -> Certificate:
        """Return the certificate.

        Raises
        ------
        UnverifiableError
            If any part of it is not as it must be.
        """
        whole = {"contract": 1, "kind": is_text, "bound": is_text, "inside": _is_list, "leaves": _is_list}
        self._require("", document, whole)
        if document["kind"] not in ("bound", "infeasible"):
            raise self._wrong("kind", document["kind"])
        is_infeasible = document["kind"] == "infeasible"
        self._most_digits = _MOST_DIGITS[is_infeasible]
        if not document["leaves"]:
            raise self._wrong("leaves", document["leaves"])
        inside = self._insides(document["inside"])
        leaves = [
            self._leaf(f"leaves[{n}]", part, is_infeasible) for n, part in enumerate(document["leaves"])
        ]
        return Certificate(is_infeasible, document["bound"], inside, tuple(leaves))

    def _groups(self, family: Family) -> dict[str, int]:
        """Return the place of every group's text."""
        if family.name not in self._places:
            self._places[family.name] = {text: place for place, text in enumerate(family.texts)}
        return self._places[family.name]

    def _require(self, path: str, value: object, expected: dict[str, Any]) -> None:
        before = self.report.count
        compare(self.report, FILE, path, value, expected)
        if self.report.count != before:
            raise UnverifiableError(path)

    def _wrong(self, path: str, value: object) -> UnverifiableError:
        self.report.add("PLN-09", FILE, column=path, value=shortened(value))
        return UnverifiableError(path)

    def _limit(self, path: str, part: dict[str, Any]) -> tuple[Family, int]:
        _, family = self.families.get(part["rule"], (0, None))
        group = None
        if family is not None:
            group = self._groups(family).get(part["group"])
            if family.is_single:
                group = 0 if part["group"] == "" else None
        if family is None or group is None:
            self.report.add("VER-16", FILE, column=path, value=part["group"], rule=part["rule"])
            raise UnverifiableError(path)
        return family, group

    def _insides(self, parts: list[Any]) -> Inside:
        chosen = self._quick_insides(parts)
        if chosen is None:
            chosen = {}
            for number, part in enumerate(parts):
                family, group = self._inside(f"inside[{number}]", part)
                chosen.setdefault(family.name, []).append(group)
        sets = [(self.families[name][1], np.sort(np.array(own, np.int64))) for name, own in chosen.items()]
        if any(bool((groups[1:] == groups[:-1]).any()) for _, groups in sets):
            raise self._wrong("inside", parts)
        return Inside(tuple(sets))

    def _quick_insides(self, parts: list[Any]) -> dict[str, list[int]] | None:
        """Return the groups by rule, as there may be millions; None if any part is not as it must be."""
        if not all(map(_names_limit, parts)):
            return None
        texts: dict[str, list[str]] = {}
        for part in parts:
            texts.setdefault(part["rule"], []).append(part["group"])
        chosen: dict[str, list[int]] = {}
        for name, own in texts.items():
            family = self.families[name][1] if name in self.families else None
            if family is None or family.is_single:
                return None
            places = self._groups(family)
            groups = [places.get(text, -1) for text in own]
            if min(groups) < 0 or not self._may_be_inside(family)[groups].all():
                return None
            chosen[name] = groups
        return chosen

    def _inside(self, path: str, part: object) -> tuple[Family, int]:
        self._require(path, part, {"rule": is_text, "group": is_text})
        assert isinstance(part, dict)
        family, group = self._limit(path, part)
        if not self._may_be_inside(family)[group]:
            raise self._forbidden(path, part)
        return family, group

    def _may_be_inside(self, family: Family) -> Flags:
        """Return whether each limit is hard and all that it adds up belongs to one merchant."""
        if family.name not in self._own:
            self._own[family.name] = self._is_own(family)
        return self._own[family.name]

    def _is_own(self, family: Family) -> Flags:
        size = len(family.limit_texts)
        if family.is_single or family.rule.enforcement != "hard":
            return np.zeros(size, np.bool_)
        merchant = self.instance.cells.merchant
        first, last = _owners(merchant[family.cells], family.group, size)
        if family.rule.is_in_plan:
            of_size = int(family.of_code.max(initial=0)) + 1
            of_first, of_last = _owners(merchant[family.of_cells], family.of_group, of_size)
            first = np.minimum(first, of_first[family.of_code])
            last = np.maximum(last, of_last[family.of_code])
        return np.asarray(first >= last, np.bool_)

    def _forbidden(self, path: str, part: dict[str, Any]) -> UnverifiableError:
        self.report.add(
            "VER-17", FILE, column=path, value=str(part.get("group", "")), rule=part.get("rule", "")
        )
        return UnverifiableError(path)

    def _leaf(self, path: str, part: object, is_infeasible: bool) -> Leaf:
        self._require(path, part, {"where": _is_list, "prices": _is_list})
        assert isinstance(part, dict)
        where = [self._decision(f"{path}.where[{n}]", item) for n, item in enumerate(part["where"])]
        kept = Funded(is_infeasible, frozenset(one.cell for one in where if one.is_taken))
        prices = [self._priced(f"{path}.prices[{n}]", item, kept) for n, item in enumerate(part["prices"])]
        order = [(self.families[priced.family.name][0], priced.group) for priced in prices]
        if any(before >= after for before, after in pairwise(order)):
            raise self._wrong(f"{path}.prices", part["prices"])
        return Leaf(tuple(where), tuple(prices))

    def _decision(self, path: str, part: object) -> Decision:
        keys = (*self.instance.cells.keys, "option")
        self._require(path, part, {**dict.fromkeys(keys, is_text), "taken": _is_flag})
        assert isinstance(part, dict)
        cell = int(find_cells(self.instance, [[part[key] for key in keys[:-1]]])[0])
        options = self.instance.options
        if cell >= 0:
            for option in range(int(options.starts[cell]), int(options.starts[cell + 1])):
                if options.name(option) == part["option"]:
                    return Decision(cell, option, part["taken"])
        self.report.add("VER-03" if cell >= 0 else "VER-02", FILE, column=path, value=part["option"])
        raise UnverifiableError(path)

    def _priced(self, path: str, part: object, kept: Funded) -> Priced:
        if not isinstance(part, dict) or not is_text(part.get("rule")) or part["rule"] not in self.families:
            self.report.add("VER-16", FILE, column=path, value="", rule=shortened(_get(part, "rule")))
            raise UnverifiableError(path)
        kind = self.families[part["rule"]][1].rule.kind
        last = {"ratio": {"pairs": _is_list}, "top": {"price": is_text, "weights": _is_list}}
        self._require(path, part, {"rule": is_text, "group": is_text, **last.get(kind, {"price": is_text})})
        family, group = self._limit(path, part)
        weights = self._weights(path, family, part["weights"]) if kind == "top" else {}
        pairs = self._pairs(path, family, part["pairs"]) if kind == "ratio" else {}
        price = sum(pairs.values(), Fraction(0)) if kind == "ratio" else self._price(path, part["price"])
        if not may_be_priced(self.instance, family, group, kept):
            raise self._forbidden(path, part)
        if family.rule.enforcement == "soft" and price > family.rule.penalty:
            raise self._forbidden(path, part)
        return Priced(family, group, price, weights, pairs)

    def _price(self, path: str, text: str) -> Fraction:
        price = canonical(text)
        if price is None or price <= 0 or significant_digits(text) > self._most_digits:
            raise self._wrong(below(path, "price"), text)
        return price

    def _weights(self, path: str, family: Family, parts: list[Any]) -> dict[int, Fraction]:
        weights: dict[int, Fraction] = {}
        for number, part in enumerate(parts):
            place = f"{path}.weights[{number}]"
            self._require(place, part, {"group": is_text, "weight": is_text})
            group, weight = self._groups(family).get(part["group"]), canonical(part["weight"])
            if group is None or weight is None or not 0 <= weight <= 1 or group in weights:
                raise self._wrong(place, part["group"])
            weights[group] = weight
        largest = family.num_largest
        is_short = sum(weights.values()) < largest and may_be_negative(self.instance, family)
        if sum(weights.values()) > largest or is_short or list(weights) != sorted(weights):
            raise self._wrong(f"{path}.weights", parts)
        return weights

    def _pairs(self, path: str, family: Family, parts: list[Any]) -> dict[tuple[int, int], Fraction]:
        pairs: dict[tuple[int, int], Fraction] = {}
        groups = self._groups(family)
        for number, part in enumerate(parts):
            place = f"{path}.pairs[{number}]"
            self._require(place, part, {"high": is_text, "low": is_text, "price": is_text})
            high, low = groups.get(part["high"]), groups.get(part["low"])
            is_pair = high is not None and low is not None and high != low and (high, low) not in pairs
            if not is_pair or high is None or low is None or not family.bases[high] or not family.bases[low]:
                raise self._wrong(place, part["high"])
            pairs[high, low] = self._price(place, part["price"])
        if not pairs or list(pairs) != sorted(pairs):
            raise self._wrong(f"{path}.pairs", parts)
        return pairs


def _names_limit(part: object) -> bool:
    """Whether a part is an object of two texts, `rule` and `group`; there may be millions."""
    return (
        type(part) is dict
        and len(part) == 2
        and type(part.get("rule")) is str
        and type(part.get("group")) is str
    )


def _owners(merchants: Codes, group: Codes, size: int) -> tuple[Codes, Codes]:
    """Return every group's first and last merchant; the first is above the last where it has none."""
    first, last = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    inside = group < size
    np.minimum.at(first, group[inside], merchants[inside])
    np.maximum.at(last, group[inside], merchants[inside])
    return first, last


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _get(part: object, key: str) -> object:
    return part.get(key) if isinstance(part, dict) else None


@dataclass(frozen=True)
class Funded:
    """What a leaf is to prove, and the cells that it assumes to be funded."""

    is_infeasible: bool = False
    cells: frozenset[int] = frozenset()


def may_be_priced(instance: Instance, family: Family, group: int, kept: Funded) -> bool:
    """Whether a limit is a linear row that every plan obeys, or unless infeasibility is claimed pays for.

    Every plan of the leaf, that is: an `if_funded` limit applies where the leaf, or a pin, funds its group.
    """
    rule = family.rule
    if rule.enforcement not in (("hard",) if kept.is_infeasible else ("hard", "soft")):
        return False
    if not rule.is_if_funded:
        return True
    if rule.kind != "ratio" and _is_funded(instance, family, group, kept):
        return True
    # Where the group without a funded cell satisfies the row anyway, the row holds for every plan.
    if rule.kind == "ratio" or _counts_without_funding(instance, rule.measure):
        return False
    if not rule.is_in_plan:
        return rule.sign * rule.value * family.bases[group] >= 0
    if rule.of is None and rule.basis == "measure":
        return not (rule.basis_measure and _counts_without_funding(instance, rule.basis_measure))
    is_positive = rule.sign * rule.value >= 0
    return is_positive and not _may_be_negative(instance, rule.basis_measure, np.arange(len(instance.cells)))


def _is_funded(instance: Instance, family: Family, group: int, kept: Funded) -> bool:
    cells = family.cells[family.group == group]
    return bool((instance.pins.forced[cells] >= 0).any()) or not kept.cells.isdisjoint(cells.tolist())


def _counts_without_funding(instance: Instance, measure: Measure) -> bool:
    """Whether some merchant counts with nothing, its threshold being zero or less."""
    return measure.reaches is not None and min(thresholds(instance, measure), default=1) <= 0


def may_be_negative(instance: Instance, family: Family) -> bool:
    """Whether some choice in the scope has a negative amount of the measure."""
    return _may_be_negative(instance, family.rule.measure, family.cells)


def _may_be_negative(instance: Instance, measure: Measure | None, cells: Iterable[int]) -> bool:
    if measure is None or measure.kind != "amount":
        return False
    options = instance.options
    amounts = amounts_of(instance, measure.name, options.costs | options.values, len(options))
    inside = np.isin(options.cell, np.asarray(cells))
    return bool((amounts[inside] < 0).any())
