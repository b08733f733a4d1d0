"""Who gains and who loses if a rule is moved, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from models.amount import units_to_short_text, units_to_text
from models.language import _, ngettext
from models.problem import Problem
from models.why import RuleAnswer, Shift
from optimizer.show.cell import between, decimal, short
from optimizer.show.merchant import named_merchant
from optimizer.show.numbers import grouped
from optimizer.show.table import show_table

_MOST_MERCHANTS = 12

Change = tuple[int, tuple[int, ...], int]
"""Cells, amounts by pool in smallest units, conversions in 1e-6 that somebody gets more."""


def show_rule(console: Console, answer: RuleAnswer, tier: str) -> None:
    """Print what moving a rule each way does: to the objective, to groups of merchants, to merchants.

    Parameters
    ----------
    tier
        The attribute of merchants by which they are grouped; blank, or one that they do not have: none.
    """
    text = _("Rule {rule}, moved from {value} (objective {objective}, no plan exceeds {bound}):")
    console.print(
        Text(
            text.format(
                rule=answer.rule,
                value=short(answer.value),
                objective=short(answer.plan.objective),
                bound="?" if answer.bound is None else short(answer.bound),
            ),
            style="bold",
        )
    )
    if not answer.shifts:
        console.print(Text(_("There is no other value to move it to by that share.")))
    for shift in answer.shifts:
        _show_shift(console, answer, shift, tier)


def _show_shift(console: Console, answer: RuleAnswer, shift: Shift, tier: str) -> None:
    problem = answer.plan.problem
    console.print()
    console.print(Text(shift_line(shift), style="bold"))
    numbers = [(_("cells"), True), *((pool.name, True) for pool in problem.instance.pools)]
    columns = [*numbers, (_("conversions"), True)]
    groups = by_group(problem, shift.merchants, tier)
    if groups:
        rows = [[name, *_texts(problem, change)] for name, change in groups.items()]
        show_table(console, _("By {column}").format(column=tier), [(tier, False), *columns], rows)
    ranked = _ranked(shift.merchants)
    names = problem.instance.options.keys["merchant"].texts
    rows = [
        [named_merchant(problem, names[merchant]), *_texts(problem, shift.merchants[merchant])]
        for merchant in ranked[:_MOST_MERCHANTS]
    ]
    if not rows:
        return
    more = len(ranked) - _MOST_MERCHANTS
    text = ngettext(
        "and {n} more merchant (all with --json)", "and {n} more merchants (all with --json)", more
    )
    caption = text.format(n=grouped(more)) if more > 0 else ""
    show_table(console, _("Who gains and who loses"), [(_("merchant"), False), *columns], rows, caption)


def shift_line(shift: Shift) -> str:
    """Say what a move does to the objective."""
    value = short(shift.value)
    if shift.side.is_impossible:
        return _("At {value}: no plan can meet the rules (proven).").format(value=value)
    if shift.side.plan is None:
        return _("At {value}: no plan was found in the time.").format(value=value)
    if shift.total is None:
        text = _("At {value}: objective {objective}.")
        return text.format(value=value, objective=short(shift.side.plan.objective))
    low, high = shift.total
    text = _("At {value}: the best objective changes by {amount}; {n} merchants get something else.")
    return text.format(value=value, amount=between(low, high), n=grouped(len(shift.merchants)))


def by_group(problem: Problem, merchants: Mapping[int, Change], column: str) -> dict[str, Change]:
    """Add up what merchants get more, by an attribute of theirs; empty where they do not have it."""
    table = problem.instance.tables.get("merchants")
    if table is None or column not in table.columns:
        return {}
    of_key = dict(zip(table.keys, table.columns[column], strict=True))
    names = problem.instance.options.keys["merchant"].texts
    found: dict[str, Change] = {}
    for merchant, change in merchants.items():
        group = of_key.get(names[merchant], "")
        cells, amounts, conversions = found.get(group, (0, (0,) * len(change[1]), 0))
        added = tuple(one + more for one, more in zip(amounts, change[1], strict=True))
        found[group] = (cells + change[0], added, conversions + change[2])
    return dict(sorted(found.items()))


def _ranked(merchants: Mapping[int, Change]) -> list[int]:
    """Order merchants: those whose conversions change most first."""
    return sorted(merchants, key=lambda merchant: (-abs(merchants[merchant][2]), merchant))


def _texts(problem: Problem, change: Change) -> Iterator[str]:
    yield _signed(grouped(change[0]), change[0])
    for pool, units in zip(problem.instance.pools, change[1], strict=True):
        yield _signed(grouped(units_to_text(units, pool.decimals)), units)
    yield _signed(grouped(units_to_short_text(change[2], 6)), change[2])


def _signed(text: str, number: int) -> str:
    return f"+{text}" if number > 0 else text


def rule_json(answer: RuleAnswer, tier: str) -> dict[str, object]:
    """Return what moving a rule does, for programs."""
    return {
        "rule": answer.rule,
        "value": decimal(answer.value),
        "objective": decimal(answer.plan.objective),
        "bound": None if answer.bound is None else decimal(answer.bound),
        "moves": [_shift_json(answer.plan.problem, shift, tier) for shift in answer.shifts],
    }


def _shift_json(problem: Problem, shift: Shift, tier: str) -> dict[str, object]:
    names = problem.instance.options.keys["merchant"].texts
    plan, bound, total = shift.side.plan, shift.side.bound, shift.total
    return {
        "value": decimal(shift.value),
        "objective": None if plan is None else decimal(plan.objective),
        "bound": None if bound is None else decimal(bound),
        "impossible": shift.side.is_impossible,
        "change": None if total is None else {"low": decimal(total[0]), "high": decimal(total[1])},
        "groups": [
            {tier: name, **_change_json(problem, change)}
            for name, change in by_group(problem, shift.merchants, tier).items()
        ],
        "merchants": [
            {"merchant": names[merchant], **_change_json(problem, shift.merchants[merchant])}
            for merchant in _ranked(shift.merchants)
        ],
        "reproducible": shift.is_reproducible,
    }


def _change_json(problem: Problem, change: Change) -> dict[str, object]:
    pools = zip(problem.instance.pools, change[1], strict=True)
    return {
        "cells": change[0],
        "costs": {pool.name: units_to_text(units, pool.decimals) for pool, units in pools},
        "conversions": units_to_short_text(change[2], 6),
    }
