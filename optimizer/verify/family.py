"""A rule expanded: which cells stand in which of its groups, and what each is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.headers import SENSES
from models.language import _
from optimizer.verify.arrays import Codes, Fractions, integers, sums
from optimizer.verify.decimals import loose
from optimizer.verify.groups import GroupTexts
from optimizer.verify.instance import Instance, Pool
from optimizer.verify.rule import Column, Measure, Rule, read_rule
from optimizer.verify.scope import grouped, in_scope, texts_of
from optimizer.verify.texts import quoted

_FEW = 1000


@dataclass(frozen=True, eq=False)
class Family:
    """The limits of one rule, or of one pool.

    For `top` and `ratio` the groups are what the one limit compares; else each group is a limit.

    Attributes
    ----------
    name
        The rule's id, or `pool:NAME`.
    cells, group
        Memberships: cell, group (a cell stands in several windows).
    texts
        The groups as `limits.csv` writes them.
    bases
        Per group what `value` multiplies, where that does not depend on the plan; else 0.
    of_cells, of_group
        Memberships of a basis in the plan: cell, group of its own.
    of_code
        Per group: the group of the basis that it is held against.
    is_pool
        Whether this is a pool's own limit.
    """

    name: str
    rule: Rule
    cells: Codes
    group: Codes
    texts: GroupTexts
    bases: Fractions
    of_cells: Codes
    of_group: Codes
    of_code: Codes
    is_pool: bool = False

    @property
    def is_single(self) -> bool:
        """Whether all groups make one limit."""
        return self.rule.kind in ("top", "ratio")

    @property
    def limit_texts(self) -> GroupTexts:
        """The groups of the rows in `limits.csv`."""
        return GroupTexts(1, (), ()) if self.is_single else self.texts

    @property
    def num_largest(self) -> int:
        """For `top`: how many groups are added up."""
        k = self.rule.k * len(self.texts) if self.rule.k_is_share else self.rule.k
        return min(-(-k.numerator // k.denominator), len(self.texts))


def families_of(instance: Instance) -> list[Family]:
    """Return the pools' limits, then those of the rules in order of their ids.

    Raises
    ------
    ValueError
        If a rule is not valid.
    """
    pools = [_pool_family(instance, pool) for pool in instance.pools]
    rules = []
    for row in instance.rules:
        try:
            rules.append(_expanded(instance, read_rule(instance, row)))
        except (ArithmeticError, LookupError, StopIteration, TypeError, ValueError) as error:
            raise ValueError(_("rules row {row}: {error}").format(row=row["#"], error=error)) from error
    rules += [_expanded(instance, rule) for rule in instance.floors]
    return pools + sorted(rules, key=lambda family: family.name)


def _pool_family(instance: Instance, pool: Pool) -> Family:
    measure = Measure("amount", pool.name, pool.name, pool.decimals)
    rule = Rule(
        name=f"pool:{pool.name}",
        kind="limit",
        measure=measure,
        where="",
        by=(),
        sense=SENSES[0],
        value=Fraction(pool.amount, 10**pool.decimals),
        basis="absolute",
        basis_measure=None,
        basis_column=None,
        of=None,
        k=Fraction(1),
        k_is_share=False,
        is_if_funded=False,
        enforcement="hard",
        penalty=Fraction(0),
    )
    return replace(_expanded(instance, rule), is_pool=True)


def _expanded(instance: Instance, rule: Rule) -> Family:
    cells = instance.cells_where(in_scope(instance, rule.where))
    group, texts = grouped(instance, cells, rule.by)
    if rule.kind == "window":
        cells, group, texts = _windows(instance, rule, cells, group, texts)
    bases = _bases(instance, rule, cells, group, len(texts))
    empty: Codes = np.zeros(0, np.int64)
    of_cells, of_group, of_code = empty, empty, np.zeros(len(texts), np.int64)
    if rule.is_in_plan:
        of_cells, of_group, of_code = _basis_groups(instance, rule, cells, group, len(texts))
    return Family(rule.name, rule, cells, group, texts, bases, of_cells, of_group, of_code)


def _windows(
    instance: Instance, rule: Rule, cells: Codes, group: Codes, texts: GroupTexts
) -> tuple[Codes, Codes, GroupTexts]:
    """Put every cell into each window of k consecutive slots that its slot is part of."""
    slots, width = instance.slots, min(int(rule.k), len(instance.slots))
    num_windows = len(slots) - width + 1
    order = {slot: place for place, slot in enumerate(slots)}
    place = np.array([order[slot] for slot in instance.cells.texts["slot"]], np.int64)
    position = place[instance.cells.codes["slot"][cells]] if len(cells) else cells
    all_cells, all_groups = [], []
    for back in range(width):
        window = position - back
        inside = (window >= 0) & (window < num_windows)
        all_cells.append(cells[inside])
        all_groups.append(group[inside].astype(np.int64) * num_windows + window[inside])
    spans = tuple(f"{quoted(slots[w])}..{quoted(slots[w + width - 1])}" for w in range(num_windows))
    return np.concatenate(all_cells), np.concatenate(all_groups), texts.with_spans(spans)


def _bases(instance: Instance, rule: Rule, cells: Codes, group: Codes, size: int) -> Fractions:
    if rule.is_in_plan:
        return Fractions.same(Fraction(0), size)
    if rule.basis == "absolute":
        return Fractions.same(Fraction(1), size)
    if rule.basis == "pool":
        pool = next(pool for pool in instance.pools if pool.name == rule.measure.name)
        return Fractions.same(Fraction(pool.amount, 10**pool.decimals), size)
    if rule.basis == "attribute" and rule.basis_column is not None:
        return _attribute_sums(instance, rule.basis_column, cells, group, size)
    if rule.basis == "eligible" and rule.measure.kind == "cells":
        return Fractions(np.bincount(group, minlength=size), 1)
    owners, _ = distinct_pairs(group, instance.cells.merchant[cells])
    return Fractions(np.bincount(owners, minlength=size), 1)


def _attribute_sums(instance: Instance, column: Column, cells: Codes, group: Codes, size: int) -> Fractions:
    texts = texts_of(instance, column) if column.attribute else ()
    owners, keys = distinct_pairs(group, instance.cells.codes[column.key][cells])
    used, place = np.unique(keys, return_inverse=True)
    numbers = numbers_of([texts[key] for key in used.tolist()], column.label)
    return Fractions(sums(numbers.numerators[place], owners, size), numbers.denominator)


def numbers_of(texts: list[str], label: str) -> Fractions:
    """Return the exact numbers of the texts of an attribute.

    Raises
    ------
    ValueError
        If one of them is no number.
    """
    plain = _plain_numbers(texts) if len(texts) > _FEW else None
    if plain is not None:
        return plain
    parsed = {}
    for text in dict.fromkeys(texts):
        number = loose(text)
        if number is None:
            raise ValueError(f"{label}: {text}")
        parsed[text] = number
    denominator = lcm(*{number.denominator for number in parsed.values()})
    whole = {text: int(number * denominator) for text, number in parsed.items()}
    return Fractions(integers([whole[text] for text in texts]), denominator)


def _plain_numbers(texts: list[str]) -> Fractions | None:
    """Return many numbers at once, if all are digits with up to six decimals; else None."""
    column = pa.array(texts, pa.string())
    if not pc.all(pc.match_substring_regex(column, r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$")).as_py():
        return None
    words = np.frombuffer(column.cast(pa.decimal128(38, 6)).buffers()[1], np.int64)
    return Fractions(words[::2][: len(texts)].copy(), 10**6)


def distinct_pairs(left: Codes, right: Codes) -> tuple[Codes, Codes]:
    """Return the distinct pairs of two columns of codes, sorted."""
    width = int(right.max()) + 1 if len(right) else 1
    pairs = left.astype(np.int64) * width + right
    if bool((pairs[1:] >= pairs[:-1]).all()):  # as the cells of merchants are: nothing to sort
        pairs = pairs[np.append(True, pairs[1:] > pairs[:-1])] if len(pairs) else pairs
    else:
        pairs = np.unique(pairs)
    return pairs // width, pairs % width


def _basis_groups(
    instance: Instance, rule: Rule, cells: Codes, group: Codes, size: int
) -> tuple[Codes, Codes, Codes]:
    """Return the memberships of a basis in the plan, and for every group the one that it is held against."""
    of = () if rule.of is None and rule.basis == "total" else rule.of
    if of is None:
        return cells, group, np.arange(size)
    every = instance.every_cell
    of_group, keys = grouped(instance, every, of)
    of_code: Codes = np.zeros(size, np.int64)
    if of:
        of_code[group] = of_group[cells]
    return every, of_group, of_code if len(keys) else np.zeros(size, np.int64)
