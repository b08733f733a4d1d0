"""Conflicts that a planner can follow with a pencil, and policies that force an empty plan.

Everything here is a proof in exact fractions; what it does not find may still be impossible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.amount import exact_text, fraction_to_text
from models.finding import Finding, finding
from models.instance import Int32
from models.language import ngettext
from models.problem import Amounts, Cells, Integers, Limits, Merchants, Problem
from models.reach import cell_reach, merchant_pairs, reach
from models.row import is_linear, limit_row

_MOST_PER_RULE = 20
"""Groups of one rule that are reported; a rule that fails everywhere need not be told a thousand times."""


@dataclass(frozen=True, eq=False)
class _Cap:
    """The most that a measure may come to in disjoint groups of cells: a pool, or a rule."""

    rule: str
    measure: str
    of_cell: Int32
    amounts: tuple[Fraction, ...]
    labels: tuple[str, ...]


def conflicts(problem: Problem) -> list[Finding]:
    """Return every conflict that arithmetic proves, and every share that forces an empty plan."""
    hard = [limits for limits in problem.limits if limits.rule.enforcement == "hard"]
    return [
        *_pins_overspend(problem),
        *(found for limits in hard for found in _out_of_reach(problem, limits)),
        *(found for cap in _caps(problem, hard) for found in _floors_over(problem, cap, hard)),
        *(found for cap in _caps(problem, hard) for found in _coverage_over(problem, cap, hard)),
        *(found for limits in hard for found in _empty_plan(limits)),
    ]


def _pins_overspend(problem: Problem) -> Iterator[Finding]:
    for pool, costs in zip(problem.instance.pools, problem.pools, strict=True):
        drawn = sum(int(amount) for amount in cell_reach(problem, costs)[0].tolist())
        if drawn > pool.amount:
            scale = 10**pool.decimals
            limit, drawn_text = _text(Fraction(pool.amount, scale)), _text(Fraction(drawn, scale))
            pins = _pins(problem, None)
            yield finding("INF-06", "pins.csv", pool=pool.name, limit=limit, reach=drawn_text, pins=pins)


def _out_of_reach(problem: Problem, limits: Limits) -> Iterator[Finding]:
    """Compare each limit with the least and the most that its own cells can come to."""
    if limits.rule.kind in ("top", "ratio"):
        return
    if limits.basis is not None:
        yield from _row_out_of_reach(problem, limits)
        return
    least, largest = reach(problem, limits.total)
    scale = 10**limits.total.measure.digits
    is_floor = limits.rule.sense == "at_least"
    reported = 0
    for limit, constant in enumerate(limits.constants):
        nearest = Fraction(int((largest if is_floor else least)[limit]), scale)
        fails = nearest < constant if is_floor else nearest > constant
        if not fails or (limits.rule.applies == "if_funded" and not _must_be_funded(problem, limits, limit)):
            continue
        reported += 1
        if reported > _MOST_PER_RULE:
            return
        facts = {"limit": _text(constant), "reach": _text(nearest), "pins": _pins(problem, limits, limit)}
        code = "INF-01" if is_floor else "INF-02"
        yield _of_rule(code, limits, limit, **facts)


def _row_out_of_reach(problem: Problem, limits: Limits) -> Iterator[Finding]:
    """Compare a limit with a basis in the plan with the best that every cell can do for it."""
    for limit in range(min(limits.count, 100 * _MOST_PER_RULE)):
        if not is_linear(problem, limits, limit):
            continue
        row = limit_row(problem, limits, limit)
        per_option: Integers = np.zeros(problem.num_options, object)
        per_option[row.options] = row.coefficients
        least, _most = cell_reach(problem, Amounts("row", per_option, 0, ()))
        if Fraction(int(least.sum()), row.scale) > row.right:
            reached = _text(-Fraction(int(least.sum()), row.scale))
            yield _of_rule("INF-07", limits, limit, limit=_text(-row.right), reach=reached)


def _must_be_funded(problem: Problem, limits: Limits, limit: int) -> bool:
    cells = limits.total.cells[limits.total.sets == limit]
    return bool((problem.pinned[cells] >= 0).any())


def _caps(problem: Problem, hard: list[Limits]) -> list[_Cap]:
    everywhere = np.zeros(problem.num_cells, np.int32)
    caps = [
        _Cap(f"pool:{pool.name}", pool.name, everywhere, (Fraction(pool.amount, 10**pool.decimals),), ("",))
        for pool in problem.instance.pools
    ]
    for limits in hard:
        rule = limits.rule
        if (
            rule.kind == "limit"
            and rule.sense == "at_most"
            and limits.basis is None
            and rule.applies == "always"
        ):
            labels = tuple(limits.label(limit) for limit in range(limits.count))
            caps.append(_Cap(rule.rule, rule.measure.text, limits.groups.of_cell, limits.constants, labels))
    return caps


def _is_floor(limits: Limits) -> bool:
    rule = limits.rule
    return (
        rule.kind == "limit"
        and rule.sense == "at_least"
        and limits.basis is None
        and rule.applies == "always"
    )


def _floors_over(problem: Problem, cap: _Cap, hard: list[Limits]) -> Iterator[Finding]:
    """Add up the floors whose cells all lie under one cap: of rules that share no cell."""
    rules = [limits for limits in hard if _is_floor(limits) and limits.rule.measure.text == cap.measure]
    rules = [
        limits
        for limits in rules
        if not isinstance(limits.total.measure, Merchants) and _is_nonnegative(limits)
    ]
    for which, amount in enumerate(cap.amounts):
        under = {limits.rule.rule: _floors_under(limits, cap, which) for limits in rules}
        counted: list[tuple[Limits, list[int]]] = []
        taken = np.zeros(problem.num_cells, bool)
        for limits in sorted(
            rules, key=lambda limits: (-_sum(limits, under[limits.rule.rule]), limits.rule.rule)
        ):
            floors = under[limits.rule.rule]
            cells = np.isin(limits.groups.of_cell, floors)
            if floors and not (taken & cells).any():
                counted.append((limits, floors))
                taken |= cells
        total = sum((_sum(limits, floors) for limits, floors in counted), Fraction(0))
        if counted and total > amount:
            yield _floors_finding(cap, which, counted, total)


def _floors_under(limits: Limits, cap: _Cap, which: int) -> list[int]:
    """Return the groups with a positive floor whose cells all lie in the cap's group `which`."""
    in_scope = limits.groups.of_cell >= 0
    is_outside = np.zeros(limits.groups.count, bool)
    is_outside[limits.groups.of_cell[in_scope & (cap.of_cell != which)]] = True
    return [group for group in np.flatnonzero(~is_outside).tolist() if limits.constants[group] > 0]


