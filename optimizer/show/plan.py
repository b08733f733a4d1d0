"""A plan for people: what was given to whom, that no rule is broken, and how near it is to the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np
from rich.console import Console
from rich.text import Text

from models.amount import exact, fraction_to_text, units_to_text
from models.language import _, ngettext
from models.plan import Plan
from optimizer.show.numbers import grouped, percent
from optimizer.show.stages import show_stages
from optimizer.show.table import show_table

_MOST_RULES = 16
_MOST_MERCHANTS = 8


class RuleFigures(Protocol):
    """The limits of one rule (or one pool) in figures."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many limits have each status."""

    @property
    def tightest(self) -> int:
        """The limit to look at first."""

    def row(self, limit: int) -> Sequence[str]:
        """Return one limit as texts, in the order of the columns of `limits.csv`."""


def show_plan(
    console: Console, plan: Plan, summary: Mapping[str, object], limits: Sequence[RuleFigures]
) -> None:
    """Print a plan: verdict, pools, tiers, rules and the largest merchants.

    Parameters
    ----------
    summary
        As `summary.json` has it.
    limits
        Every rule's limits in figures, in the order of the plan's rules; pools may stand before them.
    """
    console.print(_verdict(plan, summary))
    held = plan.problem.instance.kept
    if held is not None:
        text = ngettext(
            "{n} cell is kept from an earlier plan: best and bound are those of plans that keep it",
            "{n} cells are kept from an earlier plan: best and bound are those of plans that keep them",
            len(held.pins),
        )
        console.print(Text(text.format(n=grouped(len(held.pins)))))
    show_stages(console, summary)
    _show_pools(console, summary)
    _show_tiers(console, summary)
    _show_rules(console, plan, limits)
    _show_merchants(console, plan)


def show_written(console: Console, instance: str, folder: str, summary: Mapping[str, object]) -> None:
    """Print where a plan stands, how long it took, and how to check it again."""
    timings: dict[str, str] = summary["timings"]  # type: ignore[assignment]
    seconds = fraction_to_text(sum(map(exact, timings.values()), Fraction(0)), 1)
    console.print()
    console.print(
        _("Plan written to {folder} ({seconds} s). To check it:").format(folder=folder, seconds=seconds)
    )
    console.print(f"  fairpool verify {instance} {folder}", soft_wrap=True)


def _verdict(plan: Plan, summary: Mapping[str, object]) -> Text:
    counts: dict[str, int] = summary["counts"]  # type: ignore[assignment]
    objective, bound = str(summary["objective"]), str(summary["bound"])
    is_plain = plan.problem.instance.settings.objective.is_conversions
    what = _("conversions added") if is_plain else _("objective")
    lines = [
        (f"{grouped(objective)} ", "bold green"),
        (f"{what}\n", "bold"),
        (_nearness(summary, bound) + "\n", ""),
        (
            _("{cells} of {all} cells funded, {merchants} of {everyone} merchants; ").format(
                cells=grouped(counts["funded_cells"]),
                all=grouped(counts["cells"]),
                merchants=grouped(counts["funded_merchants"]),
                everyone=grouped(counts["merchants"]),
            ),
            "",
        ),
        _kept(summary, counts),
    ]
    return Text.assemble(*lines)


def _nearness(summary: Mapping[str, object], bound: str) -> str:
    if summary["best_effort"]:
        return _("no plan can meet every hard rule (proven by certificate); this one breaks them least")
    gap = exact(str(summary["gap"]))
    by = _("proven by certificate") if summary["bound_by"] == "certificate" else _("claimed by the solver")
    if gap == 0:
        return _("the best there is: no plan exceeds {bound} ({by})").format(bound=grouped(bound), by=by)
    if summary["bound_by"] == "certificate":
        text = _("within {gap} of the best: no plan exceeds {bound} ({by})")
        return text.format(gap=percent(gap, 4), bound=grouped(bound), by=by)
    text = _("within {gap} of the best: no plan exceeds {bound} ({by}); certified gap {certified}")
    certified = percent(exact(str(summary["certified_gap"])), 4)
    return text.format(gap=percent(gap, 4), bound=grouped(bound), by=by, certified=certified)


def _kept(summary: Mapping[str, object], counts: Mapping[str, int]) -> tuple[str, str]:
    if summary["best_effort"]:
        text = ngettext(
            "BEST EFFORT: {broken} limit is broken",
            "BEST EFFORT: {broken} limits are broken",
            counts["broken"],
        )
        return text.format(broken=grouped(counts["broken"])), "bold red"
    text = _("no hard rule is broken: {limits} limits checked, {binding} bind, verified")
    return text.format(limits=grouped(counts["limits"]), binding=grouped(counts["binding"])), "green"


