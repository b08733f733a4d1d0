"""Scenarios side by side, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from rich.console import Console
from rich.text import Text

from models.amount import VALUE_UNIT, exact_text, fraction_to_text, units_to_text
from models.finding import Finding, shown
from models.instance import Pool
from models.language import _, ngettext
from models.plan import Plan
from models.solution import SearchOptions, Solution
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_GAP_DIGITS = 12
_MOST_BROKEN = 10
_LABEL = 200


class Case(Protocol):
    """One scenario solved; see `optimizer.scenarios.Case`."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def label(self) -> str:
        """Its label, or blank."""

    @property
    def overrides(self) -> tuple[tuple[str, str], ...]:
        """What it changes."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What only this one's instance has to say."""

    @property
    def solution(self) -> Solution:
        """How its search ended."""

    @property
    def options(self) -> SearchOptions:
        """What was asked for."""

    @property
    def folder(self) -> Path | None:
        """Where its plan was written."""

    @property
    def is_impossible(self) -> bool:
        """Whether it is proven that it has no plan."""


def case_json(case: Case, base: Case) -> dict[str, object]:
    """Return one scenario as `--json` prints it."""
    plan, solution = case.solution.plan, case.solution
    found: dict[str, object] = {
        "name": case.name,
        "label": case.label,
        "overrides": [{"key": key, "value": value} for key, value in case.overrides],
        "status": "impossible" if case.is_impossible else solution.status(case.options),
        "objective": None,
        "bound": None if case.is_impossible or solution.bound is None else exact_text(solution.bound),
        "gap": None,
        "change": None,
        "change_share": None,
        "conversions": None,
        "pools": [],
        "broken": [],
        "findings": [one.to_json() for one in case.findings],
        "remark": solution.remark,
        "plan": None if case.folder is None else str(case.folder),
    }
    if plan is None:
        return found
    change = _change(case, base)
    return found | {
        "objective": exact_text(plan.objective),
        "gap": None if solution.gap is None else fraction_to_text(solution.gap, _GAP_DIGITS),
        "change": None if change is None else exact_text(change[0]),
        "change_share": None if change is None else fraction_to_text(change[1], _GAP_DIGITS),
        "conversions": fraction_to_text(_conversions(plan), 6),
        "pools": [
            {
                "pool": pool.name,
                "amount": units_to_text(pool.amount, pool.decimals),
                "used": units_to_text(used, pool.decimals),
            }
            for pool, used in zip(plan.problem.instance.pools, plan.used, strict=True)
        ],
        "broken": [
            {
                "rule": rule,
                "enforcement": kind,
                "group": group,
                "broken_by": fraction_to_text(by, _GAP_DIGITS),
            }
            for rule, kind, group, by in _broken(plan)
        ],
    }


def show_cases(console: Console, cases: Sequence[Case], pools: Sequence[Pool]) -> None:
    """Print scenarios in one table, then the limits of soft and report rules that their plans break."""
    columns = [
        (_("scenario"), False),
        (_("objective"), True),
        (_("no plan exceeds"), True),
        (_("gap"), True),
        (_("change"), True),
        (_("in %"), True),
        *((_("{pool} used").format(pool=pool.name), True) for pool in pools),
        (_("broken"), True),
    ]
    show_table(console, _("Scenarios"), columns, [_row(case, cases[0], len(pools)) for case in cases])
    for case in cases:
        if case.label:
            console.print(Text(f"{case.name}: {shown(case.label, _LABEL)}", style="dim"))
    _show_broken(console, cases)


def _row(case: Case, base: Case, num_pools: int) -> list[str]:
    plan, solution = case.solution.plan, case.solution
    bound = "" if case.is_impossible or solution.bound is None else grouped(_shown(solution.bound))
    if plan is None:
        ending = _("impossible (proven)") if case.is_impossible else _("none found")
        return [case.name, ending, bound, *[""] * (4 + num_pools)]
    change = _change(case, base)
    is_base = case is base or change is None
    return [
        case.name,
        grouped(_shown(plan.objective)),
        bound,
        "" if solution.gap is None else percent(solution.gap, 4),
        "" if is_base or change is None else _signed(_shown(change[0])),
        "" if is_base or change is None else _signed(fraction_to_text(change[1] * 100, 2)),
        *(
            grouped(units_to_text(used, pool.decimals))
            for used, pool in zip(plan.used, plan.problem.instance.pools, strict=True)
        ),
        grouped(sum(1 for _one in _broken(plan))),
    ]


def _show_broken(console: Console, cases: Sequence[Case]) -> None:
    rows = []
    for case in cases:
        found = list(_broken(case.solution.plan)) if case.solution.plan is not None else []
        for rule, _kind, group, by in found[:_MOST_BROKEN]:
            rows.append([case.name, rule, group, grouped(fraction_to_text(by, 6))])
        more = len(found) - _MOST_BROKEN
        if more > 0:
            text = ngettext("and {more} more (--json lists all)", "and {more} more (--json lists all)", more)
            rows.append([case.name, text.format(more=grouped(more)), "", ""])
    columns = [(_("scenario"), False), (_("rule"), False), (_("group"), False), (_("broken by"), True)]
    if rows:
        show_table(console, _("Limits broken of soft and report rules"), columns, rows)


def _broken(plan: Plan) -> Iterator[tuple[str, str, str, Fraction]]:
    """Yield (rule, enforcement, group, by how much) of every limit that a plan breaks."""
    for use in plan.uses:
        for number in np.flatnonzero(use.is_broken).tolist():
            rule = use.limits.rule
            yield rule.rule, rule.enforcement, use.limits.label(number), use.excess(number)


def _change(case: Case, base: Case) -> tuple[Fraction, Fraction] | None:
    """Return the change against the base, in units and as a share; None where either has no plan."""
    mine, theirs = case.solution.plan, base.solution.plan
    if mine is None or theirs is None:
        return None
    change = mine.objective - theirs.objective
    return change, change / max(abs(theirs.objective), Fraction(1, 10**9))


def _conversions(plan: Plan) -> Fraction:
    return Fraction(sum(plan.values["conversions"].tolist()), VALUE_UNIT)


def _shown(value: Fraction) -> str:
    return fraction_to_text(value, 0 if abs(value) >= 10_000 else 2)


def _signed(text: str) -> str:
    shown = grouped(text)
    return shown if text.startswith("-") or not text.strip("0.") else f"+{shown}"