def _floors_finding(
    cap: _Cap, which: int, counted: list[tuple[Limits, list[int]]], total: Fraction
) -> Finding:
    facts = {
        "measure": cap.measure,
        "floor": _text(total),
        "cap": _text(cap.amounts[which]),
        "cap_rule": cap.rule,
        "cap_group": _in_brackets(cap.labels[which]),
    }
    limits, floors = counted[0]
    place = {"file": "rules.csv", "row": limits.rule.row, "column": "value"}
    if len(counted) == 1 and len(floors) == 1:
        group = _in_brackets(limits.label(floors[0]))
        return finding("INF-03", **place, rule=limits.rule.rule, group=group, **facts)  # type: ignore[arg-type]
    rules = ", ".join(limits.rule.rule for limits, _ in counted)
    excess = _text(total - cap.amounts[which])
    return finding("INF-04", **place, rules=rules, excess=excess, **facts)  # type: ignore[arg-type]


def _coverage_over(problem: Problem, cap: _Cap, hard: list[Limits]) -> Iterator[Finding]:
    """Compare what funding as many cells or merchants as a floor asks for must draw with a pool's caps."""
    costs = next((pool for pool in problem.pools if pool.name == cap.measure), None)
    if costs is None:
        return
    for limits in hard:
        if not _is_floor(limits) or isinstance(limits.total.measure, Amounts):
            continue
        units = _cheapest(problem, limits, costs)
        for which, amount in enumerate(cap.amounts):
            for group in _floors_under(limits, cap, which):
                count = -(-limits.constants[group].numerator // limits.constants[group].denominator)
                drawn = Fraction(sum(sorted(units[group])[:count]), 10**costs.digits)
                if drawn > amount and count <= len(units[group]):
                    facts = {
                        "cap": _text(amount),
                        "cap_rule": cap.rule,
                        "cap_group": _in_brackets(cap.labels[which]),
                    }
                    yield _of_rule(
                        "INF-05",
                        limits,
                        group,
                        count=str(count),
                        pool=costs.name,
                        floor=_text(drawn),
                        **facts,
                    )


def _cheapest(problem: Problem, limits: Limits, costs: Amounts) -> list[list[int]]:
    """Return, per group, the least draw by which each of its cells (or merchants) can count."""
    cheapest = np.minimum.reduceat(costs.coefficients, problem.option_start[:-1])
    cheapest = np.where(problem.is_divisible, 0, cheapest)
    measure = limits.total.measure
    units: list[list[int]] = [[] for _ in range(limits.count)]
    if isinstance(measure, Cells):
        for cell, group in zip(limits.total.cells.tolist(), limits.total.sets.tolist(), strict=True):
            units[group].append(int(cheapest[cell]))
        return units
    assert isinstance(measure, Merchants)
    by_pair, pairs = merchant_pairs(problem, limits.total)
    least = np.full(by_pair.num_sets, np.iinfo(np.int64).max, object)
    np.minimum.at(least, by_pair.sets, cheapest[by_pair.cells].astype(object))
    for (group, merchant), draw in zip(pairs.tolist(), least.tolist(), strict=True):
        threshold = measure.thresholds[merchant] if measure.reaches is costs else 0
        units[group].append(max(int(draw), threshold) if measure.reaches in (None, costs) else 0)
    return units


def _empty_plan(limits: Limits) -> Iterator[Finding]:
    """Say where shares of the total leave nothing but the empty plan."""
    rule = limits.rule
    if rule.kind != "limit" or rule.basis.kind != "total" or rule.of or not _is_nonnegative(limits):
        return
    if isinstance(limits.total.measure, Merchants):
        return  # a merchant may count in several groups
    shares = rule.value * limits.count
    text = f"{fraction_to_text(shares * 100, 6)} %"
    place = {"file": "rules.csv", "row": rule.row, "column": "value"}
    if rule.sense == "at_most" and shares < 1 and (limits.groups.of_cell >= 0).all():
        yield finding("POL-01", **place, rule=rule.rule, sum=text)  # type: ignore[arg-type]
    if rule.sense == "at_least" and shares > 1:
        yield finding("POL-02", **place, rule=rule.rule, sum=text)  # type: ignore[arg-type]


def _is_nonnegative(limits: Limits) -> bool:
    measure = limits.total.measure
    return not isinstance(measure, Amounts) or int(measure.coefficients.min()) >= 0


def _of_rule(code: str, limits: Limits, limit: int, /, **facts: str) -> Finding:
    rule = limits.rule
    return finding(
        code,
        "rules.csv",
        rule.row,
        "value",
        rule=rule.rule,
        group=_in_brackets(limits.label(limit)),
        measure=rule.measure.text,
        **facts,
    )


def _pins(problem: Problem, limits: Limits | None, limit: int = 0) -> str:
    """Name the rows of the pins that force an option in the limit's cells (or anywhere)."""
    forced = problem.pinned >= 0
    if limits is not None:
        inside = np.zeros(problem.num_cells, bool)
        inside[limits.total.cells[limits.total.sets == limit]] = True
        forced &= inside
    columns = list(problem.instance.options.keys.values())
    cells = {
        tuple(
            column.texts[code] for column, code in zip(columns, problem.cell_keys[cell].tolist(), strict=True)
        )
        for cell in np.flatnonzero(forced).tolist()
    }
    rows = [str(pin.row) for pin in problem.instance.pins if pin.option != "none" and pin.keys in cells]
    if not rows:
        return "-"
    few = ", ".join(rows[:5]) + (", …" if len(rows) > 5 else "")
    return ngettext("pins.csv row {rows}", "pins.csv rows {rows}", len(rows)).format(rows=few)


def _sum(limits: Limits, groups: list[int]) -> Fraction:
    return sum((limits.constants[group] for group in groups), Fraction(0))


def _in_brackets(label: str) -> str:
    return f" ({label})" if label else ""


def _text(value: Fraction) -> str:
    try:
        return exact_text(value)
    except ValueError:
        return fraction_to_text(value, 6)
