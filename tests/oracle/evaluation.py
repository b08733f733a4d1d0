"""What a plan reaches and breaks, in Fractions: every limit's use, and the objective less soft penalties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from tests.oracle.folder import Amounts, Cell, Folder, read
from tests.oracle.rule import Limit, Measure, limits, measure

Chosen = Mapping[Cell, Mapping[str, Fraction]]
Holding = dict[Cell, Amounts]
"""Funded cell -> column -> amount that it holds."""


@dataclass(frozen=True)
class LimitRow:
    """One row of `limits.csv`, without its price (and so without what only a price makes binding)."""

    rule: str
    group: str
    measure: str
    sense: str
    limit: str
    used: str
    slack: str
    status: str


@dataclass(frozen=True)
class Evaluation:
    """What a plan reaches.

    Attributes
    ----------
    problems
        Why the plan is no plan at all: unknown options, two options, fractions off the line, pins ignored.
    rows
        Rows of `limits.csv`: pools, then rules.
    broken
        Names of the hard rules and pools that it breaks.
    """

    problems: tuple[str, ...]
    rows: tuple[LimitRow, ...]
    broken: frozenset[str]
    objective: Fraction
    penalties: Fraction
    drawn: tuple[Fraction, ...]

    @property
    def is_feasible(self) -> bool:
        """Whether it is a plan and breaks no hard rule."""
        return not self.problems and not self.broken


def evaluate(path: Path, chosen: Chosen) -> Evaluation:
    """Return what a plan reaches; `chosen` maps cells to the fractions of their options (1 = whole)."""
    return evaluate_folder(read(path), chosen)


def evaluate_folder(folder: Folder, chosen: Chosen) -> Evaluation:
    """Return what a plan reaches on a folder that has been read."""
    problems = [text for cell, mix in chosen.items() for text in _mix_problems(folder, cell, mix)]
    for cell, options in folder.forced.items():
        if {frozenset(chosen.get(cell, {}).items())} != {
            frozenset({(option, Fraction(1))}) for option in options
        }:
            problems.append(f"{cell}: pinned to {sorted(options)}")
    problems += [f"{cell}: forbidden" for cell, mix in chosen.items() if mix and cell in folder.forbidden]
    if any("no option" in text for text in problems):
        return Evaluation(tuple(problems), (), frozenset(), Fraction(0), Fraction(0), ())
    holding = {cell: held(folder, cell, mix) for cell, mix in chosen.items() if mix}
    drawn = tuple(sum((h[pool] for h in holding.values()), Fraction(0)) for pool in folder.pools)
    rows = [_pool_row(folder, pool, used) for pool, used in zip(folder.pools, drawn, strict=True)]
    broken = {row.rule for row in rows if row.status == "broken"}
    penalties = Fraction(0)
    for limit in limits(folder):
        rows.append(limit_row(limit, holding))
        over = excess(limit, holding)
        if over and limit.rule.enforcement == "hard":
            broken.add(limit.rule.name)
        if limit.rule.enforcement == "soft":
            penalties += over * limit.rule.penalty
    worth = worth_of(folder, holding)
    return Evaluation(tuple(problems), tuple(rows), frozenset(broken), worth - penalties, penalties, drawn)


def held(folder: Folder, cell: Cell, mix: Mapping[str, Fraction]) -> Amounts:
    """Return what a cell holds: of each row amounts rounded up and values down, as plans are written."""
    total: Amounts = {}
    for option, fraction in mix.items():
        amounts = folder.options[cell][option]
        for pool, stated in folder.pools.items():
            units = 10**stated.decimals
            total[pool] = total.get(pool, Fraction(0)) + Fraction(
                ceil(fraction * amounts[pool] * units), units
            )
        for value in folder.values:
            total[value] = total.get(value, Fraction(0)) + Fraction(
                floor(fraction * amounts[value] * 10**6), 10**6
            )
    for name, terms in folder.measures.items():
        total[name] = sum((weight * total[term] for term, weight in terms.items()), Fraction(0))
    return total


def worth_of(folder: Folder, holding: Holding) -> Fraction:
    """Return what a plan is worth, penalties apart: amounts, and what the objective counts."""
    worth = sum((folder.worth(amounts) for amounts in holding.values()), Fraction(0))
    every = tuple(folder.options)
    counts = (
        (amount(measure(folder, text), every, holding), weight) for text, weight in folder.counts.items()
    )
    return worth + sum((number * weight for number, weight in counts), Fraction(0))


def amount(measure: Measure, cells: tuple[Cell, ...], holding: Holding) -> Fraction:
    """Return a measure's amount over some cells."""
    if measure.kind == "amount":
        return sum((holding[cell][measure.text] for cell in cells if cell in holding), Fraction(0))
    funded = [cell for cell in cells if cell in holding]
    if measure.kind == "cells":
        return Fraction(len(funded))
    if measure.reaches is None:
        return Fraction(len({cell[0] for cell in funded}))
    own: dict[str, list[Cell]] = {}
    for cell in cells:
        own.setdefault(cell[0], []).append(cell)
    reached = [
        merchant
        for merchant, its in own.items()
        if amount(measure.reaches, tuple(its), holding) >= measure.thresholds[merchant]
    ]
    return Fraction(len(reached))


