"""The instance as exact rows `terms . x <= most`, stacked by the oracle itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

from tests.oracle.folder import Amounts, Cell, Folder
from tests.oracle.rule import Limit, Measure, limits, measure

ZERO = Fraction(0)
TRACE = Fraction(1, 1000)
"""The least fraction of a divisible cell that is told from nothing where smallest units are coarse."""


@dataclass(frozen=True)
class Expression:
    """A linear expression: variable -> coefficient, and a constant."""

    terms: dict[int, Fraction] = field(default_factory=dict)
    constant: Fraction = ZERO

    def plus(self, other: Expression, factor: Fraction | int = 1) -> Expression:
        """Return self + factor x other."""
        terms = dict(self.terms)
        for variable, weight in other.terms.items():
            terms[variable] = terms.get(variable, ZERO) + factor * weight
        kept = {variable: weight for variable, weight in terms.items() if weight}
        return Expression(kept, self.constant + factor * other.constant)

    def minus(self, constant: Fraction | int) -> Expression:
        """Return self - constant."""
        return Expression(self.terms, self.constant - constant)


@dataclass(frozen=True)
class Variable:
    """A variable; `grid` says of what number it is a multiple in some optimal solution (zero: not known)."""

    lower: Fraction
    upper: Fraction
    is_integer: bool
    grid: Fraction


class Rows:
    """Variables, rows `expression <= 0`, and an objective to maximise."""

    def __init__(self, folder: Folder, without: frozenset[str] = frozenset()) -> None:
        self.folder = folder
        self.variables: list[Variable] = []
        self.rows: list[Expression] = []
        self.objective = Expression()
        self._memo: dict[tuple[object, ...], Expression] = {}
        self.choice: dict[Cell, dict[str, int]] = {}
        self._funded: dict[Cell, Expression] = {}
        self._rounded_up: dict[str, Expression] = dict.fromkeys(folder.pools, Expression())
        for cell, options in folder.options.items():
            self._add_cell(cell, options)
        for pool, stated in folder.pools.items():
            drawn = self._column(pool, tuple(folder.options)).plus(self._rounded_up[pool])
            self.rows.append(drawn.minus(stated.amount))
        for text, weight in folder.counts.items():
            counted = self.measured(measure(folder, text), tuple(folder.options))
            self.objective = self.objective.plus(counted, weight)
        for limit in limits(folder):
            if limit.rule.enforcement != "report" and limit.rule.name not in without:
                self._add_limit(limit)

    def variable(
        self, lower: Fraction | int, upper: Fraction | int, is_integer: bool, grid: Fraction | int
    ) -> int:
        """Add a variable."""
        self.variables.append(Variable(Fraction(lower), Fraction(upper), is_integer, Fraction(grid)))
        return len(self.variables) - 1

    def range(self, expression: Expression) -> tuple[Fraction, Fraction]:
        """Return the least and the largest that an expression can be by its variables' bounds alone."""
        ends = [
            (w * self.variables[v].lower, w * self.variables[v].upper) for v, w in expression.terms.items()
        ]
        return (
            expression.constant + sum((min(end) for end in ends), ZERO),
            expression.constant + sum((max(end) for end in ends), ZERO),
        )

    def grid(self, expressions: list[Expression]) -> Fraction:
        """Return of what all the expressions are multiples; zero if that is not known."""
        parts = [self.variables[v].grid * w for e in expressions for v, w in e.terms.items()]
        return ZERO if ZERO in parts else common([*parts, *(e.constant for e in expressions)]) or Fraction(1)

    def _binary(self, is_integer: bool = True) -> Expression:
        return Expression({self.variable(0, 1, is_integer, 1): Fraction(1)})

    def _add_cell(self, cell: Cell, options: dict[str, Amounts]) -> None:
        folder = self.folder
        if folder.is_divisible(cell):
            taken = self._add_line(cell, options)
        else:
            taken = {option: self.variable(0, 1, True, 1) for option in options}
            self._funded[cell] = Expression(dict.fromkeys(taken.values(), Fraction(1)))
            self.rows.append(self._funded[cell].minus(1))
        self.choice[cell] = taken
        for option, variable in taken.items():
            self.objective = self.objective.plus(Expression({variable: folder.worth(options[option])}))
        if cell in folder.forbidden:
            self.rows.append(self._funded[cell])
        for option in folder.forced.get(cell, set()):
            self.rows.append(Expression({taken[option]: Fraction(-1)}, Fraction(1)))

    def _add_line(self, cell: Cell, options: dict[str, Amounts]) -> dict[str, int]:
        """Add a divisible cell: weights of neighbouring options, a binary for every piece of the line."""
        pools = list(self.folder.pools)
        order = sorted(options, key=lambda option: options[option][pools[0]])
        taken = {option: self.variable(0, 1, False, 0) for option in order}
        pieces = [self._binary() for _ in order]
        funded = self._funded[cell] = self._binary()
        weight = Expression(dict.fromkeys(taken.values(), Fraction(1)))
        only = reduce(Expression.plus, pieces)
        self.rows += [only.minus(1), Expression({}, Fraction(1)).plus(only, -1), weight.plus(funded, -1)]
        for place, option in enumerate(order):
            near = reduce(Expression.plus, pieces[place : place + 2])
            self.rows.append(Expression({taken[option]: Fraction(1)}).plus(near, -1))
        # On a piece that begins at an option the weights sum to one; on the first, nothing has the rest.
        self.rows.append(Expression({}, Fraction(1)).plus(weight, -1).plus(pieces[0], -1))
        units = {
            pool: Fraction(1, 10 ** self.folder.pools[pool].decimals)
            for pool in pools
            if all(amounts[pool] for amounts in options.values())
        }
        # What draws the first whole unit is the least worth looking at, unless units are coarse.
        cheapest = {pool: min(amounts[pool] for amounts in options.values()) for pool in units}
        least = min([TRACE, *(unit / cheapest[pool] for pool, unit in units.items())])
        self.rows.append(Expression().plus(funded, least if units else 0).plus(weight, -1))
        for pool, unit in units.items():
            # However small the fraction, a funded cell draws a smallest unit.
            more = Expression({self.variable(0, unit, False, 0): Fraction(1)})
            self._rounded_up[pool] = self._rounded_up[pool].plus(more)
            drawn = Expression({taken[option]: amounts[pool] for option, amounts in options.items()})
            self.rows.append(Expression().plus(funded, unit).plus(drawn.plus(more), -1))
        return taken

    def _column(self, column: str, cells: tuple[Cell, ...]) -> Expression:
        terms = {
            v: self.folder.options[cell][option][column]
            for cell in cells
            for option, v in self.choice[cell].items()
        }
        return Expression().plus(Expression(terms))

    def _any_funded(self, cells: tuple[Cell, ...]) -> Expression:
        """Return a binary that is one if and only if a cell of these is funded."""
        key = ("any", cells)
        if key not in self._memo:
            flag = self._memo[key] = self._binary()
            every = reduce(Expression.plus, (self._funded[cell] for cell in cells), Expression())
            self.rows += [self._funded[cell].plus(flag, -1) for cell in cells]
            self.rows.append(flag.plus(every, -1))
        return self._memo[key]

    def _reaches(self, measure: Measure, merchant: str, cells: tuple[Cell, ...]) -> Expression:
        """Return a binary that is one if and only if a merchant's amount reaches its threshold."""
        assert measure.reaches is not None
        key = ("reaches", measure.text, cells)
        if key in self._memo:
            return self._memo[key]
        threshold = measure.thresholds[merchant]
        own = self.measured(measure.reaches, cells)
        least, largest = self.range(own)
        step = self.grid([own]) or Fraction(1, 10**measure.reaches.digits)
        below = -((-threshold) // step) * step - step
        flag = self._memo[key] = self._binary()
        self.rows.append(Expression({}, least).plus(flag, threshold - least).plus(own, -1))
        self.rows.append(own.minus(below).plus(flag, below - largest))
        return flag

    def measured(self, measure: Measure, cells: tuple[Cell, ...]) -> Expression:
        """Return a measure over some cells."""
        if measure.kind == "amount":
            return self._column(measure.text, cells)
        if measure.kind == "cells":
            return reduce(Expression.plus, (self._funded[cell] for cell in cells), Expression())
        own: dict[str, tuple[Cell, ...]] = {}
        for cell in cells:
            own[cell[0]] = (*own.get(cell[0], ()), cell)
        if measure.reaches is None:
            flags = [self._any_funded(its) for its in own.values()]
        else:
            flags = [self._reaches(measure, merchant, its) for merchant, its in own.items()]
        return reduce(Expression.plus, flags, Expression())

    def _add_limit(self, limit: Limit) -> None:
        rule = limit.rule
        if rule.kind == "ratio":
            self._add_ratio(limit)
            return
        groups = [self.measured(rule.measure, group.cells) for group in limit.groups]
        used = self._largest(groups, limit.k) if rule.kind == "top" else groups[0] if groups else Expression()
        if limit.basis is None:
            bound = Expression({}, limit.constant or ZERO)
        else:
            bound = Expression().plus(self.measured(limit.basis, limit.basis_cells), rule.value)
        over = used.plus(bound, -1) if rule.is_at_most else bound.plus(used, -1)
        if rule.is_if_funded:
            over = self._switched(over, [self._any_funded(limit.groups[0].cells)])
        if rule.enforcement == "soft":
            broken_by = self.variable(0, max(self.range(over)[1], ZERO), False, self.grid([over]))
            over = over.plus(Expression({broken_by: Fraction(-1)}))
            self.objective = self.objective.plus(Expression({broken_by: -rule.penalty}))
        self.rows.append(over)

    def _switched(self, over: Expression, flags: list[Expression]) -> Expression:
        """Return a row that holds only where every flag is one."""
        slack = max(self.range(over)[1], ZERO)
        return reduce(lambda row, flag: row.plus(flag, slack), flags, over.minus(slack * len(flags)))

    def _largest(self, groups: list[Expression], k: int) -> Expression:
        """Return an expression that can be as small as the k largest together, and no smaller."""
        if not groups:
            return Expression()
        ends = [self.range(group) for group in groups]
        least, largest = min(end[0] for end in ends), max(end[1] for end in ends)
        grid = self.grid(groups)
        level = self.variable(least, largest, False, grid)
        total = Expression({level: Fraction(k)})
        for group in groups:
            above = self.variable(0, largest - least, False, grid)
            self.rows.append(group.plus(Expression({level: Fraction(-1), above: Fraction(-1)})))
            total = total.plus(Expression({above: Fraction(1)}))
        return total

    def _add_ratio(self, limit: Limit) -> None:
        rule = limit.rule
        each = [
            (group, Expression().plus(self.measured(rule.measure, group.cells), 1 / share))
            for group, share in zip(limit.groups, limit.shares, strict=True)
        ]
        for high, amount in each:
            for low, other in each:
                if high is low:
                    continue
                over = amount.plus(other, -rule.value)
                flags = (
                    [self._any_funded(high.cells), self._any_funded(low.cells)] if rule.is_if_funded else []
                )
                self.rows.append(self._switched(over, flags) if flags else over)


def common(numbers: list[Fraction]) -> Fraction:
    """Return the greatest common divisor of some fractions; zero if all are zero."""
    below = reduce(lcm, (number.denominator for number in numbers), 1)
    return Fraction(reduce(gcd, (int(number * below) for number in numbers), 0), below)