def _show_pools(console: Console, summary: Mapping[str, object]) -> None:
    columns = [
        (_("pool"), False),
        (_("amount"), True),
        (_("used"), True),
        (_("left"), True),
        (_("why it is left"), False),
        (_("per conversion"), True),
        (_("at the margin"), True),
    ]
    pools: list[dict[str, str | None]] = summary["pools"]  # type: ignore[assignment]
    rows = [
        [
            f"{pool['pool']} ({pool['unit']})" if pool["unit"] else str(pool["pool"]),
            *(grouped(pool[column] or "") for column in ("amount", "used", "left")),
            why_left(pool["why_left"] or "", is_stopped=summary["status"] == "stopped"),
            _short(pool["cost_per_conversion"]),
            _short(pool["marginal_cost_per_conversion"]),
        ]
        for pool in pools
    ]
    show_table(console, _("Pools"), columns, rows)


def why_left(code: str, *, is_stopped: bool) -> str:
    """Say in words why some of a pool is left; where the search was stopped, more may have been to be had."""
    if is_stopped and code == "indivisible":
        return _("the search was stopped early")
    return {
        "used_up": _("nothing is left"),
        "unused": _("stated as unused"),
        "saturated": _("every cell holds its best"),
        "indivisible": _("smaller than a worthwhile step"),
        "rules": _("other pools or rules stand in the way"),
    }[code]


def _show_tiers(console: Console, summary: Mapping[str, object]) -> None:
    fairness: dict[str, list[dict[str, object]]] = summary["fairness"]  # type: ignore[assignment]
    if not fairness["shares"]:
        return
    numbers = (str(fairness["measure"]), _("share"), _("merchants"), _("funded"))
    columns = [(_("tier"), False), *((name, True) for name in numbers)]
    groups: list[dict[str, object]] = fairness["shares"][0]["groups"]  # type: ignore[assignment]
    rows = [
        [
            str(group["group"]),
            grouped(str(group["used"])),
            percent(exact(str(group["share"])), 1),
            grouped(str(group["merchants"])),
            grouped(str(group["funded_merchants"])),
        ]
        for group in groups
    ]
    show_table(console, _("By tier"), columns, rows)


def _show_rules(console: Console, plan: Plan, limits: Sequence[RuleFigures]) -> None:
    """Show one line per rule: its limits by status, and its dearest or tightest limit."""
    if not plan.uses:
        return
    columns = [
        (_("rule"), False),
        (_("says"), False),
        (_("limits"), True),
        (_("binding"), True),
        (_("broken"), True),
        (_("tightest: used of limit"), False),
        (_("price"), True),
    ]
    lines = []
    figures = limits[len(limits) - len(plan.uses) :]
    for use, of_rule in list(zip(plan.uses, figures, strict=True))[:_MOST_RULES]:
        rule = use.limits.rule
        tightest = of_rule.row(of_rule.tightest) if use.limits.count else None
        lines.append(
            [
                rule.rule,
                rule.label,
                grouped(use.limits.count),
                grouped(of_rule.counts["binding"]),
                grouped(of_rule.counts["broken"]),
                "" if tightest is None else _of_limit(tightest),
                "" if tightest is None or tightest[8] == "0" else _short(tightest[8]),
            ]
        )
    more = len(plan.uses) - _MOST_RULES
    text = ngettext("and {more} more rule in limits.csv", "and {more} more rules in limits.csv", more)
    show_table(console, _("Rules"), columns, lines, text.format(more=more) if more > 0 else "")


def _of_limit(row: Sequence[str]) -> str:
    group = f"{row[1]}: " if row[1] else ""
    sign = "≤" if row[3] == "at_most" else "≥"
    return f"{group}{grouped(row[5])} {sign} {grouped(row[4]) or '-'}"


def _show_merchants(console: Console, plan: Plan) -> None:
    """Show the merchants that get the most of the first pool."""
    problem, pools = plan.problem, plan.problem.instance.pools
    cell = problem.cells_of(plan.choice.options)
    merchant = problem.merchant_of_cell[cell]
    given = [np.zeros(problem.num_merchants, cost.dtype) for cost in plan.costs]
    for total, cost in zip(given, plan.costs, strict=True):
        np.add.at(total, merchant, cost)
    conversions = np.zeros(problem.num_merchants, plan.values["conversions"].dtype)
    np.add.at(conversions, merchant, plan.values["conversions"])
    cells = np.bincount(cell_merchants(problem.merchant_of_cell, cell), minlength=problem.num_merchants)
    largest = np.argsort(-given[0], kind="stable")[:_MOST_MERCHANTS].tolist()
    numbers = (_("cells"), *(pool.name for pool in pools), _("conversions"))
    names = problem.instance.options.keys["merchant"].texts
    rows = []
    for index in largest:
        amounts = [
            grouped(units_to_text(int(total[index]), pool.decimals))
            for total, pool in zip(given, pools, strict=True)
        ]
        added = grouped(fraction_to_text(Fraction(int(conversions[index]), 10**6), 1))
        rows.append([names[index], grouped(int(cells[index])), *amounts, added])
    columns = [(_("merchant"), False), *((name, True) for name in numbers)]
    show_table(console, _("Largest merchants"), columns, rows)


def cell_merchants(merchant_of_cell: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return the merchant of each funded cell, every cell once."""
    merchants: np.ndarray = merchant_of_cell[np.unique(cell)]
    return merchants


def _short(text: str | None) -> str:
    return "" if text is None else grouped(fraction_to_text(exact(text), 4))