def reading(limit: Limit, holding: Holding) -> tuple[Fraction, Fraction] | None:
    """Return (used, limit), exact; None if the limit does not apply."""
    rule = limit.rule
    if rule.kind == "ratio":
        each = [
            amount(rule.measure, group.cells, holding) / share
            for group, share in zip(limit.groups, limit.shares, strict=True)
            if not rule.is_if_funded or any(cell in holding for cell in group.cells)
        ]
        return (max(each), rule.value * min(each)) if len(each) > 1 else None
    if rule.is_if_funded and not any(cell in holding for cell in limit.groups[0].cells):
        return None
    amounts = sorted((amount(rule.measure, group.cells, holding) for group in limit.groups), reverse=True)
    used = sum(amounts[: limit.k] if rule.kind == "top" else amounts, Fraction(0))
    if limit.basis is None:
        assert limit.constant is not None
        return used, limit.constant
    return used, rule.value * amount(limit.basis, limit.basis_cells, holding)


def excess(limit: Limit, holding: Holding) -> Fraction:
    """Return by how much a limit is broken, in written units; zero if it holds."""
    read_off = reading(limit, holding)
    if read_off is None:
        return Fraction(0)
    used, bound = read_off
    return max(Fraction(0), used - bound if limit.rule.is_at_most else bound - used)


def limit_row(limit: Limit, holding: Holding) -> LimitRow:
    """Write one limit as `limits.csv` has it."""
    rule, read_off = limit.rule, reading(limit, holding)
    sense = "at_most" if rule.is_at_most else "at_least"
    if read_off is None:
        zero = (
            "0" if rule.kind == "ratio" else written(Fraction(0), rule.measure.digits, rule.measure.is_pool)
        )
        return LimitRow(rule.name, limit.label, rule.measure.text, sense, "", zero, "", "met")
    used, bound = read_off
    is_broken = excess(limit, holding) > 0
    if rule.kind == "ratio":
        slack = round(bound - used, 9)
        slack = Fraction(-1, 10**9) if is_broken and not slack else slack
        texts = [written(round(figure, 9), 9, False) for figure in (bound, used, slack)]
    else:
        digits = rule.measure.digits
        unit = Fraction(1, 10**digits)
        bound = (floor(bound / unit) if rule.is_at_most else ceil(bound / unit)) * unit
        slack = bound - used if rule.is_at_most else used - bound
        texts = [written(figure, digits, rule.measure.is_pool) for figure in (bound, used, slack)]
    status = "broken" if is_broken else "binding" if slack == 0 else "met"
    return LimitRow(rule.name, limit.label, rule.measure.text, sense, *texts, status)


def _pool_row(folder: Folder, pool: str, used: Fraction) -> LimitRow:
    stated = folder.pools[pool]
    slack = stated.amount - used
    texts = [written(figure, stated.decimals, True) for figure in (stated.amount, used, slack)]
    status = "broken" if slack < 0 else "binding" if slack == 0 else "met"
    return LimitRow(f"pool:{pool}", "", pool, "at_most", *texts, status)


def _mix_problems(folder: Folder, cell: Cell, mix: Mapping[str, Fraction]) -> list[str]:
    """Return why a mix is not a choice of this cell."""
    options = folder.options.get(cell, {})
    if not set(mix) <= set(options):
        return [f"{cell}: no option {sorted(set(mix) - set(options))}"]
    if not mix:
        return []
    if not folder.is_divisible(cell):
        return [] if list(mix.values()) == [1] else [f"{cell}: not one whole option"]
    first = next(iter(folder.pools))
    order = sorted(options, key=lambda option: options[option][first])
    places = sorted(order.index(option) for option in mix)
    is_on_line = places == [0] or sum(mix.values()) == 1
    is_adjacent = len(places) == 1 or (len(places) == 2 and places[1] == places[0] + 1)
    is_positive = all(0 < fraction <= 1 and (fraction * 10**9).denominator == 1 for fraction in mix.values())
    return [] if is_on_line and is_adjacent and is_positive else [f"{cell}: off the line"]


def written(figure: Fraction, digits: int, is_padded: bool) -> str:
    """Write a figure that has at most `digits` decimals."""
    units = figure * 10**digits
    assert units.denominator == 1
    whole = str(abs(units.numerator)).rjust(digits + 1, "0")
    text = f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole
    if digits and not is_padded:
        text = text.rstrip("0").rstrip(".")
    return f"-{text}" if units < 0 else text
