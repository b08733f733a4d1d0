"""A planner's own plan under the rules, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from rich.console import Console
from rich.text import Text

from models.amount import VALUE_UNIT, exact_text, fraction_to_text, units_to_text
from models.finding import shown
from models.language import _, ngettext
from models.plan import Plan
from models.solution import Solution
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_MOST = 20
_CELL = 200
_DIGITS = 12
_SHOWN_DIGITS = 5

Disobeyed = Sequence[tuple[tuple[str, ...], str]]
Row = tuple[str, str, str, str, str, str, str]


def broken_rows(plan: Plan) -> Iterator[Row]:
    """Yield every limit that a plan breaks, pools first.

    Each with its rule, enforcement, group, sense, limit, use, and by how much it is broken.
    """
    for pool, used, over in zip(plan.problem.instance.pools, plan.used, plan.overspent, strict=True):
        if over > 0:
            limit, is_used, by = (units_to_text(units, pool.decimals) for units in (pool.amount, used, over))
            yield f"pool:{pool.name}", "hard", "", "at_most", limit, is_used, by
    for use in plan.uses:
        rule = use.limits.rule
        for number in np.flatnonzero(use.is_broken).tolist():
            exact = (use.limit[number] or Fraction(0), use.used[number], use.excess(number))
            limit, is_used, by = (fraction_to_text(one, _DIGITS) for one in exact)
            yield rule.rule, rule.enforcement, use.limits.label(number), rule.sense, limit, is_used, by


def evaluation_json(
    plan: Plan, disobeyed: Disobeyed, best: Solution | None, *, is_lawful: bool
) -> dict[str, object]:
    """Return an evaluation as `--json` prints it."""
    names = ("rule", "enforcement", "group", "sense", "limit", "used", "broken_by")
    keys = tuple(plan.problem.instance.options.keys)
    found: dict[str, object] = {
        "lawful": is_lawful,
        "objective": exact_text(plan.objective),
        "conversions": _conversions(plan),
        "penalties": exact_text(plan.penalties),
        "pools": [
            {
                "pool": pool.name,
                "amount": units_to_text(pool.amount, pool.decimals),
                "used": units_to_text(used, pool.decimals),
                "left": units_to_text(pool.amount - used, pool.decimals),
            }
            for pool, used in zip(plan.problem.instance.pools, plan.used, strict=True)
        ],
        "broken": [dict(zip(names, row, strict=True)) for row in broken_rows(plan)],
        "pins_disobeyed": [
            {**dict(zip(keys, cell, strict=True)), "option": option} for cell, option in disobeyed
        ],
        "best": None,
    }
    if best is not None and best.plan is not None:
        found["best"] = {
            "objective": exact_text(best.plan.objective),
            "conversions": _conversions(best.plan),
            "bound": None if best.bound is None else exact_text(best.bound),
            "adds": exact_text(best.plan.objective - plan.objective),
            "is_this_plan": best.plan is plan,
        }
    return found


def show_evaluation(
    console: Console, plan: Plan, disobeyed: Disobeyed, best: Solution | None, *, is_lawful: bool
) -> None:
    """Print what a plan reaches, what it breaks, and what the best would add."""
    is_plain = plan.problem.instance.settings.objective.is_conversions
    what = _("conversions added") if is_plain else _("objective")
    console.print(Text.assemble((f"{grouped(exact_text(plan.objective))} ", "bold"), (what, "bold")))
    for pool, used in zip(plan.problem.instance.pools, plan.used, strict=True):
        text = _("pool {pool}: {used} of {amount} used, {left} left")
        units = (units_to_text(one, pool.decimals) for one in (used, pool.amount, pool.amount - used))
        used_text, amount, left = map(grouped, units)
        console.print(Text(text.format(pool=pool.name, used=used_text, amount=amount, left=left)))
    _show_broken(console, plan, disobeyed, is_lawful=is_lawful)
    console.print()
    console.print(Text(_what_best_adds(plan, best)))


def _show_broken(console: Console, plan: Plan, disobeyed: Disobeyed, *, is_lawful: bool) -> None:
    rows = list(broken_rows(plan))
    if rows:
        columns = [
            (_("rule"), False),
            (_("kept"), False),
            (_("group"), False),
            (_("used"), True),
            (_("limit"), True),
            (_("broken by"), True),
        ]
        kinds = {"hard": _("hard"), "soft": _("soft"), "report": _("report")}
        lines = [
            [
                rule,
                kinds[kind],
                group,
                grouped(used),
                ("≤ " if sense == "at_most" else "≥ ") + grouped(limit),
                grouped(by),
            ]
            for rule, kind, group, sense, limit, used, by in rows[:_MOST]
        ]
        more = len(rows) - _MOST
        text = ngettext("and {more} more (--json lists all)", "and {more} more (--json lists all)", more)
        show_table(
            console, _("Broken limits"), columns, lines, text.format(more=grouped(more)) if more > 0 else ""
        )
    for cell, option in disobeyed[:_MOST]:
        text = _('pins.csv asks for "{option}" in {cell}, and the plan does not obey')
        console.print(
            Text(text.format(option=shown(option), cell=shown(" / ".join(cell), _CELL)), style="red")
        )
    if is_lawful:
        console.print(Text(_("no hard rule is broken, no pool overspent, every pin obeyed"), style="green"))


def _what_best_adds(plan: Plan, best: Solution | None) -> str:
    if best is None or best.plan is None:
        if best is not None and (best.is_infeasible or best.is_proven_impossible):
            return _("No plan can meet every hard rule (proven).")
        return _("No plan that keeps every rule was found in the time given, which proves nothing.")
    if best.plan is plan:
        if best.gap == 0:
            return _("It is the best there is: no plan exceeds {bound}.").format(bound=_bound(best))
        text = _("Nothing better was found: it is within {gap} of the best, no plan exceeds {bound}.")
        return text.format(gap=percent(best.gap or Fraction(0), 4), bound=_bound(best))
    more = best.plan.objective - plan.objective
    share = more / max(abs(plan.objective), Fraction(1, 10**9))
    if more >= 0:
        text = _("The best would add {more} ({share}): it reaches {best}, and no plan exceeds {bound}.")
    else:
        text = _(
            "The best that keeps every rule reaches {best}, {more} less ({share}); none exceeds {bound}."
        )
    return text.format(
        more=grouped(fraction_to_text(abs(more), _SHOWN_DIGITS)),
        share=percent(abs(share), 2),
        best=grouped(exact_text(best.plan.objective)),
        bound=_bound(best),
    )


def _bound(best: Solution) -> str:
    return "" if best.bound is None else grouped(exact_text(best.bound))


def _conversions(plan: Plan) -> str:
    return fraction_to_text(Fraction(sum(plan.values["conversions"].tolist()), VALUE_UNIT), 6)
